#pragma once
/// Names that speak of key tags: what a validator tells servers about its anchors (RFC 8145 5), and
/// what its clients ask about those of the root (RFC 8509).
///
///    _ta-4f66-9728.example.org.           the tags of all anchors of example.org., in hex
///    root-key-sentinel-is-ta-20326.NAME   does the resolver trust this key of the root?
///    root-key-sentinel-not-ta-20326.NAME  does it not?
#include <cstdint>
#include <optional>

#include "dns/name.hpp"
#include "validator/trust_anchors.hpp"
namespace windlass::validator {

/// QNAME of the key tag query for an anchor's zone: tags ascending, each once, as four lowercase
/// hex digits; no more than fit into a label (12). nullopt: no keys, or the name gets too long.
std::optional<dns::Name> key_tag_query(const Anchor& anchor);

struct Sentinel {
  bool is = false;  ///< is-ta; else not-ta
  std::uint16_t key_tag = 0;
};
/// The first label of `name` read as a sentinel's (RFC 8509 3.1): five decimal digits, exactly;
/// letters without case. nullopt: a label like any other.
std::optional<Sentinel> sentinel_of(const dns::Name& name) noexcept;

/// Must the secure answer to `sentinel` be withheld (RFC 8509 3.2)? `root`: the anchor of the root
/// in force.
bool withholds(const Sentinel& sentinel, const Anchor& root) noexcept;
}  // namespace windlass::validator
