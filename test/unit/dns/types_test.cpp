// The protocol's small numbers in and out of text; unknown values pass through (RFC 3597 section
// 5).
#include "dns/types.hpp"

#include <catch2/catch.hpp>

using namespace windlass::dns;

TEST_CASE("Types, classes and RCODEs have the registry's words", "[dns][types]") {
  CHECK(to_text(Type::aaaa) == "AAAA");
  CHECK(to_text(Type::nsec3param) == "NSEC3PARAM");
  CHECK(to_text(Type::axfr) == "AXFR");
  CHECK(to_text(Type::any) == "ANY");
  CHECK(to_text(Class::in) == "IN");
  CHECK(to_text(Class::ch) == "CH");
  CHECK(to_text(Rcode::nxdomain) == "NXDOMAIN");
  CHECK(to_text(Rcode::badcookie) == "BADCOOKIE");
}

TEST_CASE("Unknown values are written as their number", "[dns][types]") {
  CHECK(to_text(static_cast<Type>(65280)) == "TYPE65280");
  CHECK(to_text(Type::none) == "TYPE0");
  CHECK(to_text(static_cast<Class>(7)) == "CLASS7");
  CHECK(to_text(static_cast<Rcode>(12)) == "RCODE12");
}

TEST_CASE("A type is read from its mnemonic in any case, or from TYPEnnn", "[dns][types]") {
  CHECK(type_from_text("AAAA") == Type::aaaa);
  CHECK(type_from_text("cNaMe") == Type::cname);
  CHECK(type_from_text("nsap-ptr") == static_cast<Type>(23));
  CHECK(type_from_text("TYPE65280") == static_cast<Type>(65280));
  CHECK(type_from_text("type1") == Type::a);
  CHECK(type_from_text("TYPE65535") == static_cast<Type>(65535));
}

TEST_CASE("Every type's text leads back to it", "[dns][types]") {
  for (unsigned code = 0; code <= 0xFFFF; ++code) {
    const auto type = static_cast<Type>(code);
    if (type_from_text(to_text(type)) != type) FAIL("type " << code);
  }
  SUCCEED();
}

TEST_CASE("What is no type is refused", "[dns][types][negative]") {
  const char* text = GENERATE("", "AAAAA", "AA", "TYPE", "TYPE-1", "TYPE65536", "TYPE1x", "TYPE 1",
                              "TYPE+1", "1", "IN", "*");
  CAPTURE(text);
  CHECK_FALSE(type_from_text(text));
}

TEST_CASE("Meta types are never data", "[dns][types]") {
  for (const Type type : {Type::none, Type::opt, Type::tkey, Type::tsig, Type::ixfr, Type::axfr,
                          Type::maila, Type::any, Type::nxname, static_cast<Type>(200)})
    CHECK(is_meta(type));
  for (const Type type : {Type::a, Type::rrsig, Type::caa, static_cast<Type>(127),
                          static_cast<Type>(256), static_cast<Type>(65280)})
    CHECK_FALSE(is_meta(type));
}
