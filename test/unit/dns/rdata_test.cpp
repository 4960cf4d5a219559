// Typed views of rdata: every field at its place, and every shorter or longer form refused.
// Method: octets by hand; the key tag is checked against RFC 4034 5.4, RFC 6605 6 and RFC 8080 6.
#include "dns/rdata.hpp"

#include <catch2/catch.hpp>

#include "test/unit/octets.hpp"

using namespace windlass;
using namespace windlass::dns;
using namespace windlass::test;

namespace {
const Bytes soa = from_hex("026e7300 0172 026e7300 00000001 00000002 00000003 00000004 00000e10");
const Bytes ds = from_hex("ec45 05 01 2bb183af5f22588179a53b0a98631fad1a292118");
const Bytes dnskey = from_hex("0101 03 0f 0102030405");
const Bytes rrsig =
    from_hex("000f 0f 02 00000e10 55d4fc60 55b94ce0 0e1d 076578616d706c6503636f6d00 a0bf64ac");
// RFC 4034 4.3: alfa.example.com. NSEC host.example.com. A MX RRSIG NSEC TYPE1234
const Bytes nsec = from_hex(
    "04686f7374076578616d706c6503636f6d00 0006 400100000003"
    "041b 000000000000000000000000000000000000000000000000000020");
const Bytes nsec3 = from_hex(
    "01 01 000c 04 aabbccdd 14 174eb2409fe28bcb4887a1836f957f0a8425e27b 0007 2200000000 0290");

/// The view's errors for each prefix of `whole`, and whether `least` octets are the first it takes.
template <class View>
void check_prefixes(const Bytes& whole, std::size_t least) {
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    CAPTURE(size);
    CHECK(static_cast<bool>(View::parse(cut)) == (size >= least));
  }
}

Errc bitmap_error(std::string_view hex) {
  const Bytes octets = from_hex(hex);
  const auto bitmap = TypeBitmap::parse(octets);
  REQUIRE_FALSE(bitmap);
  return bitmap.error().code;
}
}  // namespace

TEST_CASE("SoaView reads names and times", "[dns][rdata]") {
  const auto view = SoaView::parse(soa);
  REQUIRE(view);
  CHECK(view->mname == Name::literal("ns."));
  CHECK(view->rname == Name::literal("r.ns."));
  CHECK(view->serial == 1);
  CHECK(view->refresh == 2);
  CHECK(view->retry == 3);
  CHECK(view->expire == 4);
  CHECK(view->minimum == 3600);
}

TEST_CASE("SoaView refuses every other length", "[dns][rdata][negative]") {
  check_prefixes<SoaView>(soa, soa.size());
  Bytes longer = soa;
  longer.push_back(0);
  const auto view = SoaView::parse(longer);
  REQUIRE_FALSE(view);
  CHECK(view.error().code == Errc::trailing);
}

TEST_CASE("DsView and DnskeyView read their fields", "[dns][rdata]") {
  const auto d = DsView::parse(ds);
  REQUIRE(d);
  CHECK(d->key_tag == 60485);
  CHECK(d->algorithm == 5);
  CHECK(d->digest_type == 1);
  CHECK(to_hex(d->digest) == "2bb183af5f22588179a53b0a98631fad1a292118");
  const auto k = DnskeyView::parse(dnskey);
  REQUIRE(k);
  CHECK(k->flags == 257);
  CHECK(k->protocol == 3);
  CHECK(k->algorithm == 15);
  CHECK(to_hex(k->public_key) == "0102030405");
  CHECK(k->zone_key());
  CHECK(k->secure_entry_point());
  CHECK_FALSE(k->revoked());
  const Bytes revoked = from_hex("0080030f01");
  CHECK(DnskeyView::parse(revoked)->revoked());
  CHECK_FALSE(DnskeyView::parse(revoked)->zone_key());
}

TEST_CASE("DsView and DnskeyView refuse what has no digest, no key", "[dns][rdata][negative]") {
  check_prefixes<DsView>(ds, 5);
  check_prefixes<DnskeyView>(dnskey, 5);
}

TEST_CASE("RrsigView reads fields, signer and what is signed", "[dns][rdata]") {
  const auto view = RrsigView::parse(rrsig);
  REQUIRE(view);
  CHECK(view->covered == Type::mx);
  CHECK(view->algorithm == 15);
  CHECK(view->labels == 2);
  CHECK(view->original_ttl == 3600);
  CHECK(view->expiration == 1440021600);
  CHECK(view->inception == 1438207200);
  CHECK(view->key_tag == 3613);
  CHECK(view->signer == Name::literal("example.com."));
  CHECK(to_hex(view->signature) == "a0bf64ac");
  CHECK(view->signed_prefix.size() == 18 + 13);
  CHECK(view->signed_prefix.data() == rrsig.data());
}

TEST_CASE("RrsigView refuses what has no signature", "[dns][rdata][negative]") {
  check_prefixes<RrsigView>(rrsig, 18 + 13 + 1);
}

TEST_CASE("NsecView reads the example of RFC 4034 4.3", "[dns][rdata]") {
  const auto view = NsecView::parse(nsec);
  REQUIRE(view);
  CHECK(view->next == Name::literal("host.example.com."));
  for (unsigned code = 0; code < 0x10000; ++code) {
    const bool listed = code == 1 || code == 15 || code == 46 || code == 47 || code == 1234;
    if (view->types.has(static_cast<Type>(code)) != listed) FAIL("type " << code);
  }
}

TEST_CASE("NsecView takes an empty bitmap but no broken one", "[dns][rdata][negative]") {
  const std::size_t name = 18, first_window = name + 8;
  for (std::size_t size = 0; size < nsec.size(); ++size) {
    const Bytes cut(nsec.begin(), nsec.begin() + static_cast<std::ptrdiff_t>(size));
    CAPTURE(size);
    CHECK(static_cast<bool>(NsecView::parse(cut)) == (size == name || size == first_window));
  }
}

TEST_CASE("Nsec3View reads its fields", "[dns][rdata]") {
  const auto view = Nsec3View::parse(nsec3);
  REQUIRE(view);
  CHECK(view->hash_algorithm == 1);
  CHECK(view->opt_out());
  CHECK(view->iterations == 12);
  CHECK(to_hex(view->salt) == "aabbccdd");
  CHECK(view->next_hash.size() == 20);
  CHECK(view->types.has(Type::ns));
  CHECK(view->types.has(Type::soa));
  CHECK(view->types.has(Type::rrsig));
  CHECK(view->types.has(Type::nsec3param));
  CHECK_FALSE(view->types.has(Type::ds));
  const Bytes no_salt = from_hex("01 00 0000 00 01 ff");
  const auto bare = Nsec3View::parse(no_salt);
  REQUIRE(bare);
  CHECK(bare->salt.empty());
  CHECK_FALSE(bare->opt_out());
  CHECK_FALSE(bare->types.has(Type::a));
}

TEST_CASE("Nsec3View refuses cuts, and a next hash of no octets", "[dns][rdata][negative]") {
  const std::size_t without_types = 4 + 5 + 21;
  for (std::size_t size = 0; size < nsec3.size(); ++size) {
    const Bytes cut(nsec3.begin(), nsec3.begin() + static_cast<std::ptrdiff_t>(size));
    CAPTURE(size);
    CHECK(static_cast<bool>(Nsec3View::parse(cut)) == (size == without_types));
  }
  CHECK_FALSE(Nsec3View::parse(from_hex("01 00 0000 00 00 000140")));
}

TEST_CASE("TypeBitmap has bits at the ends of its windows", "[dns][rdata]") {
  const Bytes octets = from_hex("0020" + std::string(62, '0') + "01 ff01 80");
  const auto bitmap = TypeBitmap::parse(octets);
  REQUIRE(bitmap);
  CHECK(bitmap->has(Type::any));  // 255
  CHECK(bitmap->has(static_cast<Type>(0xFF00)));
  CHECK_FALSE(bitmap->has(static_cast<Type>(254)));
  CHECK_FALSE(bitmap->has(static_cast<Type>(256)));
  CHECK_FALSE(bitmap->has(static_cast<Type>(0xFF01)));
  CHECK_FALSE(bitmap->has(static_cast<Type>(0xFF08)));
  CHECK_FALSE(TypeBitmap().has(Type::a));
}

TEST_CASE("TypeBitmap refuses windows out of order, twice, empty or too long",
          "[dns][rdata][negative]") {
  CHECK(bitmap_error("0101ff 0001ff") == Errc::bad_rdata);
  CHECK(bitmap_error("0001ff 0001ff") == Errc::bad_rdata);
  CHECK(bitmap_error("0000") == Errc::bad_rdata);
  CHECK(bitmap_error("0021" + std::string(66, 'f')) == Errc::bad_rdata);
  CHECK(bitmap_error("00") == Errc::truncated);
  CHECK(bitmap_error("0002ff") == Errc::truncated);
}

TEST_CASE("address_of() and name_of() take exact lengths", "[dns][rdata]") {
  const Bytes v4 = from_hex("c0000201"), v6 = from_hex("20010db8000000000000000000000001");
  REQUIRE(address_of(Type::a, v4));
  CHECK(address_of(Type::a, v4)->to_text() == "192.0.2.1");
  REQUIRE(address_of(Type::aaaa, v6));
  CHECK(address_of(Type::aaaa, v6)->to_text() == "2001:db8::1");
  const Bytes name = from_hex("026e7300");
  REQUIRE(name_of(name));
  CHECK(*name_of(name) == Name::literal("ns."));
}

TEST_CASE("address_of() and name_of() refuse all else", "[dns][rdata][negative]") {
  for (std::size_t size = 0; size <= 17; ++size) {
    const Bytes octets(size, 1);
    CAPTURE(size);
    CHECK(static_cast<bool>(address_of(Type::a, octets)) == (size == 4));
    CHECK(static_cast<bool>(address_of(Type::aaaa, octets)) == (size == 16));
    CHECK_FALSE(address_of(Type::ns, octets));
  }
  CHECK_FALSE(name_of({}));
  CHECK_FALSE(name_of(from_hex("026e73")));
  const auto longer = name_of(from_hex("026e730000"));
  REQUIRE_FALSE(longer);
  CHECK(longer.error().code == Errc::trailing);
}

TEST_CASE("key_tag() is that of the RFCs' examples", "[dns][rdata]") {
  const auto tag = [](std::string_view head, std::string_view key) {
    Bytes rdata = from_hex(head);
    const Bytes octets = from_base64(key);
    rdata.insert(rdata.end(), octets.begin(), octets.end());
    return key_tag(rdata);
  };
  CHECK(tag("01000305",
            "AQOeiiR0GOMYkDshWoSKz9Xz fwJr1AYtsmx3TGkJaNXVbfi/ 2pHm822aJ5iI9BMzNXxeYCmZ"
            "DRD99WYwYqUSdjMmmAphXdvx egXd/M5+X7OrzKBaMbCVdFLU Uh6DhweJBjEVv5f2wwjM9Xzc"
            "nOf+EPbtG9DMBmADjFDc2w/r ljwvFw==") == 60485);
  CHECK(tag("0101030d",
            "GojIhhXUN/"
            "u4v54ZQqGSnyhWJwaubCvTmeexv7bR6edbkrSqQpF64cYbcB7wNcP+e+MAnLr+Wi9xMWyQLc8NAA==") ==
        55648);
  CHECK(tag("0101030f", "l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4=") == 3613);
  CHECK(tag("01010310",
            "3kgROaDjrh0H2iuixWBrc8g2EpBBLCdGzHmn+G2MpTPhpj/OiBVHHSfPodx1FYYUcJKm1MDpJtIA") ==
        9713);
}

TEST_CASE("key_tag() of RSA/MD5 is the middle of the modulus's end", "[dns][rdata]") {
  CHECK(key_tag(from_hex("0100 03 01 03010001 aabbccddee")) == 0xCCDD);
}

TEST_CASE("key_tag() of rdata too short to be a key stays within it", "[dns][rdata][negative]") {
  CHECK(key_tag({}) == 0);
  CHECK(key_tag(from_hex("01000301")) == 0x0401);
  CHECK(key_tag(from_hex("0100030101")) == 0x0501);
}
