#pragma once
/// Worker: one thread, one loop, one shelf of its own state. The glue between net/ and the
/// resolver.
///
/// Octets come from listeners, go through the Front and the Engine, and come back as answers; the
/// Engine's actions become datagrams, streams, mail to other workers. Knows no DNS: it carries, it
/// does not read. Made and destroyed by the main thread while its loop stands still; in between
/// only post() and mail() are safe.
#include <functional>
#include <memory>
#include <unordered_map>
#include <vector>

#include "base/clock.hpp"
#include "base/metrics.hpp"
#include "conf/settings.hpp"
#include "crypto/csprng.hpp"
#include "net/loop.hpp"
#include "net/mailbox.hpp"
#include "net/tcp_listener.hpp"
#include "net/thread.hpp"
#include "net/udp_listener.hpp"
#include "net/upstream_tcp.hpp"
#include "net/upstream_udp.hpp"
#include "resolver/engine.hpp"
#include "resolver/front.hpp"
#include "server/client_counts.hpp"
#include "server/plugin_host.hpp"
#include "server/plugin_pending.hpp"
namespace windlass::server {

struct WorkerPlan {
  unsigned index = 0, workers = 1;
  resolver::House house;
  resolver::EngineSettings engine;
  validator::TrustAnchors::Ptr anchors;
  conf::AccessSettings access;
  std::vector<IpAddress> sources;
  HashKey owner_key{};
  std::shared_ptr<net::TcpClients> tcp_clients;
  std::shared_ptr<ClientCounts> waiting;
  std::shared_ptr<resolver::ResponseRates> rates;
  conf::LogSettings log;
  std::function<void(bool reached)> on_primed;  ///< called on the worker's thread
  std::function<void()> on_ended;               ///< likewise, as the last thing
};

class Worker final : net::UdpSink, net::TcpSink, net::UpstreamUdpSink, net::UpstreamTcpSink {
 public:
  using Task = std::function<void(Worker&)>;

  Worker(WorkerPlan plan, const Clock& clock);
  ~Worker() override;

  /// Binds UDP and TCP. The first worker (`first`) refuses an address that somebody else serves.
  net::NetStatus listen(const Endpoint& at, bool first);
  void set_plugins(
      std::shared_ptr<PluginSet> plugins);  ///< before start(); entered on the worker's own thread
  void connect(std::vector<net::Mailbox<resolver::Mail>::Sender> all);
  void start();  ///< its thread runs from here on
  void join();

  bool post(Task task) const { return tasks_->post(std::move(task)); }
  net::Mailbox<Task>::Sender tasks() const { return tasks_->sender(); }
  net::Mailbox<resolver::Mail>::Sender mail() const { return mail_->sender(); }
  const Metrics& metrics() const noexcept { return metrics_; }

  // On its own thread (from tasks)
  resolver::Engine& engine() noexcept { return engine_; }
  unsigned index() const noexcept { return plan_.index; }
  const Now& now() { return loop_.now(); }
  void reconfigure(resolver::EngineSettings settings);
  void set_access(conf::AccessSettings access) { plan_.access = std::move(access); }
  void set_log(const conf::LogSettings& log) { plan_.log = log; }
  void carry_out();  ///< the engine's actions, until there are none
  /// Resolves `question` afresh and hands over the answer with its trace.
  using WhyDone =
      std::function<void(resolver::Answer, std::shared_ptr<resolver::Trace>, std::int64_t took_us)>;
  void why(const resolver::ClientQuestion& question, WhyDone done);
  /// Resolves for the resolver itself; nullopt: background_rate, or the end, allows none now.
  using BackgroundDone = std::function<void(std::optional<resolver::Answer>)>;
  void in_background(const resolver::ClientQuestion& question, BackgroundDone done);
  // Local zones (worker_local.cpp)
  /// Goes over to another set; what the old one was asked and streams that go out end with it.
  void swap_plugins(std::shared_ptr<PluginSet> plugins);
  void complete(PluginCompletion completion);
  /// The validated answer as a whole message.
  void resolve(const dns::Name& name, dns::Type type, PluginDesk::Resolved then);
  /// Takes no more; answers what it can; the rest gets SERVFAIL after `grace_ms`; then the loop
  /// ends.
  void drain(std::int64_t grace_ms);

 private:
  struct Waiting {  ///< a client whose answer comes later
    resolver::ClientQuery query;
    net::UdpListener* udp = nullptr;
    net::TcpListener* tcp = nullptr;
    net::Peer peer;
    net::ConnectionId connection{};
    WhyDone why = nullptr;
    PluginDesk::Resolved resolved = nullptr;
    BackgroundDone background = nullptr;
    std::int64_t started_us = 0;
  };
  struct Outgoing {  ///< a zone transfer
    net::TcpListener* tcp;
    net::ConnectionId connection;
    std::unique_ptr<resolver::LocalZones::Stream> stream;
    std::int64_t ends_us;
  };

  void on_datagram(net::UdpListener& from, const net::Peer& peer,
                   std::span<const std::uint8_t> octets) override;
  void on_batch_end(net::UdpListener& from) override;
  void on_frame(net::TcpListener& from, net::ConnectionId id, const net::Peer& peer,
                std::span<const std::uint8_t> octets) override;
  void on_closed(net::TcpListener& from, net::ConnectionId id) override;
  void on_room(net::TcpListener& from, net::ConnectionId id) override;
  void on_datagram(net::AskId id, std::span<const std::uint8_t> octets,
                   std::int64_t mono_us) override;
  void on_frame(net::AskId id, std::span<const std::uint8_t> octets, std::int64_t mono_us) override;
  void on_error(net::AskId id, int system_error) override;

  void enter_plugins();
  void leave_plugins();
  void end_plugin_batch();
  resolver::FrontOptions options_for(const Endpoint& client);
  void hand_out(resolver::Front::Taken taken, std::uint64_t ticket, Waiting client);
  void reply(const Waiting& client, std::span<const std::uint8_t> octets);
  std::int64_t keepalive_ms() const;
  void nothing_for(const Waiting& client);
  void send_stream(Waiting client, std::unique_ptr<resolver::LocalZones::Stream> stream);
  void end_stream(std::size_t index, bool broken);
  void end_slow_streams();
  void settle(Waiting client, resolver::LocalZones::Verdict verdict,
              std::span<const std::uint8_t> octets);
  void watch_pending();
  void wait(resolver::RequestId id, Waiting waiting);
  void perform(resolver::SendAction& action);
  void perform(resolver::DropAction& action);
  void perform(resolver::MailAction& action);
  void perform(resolver::AnswerAction& action);
  void perform(resolver::BogusAction& action) const;
  void perform(resolver::PrimedAction& action);
  static void perform(resolver::OutageAction& action);
  static void tell_family(const resolver::OutageAction& action);
  static void perform(resolver::RebindingAction& action);
  void note(const Waiting& client) const;
  void note(const resolver::ClientQuery& query, const resolver::Answer& answer);
  void arm();
  void sample();
  void drop_background();
  void end_if_drained();

  WorkerPlan plan_;
  const Clock& clock_;
  Metrics metrics_;
  crypto::Csprng rng_;
  net::Loop loop_;
  resolver::Engine engine_;
  resolver::Front front_;
  std::shared_ptr<PluginSet> plugins_;
  std::unique_ptr<resolver::LocalZones> local_;
  std::vector<std::unique_ptr<net::UdpListener>> udp_;
  std::vector<std::unique_ptr<net::TcpListener>> tcp_;
  net::UpstreamUdp upstream_udp_;
  net::UpstreamTcp upstream_tcp_;
  net::Timer deadline_, second_, grace_, pending_end_;
  PluginPending<Waiting> pending_;
  std::vector<Outgoing> outgoing_;
  net::TurnHook slices_;
  std::unique_ptr<net::Mailbox<Task>> tasks_;
  std::unique_ptr<net::Mailbox<resolver::Mail>> mail_;
  std::vector<net::Mailbox<resolver::Mail>::Sender> others_;
  std::unordered_map<resolver::RequestId, Waiting> waiting_;
  std::vector<std::uint8_t> out_;
  std::int64_t armed_for_us_ = 0;
  std::uint64_t oversized_seen_ = 0;
  bool carrying_ = false, draining_ = false, grace_over_ = false;
  net::NamedThread thread_;
};
}  // namespace windlass::server
