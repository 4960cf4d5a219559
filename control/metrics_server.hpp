#pragma once
/// MetricsServer: GET /metrics over HTTP on one TCP address. Lives on the control loop's thread.
#include <memory>

#include "control/house.hpp"
#include "net/stream_server.hpp"
namespace windlass::control {

class MetricsServer {
 public:
  static constexpr std::int64_t idle_ms =
      60'000;  ///< a scraper comes back within a minute or connects anew
  static constexpr std::int64_t request_ms = 10'000;  ///< for one whole request

  /// Port 0: any free one, see endpoint().
  static net::NetResult<std::unique_ptr<MetricsServer>> listen(net::Loop& loop, House& house,
                                                               const Endpoint& at);
  ~MetricsServer();
  const Endpoint& endpoint() const noexcept;
  void stop_accepting();

 private:
  struct Impl;
  explicit MetricsServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};
}  // namespace windlass::control
