// The type table is what the parser, the builder and the canonical form are driven by: its own
// shape is checked here, and the lists of RFC 1035, 3597, 4034 and 6840 are held against it.
#include "dns/rrtype_table.hpp"

#include <algorithm>
#include <set>

#include <catch2/catch.hpp>

using namespace windlass::dns;
using namespace std::string_view_literals;

namespace {
std::set<unsigned> codes_where(bool TypeRow::*flag) {
  std::set<unsigned> codes;
  for (const TypeRow& row : type_table())
    if (row.*flag) codes.insert(static_cast<unsigned>(row.type));
  return codes;
}

bool has_name(const TypeRow& row) {
  return row.layout.find_first_of("NU") != std::string_view::npos;
}
}  // namespace

TEST_CASE("Rows ascend by code and are found by it", "[dns][rrtype]") {
  int last = 0;
  for (const TypeRow& row : type_table()) {
    CAPTURE(row.mnemonic);
    CHECK(static_cast<int>(row.type) > last);
    CHECK(find_type(row.type) == &row);
    last = static_cast<int>(row.type);
  }
  CHECK(last == 32769);
}

TEST_CASE("A type without a row is not found", "[dns][rrtype][negative]") {
  for (const unsigned code : {0u, 54u, 127u, 129u, 259u, 263u, 32767u, 65280u, 65535u})
    CHECK(find_type(static_cast<Type>(code)) == nullptr);
}

TEST_CASE("Mnemonics are unique", "[dns][rrtype]") {
  std::set<std::string_view> mnemonics;
  for (const TypeRow& row : type_table()) mnemonics.insert(row.mnemonic);
  CHECK(mnemonics.size() == type_table().size());
}

TEST_CASE("Layouts use known letters, and open ends stand last", "[dns][rrtype]") {
  for (const TypeRow& row : type_table()) {
    CAPTURE(row.mnemonic, row.layout);
    REQUIRE_FALSE(row.layout.empty());
    CHECK(row.layout.find_first_not_of("NU421A6STBL*") == std::string_view::npos);
    const auto open = row.layout.find_first_of("TB*");
    CHECK((open == std::string_view::npos || open == row.layout.size() - 1));
  }
}

TEST_CASE("Names are compressed only in the types of RFC 1035", "[dns][rrtype]") {
  CHECK(codes_where(&TypeRow::compress) == std::set<unsigned>{2, 3, 4, 5, 6, 7, 8, 9, 12, 14, 15});
  for (const TypeRow& row : type_table())
    if (row.compress) CHECK(row.layout.find_first_not_of("N24") == std::string_view::npos);
}

TEST_CASE("Names are lowered in the types of RFC 4034 6.2, NSEC left out", "[dns][rrtype]") {
  // HINFO and A6 are on the RFC's list too: the one holds no name, the other is opaque here.
  CHECK(codes_where(&TypeRow::canonical_lower) == std::set<unsigned>{2,  3,  4,  5,  6,  7,  8,  9,
                                                                     12, 14, 15, 17, 18, 21, 24, 26,
                                                                     30, 33, 35, 36, 39, 46});
  for (const TypeRow& row : type_table())
    if (row.canonical_lower) CHECK(has_name(row));
}

TEST_CASE("Layouts the resolver relies on", "[dns][rrtype]") {
  CHECK(find_type(Type::a)->layout == "A"sv);
  CHECK(find_type(Type::aaaa)->layout == "6"sv);
  CHECK(find_type(Type::soa)->layout == "NN44444"sv);
  CHECK(find_type(Type::mx)->layout == "2N"sv);
  CHECK(find_type(Type::srv)->layout == "222N"sv);
  CHECK(find_type(Type::rrsig)->layout == "2114442N*"sv);
  CHECK(find_type(Type::nsec)->layout == "NB"sv);
  CHECK(find_type(Type::nsec3)->layout == "112LLB"sv);
  CHECK(find_type(Type::https)->layout == "2U*"sv);
}
