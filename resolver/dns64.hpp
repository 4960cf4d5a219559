#pragma once
/// Dns64: addresses for clients without IPv4 (RFC 6147): AAAA made from A, for the translator
/// behind a prefix (RFC 6052), and the way back from such an address to its name.
///
/// What is made is never cached: it is made anew for each client that is to have it, from an answer
/// for AAAA and one for A that were both validated before.
#include <optional>

#include "dns/name.hpp"
#include "resolver/options.hpp"
#include "resolver/outcome.hpp"
namespace windlass::resolver {

/// RFC 6052 2.2: /32, /40, /48, /56, /64 or /96; octet 8 is zero.
bool is_translation_prefix(const Prefix& prefix) noexcept;
/// The IPv6 address that stands for an IPv4 address. Precondition: is_translation_prefix().
IpAddress translated(const Prefix& prefix, const IpAddress& ipv4) noexcept;
/// And back; nullopt: not below the prefix.
std::optional<IpAddress> translated_back(const Prefix& prefix, const IpAddress& ipv6) noexcept;

class Dns64 {
 public:
  explicit Dns64(const Dns64Options& options);
  /// Is an AAAA question of this client answered with what is made here, if need be? Not with CD
  /// and DO, for then it validates and translates by itself (RFC 6147 5.5); of `nullptr` too.
  bool serves(const IpAddress* client, dns::Type type, bool cd, bool dnssec_ok) const noexcept;
  /// An answer to AAAA leaves the client without an address: it has none, or excluded ones alone.
  /// NXDOMAIN speaks of all types; what is bogus is not looked for elsewhere.
  bool wants_a(const Answer& answer) const;
  /// `answer` to AAAA without excluded addresses (RFC 6147 5.1.4).
  Answer without_excluded(Answer answer) const;
  /// What a client gets of its answer to AAAA, which wants_a(), and of the one to A.
  Answer joined(Answer aaaa, Answer a, std::int64_t age_ms) const;
  /// The alias from the reverse name of a translated address to that of its IPv4 address (5.3.1);
  /// nullptr: the name is none.
  cache::EntryPtr reverse(const dns::Name& name) const;
  /// Whose addresses stand for IPv4 ones; nullopt: nothing is translated.
  const std::optional<Prefix>& prefix() const noexcept { return options_.prefix; }
  /// The reverse name of the prefix.
  const dns::Name& reverse_apex() const noexcept { return apex_; }

 private:
  bool excluded(std::span<const std::uint8_t> rdata) const noexcept;
  dns::RRsetPtr made_from(const dns::RRset& a) const;
  Dns64Options options_;
  dns::Name apex_;
};
}  // namespace windlass::resolver
