#pragma once
/// House: the running resolver as the control commands and the metrics page see it. server/
/// implements it, tests have one of their own. Plain values only; JSON is made in control/ alone.
///
/// Every function is called on the control loop's thread. A Later<T> is called exactly once, on
/// that thread, at once or any time later; what it answers to may be gone by then, which it copes
/// with itself.
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/address.hpp"
#include "base/clock.hpp"
#include "base/limits.hpp"
#include "base/metrics.hpp"
#include "base/result.hpp"
#include "cache/cache.hpp"
#include "control/command_row.hpp"
#include "control/reply_pipe.hpp"
#include "dns/name.hpp"
#include "dns/types.hpp"
#include "validator/anchor_zone.hpp"
#include "validator/negative_anchors.hpp"
#include "validator/trust_anchors.hpp"
namespace windlass::control {

/// Why a command was refused, as one line for people: what; to what; the cause; what stays as it
/// was.
struct Refusal {
  std::string text;
};
template <class T>
using Outcome = Result<T, Refusal>;
template <class T>
using Later = std::function<void(T)>;

struct Build {
  std::string version, revision, compiler;
};

struct StatusView {
  std::int64_t start_wall_s = 0;
  std::uint64_t pid = 0;
  std::size_t workers = 0;
  std::vector<Endpoint> listening;
  std::string config_file;  ///< empty: the built-in default
  bool config_last_reload_ok = true;
  std::int64_t config_last_reload_wall_s = 0;
  std::uint64_t inflight_resolutions = 0, inflight_clients = 0;
  std::string local_root;  ///< "serial 2026112300, 90 s old, from 192.0.2.1@53"; empty: not wanted
  std::vector<std::string> plugins;  ///< "auth: 3 zones", "auth: passed by after 8 errors"
};

struct Readiness {
  bool ready = false;
  std::string why_not;
};

/// One row of the settings table with the value in force; conf::shown() makes them.
struct SettingView {
  std::string path, value, standard;
};

/// What a configuration file would change, or changed.
struct ConfigChange {
  std::string file;
  std::vector<std::string> changed;        ///< settings whose value differs from the one in force
  std::vector<std::string> needs_restart;  ///< of these, the ones that a reload leaves as they are
};

/// One key of a trust anchor's zone, as `anchors list` shows it.
struct AnchorView {
  dns::Name zone;
  validator::FollowedKey key;
  std::int64_t checked_wall_s = 0;  ///< when the zone's keys were last seen signed; 0: not yet
  std::int64_t next_wall_s = 0;     ///< when they are asked for again; 0: never, by itself
};

/// What `anchors reload` did.
struct AnchorChange {
  std::vector<AnchorView> before, after;
  std::vector<validator::KeyChange> dropped, refused;  ///< see validator::Adopted
};

/// What came of asking one zone for its keys.
struct AnchorRefresh {
  dns::Name zone;
  std::vector<validator::KeyChange> changes;
  std::string trouble;  ///< why the reply does not count; empty: it does
};

/// What `nta add` asks for.
struct NegativeWish {
  dns::Name name;
  std::optional<std::int64_t> life_s;  ///< without one `nta_lifetime` holds
  std::string reason;
  bool forced = false;  ///< it is not ended early, whatever the zone becomes
};

struct NegativeAdded {
  validator::FollowedNegative negative;
  std::string lost_at_restart;  ///< why it ends with the process; empty: it does not
};

/// One Resolution that runs now.
struct ResolutionView {
  std::size_t worker = 0;
  dns::Name name;
  dns::Type type = dns::Type::none;
  std::string state;  ///< "asking", with whom and since when if it waits for a server
  std::int64_t running_ms = 0;
  std::uint32_t queries = 0, waiters = 0;
};

/// In whose place something is asked: of a view by name, or of the client at an address. Neither:
/// of one in no view.
struct Asker {
  std::string view;
  std::optional<IpAddress> client;
};

/// One view of the configuration in force.
struct ViewRow {
  std::string name;                   ///< empty: the settings at top level
  std::vector<std::string> clients;   ///< prefixes
  std::vector<std::string> settings;  ///< keys that it says itself
  cache::Partition partition = 0;     ///< of names that mean something else in it; 0: none do
};

/// One step of `why`, in the order taken. Fields that do not belong to the step stay empty.
struct WhyStep {
  unsigned depth = 0;    ///< sub-questions are one deeper than what asked for them
  std::string kind;      ///< "ask", or "chain": a link of the chain of trust
  std::string zone;      ///< the cut asked below, or the zone of a link of the chain of trust
  std::string question;  ///< "www.example.org. AAAA"
  std::string server;    ///< "ns1.example.org. 192.0.2.53@53 udp"
  std::int64_t rtt_us = -1;
  std::string text;  ///< what came of it: "referral to example.org.", "DS 4711 (...)"
  // Of links alone
  std::string link;     ///< what it is made of, as validator::name_of(ChainStep::Link) says
  std::string verdict;  ///< as dns::name_of(Security) says
  std::string ede;      ///< why it is not secure: "7 (Signature Expired): ..."
  bool failed = false;  ///< the link that breaks the chain
  struct Signature {
    std::uint16_t key_tag;
    std::string algorithm, inception, expiration;  ///< "RSASHA256", "2026-11-01T00:00:00Z"
  };
  std::optional<Signature> by;  ///< of its RRSIG
};

struct WhyView {
  std::vector<WhyStep> steps;
  dns::Rcode rcode = dns::Rcode::servfail;
  std::string view;                 ///< of who asks; empty: the top level
  std::string security;             ///< as dns::name_of(Security) says
  std::string ede;                  ///< "7 (Signature Expired): ..."; empty: none
  std::vector<std::string> answer;  ///< records in presentation form
  std::int64_t took_us = 0;
  std::uint32_t queries = 0;
};

class House {
 public:
  virtual ~House() = default;

  // What is there.
  virtual Build build() const = 0;
  virtual StatusView status() const = 0;
  virtual Readiness readiness() const = 0;
  virtual Now now() const = 0;
  virtual const Limits& limits() const = 0;
  virtual std::vector<const Metrics*> metrics() const = 0;  ///< one a worker, at its index
  virtual cache::Cache& cache() = 0;
  virtual validator::TrustAnchors::Ptr anchors() const = 0;
  /// Those in force, and the keys that are followed beside them.
  virtual std::vector<AnchorView> anchor_keys() const = 0;
  /// Negative trust anchors in force.
  virtual std::vector<validator::FollowedNegative> negative_anchors() const = 0;
  virtual std::vector<SettingView> settings() const = 0;
  virtual void resolutions(Later<std::vector<ResolutionView>> then) = 0;
  /// Resolves afresh, nothing taken from caches or kept keys.
  virtual void why(const dns::Name& name, dns::Type type, const Asker& asker,
                   Later<Outcome<WhyView>> then) = 0;
  /// All; of a client the one that counts for it.
  virtual std::vector<ViewRow> views(const std::optional<IpAddress>& client) const = 0;
  /// The closest zone cuts at or above `name` that are known or configured, public and of each
  /// view, forward and stub zone.
  virtual std::vector<cache::DelegationPtr> cuts(const dns::Name& name) = 0;

  // What changes it.
  /// An empty file name means the file in use.
  virtual Outcome<ConfigChange> check_config(const std::string& file) = 0;
  virtual void reload_config(Later<Outcome<ConfigChange>> then) = 0;
  /// `force`: the trust anchor file alone rules, over all that was learnt and revoked.
  virtual void reload_anchors(bool force, Later<Outcome<AnchorChange>> then) = 0;
  /// Asks each zone of a trust anchor for its keys now; one view a zone.
  virtual void refresh_anchors(Later<Outcome<std::vector<AnchorRefresh>>> then) = 0;
  /// Both answer once no worker judges as before.
  virtual void add_negative(const NegativeWish& wish, Later<Outcome<NegativeAdded>> then) = 0;
  virtual void remove_negative(const dns::Name& name, Later<Outcome<Done>> then) = 0;
  /// No name: everything. Answers how many entries went, once no worker can answer from them.
  virtual void flush(const std::optional<dns::Name>& name, bool subtree,
                     Later<std::size_t> then) = 0;
  /// Commands that plugins bring. The host's own names win over theirs.
  virtual std::vector<CommandRow> plugin_commands() const { return {}; }
  /// Runs one of them on a thread of its own; `pipe` is ended exactly once.
  virtual void run_plugin_command(const std::string& command,
                                  const std::vector<std::string>& arguments,
                                  std::shared_ptr<ReplyPipe> pipe) {
    (void)arguments;
    pipe->end(false, "no plugin knows `" + command + "`");
  }
  /// Begins the orderly end; the reply to the command is still sent.
  virtual void shutdown() = 0;
};
}  // namespace windlass::control
