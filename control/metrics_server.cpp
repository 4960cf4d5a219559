#include "control/metrics_server.hpp"

#include <unordered_map>
#include <vector>

#include "control/http_session.hpp"
#include "control/metrics_page.hpp"

namespace windlass::control {
namespace {
using net::ConnectionId;
using net::StreamServer;

struct Client {
  HttpSession session;
  std::int64_t began_us = 0;  ///< when the request began that is not whole yet; 0: none
};
}  // namespace

struct MetricsServer::Impl final : net::StreamSink {
  Impl(net::Loop& on, House& of) : loop(on), house(of), sweep(on) {}

  void on_opened(StreamServer&, ConnectionId id) override {
    clients.try_emplace(
        id, Client{HttpSession([this](std::string_view target) { return page(target); })});
  }

  void on_data(StreamServer& from, ConnectionId id, std::span<const std::uint8_t> octets) override {
    const auto client = clients.find(id);
    if (client == clients.end()) return;
    const auto step = client->second.session.feed(octets);
    const bool waiting = !step.close && client->second.session.in_request();
    auto& began_us = client->second.began_us;
    if (!waiting || !step.out.empty()) began_us = 0;
    if (waiting && began_us == 0) began_us = loop.now().mono_us;
    if (!step.out.empty()) from.write(id, step.out);
    if (step.close) from.close_after_write(id);
  }

  void on_closed(StreamServer&, ConnectionId id) override { clients.erase(id); }

  HttpPage page(std::string_view target) {
    const auto path = target.substr(0, target.find('?'));
    if (path == "/metrics")
      return {200, "text/plain; version=0.0.4; charset=utf-8", metrics_text(house)};
    return {404, "text/plain; charset=utf-8", "nothing here; GET /metrics\n"};
  }

  /// A request that trickles in must not hold its connection for ever.
  void close_slow() {
    const auto limit_us = loop.now().mono_us - request_ms * 1000;
    std::vector<ConnectionId> slow;
    for (const auto& [id, client] : clients)
      if (client.began_us != 0 && client.began_us < limit_us) slow.push_back(id);
    for (const auto id : slow) server->close(id);
  }

  net::Loop& loop;
  House& house;
  net::Timer sweep;
  std::unordered_map<ConnectionId, Client> clients;
  StreamServer::Owned server;
};

net::NetResult<std::unique_ptr<MetricsServer>> MetricsServer::listen(net::Loop& loop, House& house,
                                                                     const Endpoint& at) {
  auto impl = std::make_unique<Impl>(loop, house);
  net::StreamOptions options;
  options.clients = static_cast<std::size_t>(house.limits()[Limit::metrics_clients]);
  options.idle_ms = idle_ms;
  options.write_queue_octets = 4u << 20;
  auto server = StreamServer::listen_tcp(loop, at, *impl, options);
  if (!server) return server.error();
  impl->server = *std::move(server);
  impl->sweep.start_every(1000, [raw = impl.get()] { raw->close_slow(); });
  return std::unique_ptr<MetricsServer>(new MetricsServer(std::move(impl)));
}

MetricsServer::MetricsServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
MetricsServer::~MetricsServer() = default;
const Endpoint& MetricsServer::endpoint() const noexcept {
  return impl_->server->endpoint();
}
void MetricsServer::stop_accepting() {
  impl_->server->stop_accepting();
}
}  // namespace windlass::control
