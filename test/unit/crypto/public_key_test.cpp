// PublicKey: the published vectors of every algorithm, every way a key can have the wrong shape,
// and signatures that must not verify. RSA with SHA-1 has no short vector: OpenSSL signs one here.
// Vectors: RFC 5702 6 (8, 10), RFC 6605 6 (13, 14), RFC 8080 6 (15, 16).
#include <catch2/catch.hpp>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "base/limits.hpp"
#include "crypto/evp.hpp"
#include "crypto/verify.hpp"
#include "test/unit/octets.hpp"

using namespace windlass;
using namespace windlass::crypto;
using namespace windlass::test;

namespace {
struct Vector {
  std::uint8_t algorithm;
  const char *key, *image, *signature;  ///< base64, hex, base64
};

// Each image: RRSIG rdata without signature, signer | owner | type, class, TTL, length, rdata.
constexpr Vector vectors[] = {
    {8,
     "AwEAAcFcGsaxxdgiuuGmCkVImy4h99CqT7jwY3pexPGcnUFtR2Fh36BponcwtkZ4cAgtvd4Qs8PkxUdp6p/DlUmObdk=",
     "0001080300000e1070dbd880386d43802349 076578616d706c65036e657400"
     "03777777076578616d706c65036e657400 0001000100000e100004 c000025b",
     "kRCOH6u7l0QGy9qpC9l1sLncJcOKFLJ7GhiUOibu4teYp5VE9RncriShZNz85mwlMgNEacFYK/lPtPiVYP4bwg=="},
    {10,
     "AwEAAdHoNTOW+et86KuJOWRDp1pndvwb6Y83nSVXXyLA3DLroROUkN6X0O6pnWnjJQujX/AyhqFDxj13tOnD9u/1"
     "kTg7cV6rklMrZDtJCQ5PCl/D7QNPsgVsMu1J2Q8gpMpztNFLpPBz1bWXjDtaR7ZQBlZ3PFY12ZTSncorffcGmhOL",
     "00010a0300000e1070dbd880386d43800e9c 076578616d706c65036e657400"
     "03777777076578616d706c65036e657400 0001000100000e100004 c000025b",
     "tsb4wnjRUDnB1BUi+t6TMTXThjVnG+eCkWqjvvjhzQL1d0YRoOe0CbxrVDYd0xDtsuJRaeUw1ep94PzEWzr0iGYg"
     "ZBWm/zpq+9fOuagYJRfDqfReKBzMweOLDiNa8iP5g9vMhpuv6OPlvpXwm9Sa9ZXIbNl1MBGk0fthPgxdDLw="},
    {13, "GojIhhXUN/u4v54ZQqGSnyhWJwaubCvTmeexv7bR6edbkrSqQpF64cYbcB7wNcP+e+MAnLr+Wi9xMWyQLc8NAA==",
     "00010d0300000e104c88b1374c63c737d960 076578616d706c65036e657400"
     "03777777076578616d706c65036e657400 0001000100000e100004 c0000201",
     "qx6wLYqmh+l9oCKTN6qIc+bw6ya+KJ8oMz0YP107epXAyGmt+3SNruPFKG7tZoLBLlUzGGus7ZwmwWep666VCw=="},
    {14,
     "xKYaNhWdGOfJ+nPrL8/arkwf2EY3MDJ+SErKivBVSum1w/egsXvSADtNJhyem5RCOpgQ6K8X1DRSEkrbYQ+OB+v8"
     "/uX45NBwY8rp65F6Glur8I/mlVNgF6W/qTI37m40",
     "00010e0300000e104c88b4e94c63cae92a13 076578616d706c65036e657400"
     "03777777076578616d706c65036e657400 0001000100000e100004 c0000201",
     "/L5hDKIvGDyI1fcARX3z65qrmPsVz73QD1Mr5CEqOiLP95hxQouuroGCeZOvzFaxsT8Glr74hbavRKayJNuydCuz"
     "WTSSPdz7wnqXL5bdcJzusdnI0RSMROxxwGipWcJm"},
    {15, "l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4=",
     "000f0f0200000e1055d4fc6055b94ce00e1d 076578616d706c6503636f6d00"
     "076578616d706c6503636f6d00 000f000100000e100014 000a046d61696c076578616d706c6503636f6d00",
     "oL9krJun7xfBOIWcGHi7mag5/hdZrKWw15jPGrHpjQeRAvTdszaPD+QLs3fx8A4M3e23mRZ9VrbpMngwcrqNAg=="},
    {16, "3kgROaDjrh0H2iuixWBrc8g2EpBBLCdGzHmn+G2MpTPhpj/OiBVHHSfPodx1FYYUcJKm1MDpJtIA",
     "000f100200000e1055d4fc6055b94ce025f1 076578616d706c6503636f6d00"
     "076578616d706c6503636f6d00 000f000100000e100014 000a046d61696c076578616d706c6503636f6d00",
     "3cPAHkmlnxcDHMyg7vFC34l0blBhuG1qpwLmjInI8w1CMB29FkEAIJUA0amxWndkmnBZ6SKiwZSAxGILn/NBtOXf"
     "t0+Gj7FSvOKxE/07+4RQvE581N3Aj/JtIyaiYVdnYtyMWbSNyGEY2213WKsJlwEA"},
};

Result<std::shared_ptr<PublicKey>> parse(std::uint8_t algorithm, const Bytes& key) {
  const Limits limits;
  return PublicKey::parse(algorithm, key, limits[Limit::rsa_bits],
                          limits[Limit::rsa_exponent_bits]);
}

Errc parse_error(std::uint8_t algorithm, const Bytes& key) {
  const auto result = parse(algorithm, key);
  REQUIRE_FALSE(result);
  return result.error().code;
}

Bytes joined(std::initializer_list<Bytes> parts) {
  Bytes out;
  for (const Bytes& part : parts) out.insert(out.end(), part.begin(), part.end());
  return out;
}

/// A modulus of `bits`, odd and with its highest bit set; good for parsing alone.
Bytes modulus(std::size_t bits) {
  Bytes out(bits / 8, 0x5B);
  out.front() = 0xC3;
  return out;
}

/// An RSA key pair of OpenSSL, seen from the DNS side.
struct RsaSigner {
  explicit RsaSigner(unsigned bits) : key(EVP_RSA_gen(bits)) { REQUIRE(key); }
  RsaSigner(std::size_t bits, std::uint64_t exponent) {
    EVP_PKEY_CTX* context = EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr);
    BIGNUM* e = BN_new();
    BN_set_word(e, exponent);
    Bytes octets(sizeof exponent);
    BN_bn2nativepad(e, octets.data(), static_cast<int>(octets.size()));
    const OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_size_t(OSSL_PKEY_PARAM_RSA_BITS, &bits),
        OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_RSA_E, octets.data(), octets.size()),
        OSSL_PARAM_construct_end()};
    EVP_PKEY* made = nullptr;
    const bool done = EVP_PKEY_keygen_init(context) == 1 &&
                      EVP_PKEY_CTX_set_params(context, parameters) == 1 &&
                      EVP_PKEY_generate(context, &made) == 1;
    BN_free(e);
    EVP_PKEY_CTX_free(context);
    key.reset(made);
    REQUIRE(done);
  }

  Bytes number(const char* name) const {
    BIGNUM* value = nullptr;
    REQUIRE(EVP_PKEY_get_bn_param(key.get(), name, &value) == 1);
    Bytes out(static_cast<std::size_t>(BN_num_bytes(value)));
    BN_bn2bin(value, out.data());
    BN_free(value);
    return out;
  }
  Bytes sign(Hash hash, const Bytes& message) const {
    const EvpDigestContext context(EVP_MD_CTX_new());
    Bytes out(512);
    std::size_t size = out.size();
    REQUIRE(EVP_DigestSignInit(context.get(), nullptr, digest_of(hash), nullptr, key.get()) == 1);
    REQUIRE(EVP_DigestSign(context.get(), out.data(), &size, message.data(), message.size()) == 1);
    out.resize(size);
    return out;
  }
  EvpKey key;
};
}  // namespace

TEST_CASE("PublicKey verifies the published vectors, again and again", "[crypto][key]") {
  for (const Vector& v : vectors) {
    CAPTURE(int{v.algorithm});
    const auto key = parse(v.algorithm, from_base64(v.key));
    REQUIRE(key);
    for (int round = 0; round < 3; ++round)
      CHECK((*key)->verify(from_hex(v.image), from_base64(v.signature)));
    CHECK((*key)->memory_octets() > 1000);
    CHECK((*key)->memory_octets() < 5000);
  }
}

TEST_CASE("PublicKey refuses a signature with any octet changed", "[crypto][key][negative]") {
  for (const Vector& v : vectors) {
    const auto key = parse(v.algorithm, from_base64(v.key));
    REQUIRE(key);
    const Bytes image = from_hex(v.image), good = from_base64(v.signature);
    for (std::size_t at = 0; at < good.size(); ++at) {
      Bytes bad = good;
      bad[at] ^= 0x01;
      CAPTURE(int{v.algorithm}, at);
      CHECK_FALSE((*key)->verify(image, bad));
    }
    CHECK((*key)->verify(image, good));  // a forgery leaves nothing behind
  }
}

TEST_CASE("PublicKey refuses a changed message", "[crypto][key][negative]") {
  for (const Vector& v : vectors) {
    const auto key = parse(v.algorithm, from_base64(v.key));
    REQUIRE(key);
    Bytes image = from_hex(v.image);
    image.back() ^= 0x80;
    CAPTURE(int{v.algorithm});
    CHECK_FALSE((*key)->verify(image, from_base64(v.signature)));
    CHECK_FALSE((*key)->verify({}, from_base64(v.signature)));
  }
}

TEST_CASE("PublicKey refuses a signature of any other length", "[crypto][key][negative]") {
  for (const Vector& v : vectors) {
    const auto key = parse(v.algorithm, from_base64(v.key));
    REQUIRE(key);
    const Bytes image = from_hex(v.image), good = from_base64(v.signature);
    for (std::size_t size = 0; size <= good.size() + 2; ++size) {
      if (size == good.size()) continue;
      Bytes bad = good;
      bad.resize(size);
      CAPTURE(int{v.algorithm}, size);
      CHECK_FALSE((*key)->verify(image, bad));
    }
  }
}

TEST_CASE("An ECDSA signature of zeros or of ones is refused", "[crypto][key][negative]") {
  for (const Vector& v : {vectors[2], vectors[3]}) {
    const auto key = parse(v.algorithm, from_base64(v.key));
    REQUIRE(key);
    const std::size_t size = from_base64(v.signature).size();
    CHECK_FALSE((*key)->verify(from_hex(v.image), Bytes(size, 0x00)));
    CHECK_FALSE((*key)->verify(from_hex(v.image), Bytes(size, 0xFF)));
  }
}

TEST_CASE("PublicKey verifies RSA with SHA-1, and the long form of the exponent's length",
          "[crypto][key]") {
  const RsaSigner signer(1024);
  const Bytes e = signer.number(OSSL_PKEY_PARAM_RSA_E), n = signer.number(OSSL_PKEY_PARAM_RSA_N);
  const Bytes message = from_chars("signed"), signature = signer.sign(Hash::sha1, message);
  const Bytes short_form = joined({{3}, e, n}), long_form = joined({{0, 0, 3}, e, n});
  for (const std::uint8_t algorithm : {std::uint8_t{5}, std::uint8_t{7}})
    for (const Bytes& form : {short_form, long_form}) {
      const auto key = parse(algorithm, form);
      REQUIRE(key);
      CHECK((*key)->verify(message, signature));
      CHECK_FALSE((*key)->verify(from_chars("sighed"), signature));
    }
  const auto other_hash = parse(8, short_form);
  REQUIRE(other_hash);
  CHECK_FALSE((*other_hash)->verify(message, signature));
  CHECK((*other_hash)->verify(message, signer.sign(Hash::sha256, message)));
}

TEST_CASE("PublicKey verifies with the exponent 2^32 + 1 of keys made long ago", "[crypto][key]") {
  const RsaSigner signer(1024, 0x1'0000'0001u);
  const Bytes e{1, 0, 0, 0, 1}, n = signer.number(OSSL_PKEY_PARAM_RSA_N);
  REQUIRE(signer.number(OSSL_PKEY_PARAM_RSA_E) == e);
  const auto key = parse(5, joined({{5}, e, n}));
  REQUIRE(key);
  CHECK((*key)->verify(from_chars("signed"), signer.sign(Hash::sha1, from_chars("signed"))));
  CHECK(parse_error(5, joined({{5, 2, 0, 0, 0, 1}, n})) == Errc::limit_reached);
}

TEST_CASE("PublicKey reads an RSA modulus with leading zeros as others do", "[crypto][key]") {
  const RsaSigner signer(1024);
  const Bytes key_octets = joined(
      {{3}, signer.number(OSSL_PKEY_PARAM_RSA_E), {0, 0}, signer.number(OSSL_PKEY_PARAM_RSA_N)});
  const auto key = parse(8, key_octets);
  REQUIRE(key);
  CHECK((*key)->verify(from_chars("signed"), signer.sign(Hash::sha256, from_chars("signed"))));
}

TEST_CASE("PublicKey refuses RSA keys of the wrong shape", "[crypto][key][negative]") {
  const Bytes n = modulus(1024), e{1, 0, 1};
  CHECK(parse_error(8, {}) == Errc::bad_key);
  CHECK(parse_error(8, {0}) == Errc::bad_key);
  CHECK(parse_error(8, {0, 0}) == Errc::bad_key);
  CHECK(parse_error(8, {0, 0, 3}) == Errc::bad_key);
  CHECK(parse_error(8, {3}) == Errc::bad_key);
  CHECK(parse_error(8, joined({{0, 0, 0}, n})) == Errc::bad_key);  // no exponent
  CHECK(parse_error(8, joined({{3}, e})) == Errc::bad_key);        // no modulus
  CHECK(parse_error(8, joined({{255}, e, n})) == Errc::bad_key);   // exponent overruns
  CHECK(parse_error(8, joined({{0, 255, 255}, e, n})) == Errc::bad_key);
  CHECK(parse_error(8, joined({{1, 0}, n})) == Errc::bad_key);                   // exponent 0
  CHECK(parse_error(8, joined({{1, 1}, n})) == Errc::bad_key);                   // exponent 1
  CHECK(parse_error(8, joined({{1, 4}, n})) == Errc::bad_key);                   // an even one
  CHECK(parse_error(8, joined({{3}, e, modulus(1016), {0}})) == Errc::bad_key);  // an even modulus
  CHECK(parse_error(8, joined({{3}, e, modulus(504)})) == Errc::bad_key);
  CHECK(parse_error(10, joined({{3}, e, modulus(1016)})) == Errc::bad_key);
  CHECK(parse_error(8, joined({{3}, e, Bytes(128, 0)})) == Errc::bad_key);
}

TEST_CASE("PublicKey holds RSA keys to the limits of bits", "[crypto][key][negative]") {
  const Bytes e{1, 0, 1};
  CHECK(parse(8, joined({{3}, e, modulus(4096)})));
  CHECK(parse_error(8, joined({{3}, e, modulus(4104)})) == Errc::limit_reached);
  CHECK(parse_error(8, joined({{3}, e, Bytes(65'000, 0xFF)})) == Errc::limit_reached);
  CHECK(parse(8, joined({{4, 0xFF, 0, 0, 1}, modulus(1024)})));
  CHECK(parse_error(8, joined({{5, 2, 0, 0, 0, 1}, modulus(1024)})) == Errc::limit_reached);
  CHECK(parse_error(8, joined({{0, 4, 0}, Bytes(1024, 0xFF), modulus(2048)})) ==
        Errc::limit_reached);
}

TEST_CASE("PublicKey refuses every other length of an ECDSA or EdDSA key",
          "[crypto][key][negative]") {
  for (const Vector& v : {vectors[2], vectors[3], vectors[4], vectors[5]}) {
    const Bytes good = from_base64(v.key);
    for (std::size_t size = 0; size <= good.size() + 2; ++size) {
      Bytes bad = good;
      bad.resize(size);
      CAPTURE(int{v.algorithm}, size);
      if (size == good.size()) {
        CHECK(parse(v.algorithm, bad));
      } else {
        CHECK(parse_error(v.algorithm, bad) == Errc::bad_key);
      }
    }
  }
}

TEST_CASE("PublicKey refuses points that are not on the curve", "[crypto][key][negative]") {
  for (const Vector& v : {vectors[2], vectors[3]}) {
    Bytes bad = from_base64(v.key);
    bad.back() ^= 1;
    CAPTURE(int{v.algorithm});
    CHECK(parse_error(v.algorithm, bad) == Errc::bad_key);
    CHECK(parse_error(v.algorithm, Bytes(bad.size(), 0)) == Errc::bad_key);
    CHECK(parse_error(v.algorithm, Bytes(bad.size(), 0xFF)) ==
          Errc::bad_key);  // above the field's prime
  }
}

TEST_CASE("PublicKey knows eight algorithms and no more", "[crypto][key][negative]") {
  const Bytes supported{5, 7, 8, 10, 13, 14, 15, 16};
  for (unsigned number = 0; number < 256; ++number) {
    const auto algorithm = static_cast<std::uint8_t>(number);
    const bool known = std::find(supported.begin(), supported.end(), algorithm) != supported.end();
    CAPTURE(number);
    CHECK(algorithm_supported(algorithm) == known);
    CHECK(parse_error(algorithm, {}) == (known ? Errc::bad_key : Errc::unsupported));
  }
}
