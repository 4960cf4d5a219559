#include "net/error.hpp"

#include "net/uv_handle.hpp"

namespace windlass::net {

std::string system_text(int system_error) {
  return uv_strerror(uv_translate_sys_error(system_error));
}

NetError net_error(int system_error, const std::string& what) {
  return {system_error, what + ": " + system_text(system_error)};
}
}  // namespace windlass::net
