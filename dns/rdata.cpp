#include "dns/rdata.hpp"

#include "base/try.hpp"
namespace windlass::dns {
namespace {
Error truncated(const char* expected) {
  return {Errc::truncated, 0, expected};
}

/// An octet of length and that many octets, taken off the front of `rest`.
Result<Octets> take_counted(Octets& rest, const char* expected) {
  if (rest.empty() || rest.size() - 1 < rest[0]) return truncated(expected);
  const Octets taken = rest.subspan(1, rest[0]);
  rest = rest.subspan(1 + taken.size());
  return taken;
}
}  // namespace

Result<SoaView> SoaView::parse(Octets rdata) {
  WINDLASS_TRY(mname, Name::from_wire(rdata));
  Octets rest = rdata.subspan(mname.size_octets());
  WINDLASS_TRY(rname, Name::from_wire(rest));
  rest = rest.subspan(rname.size_octets());
  if (rest.size() < 20) return truncated("five 32-bit fields of SOA");
  if (rest.size() > 20) return Error{Errc::trailing, 0, "nothing behind SOA minimum"};
  return SoaView{mname,           rname,           word32(rest, 0),
                 word32(rest, 4), word32(rest, 8), word32(rest, 12),
                 word32(rest, 16)};
}

Result<DsView> DsView::parse(Octets rdata) {
  if (rdata.size() < 5) return truncated("a DS with a digest");
  return DsView{word16(rdata, 0), rdata[2], rdata[3], rdata.subspan(4)};
}

Result<DnskeyView> DnskeyView::parse(Octets rdata) {
  if (rdata.size() < 5) return truncated("a DNSKEY with a public key");
  return DnskeyView{word16(rdata, 0), rdata[2], rdata[3], rdata.subspan(4)};
}

Result<RrsigView> RrsigView::parse(Octets rdata) {
  constexpr std::size_t fixed_octets = 18;
  if (rdata.size() < fixed_octets) return truncated("18 octets of RRSIG");
  WINDLASS_TRY(signer, Name::from_wire(rdata.subspan(fixed_octets)));
  const std::size_t prefix = fixed_octets + signer.size_octets();
  if (rdata.size() == prefix) return truncated("a signature");
  return RrsigView{static_cast<Type>(word16(rdata, 0)),
                   rdata[2],
                   rdata[3],
                   word32(rdata, 4),
                   word32(rdata, 8),
                   word32(rdata, 12),
                   word16(rdata, 16),
                   signer,
                   rdata.subspan(prefix),
                   rdata.first(prefix)};
}

// Windows:  number 1 | length 1 (1-32) | bits, most significant first;  numbers ascend.
Result<TypeBitmap> TypeBitmap::parse(Octets octets) {
  int last_window = -1;
  for (Octets rest = octets; !rest.empty();) {
    if (rest.size() < 2) return truncated("a bitmap window and its length");
    const std::size_t size = rest[1];
    if (rest[0] <= last_window || size == 0 || size > 32)
      return Error{Errc::bad_rdata, 0, "ascending bitmap windows of 1 to 32 octets"};
    if (rest.size() - 2 < size) return truncated("a whole bitmap window");
    last_window = rest[0];
    rest = rest.subspan(2 + size);
  }
  TypeBitmap bitmap;
  bitmap.octets_ = octets;
  return bitmap;
}

bool TypeBitmap::has(Type type) const noexcept {
  const auto code = static_cast<unsigned>(type);
  const std::size_t octet = (code & 0xFFu) >> 3;
  for (Octets rest = octets_; !rest.empty(); rest = rest.subspan(2u + rest[1])) {
    if (rest[0] < code >> 8) continue;
    return rest[0] == code >> 8 && octet < rest[1] && (rest[2 + octet] & 0x80u >> (code & 7u)) != 0;
  }
  return false;
}

Result<NsecView> NsecView::parse(Octets rdata) {
  WINDLASS_TRY(next, Name::from_wire(rdata));
  WINDLASS_TRY(types, TypeBitmap::parse(rdata.subspan(next.size_octets())));
  return NsecView{next, types};
}

Result<Nsec3View> Nsec3View::parse(Octets rdata) {
  if (rdata.size() < 4) return truncated("4 octets of NSEC3");
  Octets rest = rdata.subspan(4);
  WINDLASS_TRY(salt, take_counted(rest, "a salt"));
  WINDLASS_TRY(next_hash, take_counted(rest, "a next hashed owner name"));
  if (next_hash.empty()) return Error{Errc::bad_rdata, 0, "a next hashed owner name"};
  WINDLASS_TRY(types, TypeBitmap::parse(rest));
  return Nsec3View{rdata[0], rdata[1], word16(rdata, 2), salt, next_hash, types};
}

Result<IpAddress> address_of(Type type, Octets rdata) {
  if (type == Type::a && rdata.size() == 4) return IpAddress::v4(rdata.first<4>());
  if (type == Type::aaaa && rdata.size() == 16) return IpAddress::v6(rdata.first<16>());
  return Error{Errc::bad_rdata, 0, "4 octets of A or 16 of AAAA"};
}

Result<Name> name_of(Octets rdata) {
  WINDLASS_TRY(name, Name::from_wire(rdata));
  if (name.size_octets() != rdata.size()) return Error{Errc::trailing, 0, "one name and no more"};
  return name;
}

std::uint32_t soa_serial(Octets rdata) noexcept {
  constexpr std::size_t numbers_octets = 20;
  return rdata.size() < numbers_octets ? 0 : word32(rdata, rdata.size() - numbers_octets);
}

std::uint16_t key_tag(Octets dnskey_rdata) noexcept {
  const std::size_t size = dnskey_rdata.size();
  // B.1: for algorithm 1 the tag is the middle of the modulus's last 24 bits.
  if (size >= 7 && dnskey_rdata[3] == 1) return word16(dnskey_rdata, size - 3);
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < size; ++i)
    sum += (i & 1u) != 0 ? dnskey_rdata[i] : static_cast<std::uint32_t>(dnskey_rdata[i]) << 8;
  sum += sum >> 16;
  return static_cast<std::uint16_t>(sum);
}
}  // namespace windlass::dns
