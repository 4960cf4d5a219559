#pragma once
/// The question as the ABI gives it, read once. Never allocates.
#include <optional>

#include "auth-plugin/answer/answer.hpp"
#include "windlass/plugin.h"
namespace windlass::auth {

LocalQuestion read_question(const windlass_query& query, std::size_t octets_max) noexcept;
/// What a transfer must know beside it.
struct TransferExtras {
  bool has_tsig = false;
  std::optional<std::uint32_t> serial;  ///< IXFR: of the SOA in the authority section
};
TransferExtras read_transfer_extras(const windlass_query& query) noexcept;
/// A message without records: header, question, and OPT when the query had one; the octets written.
/// Precondition: out has 512 octets.
std::size_t put_refusal(const LocalQuestion& question, dns::Rcode rcode, const dns::Ede* ede,
                        std::span<std::uint8_t> out) noexcept;
}  // namespace windlass::auth
