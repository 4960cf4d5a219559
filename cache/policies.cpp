#include "cache/policies.hpp"

namespace windlass::cache {
namespace {
std::size_t vector_octets(std::size_t capacity, std::size_t each) noexcept {
  return capacity == 0 ? 0 : capacity * each + allocation_octets;
}

std::size_t rrset_octets(const dns::RRsetPtr& rrset) noexcept {
  return rrset ? rrset->memory_octets() + shared_octets + allocation_octets : 0;
}
}  // namespace

std::size_t memory_octets(const Entry& entry) noexcept {
  const auto& proofs = entry.evidence.proofs;
  std::size_t sum = sizeof(Entry) + shared_octets + rrset_octets(entry.evidence.rrset);
  sum += vector_octets(proofs.capacity(), sizeof(proofs[0]));
  for (const auto& proof : proofs) sum += rrset_octets(proof);
  if (entry.ede) sum += entry.ede->text.capacity() + allocation_octets;
  return sum;
}

std::size_t memory_octets(const Delegation& delegation) noexcept {
  std::size_t sum = sizeof(Delegation) + shared_octets +
                    vector_octets(delegation.servers.capacity(), sizeof(NameServer));
  for (const NameServer& server : delegation.servers)
    sum += vector_octets(server.endpoints.capacity(), sizeof(Endpoint));
  return sum;
}
}  // namespace windlass::cache
