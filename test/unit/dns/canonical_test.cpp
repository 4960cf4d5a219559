// Canonical images: the published signed records of every algorithm verify through them; wildcards,
// mixed case and order are compared with images written by hand.
// Vectors: RFC 5702 6, RFC 6605 6, RFC 8080 6, RFC 5155 appendix A.
#include "dns/canonical.hpp"

#include <algorithm>

#include <catch2/catch.hpp>

#include "crypto/verify.hpp"
#include "dns/ldns_bridge.hpp"
#include "test/unit/octets.hpp"

using namespace windlass;
using namespace windlass::dns;
using namespace windlass::test;

namespace {
/// A zone text with one DNSKEY, perhaps its DS, and one signed RRset.
struct Signed {
  std::vector<ZoneRecord> records;

  explicit Signed(std::string_view text) {
    auto parsed = parse_zone_text(text, Name(), 3600);
    if (!parsed) FAIL(parsed.error().line << ": " << parsed.error().what);
    records = *std::move(parsed);
  }
  const ZoneRecord& first(Type type) const {
    for (const ZoneRecord& record : records)
      if (record.type == type) return record;
    FAIL("no " << to_text(type));
    return records.front();
  }
  bool has_ds() const {
    return std::any_of(records.begin(), records.end(), [](auto& r) { return r.type == Type::ds; });
  }
  RRsetPtr rrset() const {
    const auto rrsig = RrsigView::parse(first(Type::rrsig).rdata);
    REQUIRE(rrsig);
    RRsetBuilder builder(first(Type::rrsig).owner, rrsig->covered);
    for (const ZoneRecord& record : records)
      if (record.type == rrsig->covered) REQUIRE(builder.add(record.rdata, record.ttl));
    return builder.build();
  }
  bool verifies(const RRset& data) const {
    const auto rrsig = RrsigView::parse(first(Type::rrsig).rdata);
    const auto dnskey = DnskeyView::parse(first(Type::dnskey).rdata);
    REQUIRE(rrsig);
    REQUIRE(dnskey);
    CHECK(key_tag(first(Type::dnskey).rdata) == rrsig->key_tag);
    const auto key = crypto::PublicKey::parse(dnskey->algorithm, dnskey->public_key, 4096, 32);
    REQUIRE(key);
    std::vector<std::uint8_t> image;
    append_signed_image(image, data, *rrsig);
    return (*key)->verify(image, rrsig->signature);
  }
};

const char* const rsa_sha256 = R"(
example.net.     3600 IN DNSKEY (256 3 8 AwEAAcFcGsaxxdgiuuGmCkVI
                    my4h99CqT7jwY3pexPGcnUFtR2Fh36BponcwtkZ4cAgtvd4Qs8P
                    kxUdp6p/DlUmObdk= ) ; {id = 9033 (zsk), size = 512b}
www.example.net. 3600 IN A 192.0.2.91
www.example.net. 3600 IN RRSIG (A 8 3 3600 20300101000000
                    20000101000000 9033 example.net. kRCOH6u7l0QGy9qpC9
                    l1sLncJcOKFLJ7GhiUOibu4teYp5VE9RncriShZNz85mwlMgNEa
                    cFYK/lPtPiVYP4bwg==) ; {id = 9033}
)";
const char* const rsa_sha512 = R"(
example.net.    3600 IN DNSKEY (256 3 10 AwEAAdHoNTOW+et86KuJOWRD
                   p1pndvwb6Y83nSVXXyLA3DLroROUkN6X0O6pnWnjJQujX/AyhqFD
                   xj13tOnD9u/1kTg7cV6rklMrZDtJCQ5PCl/D7QNPsgVsMu1J2Q8g
                   pMpztNFLpPBz1bWXjDtaR7ZQBlZ3PFY12ZTSncorffcGmhOL
                   )
www.example.net. 3600 IN A 192.0.2.91
www.example.net. 3600 IN RRSIG (A 10 3 3600 20300101000000
                   20000101000000 3740 example.net. tsb4wnjRUDnB1BUi+t
                   6TMTXThjVnG+eCkWqjvvjhzQL1d0YRoOe0CbxrVDYd0xDtsuJRa
                   eUw1ep94PzEWzr0iGYgZBWm/zpq+9fOuagYJRfDqfReKBzMweOL
                   DiNa8iP5g9vMhpuv6OPlvpXwm9Sa9ZXIbNl1MBGk0fthPgxdDLw
                   =)
)";
const char* const ecdsa_p256 = R"(
example.net. 3600 IN DNSKEY 257 3 13 (
        GojIhhXUN/u4v54ZQqGSnyhWJwaubCvTmeexv7bR6edb
        krSqQpF64cYbcB7wNcP+e+MAnLr+Wi9xMWyQLc8NAA== )
example.net. 3600 IN DS 55648 13 2 (
        b4c8c1fe2e7477127b27115656ad6256f424625bf5c1
        e2770ce6d6e37df61d17 )
www.example.net. 3600 IN A 192.0.2.1
www.example.net. 3600 IN RRSIG A 13 3 3600 (
        20100909100439 20100812100439 55648 example.net.
        qx6wLYqmh+l9oCKTN6qIc+bw6ya+KJ8oMz0YP107epXA
        yGmt+3SNruPFKG7tZoLBLlUzGGus7ZwmwWep666VCw== )
)";
const char* const ecdsa_p384 = R"(
example.net. 3600 IN DNSKEY 257 3 14 (
        xKYaNhWdGOfJ+nPrL8/arkwf2EY3MDJ+SErKivBVSum1
        w/egsXvSADtNJhyem5RCOpgQ6K8X1DRSEkrbYQ+OB+v8
        /uX45NBwY8rp65F6Glur8I/mlVNgF6W/qTI37m40 )
example.net. 3600 IN DS 10771 14 4 (
        72d7b62976ce06438e9c0bf319013cf801f09ecc84b8
        d7e9495f27e305c6a9b0563a9b5f4d288405c3008a94
        6df983d6 )
www.example.net. 3600 IN A 192.0.2.1
www.example.net. 3600 IN RRSIG A 14 3 3600 (
        20100909102025 20100812102025 10771 example.net.
        /L5hDKIvGDyI1fcARX3z65qrmPsVz73QD1Mr5CEqOiLP
        95hxQouuroGCeZOvzFaxsT8Glr74hbavRKayJNuydCuz
        WTSSPdz7wnqXL5bdcJzusdnI0RSMROxxwGipWcJm )
)";
const char* const ed25519 = R"(
example.com. 3600 IN DNSKEY 257 3 15 ( l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4= )
example.com. 3600 IN DS 3613 15 2 ( 3aa5ab37efce57f737fc1627013fee07bdf241bd10f3b1964ab55c78e79a304b )
example.com. 3600 IN MX 10 mail.example.com.
example.com. 3600 IN RRSIG MX 15 2 3600 ( 1440021600 1438207200 3613 example.com. (
             oL9krJun7xfBOIWcGHi7mag5/hdZrKWw15jPGrHpjQeRAvTdszaPD+QLs3f
             x8A4M3e23mRZ9VrbpMngwcrqNAg== ) )
)";
const char* const ed448 = R"(
example.com. 3600 IN DNSKEY 257 3 16 (
             3kgROaDjrh0H2iuixWBrc8g2EpBBLCdGzHmn+G2MpTPhpj/OiBVHHSfPodx
             1FYYUcJKm1MDpJtIA )
example.com. 3600 IN DS 9713 16 2 ( 6ccf18d5bc5d7fc2fceb1d59d17321402f2aa8d368048db93dd811f5cb2b19c7 )
example.com. 3600 IN MX 10 mail.example.com.
example.com. 3600 IN RRSIG MX 16 2 3600 ( 1440021600 1438207200 9713 example.com. (
             3cPAHkmlnxcDHMyg7vFC34l0blBhuG1qpwLmjInI8w1CMB29FkEAIJUA0am
             xWndkmnBZ6SKiwZSAxGILn/NBtOXft0+Gj7FSvOKxE/07+4RQvE581N3Aj/
             JtIyaiYVdnYtyMWbSNyGEY2213WKsJlwEA ) )
)";

/// An RRSIG's rdata up to and with the signer, and one octet of signature.
Bytes rrsig_rdata(Type covered, std::uint8_t labels, const char* signer) {
  Bytes out = from_hex("0000 0d 00 00000e10 00000002 00000001 1234");
  out[1] = static_cast<std::uint8_t>(covered);
  out[3] = labels;
  const Name name = Name::literal(signer);
  out.insert(out.end(), name.wire().begin(), name.wire().end());
  out.push_back(0xFF);
  return out;
}

std::string image_hex(const RRset& rrset, const Bytes& rrsig) {
  const auto view = RrsigView::parse(rrsig);
  REQUIRE(view);
  std::vector<std::uint8_t> image;
  append_signed_image(image, rrset, *view);
  return to_hex(image);
}

std::string squeezed(std::string text) {
  text.erase(std::remove(text.begin(), text.end(), ' '), text.end());
  return text;
}
}  // namespace

TEST_CASE("Published signatures verify over the signed image", "[dns][canonical]") {
  for (const char* text : {rsa_sha256, rsa_sha512, ecdsa_p256, ecdsa_p384, ed25519, ed448}) {
    const Signed zone(text);
    CAPTURE(text);
    CHECK(zone.verifies(*zone.rrset()));
    CHECK(zone.verifies(*zone.rrset()->with_ttl(1)));  // the original TTL is what was signed
  }
}

TEST_CASE("One record more or another owner breaks the signature", "[dns][canonical][negative]") {
  for (const char* text : {rsa_sha256, rsa_sha512, ecdsa_p256, ecdsa_p384}) {
    const Signed zone(text);
    CAPTURE(text);
    RRsetBuilder more(zone.rrset()->owner(), Type::a);
    REQUIRE(more.add(zone.rrset()->rdata().front(), 3600));
    REQUIRE(more.add(from_hex("cb007107"), 3600));
    CHECK_FALSE(zone.verifies(*more.build()));
    RRsetBuilder elsewhere(Name::literal("wwx.example.net."), Type::a);
    REQUIRE(elsewhere.add(zone.rrset()->rdata().front(), 3600));
    CHECK_FALSE(zone.verifies(*elsewhere.build()));
  }
}

TEST_CASE("Published DS records are digests of the DS image", "[dns][canonical]") {
  for (const char* text : {ecdsa_p256, ecdsa_p384, ed25519, ed448}) {
    const Signed zone(text);
    CAPTURE(text);
    REQUIRE(zone.has_ds());
    const auto ds = DsView::parse(zone.first(Type::ds).rdata);
    REQUIRE(ds);
    std::vector<std::uint8_t> image;
    append_ds_image(image, zone.first(Type::dnskey).owner, zone.first(Type::dnskey).rdata);
    const auto digest = crypto::digest(ds->digest_type, image);
    REQUIRE(digest);
    CHECK(to_hex(digest->view()) == to_hex(ds->digest));
  }
}

TEST_CASE("The DS image has its owner in lower case", "[dns][canonical]") {
  std::vector<std::uint8_t> image;
  append_ds_image(image, Name::literal("Ex.AMPLE."), from_hex("01000341"));
  CHECK(to_hex(image) == squeezed("026578 05616d706c65 00 01000341"));
}

TEST_CASE("The signed image is lower case, ordered and has the original TTL", "[dns][canonical]") {
  RRsetBuilder builder(Name::literal("Www.EXAMPLE."), Type::mx);
  REQUIRE(builder.add(from_hex("000a 0142 00"), 1));
  REQUIRE(builder.add(from_hex("000a 0161 00"), 1));
  REQUIRE(builder.add(from_hex("0005 015a 00"), 1));
  REQUIRE(builder.add(from_hex("000a 0141 00"), 1));  // the same as 0161 in canonical form
  CHECK(image_hex(*builder.build(), rrsig_rdata(Type::mx, 2, "Example.")) ==
        squeezed("000f0d0200000e1000000002000000011234 076578616d706c6500"
                 "03777777076578616d706c6500 000f0001 00000e10 0005 0005017a00"
                 "03777777076578616d706c6500 000f0001 00000e10 0005 000a016100"
                 "03777777076578616d706c6500 000f0001 00000e10 0005 000a016200"));
}

TEST_CASE("A wildcard expansion is signed under its wildcard", "[dns][canonical]") {
  const auto owner_in_image = [](const char* owner, std::uint8_t labels) {
    RRsetBuilder builder(Name::literal(owner), Type::a);
    REQUIRE(builder.add(from_hex("c0000201"), 1));
    const std::string image = image_hex(*builder.build(), rrsig_rdata(Type::a, labels, "."));
    constexpr std::size_t before = 2 * (18 + 1), behind = 2 * (2 + 2 + 4 + 2 + 4);
    return image.substr(before, image.size() - before - behind);
  };
  CHECK(owner_in_image("A.b.example.", 3) == squeezed("0161 0162 076578616d706c65 00"));
  CHECK(owner_in_image("A.b.example.", 2) == squeezed("012a 0162 076578616d706c65 00"));
  CHECK(owner_in_image("A.b.Example.", 1) == squeezed("012a 076578616d706c65 00"));
  CHECK(owner_in_image("a.b.example.", 0) == squeezed("012a 00"));
  // The wildcard itself: its first label does not count (RFC 4034 3.1.3).
  CHECK(owner_in_image("*.b.example.", 2) == squeezed("012a 0162 076578616d706c65 00"));
  CHECK(owner_in_image("*.b.example.", 1) == squeezed("012a 076578616d706c65 00"));
  CHECK(owner_in_image(".", 0) == "00");
}

TEST_CASE("Canonical rdata lowers names of the old types alone", "[dns][canonical]") {
  const auto canonical = [](Type type, std::string_view hex) {
    std::vector<std::uint8_t> out;
    append_canonical_rdata(out, type, from_hex(hex));
    return to_hex(out);
  };
  CHECK(canonical(Type::ns, "014100") == "016100");
  CHECK(canonical(Type::soa, "014100 014200 4142434445464748494a4b4c4d4e4f5051525354") ==
        squeezed("016100 016200 4142434445464748494a4b4c4d4e4f5051525354"));
  CHECK(canonical(Type::srv, "414243444546 014100") == squeezed("414243444546 016100"));
  CHECK(canonical(Type::naptr, "00010002 0141 0142 0143 014400") ==
        squeezed("00010002 0141 0142 0143 016400"));
  CHECK(canonical(Type::rrsig, "0001 41 42 43444546 47484950 51525354 4142 014100 4142") ==
        squeezed("0001 41 42 43444546 47484950 51525354 4142 016100 4142"));
  CHECK(canonical(Type::nsec, "014100 000140") == squeezed("014100 000140"));  // RFC 6840 5.1
  CHECK(canonical(Type::svcb, "0001 014100") == squeezed("0001 014100"));
  CHECK(canonical(Type::txt, "0141") == "0141");
  CHECK(canonical(static_cast<Type>(65280), "014100") == "014100");
}

TEST_CASE("Canonical rdata of any octets stays within them", "[dns][canonical][negative]") {
  const Bytes noise = from_hex("3f4142ff05c0001f");
  for (unsigned code = 0; code < 300; ++code)
    for (std::size_t size = 0; size <= noise.size(); ++size) {
      const Bytes rdata(noise.begin(), noise.begin() + static_cast<std::ptrdiff_t>(size));
      std::vector<std::uint8_t> out;
      append_canonical_rdata(out, static_cast<Type>(code), rdata);
      if (out.size() != size) FAIL("type " << code << ", " << size << " octets");
    }
  SUCCEED("each length kept");
}

TEST_CASE("nsec3_hash() gives the names of RFC 5155 appendix A", "[dns][canonical]") {
  const std::pair<const char*, const char*> names[] = {
      {"example.", "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom"},
      {"a.example.", "35mthgpgcu1qg68fab165klnsnk3dpvl"},
      {"ai.example.", "gjeqe526plbf1g8mklp59enfd789njgi"},
      {"ns1.example.", "2t7b4g4vsa5smi47k61mv5bv1a22bojr"},
      {"ns2.example.", "q04jkcevqvmu85r014c7dkba38o0ji5r"},
      {"w.example.", "k8udemvp1j2f7eg6jebps17vp3n8i58h"},
      {"*.w.example.", "r53bq7cc2uvmubfu5ocmm6pers9tk9en"},
      {"x.w.example.", "b4um86eghhds6nea196smvmlo4ors995"},
      {"y.w.example.", "ji6neoaepv8b5o6k4ev33abha8ht9fgc"},
      {"x.y.w.example.", "2vptu5timamqttgl4luu9kg21e0aor3s"},
      {"XX.Example.", "t644ebqk9bibcna874givr6joj62mlhv"},
  };
  for (const auto& [name, hash] : names) {
    CAPTURE(name);
    CHECK(base32hex(nsec3_hash(Name::literal(name), from_hex("aabbccdd"), 12)) == hash);
  }
}

TEST_CASE("base32hex() is that of RFC 4648 10, and is read back", "[dns][canonical]") {
  const std::pair<const char*, const char*> pairs[] = {
      {"", ""},
      {"f", "co"},
      {"fo", "cpng"},
      {"foo", "cpnmu"},
      {"foob", "cpnmuog"},
      {"fooba", "cpnmuoj1"},
      {"foobar", "cpnmuoj1e8"},
  };
  for (const auto& [plain, text] : pairs) {
    CHECK(base32hex(from_chars(plain)) == text);
    std::vector<std::uint8_t> out{1, 2, 3};
    CHECK(from_base32hex(from_chars(text), out));
    CHECK(out == from_chars(plain));
  }
  std::vector<std::uint8_t> out;
  CHECK(from_base32hex(from_chars("CPNMUOJ1E8"), out));
  CHECK(out == from_chars("foobar"));
}

TEST_CASE("from_base32hex() refuses other letters, lengths and left-over bits",
          "[dns][canonical][negative]") {
  std::vector<std::uint8_t> out;
  for (const char* text :
       {"w0", "0w", "c=", "co======", " o", "c", "cpn", "cpnmuo", "cp", "cpnmv", "cpnmuoh"}) {
    CAPTURE(text);
    CHECK_FALSE(from_base32hex(from_chars(text), out));
  }
  for (unsigned octet = 0; octet < 256; ++octet) {
    const auto c = static_cast<char>(octet);
    const bool digit = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'v') || (c >= 'A' && c <= 'V');
    const Bytes text(8, static_cast<std::uint8_t>(octet));
    CAPTURE(octet);
    CHECK(from_base32hex(text, out) == digit);
  }
}
