// A whole signed world, every question of it: what is true is proven, and what is not true is never
// taken for secure, whatever signed records are put beside it (RFC 4035 5.4, RFC 5155 8, RFC 6840
// 4, RFC 4592, RFC 6672).
#include <catch2/catch.hpp>

#include "test/support/signed_model.hpp"
#include "test/support/trial.hpp"

using namespace windlass;
using namespace windlass::test;
using dns::Evidence;
using dns::Finding;
using dns::Name;
using dns::Type;
using validator::Verdict;
using validator::VerdictKind;

namespace {
const SignedModel& model() {
  static const SignedModel one;
  return one;
}

struct Court : Trial {
  Court() : Trial(model().anchors()) {}
  Verdict judge(Evidence evidence) {
    return Trial::judge(std::move(evidence), [this](const dns::Question& question) {
      held = model().honest(question.name, question.type);
      return &held;
    });
  }
  Evidence held;
};

std::string text_of(const Evidence& evidence) {
  constexpr const char* findings[] = {"is", "nodata", "nxdomain"};
  return evidence.name.to_text() + " " + dns::to_text(evidence.type) + " " +
         findings[static_cast<std::size_t>(evidence.finding)];
}

VerdictKind deserved(const SignedModel::Truth& truth) {
  const bool secure = truth.secure && !truth.opted_out;
  return secure ? VerdictKind::secure : VerdictKind::insecure;
}
}  // namespace

TEST_CASE("Every true answer of a whole world gets the verdict it deserves", "[validator][model]") {
  Court court;
  for (const Name& name : model().names()) {
    for (const Type type : model().types()) {
      const auto truth = model().truth(name, type);
      REQUIRE(truth);
      const Evidence evidence = model().honest(name, type);
      const Verdict verdict = court.judge(evidence);
      INFO(text_of(evidence) << ": " << verdict.ede.text);
      CHECK(static_cast<int>(verdict.kind) == static_cast<int>(deserved(*truth)));
      CHECK(court.spent.failures == 0);
    }
  }
}

namespace {
/// Nothing but the proofs themselves decides: no limit on how many are looked at.
void lift_limits(Court& court) {
  for (const Limit limit :
       {Limit::signature_checks, Limit::signature_checks_per_fetch, Limit::nsec3_hashes})
    REQUIRE(court.limits.set(limit, 10'000));
  for (const Limit limit :
       {Limit::signature_failures, Limit::signature_failures_per_fetch, Limit::nsec3_records})
    REQUIRE(court.limits.set(limit, 1000));
}

/// Every SOA, NSEC and NSEC3 that was ever signed, by anybody.
std::vector<dns::RRsetPtr> all_proofs() {
  std::vector<dns::RRsetPtr> proofs;
  for (const auto& rrset : model().pool())
    if (rrset->type() == Type::soa || rrset->type() == Type::nsec || rrset->type() == Type::nsec3)
      proofs.push_back(rrset);
  return proofs;
}

bool may_be_insecure(const SignedModel::Truth& truth) {
  return !truth.secure || truth.opted_out;
}
}  // namespace

TEST_CASE("No denial of what exists is taken, with all proofs of the world beside it",
          "[validator][model][negative]") {
  Court court;
  lift_limits(court);
  const auto proofs = all_proofs();
  std::size_t tried = 0;
  for (const Name& name : model().names()) {
    for (const Type type : model().types()) {
      for (const Finding finding : {Finding::nodata, Finding::nxdomain}) {
        const auto truth = model().truth(name, type);
        if (truth->finding == finding) continue;
        Evidence evidence = model().honest(name, type);
        evidence.type = type, evidence.finding = finding;
        evidence.rrset = nullptr, evidence.proofs = proofs;
        const Verdict verdict = court.judge(evidence);
        INFO(text_of(evidence) << ": " << verdict.ede.text);
        CHECK(verdict.kind != VerdictKind::secure);
        if (!may_be_insecure(*truth)) CHECK(verdict.kind == VerdictKind::bogus);
        ++tried;
      }
    }
  }
  CHECK(tried > 1000);
}

TEST_CASE("No RRset is taken for data of another name", "[validator][model][negative]") {
  Court court;
  lift_limits(court);
  const auto proofs = all_proofs();
  std::size_t tried = 0;
  for (const auto& rrset : model().pool()) {
    if (rrset->type() == Type::nsec3) continue;
    for (const Name& name : model().names()) {
      const Name owner = rrset->owner();
      if (name.common_labels(owner) + 1 < owner.label_count()) continue;  // another zone altogether
      const auto moved = with_owner(*rrset, name);
      if (model().holds(*moved)) continue;
      const auto truth = model().truth(name, rrset->type());
      Evidence evidence = positive(moved, model().honest(name, rrset->type()).zone, proofs);
      const Verdict verdict = court.judge(evidence);
      INFO(text_of(evidence) << ": " << verdict.ede.text);
      const bool same = truth->rrset && truth->rrset->same_data(*moved);
      if (!same) CHECK(verdict.kind != VerdictKind::secure);
      if (!same && !may_be_insecure(*truth)) CHECK(verdict.kind == VerdictKind::bogus);
      ++tried;
    }
  }
  CHECK(tried > 1000);
}
