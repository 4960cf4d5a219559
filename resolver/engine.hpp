#pragma once
/// Engine: the resolver of one worker. Questions and events in; actions out.
///
/// Owns no socket, timer, clock or thread. The worker calls one of the on_ functions for what
/// happened, then carries out take_actions(), and calls on_timer() at next_deadline_us(). Every
/// question has one owner among the workers, hash(name, partition) mod N; what belongs to another
/// goes out as Mail and comes back as Mail.
///
/// A client request is a walk along aliases: each link is one Resolution, shared by all who wait
/// for it.
#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <set>
#include <tuple>
#include <unordered_map>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "base/metrics.hpp"
#include "base/rng.hpp"
#include "cache/cache.hpp"
#include "resolver/ask.hpp"
#include "resolver/budget.hpp"
#include "resolver/local_word.hpp"
#include "resolver/options.hpp"
#include "resolver/outcome.hpp"
#include "resolver/pace.hpp"
#include "resolver/probe_board.hpp"
#include "resolver/realms.hpp"
#include "resolver/reply.hpp"
#include "resolver/resolution.hpp"
#include "resolver/root_copy.hpp"
#include "resolver/views.hpp"
#include "resolver/wait_graph.hpp"
#include "validator/effort.hpp"
#include "validator/validation.hpp"
namespace windlass::resolver {

using RequestId = std::uint64_t;

struct ClientQuestion {
  dns::Name name;
  dns::Type type = dns::Type::a;
  bool checking_disabled = false;  ///< CD: bogus data is handed out too
  bool trace = false;              ///< `why`
  bool fresh = false;              ///< never answered from data whose time is over
  bool dns64 = false;              ///< AAAA: what has none is answered with what A gives
  bool local_only = false;         ///< RD=0: what local zones say, as far as that leads
  ViewPtr view = nullptr;          ///< of who asks; nullptr: the settings at top level
  /// With trace: judged by these instead of those in force.
  validator::TrustAnchors::Ptr anchors = nullptr;
};

/// Between engines. `done` and `cancel` speak of the sender's or receiver's ticket; `wake` of a
/// Resolution whose probe ended.
struct Mail {
  enum class Kind : std::uint8_t { want, done, cancel, wake } kind = Kind::want;
  Key key;
  Waiter waiter;      ///< want, cancel
  Ticket ticket = 0;  ///< done
  Outcome outcome;    ///< done
  /// want: those the sender judges by. The owner takes them over when they are newer than its own,
  /// so that nobody who has heard of a change is answered by one who has not.
  validator::TrustAnchors::Ptr anchors = nullptr;
};

struct SendAction {
  AskId id;
  Endpoint to;
  bool tcp;
  std::vector<std::uint8_t> octets;
};
struct DropAction {
  AskId id;
  bool answered;
};  ///< nothing more is expected for this Ask
struct MailAction {
  unsigned worker;
  Mail mail;
};
struct AnswerAction {
  RequestId id;
  Answer answer;
  std::shared_ptr<Trace> trace;
};
/// A verdict is bogus, and another server did not help. For the log: once for each verdict, however
/// many wait for it; never for `why`.
struct BogusAction {
  Key key;         ///< what a client asked for, or an alias of it
  dns::Name zone;  ///< where the chain of trust breaks
  dns::Ede ede;
};
struct PrimedAction {
  bool reached;
};  ///< root servers answered, or none did
struct OutageAction {
  cache::Unreached who;  ///< never nobody
  bool begins;
};  ///< these servers are silent, or the first of them has answered again
/// Private addresses were taken out of an answer. For the log: once for each answer.
struct RebindingAction {
  dns::Ede ede;
};
using Action = std::variant<SendAction, DropAction, MailAction, AnswerAction, BogusAction,
                            PrimedAction, OutageAction, RebindingAction>;

/// What all engines of the process share.
struct House {
  cache::Cache& cache;
  WaitGraph& graph;
  ProbeBoard& probes;
};

/// What a reload replaces.
struct EngineSettings {
  std::shared_ptr<const ResolverOptions> resolver;
  std::shared_ptr<const validator::ValidatorOptions> validator;
};

class Engine {
 public:
  Engine(House house, EngineSettings settings, validator::TrustAnchors::Ptr anchors, unsigned self,
         unsigned workers, const HashKey& owner_key, Rng& rng, Metrics& metrics);
  ~Engine();

  // Clients --------------------------------------------------------------------------------------
  /// The whole answer, when the cache alone can give it. Never allocates.
  bool answer_from_cache(const ClientQuestion& question, const Now& now, Answer& answer);
  /// Begins a request; its AnswerAction comes at the latest at request_time.
  /// `start`: what local zones said of the question; nullopt: they are asked first.
  RequestId begin(const ClientQuestion& question, const Now& now,
                  std::optional<LocalWord> start = std::nullopt);
  /// A special name: answered like a local zone's, whoever asks and however.
  bool answers_here(const ClientQuestion& question, const Now& now);
  /// A request waits for this question already: another one costs no more than its place.
  bool awaits(const ClientQuestion& question) const;
  /// For a question that cannot be begun: what is kept though its time is over; `why` is told.
  bool answer_stale(const ClientQuestion& question, const Now& now, const std::string& why,
                    Answer& answer);
  /// The same for work of the resolver's own, as far as background_rate allows; nullopt: not now.
  std::optional<RequestId> begin_background(const ClientQuestion& question, const Now& now);
  /// After an answer from the cache that was `near_end`: its links that are so are fetched anew in
  /// the background, each once, as far as background_rate allows.
  void prefetch(const ClientQuestion& question, const Answer& answer, const Now& now);
  void cancel(RequestId id);
  /// Ends the requests that go on though their clients have a stale answer, and a probe.
  void drop_behind();
  /// SERVFAIL for all that still wait (shutdown).
  void abandon(const dns::Ede& why, const Now& now);

  // Events ---------------------------------------------------------------------------------------
  void on_message(AskId id, std::span<const std::uint8_t> octets, const Now& now);
  void on_network_error(AskId id, const Now& now);
  /// We have no socket for this Ask: our own want, not the server's failure.
  void on_no_room(AskId id, const Now& now);
  void on_mail(Mail mail, const Now& now);
  void on_timer(const Now& now);
  /// Work is left over, or a slice of cryptography was begun: on_turn() is due on the next turn.
  bool has_work() const noexcept {
    return !ready_.empty() || !later_.empty() || slice_.used_us() > 0;
  }
  /// Begins a new slice of cryptography (crypto_slice), which all until the next call share.
  void on_turn(const Now& now);

  /// INT64_MAX when nothing is awaited.
  std::int64_t next_deadline_us() const noexcept;
  std::vector<Action> take_actions();

  // Reload and operators -------------------------------------------------------------------------
  void reconfigure(EngineSettings settings);
  /// Those of an older epoch than the ones in force come too late and change nothing.
  void set_anchors(validator::TrustAnchors::Ptr anchors);
  /// Asked before the root's servers; nullptr: there is none.
  void set_root_copy(RootCopyPtr copy) noexcept { root_copy_ = std::move(copy); }
  /// Asks the root servers for the root's NS (RFC 9609), unless that is going on.
  void prime(const Now& now);
  void forget_keys() { keys_.clear(); }

  struct Row {  ///< one running Resolution, for `resolutions`
    Key key;
    State state;
    std::int64_t age_us;
    std::uint32_t queries;
    std::size_t waiters;
    std::string cut, server;
  };
  std::vector<Row> rows(const Now& now) const;
  /// How many Resolutions stand in each State.
  std::array<std::size_t, state_count> states() const;
  /// Asked along aliases and for names of servers; nullptr: none. Borrowed.
  void set_local(LocalZones* local) noexcept { local_ = local; }
  const Views& views() const noexcept { return views_; }
  /// The settings that count for who is in this view.
  const View& in(const ViewPtr& view) const noexcept { return view ? *view : views_.top(); }
  /// Is the name in a local zone that is there for the clients of this view?
  bool sees_local(const View& view, const dns::Name& name) const;
  const ResolverOptions& options() const noexcept { return *settings_.resolver; }
  const Limits& limits() const noexcept { return settings_.resolver->limits; }
  /// That clients wait for.
  std::size_t requests() const noexcept { return requests_.size() - behind_; }
  std::size_t resolutions() const noexcept { return resolutions_.size(); }
  struct Held {  ///< what is kept for work under way; all zero when nobody waits
    std::size_t requests, resolutions, running, tickets, asks;
  };
  Held held() const noexcept {
    return {requests_.size(), resolutions_.size(), running_.size(), tickets_.size(), asks_.size()};
  }
  std::size_t key_count() const noexcept { return keys_.size(); }
  std::size_t key_octets() const noexcept { return keys_.memory_octets(); }

 private:
  struct Request {
    RequestId id;
    ClientQuestion question;
    dns::Name at;                   ///< where along the aliases
    std::optional<LocalWord> word;  ///< what local zones said of `at`; nullopt: not asked yet
    Key key;                        ///< the link waited for
    BudgetPtr budget;
    Ticket ticket = 0;
    unsigned outdated = 0;  ///< verdicts it was given that no longer counted
    bool local = false;     ///< a local zone's delegation led here: its chain is not the root's
    bool behind = false;    ///< its client has a stale answer; what it still finds is for the cache
    std::int64_t begun_us = 0, stale_at_us = 0;  ///< 0: it does not wait for a stale answer
    Answer answer;
    std::optional<Answer> native;  ///< to AAAA; the request goes on for A
    std::shared_ptr<Trace> trace;
  };
  struct Pending {  ///< what one ticket stands for
    enum class For : std::uint8_t {
      request,
      resolution,
      priming,
      warm,
      signal,
      renewal,
      probe,
      revival
    } purpose;
    std::uint64_t id;
    Key key;
    unsigned owner;
    ResolutionId private_to = 0;    ///< the Resolution apart that it waits for
    LocalRealmPtr realm = nullptr;  ///< that of the key's partition
    std::optional<Doubt> doubt = std::nullopt;
    bool anew = false;
    std::optional<Endpoint> only = std::nullopt;
    ViewPtr view = nullptr;  ///< that of the key's partition
  };

  struct Signalled {  ///< a key tag query that was sent
    dns::Name name;
    std::int64_t ends_age_ms;  ///< then it may be sent again
  };

  // Requests (engine_requests.cpp)
  RequestId begin(const ClientQuestion& question, std::optional<LocalWord> start, BudgetPtr budget);
  void advance(Request& request);
  cache::EntryPtr without_asking(Request& request);
  void end_locally(Request& request);
  void wait_for_link(Request& request, LocalRealmPtr realm);
  bool advance_locally(Request& request, LocalWord& word);
  bool use(Request& request, const cache::EntryPtr& entry);
  bool from_cache(const ClientQuestion& question, Answer& answer);
  bool append(Answer& answer, const View& view, cache::EntryPtr link, cache::Partition partition);
  static void judge(Answer& answer, bool checking_disabled);
  static std::optional<dns::Name> alias_target(const cache::EntryPtr& entry, dns::Type asked);
  void fail(Request& request, const Outcome& outcome);
  void finish(Request& request);
  void on_request_outcome(RequestId id, Outcome outcome);
  cache::EntryPtr cached(const Key& key, std::int64_t stale_ms = 0) const;
  bool judged(const cache::Entry& entry) const;
  bool outdated(const Resolution& r) const;
  static bool thin(const cache::Entry& entry);
  void on_request_deadline(RequestId id);
  void await_no_more(Request& request);
  void forget(Request& request);

  // Outages (engine_outage.cpp)
  void heard_nothing(const Ask& ask);
  void heard(const Resolution& r, const Endpoint& server, std::int64_t rtt_us);
  void on_probe_timer();
  bool waits_for_none(Request& request);

  // Stale answers (engine_stale.cpp)
  cache::EntryPtr of_any_age(const Key& key) const;
  cache::EntryPtr at_hand(const View& view, const Key& key) const;
  struct KeptLink {
    cache::Partition partition;
    cache::EntryPtr entry;
  };
  bool collect_stale(const ClientQuestion& question, Key key, std::vector<KeptLink>& links) const;
  bool complete_stale(const ClientQuestion& question, const Key& key, const std::string& why,
                      bool hold, Answer& answer);
  cache::EntryPtr held(const cache::EntryPtr& entry, const std::string& why) const;
  bool go_stale(Request& request, const std::string& why);
  void await_stale(Request& request);
  void on_stale_timer(RequestId id);
  bool keeps_stale(const Resolution& r) const;

  // Background (engine_background.cpp)
  BudgetPtr background_budget();
  void signal_key_tags(const Resolution& r);
  bool near_end(const cache::Entry& entry) const;
  void heed_sentinel(const ClientQuestion& question, Answer& answer) const;

  // Special names (engine_special.cpp)
  cache::EntryPtr special(const View& view, const Key& key) const;
  static void trace_special(Trace& trace, const Key& key);
  bool end_special(Resolution& r);

  // DNS64 (engine_dns64.cpp)
  bool turn_to_a(Request& request);
  Answer translated(const Request& request, Answer answer);
  bool translate_at_once(const ClientQuestion& question, Answer& answer,
                         const std::function<bool(const ClientQuestion&, Answer&)>& find);

  // Local zones (engine_local.cpp)
  void trace_local(Request& request, const LocalWord& word) const;
  LocalWord ask_local(const View& view, const dns::Name& name, dns::Type type);
  const View& view_of(const Resolution& r) const noexcept;
  void hide_local(const View& view, LocalWord& word) const;
  Key key_in(const Resolution& r, const dns::Name& name, dns::Type type) const;
  Pending sub_of(const Resolution& r, const Key& key) const;
  validator::TrustAnchors::Ptr anchors_in(const Resolution& r) const;
  std::optional<Pending> sub_for_server(Resolution& r, const dns::Name& name, dns::Type type);

  // Joining (engine_join.cpp)
  Key key_of(const View& view, const dns::Name& name, dns::Type type) const;
  unsigned owner_of(const Key& key) const;
  Ticket want(Pending pending, Want want, BudgetPtr budget, unsigned depth, ResolutionId parent,
              const std::shared_ptr<Trace>& trace);
  ResolutionId accept(const Key& key, Waiter waiter, const std::shared_ptr<Trace>& trace);
  void deliver(const Waiter& waiter, ResolutionId by, Outcome outcome);
  void settle(Ticket ticket, Outcome outcome);
  void withdraw(Ticket ticket);
  void leave(const Key& key, ResolutionId private_to, unsigned worker, Ticket ticket);
  Resolution* find(ResolutionId id);
  Resolution& create(const Key& key, const Waiter& waiter, const std::shared_ptr<Trace>& trace);
  void go(Resolution& r, State state);
  void finish(Resolution& r, Outcome outcome);
  void give_up(Resolution& r, dns::Ede ede);
  std::int64_t most_remembered_s(Fault fault) const;
  void erase(Resolution& r);
  void tell_raw(Resolution& r);
  Budget* payer(Resolution& r);
  bool wants_verdict(const Resolution& r) const;

  // States (engine_states.cpp, engine_asking.cpp)
  void run();
  void step(Resolution& r);
  void on_start(Resolution& r);
  void on_cut(Resolution& r);
  void on_select(Resolution& r);
  void nobody_left(Resolution& r);
  dns::Ede why_nobody(const Resolution& r) const;
  void on_judging(Resolution& r);
  void enter(Resolution& r, cache::DelegationPtr delegation);
  void send(Resolution& r, const Endpoint& server, bool tcp, bool edns);
  void look_up_servers(Resolution& r);
  std::vector<Endpoint> candidates(const Resolution& r) const;
  std::optional<Endpoint> choose(Resolution& r);
  void on_sub(Resolution& r, Ticket ticket, Outcome outcome);
  void on_address(Resolution& r, const Outcome& outcome);
  void take_reply(Resolution& r, const dns::MessageView& message);
  void take_answer(Resolution& r, Reply& reply);
  void take_referral(Resolution& r, Reply& reply);
  void take_probe(Resolution& r, Reply& reply);
  void next_server(Resolution& r, dns::Ede trouble, bool unusable);
  void warm_keys(Resolution& r, bool is_signed);
  void store_root(Resolution& r, const dns::MessageView& message);
  cache::EntryPtr remember(const Resolution& r, dns::Evidence evidence, std::uint32_t ttl,
                           cache::Rank rank, bool keep, std::optional<dns::Ede> ede = {});
  bool overtaken(Resolution& r, cache::EntryPtr entry);
  static cache::EntryPtr only_verified(const Resolution& r);
  void conclude(Resolution& r, const validator::Verdict& verdict);
  void pronounce(Resolution& r, const Ruling& ruling);
  // Synthesis (engine_synthesis.cpp)
  std::optional<cache::EntryPtr> made_from_others(const View& view, const Key& key, Budget& budget);
  cache::EntryPtr made_from_above(const View& view, const Key& key);
  std::size_t labels_of_cut(const View& view, const Key& key, bool of_parent) const;
  void keep_sources(cache::Partition partition, const cache::Entry& made);
  // Spans (engine_spans.cpp)
  std::optional<cache::EntryPtr> made_from_spans(const View& view, const Key& key, Budget& budget);
  std::optional<cache::EntryPtr> deduced_in(const Key& key, const dns::Name& zone,
                                            validator::Effort& effort);
  void keep_spans(const Resolution& r);
  void keep_spans_of(const Resolution& r, const cache::Entry& entry);
  // Forward and stub zones (engine_forwarding.cpp)
  static bool hedges(const Resolution& r);
  std::int64_t patience_us(Resolution& r, const Ask& ask);
  void on_overdue(Resolution& r, AskId id);
  bool resume(Resolution& r);
  bool wait_for_late(Resolution& r);
  void drop_asks(Resolution& r);
  bool all_dead(const Resolution& r) const;
  void look_for_life(const Resolution& r);
  void look_for_family(const Resolution& r);
  void ask_whether_back(const Resolution& r, const Endpoint& server);
  bool fall_back(Resolution& r);
  // Proofs and doubts (engine_proving.cpp)
  void on_proof(Resolution& r, const Outcome& outcome);
  bool provide_known(Resolution& r);
  cache::EntryPtr known_proof(const Resolution& r, const Key& key) const;
  void provide(Resolution& r, const Key& key, const cache::EntryPtr& entry,
               const std::optional<dns::Ede>& failure);
  void distrust_proofs(Resolution& r, const validator::Verdict& verdict);
  bool has_unknown_servers(const Resolution& r) const;
  bool ask_again(Resolution& r, const Ruling& ruling);
  void traced(Resolution& r, const Ask& ask, const std::string& result);
  void on_ask_timeout(Resolution& r, AskId id);
  Ask close_ask(Resolution& r, AskId id, bool answered = false);
  void judge_message(Resolution& r, const Ask& ask, std::span<const std::uint8_t> octets);
  bool retry_otherwise(Resolution& r, const Ask& ask, const dns::MessageView& message);
  // The copy of the root zone (engine_root_copy.cpp)
  bool ask_root_copy(Resolution& r);
  bool ask_past_copy(Resolution& r, const Ruling& ruling);
  // Cookies (engine_cookies.cpp)
  void learn_cookie(const Ask& ask, const dns::MessageView& message);
  bool retry_with_cookie(Resolution& r, const Ask& ask);
  void give_cookie(Ask& ask, const cache::ServerView& view, unsigned tries) const;
  void grow_probe(Resolution& r);
  bool is_probe(const Resolution& r, const dns::Question& question) const;
  bool share_probe(Resolution& r);
  void end_probe(Resolution& r);
  void wake(ResolutionId id);
  bool ask_whole_name(Resolution& r);
  void traced_reply(Resolution& r, const dns::Question& question, const Endpoint& server,
                    const Reply& reply);
  Outcome own_reason(const Budget& budget) const;
  dns::Ede reached(Limit limit) const;
  dns::Ede overdue(const std::string& last) const;
  Tried& tried(Resolution& r, const Endpoint& server);
  bool denied(const Resolution& r, const Endpoint& server) const;
  dns::Question asked(const Resolution& r) const;
  enum class Signing : std::uint8_t { no, unknown, yes };
  Signing signing_of(const Resolution& r) const;
  bool ask_others_first(Resolution& r, const Endpoint& server);

  std::int64_t limit(Limit limit) const { return settings_.resolver->limits[limit]; }

  House house_;
  EngineSettings settings_;
  validator::TrustAnchors::Ptr anchors_;
  Views views_;
  cache::DelegationPtr hints_;
  unsigned self_, workers_;
  HashKey owner_key_;
  Rng& rng_;
  Metrics& metrics_;
  LocalZones* local_ = nullptr;
  std::vector<std::uint8_t> local_out_;  ///< where local zones write
  RootCopyPtr root_copy_;
  std::vector<std::uint8_t> root_out_;  ///< where it writes
  validator::KeyStore keys_;
  validator::Slice slice_;
  Now now_;

  std::unordered_map<ResolutionId, std::unique_ptr<Resolution>> resolutions_;
  std::unordered_map<Key, ResolutionId, KeyHash> running_;
  std::unordered_map<RequestId, std::unique_ptr<Request>> requests_;
  std::unordered_map<Key, std::size_t, KeyHash>
      awaited_;  ///< links requests wait for, how many each
  std::unordered_map<Ticket, Pending> tickets_;
  std::unordered_map<AskId, ResolutionId> asks_;
  enum class Due : std::uint8_t { request, ask, stale, probe };    ///< what a timer's id is of
  std::set<std::tuple<std::int64_t, Due, std::uint64_t>> timers_;  ///< each removed with its owner
  std::deque<ResolutionId> ready_, later_;  ///< later: validations that wait for a slice
  std::deque<std::pair<Ticket, Outcome>> settled_;
  std::vector<Action> actions_;
  std::uint64_t next_id_ = 1;
  std::size_t behind_ = 0;  ///< requests whose clients have a stale answer
  Ticket priming_ = 0;
  std::int64_t next_priming_us_ = 0;
  Ticket probe_ = 0;                    ///< the probe under way
  std::int64_t probe_interval_us_ = 0;  ///< 0: this engine does not probe
  std::int64_t next_trial_us_ = 0, trial_interval_us_ = 0;
  Pace background_;
  std::vector<Signalled> signalled_;
};
}  // namespace windlass::resolver
