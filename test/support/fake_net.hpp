#pragma once
/// FakeNet: engines, their clients and the network between them and servers, in virtual time and in
/// one thread.
///
///    client --query--> Front, Engine --SendAction--> latency --> Servers --latency--> Engine -->
///    client
///                          Engine <------- Mail -------> Engine
///
/// One seed is one run: every event goes through one queue ordered by (time, number), and into
/// trace_hash().
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <queue>
#include <vector>

#include "base/clock.hpp"
#include "base/rng.hpp"
#include "cache/cache.hpp"
#include "resolver/engine.hpp"
#include "resolver/front.hpp"
#include "test/support/wire.hpp"
namespace windlass::test {

/// Whoever answers the engines' questions.
class Servers {
 public:
  struct Reply {
    std::int64_t delay_us = 0;  ///< besides the way back
    Bytes octets;
    bool network_error = false;  ///< refused connection, unreachable host
    bool lost = false;           ///< on_reply() hears of it, the engine does not
    unsigned mark = 0;           ///< what on_reply() is told
  };
  virtual ~Servers() = default;
  /// A question has arrived at `server`. No reply: silence.
  virtual std::vector<Reply> on_question(const Endpoint& server, bool tcp,
                                         std::span<const std::uint8_t> octets, const Now& now) = 0;
  /// A reply with a mark arrives, or would now if it were not lost. `awaited`: its question is
  /// still open.
  virtual void on_reply(unsigned mark, bool awaited) { (void)mark, (void)awaited; }
};

struct NetOptions {
  unsigned workers = 1;
  std::uint64_t seed = 1;
  cache::CacheOptions cache{16u << 20, 0, 86400, 3600};
  resolver::ResolverOptions resolver;
  /// Key tags are not told: tests count what is sent.
  validator::ValidatorOptions validator{true, {}, false};
  validator::TrustAnchors::Ptr anchors = validator::TrustAnchors::make({}, {});
  resolver::LocalZones* local = nullptr;                   ///< of all workers; borrowed
  std::int64_t least_way_us = 1000, most_way_us = 20'000;  ///< one way; each server has its own
  std::int64_t turn_us = 0;  ///< until an engine that has work left gets its next turn
};

/// What became of one client query.
struct ClientLog {
  Bytes octets;  ///< the last answer
  unsigned answers = 0;
  bool cancelled = false, from_cache = false;
  std::int64_t asked_us = 0, answered_us = 0;
  std::int64_t answered_age_ms = 0;
  std::uint32_t upstream_queries = 0;  ///< that its Budget paid
};

class FakeNet {
 public:
  using ClientId = std::size_t;
  static constexpr std::int64_t forever = INT64_MAX;

  FakeNet(NetOptions options, Servers& servers);
  ~FakeNet();

  /// Hands a client's message to a worker now. Without `from` it is from nowhere.
  ClientId ask(std::span<const std::uint8_t> query, unsigned worker = 0, bool stream = false,
               std::optional<IpAddress> from = std::nullopt);
  ClientId ask(std::string_view name, dns::Type type, const QuerySpec& spec = {},
               unsigned worker = 0, std::optional<IpAddress> from = std::nullopt);
  /// Begins the resolver's own work; false: not now. `done` gets the answer.
  bool in_background(const resolver::ClientQuestion& question,
                     std::function<void(const resolver::Answer&)> done, unsigned worker = 0);
  /// The client goes away without its answer.
  void cancel(ClientId client);
  /// `what` happens at this time of Clock::mono.
  void at(std::int64_t mono_us, std::function<void()> what);

  /// One event. False: nothing is left, or it comes after `until_us`.
  bool step(std::int64_t until_us = forever);
  void run();                     ///< until nothing is left
  void run_for(std::int64_t us);  ///< the clock ends exactly there
  /// Until this client has its answer, or nothing is left.
  void run_until_answered(ClientId client);

  const ClientLog& log(ClientId client) const { return clients_[client]; }
  std::size_t clients() const { return clients_.size(); }
  /// The client's answer, decoded; nullopt when there is none.
  std::optional<Decoded> answer(ClientId client) const;
  /// ask(), run_until_answered(), answer().
  std::optional<Decoded> resolve(std::string_view name, dns::Type type, const QuerySpec& spec = {},
                                 std::optional<IpAddress> from = std::nullopt);

  /// As a reload does it: every engine, then what may no longer be believed is forgotten.
  void set_anchors(validator::TrustAnchors::Ptr anchors);
  /// As a reload does it, for every engine.
  void reconfigure(const resolver::ResolverOptions& options);
  /// The machine sleeps: time of Clock::age and the wall goes on, that of timers does not.
  void suspend(std::int64_t ms);
  ManualClock& clock() { return clock_; }
  cache::Cache& cache() { return cache_; }
  resolver::Engine& engine(unsigned worker = 0) { return *workers_[worker]->engine; }
  const Metrics& metrics(unsigned worker = 0) const { return workers_[worker]->metrics; }
  const resolver::WaitGraph& graph() const { return graph_; }
  Rng& rng() { return rng_; }

  std::uint64_t packets() const { return packets_; }  ///< questions sent to servers, ever
  std::uint64_t packets_to(const IpAddress& address) const;
  unsigned primed() const { return primed_; }
  /// What the log was told of outages: begun, ended.
  std::pair<unsigned, unsigned> outages() const { return outages_; }
  /// The same of one address family.
  std::pair<unsigned, unsigned> family_outages() const { return family_outages_; }
  /// Answers that the log was told lost private addresses.
  const std::vector<std::string>& rebinding() const { return rebinding_; }
  /// What the log was told of bogus verdicts.
  const std::vector<std::string>& bogus() const { return bogus_; }
  std::uint64_t trace_hash() const { return hash_; }
  std::uint64_t events() const { return events_; }
  std::uint64_t turns() const { return turns_; }  ///< on_turn() of any engine
  /// What an engine still holds though nobody waits; empty when all is given back.
  std::string leaks() const;
  /// Answers to clients that wait for none; of clients that went away too.
  unsigned strays() const { return strays_; }
  unsigned waiting() const;  ///< clients and background work without an answer
  unsigned workers() const { return options_.workers; }

 private:
  struct Worker {
    SeededRng rng;
    Metrics metrics;
    std::unique_ptr<resolver::Engine> engine;
    std::unique_ptr<resolver::Front> front;
    std::map<resolver::RequestId, std::pair<ClientId, resolver::ClientQuery>> waiting;
    std::map<resolver::RequestId, std::function<void(const resolver::Answer&)>> background;
    std::map<resolver::AskId, bool> open;  ///< Asks nothing was dropped of yet
    std::int64_t turn_due_us = 0;          ///< 0: no turn is awaited
    explicit Worker(std::uint64_t seed) : rng(seed) {}
  };
  struct Event {
    std::int64_t at_us;
    std::uint64_t number;
    std::function<void()> run;
    bool operator<(const Event& other) const {
      return std::pair(at_us, number) > std::pair(other.at_us, other.number);
    }
  };

  void wake(std::int64_t at_us);
  std::int64_t due_us(Worker& worker) const;
  void note(std::uint64_t what, std::uint64_t who, std::span<const std::uint8_t> octets = {});
  std::int64_t way_us(const Endpoint& server);
  void carry_out(unsigned worker);
  void perform(unsigned worker, resolver::SendAction& action);
  void perform(unsigned worker, resolver::DropAction& action);
  void perform(unsigned worker, resolver::MailAction& action);
  void perform(unsigned worker, resolver::AnswerAction& action);
  void perform(unsigned worker, resolver::BogusAction& action);
  void perform(unsigned worker, resolver::PrimedAction& action);
  void perform(unsigned worker, resolver::OutageAction& action);
  void perform(unsigned worker, resolver::RebindingAction& action);
  void arrive(unsigned worker, resolver::AskId id, const Endpoint& server, bool tcp,
              const Bytes& octets);
  void answer_client(ClientId client, std::span<const std::uint8_t> octets);

  NetOptions options_;
  Servers& servers_;
  ManualClock clock_;
  SeededRng rng_;
  cache::Cache cache_;
  resolver::WaitGraph graph_;
  resolver::ProbeBoard probes_{HashKey{3, 4}};
  validator::TrustAnchors::Ptr anchors_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<ClientLog> clients_;
  std::priority_queue<Event> queue_;
  std::map<Endpoint, std::int64_t> ways_;
  std::map<std::pair<unsigned, unsigned>, std::int64_t> last_mail_us_;
  std::map<IpAddress, std::uint64_t> packets_to_;
  Bytes out_ = Bytes(65'535);
  std::uint64_t packets_ = 0, hash_ = 0, events_ = 0, turns_ = 0, next_number_ = 0;
  unsigned primed_ = 0, strays_ = 0;
  std::pair<unsigned, unsigned> outages_{0, 0}, family_outages_{0, 0};
  std::vector<std::string> bogus_, rebinding_;
};
}  // namespace windlass::test
