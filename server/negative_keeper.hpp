#pragma once
/// NegativeKeeper: the negative trust anchors of the process over time (RFC 7646): those of the
/// configuration, those added by command, their ends, the looks whether one is still needed, and
/// the state file that keeps those added by command across a restart.
///
/// Those of the configuration stand as long as it says so; those added by command until their time
/// is over or, unless forced, until what is below them validates without them. Of both at one name
/// the command's counts.
///
/// Lives on the control loop. Looking and bringing into force are done by others (NegativeTools). A
/// state file that cannot be read leaves everything validated.
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/limits.hpp"
#include "control/house.hpp"
#include "resolver/negative_look.hpp"
#include "validator/negative_anchors.hpp"
namespace windlass::server {

struct NegativeTools {
  using Looked = std::function<void(const std::optional<resolver::NegativeLook>&)>;
  /// Resolves below `name` as if no negative anchor stood; nullopt: not now. `then` is called at
  /// most once, on the control loop.
  std::function<void(const dns::Name& name, Looked then)> look;
  /// These, and no others, stand from now on; `then` when no worker judges as before.
  std::function<void(std::vector<validator::NegativeAnchor> anchors, std::function<void()> then)>
      publish;
};

struct NegativeSettings {
  bool looks = true;       ///< dnssec.validation; off: nothing can be found out
  std::string state_file;  ///< absolute; empty: those added by command end with the process
  std::vector<validator::NegativeAnchor> configured;
  Limits limits;
};

class NegativeKeeper {
 public:
  NegativeKeeper(NegativeTools tools, const Clock& clock)
      : tools_(std::move(tools)), clock_(clock) {}

  /// Those of the configuration are these from now on. To bring anchors() into force is then the
  /// caller's.
  void configure(NegativeSettings settings);
  /// At start, after configure(): those that a process before this one has kept stand again.
  void restore();

  std::vector<validator::NegativeAnchor> anchors() const;
  /// Those in force, with all that is known of them.
  std::vector<validator::FollowedNegative> standing() const;

  /// Both answer when the change is kept and no worker judges as before.
  void add(const control::NegativeWish& wish,
           control::Later<control::Outcome<control::NegativeAdded>> then);
  void remove(const dns::Name& name, control::Later<control::Outcome<Done>> then);

  /// Once a second: ends what is over, looks at what is due.
  void tick();

 private:
  using Followed = std::vector<validator::FollowedNegative>;
  using Changed = std::function<void(const std::string& trouble)>;
  Followed commanded() const;
  Followed restored() const;
  Followed beside_configured(Followed commanded) const;
  void change(Followed commanded, Changed then);
  std::string save(const Followed& commanded) const;
  void end_those_over();
  void look_at_those_due();
  void on_looked(const validator::FollowedNegative& of, const resolver::NegativeLook& look);

  NegativeTools tools_;
  const Clock& clock_;
  NegativeSettings settings_;
  Followed all_;
  std::vector<dns::Name> looking_;  ///< where looks are under way
};
}  // namespace windlass::server
