#pragma once
/// Place: the folders a process of this user keeps its state in, and so where the control socket is
/// found. One definition for the daemon (through conf/) and for windlassctl.
#include <string>
namespace windlass::control {

struct Place {
  bool root = false;
  std::string xdg_state_home, home;  ///< as the environment says; empty: not set

  static Place of_process();
  /// /var/lib/windlass for root; else $XDG_STATE_HOME/windlass, else ~/.local/state/windlass.
  std::string state_dir() const;
};

/// `path` itself when it is absolute, else below `folder`.
std::string below(const std::string& folder, const std::string& path);

inline constexpr const char* system_state_dir = "/var/lib/windlass";
inline constexpr const char* socket_name = "windlass.sock";
}  // namespace windlass::control
