#pragma once
// A trust anchor's zone over the years: RRsets signed by whom the test says, looked at and observed
// in virtual time.
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "dns/rdata.hpp"
#include "test/support/signer.hpp"
#include "validator/anchor_state.hpp"
namespace windlass::test {

constexpr std::int64_t story_day_s = 86'400;
constexpr std::uint16_t revoked_ksk = Key::ksk | 0x0080;

inline validator::AnchorKey as_dnskey(const Key& key) {
  return {false, key.rdata(), key.tag(), key.algorithm()};
}
inline validator::AnchorKey as_ds(const Key& key, const dns::Name& zone, std::uint8_t digest = 2) {
  return {true, key.ds(zone, digest), key.tag(), key.algorithm()};
}
inline Key revoked(const Key& key) {
  return key.with(revoked_ksk);
}

class Story {
 public:
  explicit Story(std::string_view name = "example.org.") : zone{dns::Name::literal(name), {}} {
    zone.zone = dns::Name::literal(name);
  }

  void trust(validator::AnchorKey key) {
    zone.keys.push_back({std::move(key), validator::KeyState::valid, wall_s});
  }

  /// The RRset of `keys`, with a signature of each of `signers` that holds for twenty days.
  dns::RRsetPtr rrset(const std::vector<Key>& keys, const std::vector<Key>& signers,
                      Signing how = {}) const {
    const SignedZone signer(zone.zone.to_text(), keys.empty() ? signers : keys);
    std::vector<Bytes> rdatas;
    for (const Key& key : keys) rdatas.push_back(key.rdata());
    dns::RRsetPtr set =
        signer.unsigned_set(zone.zone.to_text(), dns::Type::dnskey, rdatas, how.ttl);
    if (how.inception == Signing{}.inception) {
      how.inception = static_cast<std::uint32_t>(wall_s - story_day_s);
      how.expiration = static_cast<std::uint32_t>(wall_s + 20 * story_day_s);
    }
    for (const Key& key : signers) set = signer.add_rrsig(*set, how, key);
    return set;
  }

  validator::Sighting look(const dns::RRsetPtr& set) {
    return validator::look(*set, zone, options, limits, *metrics, {wall_s, 0, 0});
  }

  validator::Observed see(const dns::RRsetPtr& set) {
    return validator::observe(zone, look(set), wall_s, limits);
  }
  validator::Observed see(const std::vector<Key>& keys, const std::vector<Key>& signers) {
    return see(rrset(keys, signers));
  }

  void pass(std::int64_t days) { wall_s += days * story_day_s; }

  /// "valid", or "unknown".
  std::string state(const Key& key) const {
    for (const validator::FollowedKey& known : zone.keys)
      if (same(known, key)) return std::string(name_of(known.state));
    return "unknown";
  }
  const validator::FollowedKey& followed(const Key& key) const {
    for (const validator::FollowedKey& known : zone.keys)
      if (same(known, key)) return known;
    throw std::logic_error("not followed");
  }

  validator::AnchorZone zone;
  std::int64_t wall_s = 1'700'000'000;
  Limits limits;
  std::shared_ptr<Metrics> metrics = std::make_shared<Metrics>();
  validator::ValidatorOptions options;

 private:
  bool same(const validator::FollowedKey& known, const Key& key) const {
    if (!known.key.is_ds) return known.key.rdata == key.with(Key::ksk).rdata();
    return known.key.rdata == key.ds(zone.zone);
  }
};
}  // namespace windlass::test
