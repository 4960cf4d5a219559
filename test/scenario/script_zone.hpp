#pragma once
/// ZoneScript: a zone of a scenario as its lines say it, and the Zone that is made of it.
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/address.hpp"
#include "test/support/zone.hpp"
namespace windlass::scenario {

/// SIGN: how the zone is signed. Times are seconds from the start of the scenario.
struct ZoneSigning {
  std::vector<int> algorithms;  ///< the first signs the DNSKEY RRset, the last everything else
  std::optional<std::uint16_t> flags;  ///< of its DNSKEYs
  std::optional<std::uint8_t> protocol;
  bool wrong_key = false;
  std::int64_t begins_s = -10'000'000, ends_s = 100'000'000;
  test::Denial denial;
};

struct DsScript {
  dns::Name child;
  std::uint8_t digest = 2;
  std::optional<std::uint8_t> algorithm;
  bool spoiled = false;
};

/// FORGE: one RRset signed otherwise than the rest.
struct Forgery {
  dns::Name owner;
  dns::Type type = dns::Type::none;
  std::optional<std::uint8_t> labels, algorithm;
  std::optional<std::uint32_t> original_ttl;
  std::optional<std::int64_t> begins_s, ends_s;
  std::optional<dns::Name> signer;
  std::optional<dns::Type> covered;
};

/// A zone served whole, at its addresses or, when it is local, by the resolver itself from one step
/// to another; signed by the player when `signing` names algorithms.
struct ZoneScript {
  std::size_t line = 0;
  dns::Name apex;
  std::vector<IpAddress> addresses;
  std::string text;
  ZoneSigning signing;
  std::vector<DsScript> ds;
  std::vector<Forgery> forgeries;
  std::vector<std::pair<dns::Name, dns::Type>> spoil, strip;
  bool local = false, broken = false;  ///< broken: it answers nothing but errors
  int from = 0, to = 0;                ///< of a local one

  bool is_signed() const { return !signing.algorithms.empty(); }
};

/// Takes one line of a zone. Throws std::runtime_error that says what is wrong with it.
void read_zone_line(ZoneScript& zone, const std::string& line,
                    const std::vector<std::string>& words);

/// Key tag of a zone's first key; 0: there is no such signed zone.
unsigned first_key_tag(const std::vector<ZoneScript>& scripts, const dns::Name& apex);
/// `text` with the tag in place of TRUSTED, and another one in place of UNKNOWN, where these stand
/// behind a hyphen; in five digits.
std::string with_tags(std::string text, unsigned trusted_tag);

/// All zones of a scenario, signed; in their order. `trusted_tag`: see with_tags(). Throws
/// std::runtime_error for what cannot be.
std::vector<test::Zone> make_zones(const std::vector<ZoneScript>& scripts, unsigned trusted_tag);
}  // namespace windlass::scenario
