// Answers of signed zones, NSEC, NSEC3 and NSEC3 with opt-out, judged by our own validator: each
// RRset's signature, and each denial by the proofs that came with it. Then by what the messages
// look like.
#include <map>

#include <catch2/catch.hpp>

#include "dns/canonical.hpp"
#include "test/unit/auth/answer_world.hpp"
#include "validator/denial.hpp"

using namespace windlass;
using namespace windlass::test;
using dns::Name;
using dns::Section;
using dns::Type;
using validator::Outcome;

namespace {
struct AllWork final : validator::Work {
  bool pay_signature_check() override { return true; }
  bool pay_signature_failure() override { return true; }
  bool pay_nsec3_hash() override { return true; }
};

/// What a validator that trusts the zone's DNSKEYs makes of one answer.
class Judge {
 public:
  Judge(AnswerWorld& world, const Name& zone)
      : world_(world), keys_(std::make_shared<validator::ZoneKeys>()) {
    keys_->zone = zone;
    const Ask all{.dnssec_ok = true, .stream = true, .octets_max = 65'535};
    for (const auto& [key, set] :
         sets_of(world.ask(zone.to_text() + " DNSKEY", all), Section::answer))
      keys_->dnskeys = set;
    REQUIRE(keys_->dnskeys);
    for (const dns::Octets rdata : keys_->dnskeys->rdata())
      keys_->keys.push_back(
          {rdata, dns::key_tag(rdata), rdata[3], validator::ZoneKey::Parsed::not_yet, nullptr});
    for (auto& [limit, most] : std::map<Limit, std::int64_t>{
             {Limit::signature_checks_per_fetch, 1000}, {Limit::crypto_slice, 1000}})
      limits_.set(limit, most);
    effort_.begin_step(Now{.wall_s = 1'900'000'000}, work_);
  }

  using Sets = std::map<std::pair<std::string, Type>, dns::RRsetPtr>;
  static Sets sets_of(const dns::MessageView& view, Section section) {
    std::map<std::pair<std::string, Type>, dns::RRsetBuilder> builders;
    std::vector<std::uint8_t> rdata(65'535);
    for (const dns::RecordView& record : view.records(section)) {
      if (record.type() == Type::opt) continue;
      const auto octets = record.expand_rdata(rdata);
      REQUIRE(octets);
      const Type type = record.type() == Type::rrsig ? static_cast<Type>(rdata[0] << 8 | rdata[1])
                                                     : record.type();
      const auto [at, fresh] =
          builders.try_emplace({record.owner().to_text(), type}, record.owner(), type);
      REQUIRE(at->second.add(record));
    }
    Sets sets;
    for (auto& [key, builder] : builders) sets[key] = builder.build();
    return sets;
  }

  /// "secure", "insecure", "bogus": the worst of the signatures of what must be signed, and of the
  /// denial that the answer calls for.
  std::string of(std::string_view question);

 private:
  bool signature_holds(const dns::RRset& set) {
    const validator::Checked* checked = checker_.check(set, keys_);
    REQUIRE(checked != nullptr);
    return checked->outcome == Outcome::secure;
  }
  template <class F>
  Outcome proven(const std::vector<dns::RRsetPtr>& proofs, F&& denied) {
    validator::HashMemo memo;
    validator::NsecDenial nsec(proofs, checker_, keys_);
    validator::Nsec3Denial nsec3(proofs, checker_, keys_, memo);
    return nsec.empty() ? denied(nsec3).outcome : denied(nsec).outcome;
  }

  AnswerWorld& world_;
  validator::ZonePtr keys_;
  Limits limits_;
  Metrics metrics_;
  AllWork work_;
  validator::ValidatorOptions options_;
  validator::Effort effort_{limits_, metrics_};
  validator::Checker checker_{options_, effort_};
  std::vector<Sets> kept_;  ///< the checker remembers what it checked by address
};

std::string text_of(Outcome outcome) {
  return outcome == Outcome::secure     ? "secure"
         : outcome == Outcome::insecure ? "insecure"
                                        : "bogus";
}

std::string Judge::of(std::string_view text) {
  const dns::MessageView view = world_.ask(text, {.dnssec_ok = true});
  const dns::Question question = question_of(text);
  const Sets answer = kept_.emplace_back(sets_of(view, Section::answer));
  const Sets authority = kept_.emplace_back(sets_of(view, Section::authority));
  std::vector<dns::RRsetPtr> proofs;
  for (const auto& [key, set] : authority) proofs.push_back(set);
  Outcome worst = Outcome::secure;
  const auto weigh = [&](Outcome outcome) {
    if (worst == Outcome::secure || outcome == Outcome::bogus) worst = outcome;
  };
  Name name = question.name;
  for (const auto& given : answer) {
    const auto& set = given.second;
    const bool made = set->type() == Type::cname && set->signatures().empty() &&
                      std::any_of(answer.begin(), answer.end(), [&](auto& other) {
                        return other.second->type() == Type::dname &&
                               set->owner().is_below(other.second->owner());
                      });
    if (made) continue;
    weigh(signature_holds(*set) ? Outcome::secure : Outcome::bogus);
    if (set->signatures().empty()) continue;
    const auto rrsig = dns::RrsigView::parse(set->signatures().front());
    const std::size_t labels = set->owner().label_count() - (set->owner().is_wildcard() ? 1u : 0u);
    if (rrsig->labels < labels)
      weigh(proven(proofs,
                   [&](auto& denial) { return denial.expansion(set->owner(), rrsig->labels); }));
  }
  for (std::size_t hops = 0; hops <= answer.size(); ++hops)
    if (const auto at = answer.find({name.to_text(), Type::cname});
        at != answer.end() && question.type != Type::cname)
      name = *dns::name_of(at->second->rdata().front());
  const bool referral = std::any_of(authority.begin(), authority.end(),
                                    [](auto& entry) { return entry.first.second == Type::ns; });
  for (const auto& given : authority) {
    const auto& key = given.first;
    const auto& set = given.second;
    if (key.second == Type::ns) {
      CHECK(set->signatures().empty());
      if (!authority.contains({key.first, Type::ds}))
        weigh(proven(proofs, [&](auto& denial) { return denial.nodata(set->owner(), Type::ds); }));
    } else {
      weigh(signature_holds(*set) ? Outcome::secure : Outcome::bogus);
    }
  }
  if (view.rcode() == dns::Rcode::nxdomain)
    weigh(proven(proofs, [&](auto& denial) { return denial.nxdomain(name); }));
  else if (!referral && !answer.contains({name.to_text(), question.type}) &&
           authority.contains({"example.org.", Type::soa}))
    weigh(proven(proofs, [&](auto& denial) { return denial.nodata(name, question.type); }));
  return text_of(worst);
}

struct Signed : AnswerWorld {
  explicit Signed(std::string_view text) {
    add("example.org.", text);
    judge.emplace(*this, Name::literal("example.org."));
  }
  std::optional<Judge> judge;
};

constexpr const char* secure_everywhere[] = {
    "example.org. SOA",        "example.org. NS",           "example.org. DNSKEY",
    "www.example.org. A",      "mixedcase.example.org. A",  "www.example.org. TXT",
    "example.org. AAAA",       "*.wild.example.org. A",     "*.wild.example.org. MX",
    "ent.example.org. A",      "_tcp.example.org. A",       "star.example.org. A",
    "x.wild.example.org. A",   "y.x.wild.example.org. TXT", "x.wild.example.org. MX",
    "alias.example.org. A",    "alias2.example.org. AAAA",  "alias.example.org. TXT",
    "x.calias.example.org. A", "x.cwild.example.org. A",    "x.cwild.example.org. MX",
    "towild.example.org. TXT", "towild.example.org. MX",    "a.dn.example.org. A",
    "b.dn.example.org. A",     "dn.example.org. A",         "out.example.org. A",
    "secure.example.org. DS",  "x.secure.example.org. A",   "tocut.example.org. A",
};
constexpr const char* denied_outright[] = {
    "nothing.example.org. A",  "a.b.nothing.example.org. A",  "aaa.example.org. A",
    "zzz.example.org. A",      "x.below.wild.example.org. A", "x.www.example.org. A",
    "dangling.example.org. A", "x.mail.example.org. DS",
};
constexpr const char* unsigned_cuts[] = {
    "insecure.example.org. DS",
    "x.insecure.example.org. A",
    "deep.cut.example.org. DS",
    "x.deep.cut.example.org. A",
};
}  // namespace

TEST_CASE("NSEC: all that is said is proven", "[auth][answer][dnssec]") {
  Signed world(example_org_nsec);
  const auto check = [&](const auto& questions) {
    for (const char* question : questions) {
      CAPTURE(question);
      CHECK(world.judge->of(question) == "secure");
    }
  };
  check(secure_everywhere);
  check(denied_outright);
  check(unsigned_cuts);
  CHECK(world.judge->of("cut.example.org. A") == "secure");
}

TEST_CASE("NSEC3: all that is said is proven", "[auth][answer][dnssec]") {
  Signed world(example_org_nsec3);
  const auto check = [&](const auto& questions) {
    for (const char* question : questions) {
      CAPTURE(question);
      CHECK(world.judge->of(question) == "secure");
    }
  };
  check(secure_everywhere);
  check(denied_outright);
  check(unsigned_cuts);
  CHECK(world.judge->of("cut.example.org. A") == "secure");
}

TEST_CASE("NSEC3 with opt-out: what a span leaves open is insecure, the rest is proven",
          "[auth][answer][dnssec]") {
  Signed world(example_org_optout);
  for (const char* question : secure_everywhere) {
    CAPTURE(question);
    const std::string outcome = world.judge->of(question);
    CHECK((outcome == "secure" || outcome == "insecure"));
  }
  for (const char* question : denied_outright) {
    CAPTURE(question);
    CHECK(world.judge->of(question) == "insecure");
  }
  for (const char* question : unsigned_cuts) {
    CAPTURE(question);
    CHECK(world.judge->of(question) == "insecure");
  }
  for (const char* question : {"www.example.org. A", "www.example.org. TXT", "ent.example.org. A",
                               "secure.example.org. DS"}) {
    CAPTURE(question);
    CHECK(world.judge->of(question) == "secure");
  }
  // An empty non-terminal without NSEC3: the provable encloser is the apex, and so is the
  // wildcard's.
  CHECK(world.judge->of("cut.example.org. A") == "insecure");
  CHECK(world.judge->of("y.cut.example.org. A") == "insecure");
}

TEST_CASE("The judge sees what is missing", "[auth][answer][dnssec][negative]") {
  // The same zone without the chain's record of the name, and without any.
  for (const std::string_view owner :
       {"www.example.org.\t300\tIN\tNSEC", "example.org.\t3600\tIN\tRRSIG\tSOA"}) {
    std::string text(example_org_nsec);
    const auto at = text.find(owner);
    REQUIRE(at != std::string::npos);
    text.erase(at, text.find('\n', at) - at);
    Signed world(text);
    CHECK(world.judge->of("www.example.org. TXT") == "bogus");
  }
}

TEST_CASE("Without DO there is nothing of DNSSEC unless asked for",
          "[auth][answer][dnssec][negative]") {
  for (const std::string_view text : {example_org_nsec, example_org_nsec3, example_org_optout}) {
    Signed world(text);
    for (const char* question :
         {"www.example.org. A", "nothing.example.org. A", "www.example.org. TXT",
          "x.wild.example.org. A", "x.secure.example.org. A", "x.insecure.example.org. A"}) {
      const std::string said = world.said(question);
      CAPTURE(said);
      CHECK(said.find("RRSIG") == std::string::npos);
      CHECK(said.find("NSEC") == std::string::npos);
      CHECK(said.find(" DS ") == std::string::npos);
    }
    CHECK(world.said("www.example.org. RRSIG").find("RRSIG(A)") != std::string::npos);
  }
}

TEST_CASE("Each proof goes in once", "[auth][answer][dnssec]") {
  for (const std::string_view text : {example_org_nsec, example_org_nsec3, example_org_optout}) {
    Signed world(text);
    for (const auto& questions : {std::span<const char* const>(secure_everywhere),
                                  std::span<const char* const>(denied_outright),
                                  std::span<const char* const>(unsigned_cuts)})
      for (const char* question : questions) {
        CAPTURE(question);
        auto lines = lines_of(world.ask(question, {.dnssec_ok = true}), Section::authority);
        std::sort(lines.begin(), lines.end());
        CHECK(std::adjacent_find(lines.begin(), lines.end()) == lines.end());
      }
  }
}

TEST_CASE("A wildcard that is an empty non-terminal: the name is covered, the wildcard has no data",
          "[auth][answer][dnssec]") {
  Signed nsec(example_org_nsec);
  const auto lines =
      lines_of(nsec.ask("x.star.example.org. A", {.dnssec_ok = true}), Section::authority);
  const auto has = [&](const char* line) {
    return std::find(lines.begin(), lines.end(), line) != lines.end();
  };
  CHECK(has("host.*.star.example.org. 300 NSEC svc.example.org. A RRSIG NSEC"));
  CHECK(has("self.example.org. 300 NSEC host.*.star.example.org. CNAME RRSIG NSEC"));
  Signed nsec3(example_org_nsec3);
  CHECK(nsec3.judge->of("x.star.example.org. A") == "secure");
  CHECK(nsec.judge->of("x.star.example.org. A") == "secure");
}

TEST_CASE("DS at the apex is not the child's to deny", "[auth][answer][dnssec][negative]") {
  Signed world(example_org_nsec);
  const auto lines =
      lines_of(world.ask("example.org. DS", {.dnssec_ok = true}), Section::authority);
  CHECK(lines.size() == 4);  // SOA and the apex' NSEC, signed: an answer, but no proof
  CHECK(world.judge->of("example.org. DS") == "bogus");
}

TEST_CASE("ANY and RRSIG get one RRset's records", "[auth][answer][dnssec]") {
  Signed world(example_org_nsec);
  const Ask signatures{.dnssec_ok = true};
  CHECK(world.said("mail.example.org. ANY", signatures) ==
        "NOERROR aa | mail.example.org. 3600 A 192.0.2.10; mail.example.org. 3600 RRSIG(A) | |");
  CHECK(world.said("mail.example.org. ANY") ==
        "NOERROR aa | mail.example.org. 3600 A 192.0.2.10 | |");
  CHECK(world.said("mail.example.org. RRSIG", signatures) ==
        "NOERROR aa | mail.example.org. 3600 RRSIG(A) | |");
  CHECK(world.said("alias.example.org. RRSIG", signatures) ==
        "NOERROR aa | alias.example.org. 3600 RRSIG(CNAME) | |");
  const std::string through =
      "NOERROR aa | dn.example.org. 3600 DNAME target.example.org.; dn.example.org. 3600 "
      "RRSIG(DNAME); a.dn.example.org. 3600 CNAME a.target.example.org.; ";
  CHECK(world.said("a.dn.example.org. RRSIG", signatures) ==
        through + "a.target.example.org. 3600 RRSIG(A) | |");
  CHECK(world.said("a.dn.example.org. ANY", signatures) ==
        through +
            "a.target.example.org. 3600 A 192.0.2.70; a.target.example.org. 3600 RRSIG(A) | |");
  CHECK(world.said("mail.example.org. NSEC") ==
        "NOERROR aa | mail.example.org. 300 NSEC MixedCase.example.org. A RRSIG NSEC | |");
}

TEST_CASE("NSEC3 owners are no names", "[auth][answer][dnssec][negative]") {
  Signed world(example_org_nsec3);
  const auto lines =
      lines_of(world.ask("www.example.org. TXT", {.dnssec_ok = true}), Section::authority);
  for (const std::string& line : lines)
    if (line.find(" NSEC3 ") != std::string::npos)
      CHECK(world.said(line.substr(0, line.find(' ')) + " NSEC3").substr(0, 8) == "NXDOMAIN");
}

TEST_CASE("A zone that lacks its chain says so", "[auth][answer][dnssec][negative]") {
  std::string text(example_org_nsec), kept;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = text.find('\n', at);
    const std::string line = text.substr(at, end - at + 1);
    if (line.find("\tNSEC\t") == std::string::npos) kept += line;
    at = end + 1;
  }
  AnswerWorld world;
  world.add("example.org.", kept);
  const auto view = world.ask("nothing.example.org. A", {.dnssec_ok = true});
  const auto ede = dns::find_ede(*view.opt());
  REQUIRE(ede);
  CHECK(ede->code == dns::EdeCode::nsec_missing);
}
