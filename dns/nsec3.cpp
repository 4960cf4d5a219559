#include "dns/nsec3.hpp"

#include <algorithm>

namespace windlass::dns {
namespace {
constexpr std::uint8_t hash_sha1 = 1;
constexpr std::uint8_t flags_known = 1;

bool comes_before(Octets a, Octets b) {
  return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end());
}
}  // namespace

std::optional<Nsec3Record> Nsec3Record::read(const RRset& rrset) {
  if (rrset.type() != Type::nsec3 || rrset.rdata().size() != 1) return std::nullopt;
  const auto nsec3 = Nsec3View::parse(rrset.rdata().front());
  const Name owner = rrset.owner();
  std::vector<std::uint8_t> hash;
  if (!nsec3 || nsec3->hash_algorithm != hash_sha1 || (nsec3->flags & ~flags_known) != 0 ||
      owner.is_root() || !from_base32hex(owner.first_label(), hash) ||
      hash.size() != nsec3_hash_octets || nsec3->next_hash.size() != nsec3_hash_octets)
    return std::nullopt;
  Nsec3Record record{{}, *nsec3};
  std::copy(hash.begin(), hash.end(), record.from.begin());
  return record;
}

bool Nsec3Record::covers(const Nsec3Hash& hash) const noexcept {
  if (comes_before(from, nsec3.next_hash))
    return comes_before(from, hash) && comes_before(hash, nsec3.next_hash);
  // The last one, or the only one.
  return comes_before(from, hash) || comes_before(hash, nsec3.next_hash);
}
}  // namespace windlass::dns
