#pragma once
/// ControlServer: the control socket. Each connection sends requests, one JSON object a line, and
/// reads the replies in the same order (json_lines.hpp). Lives on the control loop's thread.
///
/// A line that is no request is answered with an error and the connection goes on; input beyond
/// control_line_octets that no request has taken yet is answered with an error and the connection
/// ends. So it does for a client above control_clients, for one that begins a line and does not
/// finish it, and for one that does not read the reply of a command that goes on.
#include <memory>
#include <string>

#include "control/house.hpp"
#include "net/stream_server.hpp"
namespace windlass::control {

class ControlServer {
 public:
  /// Every `look_ms` it is seen whether clients keep to their times, which the house's clock says.
  static net::NetResult<std::unique_ptr<ControlServer>> listen(net::Loop& loop, House& house,
                                                               const std::string& path,
                                                               unsigned mode,
                                                               std::int64_t look_ms = 1000);
  ~ControlServer();  ///< replies still owed are dropped
  void stop_accepting();

 private:
  struct Impl;
  explicit ControlServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};
}  // namespace windlass::control
