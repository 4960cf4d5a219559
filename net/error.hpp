#pragma once
/// NetError: why a socket could not be had, for people. Results of set-up calls, never of the
/// packet path.
#include <string>

#include "base/result.hpp"
namespace windlass::net {

struct NetError {
  int system_error = 0;  ///< an errno value, for code that decides by it
  std::string text;  ///< one line: "cannot listen on 127.0.0.1@5300 (udp): address already in use"
};

template <class T>
using NetResult = Result<T, NetError>;
using NetStatus = NetResult<Done>;

/// The system's words for an errno value, in lower case: "address already in use".
std::string system_text(int system_error);
/// `what` + ": " + system_text(system_error).
NetError net_error(int system_error, const std::string& what);
}  // namespace windlass::net
