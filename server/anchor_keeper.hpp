#pragma once
/// AnchorKeeper: the trust anchors of the process over time (RFC 5011): the operator's file, what
/// was learnt since, the state file that keeps it, and when which zone is asked for its keys.
///
/// Lives on the control loop. Asking and bringing into force are done by others (AnchorTools).
/// Whatever fails, the anchors trusted until then stay: a state file that cannot be read is set
/// aside, one that cannot be written leaves everything in memory; each is told once.
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/metrics.hpp"
#include "base/rng.hpp"
#include "control/house.hpp"
#include "dns/rrset.hpp"
#include "validator/anchor_state.hpp"
namespace windlass::server {

/// The DNSKEY RRset of a zone as its servers have it now, or why there is none.
using KeysReply = Result<dns::RRsetPtr, std::string>;

struct AnchorTools {
  /// Asks the zone's servers afresh. `then` is called exactly once, on the control loop.
  std::function<void(const dns::Name& zone, std::function<void(const KeysReply&)> then)> ask;
  /// These, and no others, are trusted from now on.
  std::function<void(std::vector<validator::Anchor> anchors)> publish;
};

struct AnchorSettings {
  bool updates = true;     ///< dnssec.auto_update; off: the file alone counts, no state is kept
  std::string state_file;  ///< absolute
  validator::ValidatorOptions validator;
  Limits limits;
};

class AnchorKeeper {
 public:
  AnchorKeeper(AnchorTools tools, const Clock& clock, Rng& rng)
      : tools_(std::move(tools)), clock_(clock), rng_(rng) {}

  void configure(AnchorSettings settings);

  /// What taking over this anchor file comes to: whether file or state rules, see adopt(). Reads
  /// the state file when that was not done yet. The error: the file has nothing but revoked keys
  /// for a zone that is trusted.
  Result<validator::Adopted, std::string> propose(const std::vector<validator::Anchor>& file,
                                                  bool force);
  /// Takes it over, logs what is dropped and what stays revoked, writes the state file. To bring
  /// anchors() into force is then the caller's.
  void take(validator::Adopted adopted);
  /// At start: both, but a file of nothing but revoked keys is told, and the state rules.
  void begin(const std::vector<validator::Anchor>& file);

  std::vector<validator::Anchor> anchors() const { return state_.anchors(); }
  /// All keys that are known, for people and metrics.
  std::vector<control::AnchorView> keys() const;

  /// Once a second: asks for what is due.
  void tick();
  /// Asks every zone now, whatever its plan; one result a zone. Refused while updates are off.
  void refresh(control::Later<control::Outcome<std::vector<control::AnchorRefresh>>> then);

 private:
  using Results = std::vector<control::AnchorRefresh>;
  struct Plan {  ///< of the zone at the same index of the state
    std::int64_t next_age_ms = 0;
    std::uint32_t ttl_most_s = 0;  ///< of the last sighting; 0: none yet
  };
  struct Wish {  ///< one refresh()
    std::vector<dns::Name> left;
    Results done;
    control::Later<control::Outcome<Results>> then;
  };
  std::optional<validator::AnchorState> restored() const;
  std::optional<std::size_t> index_of(const dns::Name& zone) const;
  bool active() const { return settings_.updates && settings_.validator.validation; }
  void plan(std::size_t at, std::int64_t in_s);
  void plan_all();
  void warn_of_gaps() const;
  void ask(const dns::Name& zone);
  void ask_wished();
  bool asked(const dns::Name& zone) const;
  void on_reply(const dns::Name& zone, const KeysReply& reply);
  control::AnchorRefresh weigh(std::size_t at, const KeysReply& reply);
  void settle(const control::AnchorRefresh& result);
  void save();

  AnchorTools tools_;
  const Clock& clock_;
  Rng& rng_;
  AnchorSettings settings_;
  validator::AnchorState state_;
  std::vector<Plan> plans_;
  std::vector<dns::Name> asking_;  ///< whose replies are awaited
  std::vector<Wish> wishes_;
  bool restored_ = false;      ///< state_ goes on from what the state file had
  std::string write_trouble_;  ///< told already
  Metrics metrics_;
};
}  // namespace windlass::server
