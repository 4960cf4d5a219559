#include "test/unit/validator/rfc_zone.hpp"

#include <fstream>
#include <iterator>
#include <stdexcept>

#include "dns/ldns_bridge.hpp"
#include "dns/rdata.hpp"

namespace windlass::test {
using dns::Name;
using dns::Type;

namespace {
std::vector<dns::ZoneRecord> records_of(const char* file) {
  std::ifstream in(std::string(WINDLASS_TEST_VECTORS "/") + file);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  auto records = dns::parse_zone_text(text, Name(), 3600);
  if (!records || records->empty()) throw std::runtime_error(std::string("cannot read ") + file);
  return *std::move(records);
}

validator::AnchorKey signing_key(const dns::RRset& dnskeys) {
  for (const auto rdata : dnskeys.rdata()) {
    const auto key = dns::DnskeyView::parse(rdata);
    if (key && key->secure_entry_point())
      return {false, Bytes(rdata.begin(), rdata.end()), dns::key_tag(rdata), key->algorithm};
  }
  throw std::runtime_error("no key signing key");
}
}  // namespace

RfcZone::RfcZone(const char* file, std::int64_t wall_s) {
  std::map<std::pair<std::string, Type>, dns::RRsetBuilder> builders;
  for (const auto& record : records_of(file)) {
    const auto rrsig = dns::RrsigView::parse(record.rdata);
    const bool signature = record.type == Type::rrsig;
    const Type type = signature ? rrsig->covered : record.type;
    auto& builder =
        builders.try_emplace({record.owner.to_text(), type}, record.owner, type).first->second;
    const auto added = signature ? builder.add_signature(record.rdata, record.ttl)
                                 : builder.add(record.rdata, record.ttl);
    if (!added) throw std::runtime_error("a record is refused");
  }
  for (auto& [key, builder] : builders) sets_[key] = builder.build();
  clock.set_wall(wall_s);
  anchors =
      validator::TrustAnchors::make({{apex, {signing_key(*get("example.", Type::dnskey))}}}, {});
  set(positive(get("example.", Type::dnskey), apex));
}

dns::RRsetPtr RfcZone::get(std::string_view owner, Type type) const {
  return sets_.at({std::string(owner), type});
}

dns::RRsetPtr RfcZone::expanded(std::string_view wildcard, std::string_view owner,
                                Type type) const {
  const auto stored = get(wildcard, type);
  dns::RRsetBuilder builder(Name::literal(owner), type);
  for (const auto rdata : stored->rdata()) (void)builder.add(rdata, stored->ttl());
  for (const auto rdata : stored->signatures()) (void)builder.add_signature(rdata, stored->ttl());
  return builder.build();
}

void RfcZone::set(dns::Evidence evidence) {
  answers_[text_of(evidence.name, evidence.type)] = std::move(evidence);
}

validator::Verdict RfcZone::judge(dns::Evidence evidence) {
  const validator::ValidatorOptions options;
  const Limits limits;
  validator::KeyStore keys;
  Metrics metrics;
  CountingWork work;
  validator::Validation validation({options, limits, keys, metrics, anchors}, std::move(evidence));
  for (;;) {
    const validator::Verdict verdict = validation.step(clock.now(), work);
    if (verdict.kind == validator::VerdictKind::needs) {
      const auto& question = verdict.question;
      const auto found = answers_.find(text_of(question.name, question.type));
      validation.provide(found == answers_.end() ? nullptr : &found->second, std::nullopt);
    } else if (verdict.kind != validator::VerdictKind::more) {
      return verdict;
    }
  }
}

validator::Verdict RfcZone::answer(dns::RRsetPtr rrset, std::vector<dns::RRsetPtr> proofs) {
  return judge(positive(std::move(rrset), apex, std::move(proofs)));
}

validator::Verdict RfcZone::denial(dns::Finding finding, std::string_view name, Type type,
                                   std::vector<dns::RRsetPtr> proofs) {
  return judge(denied(finding, name, type, apex, std::move(proofs)));
}
}  // namespace windlass::test
