#pragma once
/// SpecialNames: names that are answered here and asked of nobody: those that have no meaning
/// outside one host or one network (RFC 6761 and the registries it began, RFC 6303).
///
/// Each row of the table is a zone of its own with an SOA, an NS and the records that its RFC gives
/// it; no row is below another. Its answers are Entries that never end and are insecure, as those
/// of local zones are. One table for all engines, made once.
///
/// What the operator has configured at or below such a name wins: the Engine asks for that first.
#include <span>
#include <string_view>
#include <vector>

#include "cache/entry.hpp"
#include "dns/name.hpp"
#include "resolver/options.hpp"
namespace windlass::resolver {

/// What stands below the name of a row, where no record does.
enum class SpecialBelow : std::uint8_t {
  nothing,   ///< NXDOMAIN
  no_data,   ///< every name, without data (RFC 9462 6.4)
  the_same,  ///< every name, with the data of the row's own (RFC 6761 6.3)
};

struct SpecialRow {
  std::string_view name;  ///< with `first`: preceded by a label, each number from first to last
  SpecialBelow below;
  std::string_view rfc;
  unsigned first = 0, last = 0;
};
std::span<const SpecialRow> special_table();

class SpecialZone;

class SpecialNames {
 public:
  explicit SpecialNames(const ResolverOptions& options);
  /// The row at or above `name`; nullptr: the name is an ordinary one, the row is switched off, or
  /// the question is for a DS that is the parent's to give, since the parent is in the public DNS:
  /// validators behind us need its proof.
  const SpecialZone* zone_of(const dns::Name& name, dns::Type type) const;

 private:
  bool on_;
  std::vector<dns::Name> except_;
};

/// One row, ready to answer. Immutable, shared by all threads.
class SpecialZone {
 public:
  explicit SpecialZone(const dns::Name& apex, const SpecialRow& row);
  const dns::Name& apex() const noexcept { return apex_; }
  /// Precondition: `name` is at or below the apex.
  cache::EntryPtr answer(const dns::Name& name, dns::Type type) const;

 private:
  cache::EntryPtr entry(dns::Finding finding, dns::Type type, dns::RRsetPtr rrset) const;
  cache::EntryPtr denied(const dns::Name& name) const;
  dns::Name apex_;
  SpecialBelow below_;
  dns::RRsetPtr soa_rrset_;
  std::optional<dns::Ede> why_;        ///< why it is denied; nullopt: nobody wonders
  std::vector<cache::EntryPtr> data_;  ///< SOA, NS, then those of the row
  cache::EntryPtr no_data_, no_name_;
};
}  // namespace windlass::resolver
