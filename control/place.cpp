#include "control/place.hpp"

#include <cstdlib>

#include <unistd.h>

namespace windlass::control {
namespace {
std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}
}  // namespace

Place Place::of_process() {
  return {geteuid() == 0, variable("XDG_STATE_HOME"), variable("HOME")};
}

std::string Place::state_dir() const {
  if (root) return system_state_dir;
  // The XDG specification: a relative path in the variable is to be ignored.
  if (!xdg_state_home.empty() && xdg_state_home.front() == '/') return xdg_state_home + "/windlass";
  return home.empty() ? system_state_dir : home + "/.local/state/windlass";
}

std::string below(const std::string& folder, const std::string& path) {
  return !path.empty() && path.front() == '/' ? path : folder + "/" + path;
}
}  // namespace windlass::control
