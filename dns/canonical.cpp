#include "dns/canonical.hpp"

#include <algorithm>
#include <cassert>

#include "crypto/verify.hpp"
#include "dns/rdata_layout.hpp"
#include "dns/rrtype_table.hpp"
namespace windlass::dns {
namespace {
constexpr std::string_view base32hex_digits = "0123456789abcdefghijklmnopqrstuv";

void append(std::vector<std::uint8_t>& out, Octets octets) {
  out.insert(out.end(), octets.begin(), octets.end());
}

/// Lower case of a whole wire name at once: a length octet is below 64, so lower() leaves it alone.
void append_lower(std::vector<std::uint8_t>& out, Octets wire) {
  const std::size_t at = out.size();
  out.resize(at + wire.size());
  std::transform(wire.begin(), wire.end(), out.begin() + static_cast<std::ptrdiff_t>(at), lower);
}

/// The owner as it was signed: a wildcard when the RRSIG counts fewer labels (RFC 4035 5.3.2).
Name signed_owner(const Name& owner, std::size_t labels) {
  const std::size_t owner_labels = owner.label_count() - (owner.is_wildcard() ? 1 : 0);
  assert(labels <= owner_labels);
  if (labels >= owner_labels) return owner;
  const auto wildcard = owner.suffix(labels).wildcard();
  assert(wildcard);  // at least one label made room for the "*"
  return *wildcard;
}
}  // namespace

void append_canonical_rdata(std::vector<std::uint8_t>& out, Type type, Octets rdata) {
  const TypeRow* row = find_type(type);
  if (row == nullptr || !row->canonical_lower) return append(out, rdata);
  for (const char letter : row->layout) {
    const Octets field = rdata.first(std::min(field_octets(letter, rdata), rdata.size()));
    if (letter == 'N' || letter == 'U')
      append_lower(out, field);
    else
      append(out, field);
    rdata = rdata.subspan(field.size());
  }
  append(out, rdata);
}

void append_signed_image(std::vector<std::uint8_t>& out, const RRset& rrset,
                         const RrsigView& rrsig) {
  out.reserve(out.size() + 512);  // what most fit in
  append(out, rrsig.signed_prefix.first(rrsig.signed_prefix.size() - rrsig.signer.size_octets()));
  append_lower(out, rrsig.signer.wire());
  // What all records begin with: owner | type | class | original TTL.
  const Name owner = signed_owner(rrset.owner(), rrsig.labels);
  std::vector<std::uint8_t> head;
  head.reserve(owner.size_octets() + 8);
  append_lower(head, owner.wire());
  append_word(head, static_cast<std::size_t>(rrset.type()));
  append_word(head, static_cast<std::size_t>(rrset.klass()));
  append_word(head, rrsig.original_ttl >> 16);
  append_word(head, rrsig.original_ttl & 0xFFFFu);
  // The RRset is already in the order of its canonical forms, without duplicates.
  for (const Octets rdata : rrset.rdata()) {
    append(out, head);
    append_word(out, rdata.size());  // lowering keeps the length
    append_canonical_rdata(out, rrset.type(), rdata);
  }
}

void append_ds_image(std::vector<std::uint8_t>& out, const Name& owner, Octets dnskey_rdata) {
  append_lower(out, owner.wire());
  append(out, dnskey_rdata);
}

std::array<std::uint8_t, 20> nsec3_hash(const Name& name, Octets salt, std::uint16_t iterations) {
  return crypto::iterated_sha1(name.lowercase().wire(), salt, iterations);
}

void put_base32hex(std::uint8_t* out, Octets octets) noexcept {
  const auto put = [&out](unsigned digit) {
    *out++ = static_cast<std::uint8_t>(base32hex_digits[digit & 31u]);
  };
  unsigned held = 0, held_bits = 0;
  for (const std::uint8_t octet : octets) {
    held = (held << 8 | octet) & 0xFFFFu;
    for (held_bits += 8; held_bits >= 5; held_bits -= 5) put(held >> (held_bits - 5));
  }
  if (held_bits > 0) put(held << (5 - held_bits));
}

std::string base32hex(Octets octets) {
  std::string text(base32hex_octets(octets.size()), '\0');
  put_base32hex(reinterpret_cast<std::uint8_t*>(text.data()), octets);
  return text;
}

bool from_base32hex(Octets label, std::vector<std::uint8_t>& out) {
  out.clear();
  unsigned held = 0, held_bits = 0;
  for (const std::uint8_t octet : label) {
    const std::size_t digit = base32hex_digits.find(static_cast<char>(lower(octet)));
    if (digit == std::string_view::npos) return false;
    held = (held << 5 | static_cast<unsigned>(digit)) & 0xFFFu;
    held_bits += 5;
    if (held_bits < 8) continue;
    held_bits -= 8;
    out.push_back(static_cast<std::uint8_t>(held >> held_bits));
  }
  // What is left over must be less than a digit, and zero: one value has one text.
  return held_bits < 5 && (held & ((1u << held_bits) - 1u)) == 0;
}
}  // namespace windlass::dns
