// A whole chain of trust under attack. The input is a program: a question of a small signed
// Internet, then what a man in the middle does to the answer and to every DS and DNSKEY on the way:
// records exchanged for others that were once signed, by honest zones and by a dishonest one,
// octets changed, signatures taken away, the clock moved. Whatever the validator takes for secure
// must be true; what is signed must not become insecure; what it keeps must be true as well; it
// must end within the limits of one request.
#include <algorithm>
#include <optional>
#include <vector>

#include "test/fuzz/oracle.hpp"
#include "test/support/signed_model.hpp"
#include "test/support/trial.hpp"
#include "validator/key_store.hpp"

namespace {
using namespace windlass;
using dns::Evidence;
using dns::Finding;
using dns::Name;
using dns::RRsetPtr;
using dns::Type;
using fuzz::require;
using test::Bytes;
using test::SignedModel;
using validator::VerdictKind;
using validator::ZoneStatus;

constexpr unsigned moves_most = 64;

const SignedModel& model() {
  static const SignedModel one;
  return one;
}

/// The input, octet by octet; zeros behind its end.
class Program {
 public:
  explicit Program(fuzz::Octets octets) : rest_(octets) {}
  bool ended() const { return rest_.empty(); }
  std::uint8_t octet() {
    if (rest_.empty()) return 0;
    const std::uint8_t value = rest_.front();
    rest_ = rest_.subspan(1);
    return value;
  }
  std::size_t below(std::size_t count) { return count == 0 ? 0 : octet() % count; }
  template <class Range>
  const auto& one_of(const Range& range) {
    return range[(octet() * 256u + octet()) % range.size()];
  }

 private:
  fuzz::Octets rest_;
};

/// An RRset in parts that can be changed.
struct Parts {
  Name owner;
  Type type;
  std::uint32_t ttl;
  std::vector<Bytes> rdatas, rrsigs;

  explicit Parts(const dns::RRset& rrset)
      : owner(rrset.owner()), type(rrset.type()), ttl(rrset.ttl()) {
    for (const auto rdata : rrset.rdata()) rdatas.emplace_back(rdata.begin(), rdata.end());
    for (const auto rrsig : rrset.signatures()) rrsigs.emplace_back(rrsig.begin(), rrsig.end());
  }
  RRsetPtr build() const {
    dns::RRsetBuilder builder(owner, type);
    for (const Bytes& rdata : rdatas)
      if (!builder.add(rdata, ttl)) return nullptr;
    for (const Bytes& rrsig : rrsigs)
      if (!builder.add_signature(rrsig, ttl)) return nullptr;
    return rdatas.empty() ? nullptr : builder.build();
  }
};

/// The man in the middle: carries the program out.
class Attack {
 public:
  Attack(Program program, ManualClock& clock) : program_(program), clock_(clock) {
    const Name& name = program_.one_of(model().names());
    const Type type = model().types()[program_.below(model().types().size())];
    asked_ = {name, type, dns::Class::in};
    claim = model().honest(name, type);
    for (unsigned moves = 0; moves < moves_most && !program_.ended(); ++moves) move();
  }

  const Evidence* answer(const dns::Question& question) {
    return at(question) ? &*at(question) : nullptr;
  }
  Evidence claim;  ///< what is judged
  bool in_time = true;

 private:
  struct Answer {
    dns::Question question;
    std::optional<Evidence> evidence;
  };

  std::optional<Evidence>& at(const dns::Question& question) {
    for (Answer& known : answers_)
      if (known.question.name == question.name && known.question.type == question.type)
        return known.evidence;
    return answers_.emplace_back(Answer{question, model().honest(question.name, question.type)})
        .evidence;
  }
  Evidence& target() {
    if (!other_) return claim;
    auto& evidence = at(*other_);
    return evidence ? *evidence : claim;
  }
  /// One RRset of the target; null where there is none.
  RRsetPtr& slot() {
    Evidence& evidence = target();
    const std::size_t index = program_.below(evidence.proofs.size() + 1);
    return index == 0 ? evidence.rrset : evidence.proofs[index - 1];
  }
  template <class Change>
  void edit(Change change) {
    RRsetPtr& rrset = slot();
    if (!rrset) return;
    Parts parts(*rrset);
    change(parts);
    if (auto changed = parts.build()) rrset = std::move(changed);
  }
  void spoil(std::vector<Bytes>& records) {
    if (records.empty()) return;
    Bytes& octets = records[program_.below(records.size())];
    if (octets.empty()) return;
    octets[program_.below(octets.size())] ^= program_.octet();
  }
  void resize(std::vector<Bytes>& records) {
    if (records.empty()) return;
    Bytes& octets = records[program_.below(records.size())];
    octets.resize(program_.below(octets.size() + 8), 0x5A);
  }
  void turn_to_another() {
    const Type type = program_.octet() % 2 == 0 ? Type::ds : Type::dnskey;
    other_ = dns::Question{program_.one_of(model().names()), type, dns::Class::in};
  }
  /// The target becomes an answer made of one RRset.
  void replace_by(const RRsetPtr& rrset) {
    Evidence& evidence = target();
    evidence.finding = Finding::positive;
    evidence.rrset = test::with_owner(*rrset, evidence.name);
    evidence.type = rrset->type();
  }
  void deny(Finding finding) {
    Evidence& evidence = target();
    evidence.finding = finding;
    evidence.rrset = nullptr;
    evidence.type = other_ ? other_->type : asked_.type;
  }
  void move_clock() {
    constexpr std::int64_t early = test::Signing{}.inception - 1ll;
    constexpr std::int64_t late = test::Signing{}.expiration + 1ll;
    constexpr std::int64_t times[] = {early, late, early + (1ll << 32), late + (1ll << 31)};
    clock_.set_wall(times[program_.below(std::size(times))]);
    in_time = false;
  }
  void move();

  Program program_;
  ManualClock& clock_;
  dns::Question asked_;
  std::optional<dns::Question> other_;  ///< whose answer is changed; nullopt: the claim
  std::vector<Answer> answers_;
};

void Attack::move() {
  switch (program_.octet() % 18) {
    case 0:
      return turn_to_another();
    case 1:
      return other_.reset();
    case 2:
      return replace_by(program_.one_of(model().pool()));
    case 3:
      return target().proofs.push_back(program_.one_of(model().pool()));
    case 4:
      return slot().reset();
    case 5:
      return edit([&](Parts& parts) { spoil(parts.rdatas); });
    case 6:
      return edit([&](Parts& parts) { spoil(parts.rrsigs); });
    case 7:
      return edit([&](Parts& parts) { resize(parts.rdatas); });
    case 8:
      return edit([&](Parts& parts) { resize(parts.rrsigs); });
    case 9:
      return edit([&](Parts& parts) { parts.owner = program_.one_of(model().names()); });
    case 10:
      return edit([&](Parts& parts) { parts.rrsigs.clear(); });
    case 11:
      return edit([&](Parts& parts) {
        const Parts from(*program_.one_of(model().pool()));
        parts.rrsigs.insert(parts.rrsigs.end(), from.rrsigs.begin(), from.rrsigs.end());
      });
    case 12:
      return edit([&](Parts& parts) {
        const Parts from(*program_.one_of(model().pool()));
        parts.rdatas.insert(parts.rdatas.end(), from.rdatas.begin(), from.rdatas.end());
      });
    case 13:
      return edit([&](Parts& parts) { parts.ttl = program_.octet() * 1000u; });
    case 14:
      return deny(program_.octet() % 2 == 0 ? Finding::nodata : Finding::nxdomain);
    case 15:
      target().zone = program_.one_of(model().names());
      return;
    case 16:
      if (other_) at(*other_).reset();
      return;
    default:
      return move_clock();
  }
}

bool may_be_insecure(const std::optional<SignedModel::Truth>& truth) {
  return !truth || !truth->secure || truth->opted_out;
}

void check_secure(const Evidence& claim, const std::optional<SignedModel::Truth>& truth) {
  if (!truth) return;
  bool parents = false;  // the NSEC at a cut is data of the signed zone above (RFC 4035 2.3)
  if (claim.finding == Finding::positive) {
    const bool same = truth->rrset && truth->rrset->same_data(*claim.rrset);
    const bool held = model().holds(*claim.rrset);
    parents = held && claim.type == Type::nsec;
    require(same || held, "secure data is the zone's data");
    require(!(truth->expanded && truth->opted_out), "opt-out makes no wildcard answer secure");
  } else {
    require(truth->finding == claim.finding, "a secure denial is true");
    require(!truth->opted_out, "opt-out makes no denial secure");
  }
  require(truth->secure || parents, "nothing of an unsigned zone is secure");
}

/// What is kept for later questions must be as true as a verdict.
void check_kept(validator::KeyStore& keys) {
  for (const auto& [key, entry] : keys.impl().entries) {
    const Name& zone = entry.zone->zone;
    if (zone.is_at_or_below(Name::literal("evil.a."))) continue;
    if (entry.zone->status == ZoneStatus::secure)
      require(model().holds(*entry.zone->dnskeys), "kept keys are the zone's keys");
    if (entry.zone->status == ZoneStatus::insecure)
      require(may_be_insecure(model().truth(zone, Type::soa)) ||
                  may_be_insecure(model().truth(zone, Type::ds)),
              "no signed zone is kept as insecure");
  }
}

void check_spent(const test::Trial& trial, VerdictKind kind) {
  require(kind != VerdictKind::needs && kind != VerdictKind::more, "it ends");
  const auto most = [&](Limit limit) { return trial.limits[limit]; };
  require(trial.spent.checks <= most(Limit::signature_checks), "signature checks are bounded");
  require(trial.spent.hashes <= most(Limit::nsec3_hashes), "hashes are bounded");
  require(trial.spent.checks <= most(Limit::signature_checks_per_fetch) * (1 + trial.spent.needs),
          "signature checks of one answer are bounded");
  require(trial.spent.needs <= 2 * (1 + Name::max_labels), "questions are bounded");
  require(trial.spent.pauses <= trial.spent.checks + trial.spent.hashes, "each step gets on");
}
}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  test::Trial trial(model().anchors());
  Attack attack(Program({data, size}), trial.clock);
  const Evidence claim = attack.claim;
  const auto verdict =
      trial.judge(claim, [&](const dns::Question& question) { return attack.answer(question); });
  const auto truth = model().truth(claim.name, claim.type);
  check_spent(trial, verdict.kind);
  check_kept(trial.keys);
  if (verdict.kind == VerdictKind::secure) {
    check_secure(claim, truth);
    require(attack.in_time, "nothing is secure before or behind its time");
    require(verdict.ttl_most <= test::Signing{}.ttl, "no TTL above the original one");
  }
  if (verdict.kind == VerdictKind::insecure) {
    require(may_be_insecure(truth), "nothing signed is insecure");
    require(attack.in_time, "nothing is insecure before or behind the time of its proof");
  }
  return 0;
}
