#pragma once
/// Resolution: the state machine for one question, one (name, type) in one partition.
///
///   start --cached--------------------------------------------> judging
///   start --miss--> cut --> select --> asking --referral------> cut
///                             ^   |        |----answer--------> judging
///                             |   |        |----probe-answer--> select   (one label more)
///                             |   |        +----timeout, lame-> select   (next server)
///                             |   +-> sharing (the probe is under way already) --> cut
///                             |   +-> addresses (names of servers looked up)
///                             +-------------+
///   judging --validator needs DS or DNSKEY--> proving --> judging --verdict--> done
///   judging --bogus, another server may know better--> select
///   any --nobody can pay--> done
///
/// An alias is an answer: following it is the request's business, so that every link is asked once.
/// Owned by the engine; parent and child know each other only by ticket. Each state's handler is
/// Engine::on_<state>.
#include <algorithm>
#include <memory>
#include <optional>
#include <vector>

#include "resolver/ask.hpp"
#include "resolver/budget.hpp"
#include "resolver/options.hpp"
#include "resolver/outcome.hpp"
#include "resolver/realms.hpp"
#include "resolver/reply.hpp"
#include "resolver/trace.hpp"
#include "resolver/views.hpp"
#include "resolver/wait_graph.hpp"
#include "validator/validation.hpp"
namespace windlass::resolver {

using Ticket = std::uint64_t;  ///< one waiting for one Resolution; never reused within a worker

enum class Want : std::uint8_t {
  raw,     ///< as received: for the validator and for servers' addresses
  judged,  ///< with the validator's verdict: for clients
  heard,   ///< by a server, nothing more: what it says is not kept
};

/// What servers said of a DS or DNSKEY was bogus: it is fetched anew, of others of its zone.
struct Doubt {
  std::vector<Endpoint> said;  ///< just now: they are not asked again
  std::vector<Endpoint> kept;  ///< some time ago, and it was cached: they are asked last

  static bool has(const std::vector<Endpoint>& servers, const Endpoint& server) {
    return std::find(servers.begin(), servers.end(), server) != servers.end();
  }
  /// Nobody else said what `entry` holds.
  bool of(const cache::Entry& entry) const {
    return !entry.from || has(said, *entry.from) || has(kept, *entry.from);
  }
};

struct Waiter {
  unsigned worker = 0;
  Ticket ticket = 0;
  Want want = Want::judged;
  BudgetPtr budget;
  unsigned depth = 0;
  ResolutionId parent = 0;        ///< 0: a client request or background work
  LocalRealmPtr realm = nullptr;  ///< of the question's partition, when a local zone delegated it
  std::optional<Doubt> doubt = std::nullopt;
  bool anew = false;                            ///< although the cache holds it
  std::optional<Endpoint> only = std::nullopt;  ///< of this server and no other
  ViewPtr view = nullptr;                       ///< whose partition it is; nullptr: the top level
};

enum class State : std::uint8_t {
  start,      ///< has looked nowhere yet
  cut,        ///< needs the Delegation to ask
  select,     ///< needs a server of it
  sharing,    ///< waits for the same probe that another Resolution has sent
  addresses,  ///< waits for the address of a server
  asking,     ///< waits for one reply
  judging,    ///< has an entry and works on its verdict
  proving,    ///< waits for a DS or DNSKEY that the validator needs
  done,
};
constexpr std::size_t state_count = 9;
std::string_view name_of(State state);

struct Tried {
  Endpoint server;
  unsigned tries = 0, tcp_tries = 0;
  bool unusable = false;    ///< lame, refused or broken for this question
  bool bad_cookie = false;  ///< it has asked for the cookie it gave
};

/// The validator's last word on an entry.
struct Ruling {
  cache::EntryPtr entry;
  validator::Verdict verdict;
  std::uint64_t epoch = 0;                  ///< trust epoch it was given under
  std::vector<validator::ChainStep> chain;  ///< for `why`
};

struct Resolution {
  ResolutionId id = 0;
  Key key;
  LocalRealmPtr realm;  ///< nullptr: what is configured for the name counts
  ViewPtr view;         ///< whose partition it is; nullptr: the top level
  bool apart = false;   ///< traced, or only to be heard: joins nobody, and keeps nothing
  bool only_heard() const { return apart && !trace; }  ///< nothing in a reply is believed
  State state = State::start;
  std::vector<Waiter> waiters;
  unsigned depth = 0;
  std::int64_t started_us = 0, started_age_ms = 0;
  std::optional<Doubt> doubt;    ///< what the cache holds is not good enough
  bool anew = false;             ///< what the cache holds is near its end
  std::optional<Endpoint> only;  ///< nobody else is asked, and it once
  std::uint32_t queries = 0;     ///< sent for this Resolution, whoever paid

  // Where it is in the tree
  cache::DelegationPtr delegation;
  bool minimise = false;  ///< probes are sent instead of the whole name
  std::size_t probe_labels = 0;
  unsigned probes = 0, cuts = 0;
  std::optional<Key> probe;  ///< the minimised question it has sent and others may wait for
  unsigned probes_shared = 0;
  bool from_copy = false;  ///< the copy of the root zone has answered last
  bool past_copy = false;  ///< it is of no use
  bool fell_back = false;  ///< the operator's servers failed, and the public tree is asked

  // Whom it asked
  std::vector<Tried> tried;  ///< for the present Delegation
  unsigned failed_tries = 0, glueless_failures = 0;
  bool not_its_fault = false;  ///< our own limits stood in the way: its failure is not remembered
  std::vector<dns::Name> looked_up;  ///< server names looked up for the present Delegation
  std::vector<std::pair<dns::Name, Endpoint>> found;  ///< their addresses
  std::optional<Ask> ask;
  /// Sent before `ask` to servers of a forward or stub zone, and still open: a late answer is one.
  std::vector<Ask> beside;
  bool last_wait = false;  ///< nobody is left to be asked; one of those open may yet answer
  /// Of a resolver that stands where the zone's server should be: better than none.
  std::optional<std::pair<Endpoint, Reply>> last_resort;
  std::optional<Endpoint> last_server;
  std::int64_t asked_us = 0;             ///< when last_server was asked
  std::optional<dns::Ede> last_trouble;  ///< why the last server was of no use

  // What it waits for
  struct Sub {
    Ticket ticket;
    bool proof;      ///< for the validator; else a server's address
    dns::Name name;  ///< of that server
  };
  std::vector<Sub> subs;

  // What it found
  cache::EntryPtr entry;
  bool fetched = false;  ///< from servers just now, not from the cache
  unsigned bogus_retries = 0;
  std::optional<Ruling> standing;  ///< bogus; it stands unless another server says better
  /// What `validation` borrows; a reload must not take it away.
  std::shared_ptr<const ResolverOptions> held_options;
  std::shared_ptr<const validator::ValidatorOptions> held_validator;
  std::optional<validator::Validation> validation;
  struct Proof {  ///< a DS or DNSKEY it was given
    Key key;
    cache::EntryPtr entry;  ///< nullptr: it could not be had
  };
  std::vector<Proof> proved;
  std::uint64_t validation_epoch = 0;  ///< trust epoch the validation began under
  dns::Question needed;
  bool needed_anew = false;

  std::shared_ptr<Trace> trace;
};
}  // namespace windlass::resolver
