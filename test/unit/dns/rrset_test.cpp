// RRset: one block in canonical order, without duplicates; the builder holds to the limits.
#include "dns/rrset.hpp"

#include <array>

#include <catch2/catch.hpp>

#include "base/limits.hpp"
#include "dns/rdata.hpp"
#include "test/unit/octets.hpp"

using namespace windlass;
using namespace windlass::dns;
using namespace windlass::test;

namespace {
const Name owner = Name::literal("WWW.example.org.");

std::vector<std::string> hex_of(const RdataRange& range) {
  std::vector<std::string> out;
  for (const auto rdata : range) out.push_back(to_hex(rdata));
  return out;
}

RRsetPtr build(Type type, const std::vector<Bytes>& rdatas,
               const std::vector<Bytes>& signatures = {}) {
  RRsetBuilder builder(owner, type);
  for (const Bytes& rdata : rdatas) REQUIRE(builder.add(rdata, 300));
  for (const Bytes& rdata : signatures) REQUIRE(builder.add_signature(rdata, 300));
  return builder.build();
}

Bytes wire_of(const char* name) {
  const Name made = Name::literal(name);
  return {made.wire().begin(), made.wire().end()};
}

const Bytes signature_a =
    from_hex("0001 0d 03 0000012c 00000002 00000001 1234 076578616d706c6500 aa");
const Bytes signature_b =
    from_hex("0001 0d 03 0000012c 00000002 00000001 1234 076578616d706c6500 bb");
}  // namespace

TEST_CASE("RRset holds its records in canonical order, each once", "[dns][rrset]") {
  const auto rrset =
      build(Type::a, {from_hex("c0000202"), from_hex("0a000001"), from_hex("c0000202")},
            {signature_b, signature_a, signature_b});
  CHECK(rrset->owner().same_case(owner));
  CHECK(rrset->type() == Type::a);
  CHECK(rrset->klass() == Class::in);
  CHECK(rrset->ttl() == 300);
  CHECK(rrset->rdata().size() == 2);
  CHECK(hex_of(rrset->rdata()) == std::vector<std::string>{"0a000001", "c0000202"});
  CHECK(hex_of(rrset->signatures()) ==
        std::vector<std::string>{to_hex(signature_a), to_hex(signature_b)});
  CHECK(to_hex(rrset->rdata().front()) == "0a000001");
  CHECK(rrset->memory_octets() > sizeof(RRset) + 17 + 12 + 2 * signature_a.size());
}

TEST_CASE("RRset orders rdata as octets left justified", "[dns][rrset]") {
  // RFC 4034 6.3: a missing octet sorts before a zero octet.
  const auto rrset =
      build(static_cast<Type>(65280), {from_hex("0100"), from_hex("01"), from_hex("ff"), {}});
  CHECK(hex_of(rrset->rdata()) == std::vector<std::string>{"", "01", "0100", "ff"});
}

TEST_CASE("RRset orders and compares names without case but keeps it", "[dns][rrset]") {
  const auto rrset =
      build(Type::ns, {wire_of("b.example."), wire_of("A.example."), wire_of("a.EXAMPLE.")});
  REQUIRE(rrset->rdata().size() == 2);
  CHECK(to_hex(rrset->rdata().front()) == to_hex(wire_of("A.example.")));
  const auto other = build(Type::ns, {wire_of("B.example."), wire_of("a.example.")});
  CHECK(rrset->same_data(*other));
  CHECK(other->same_data(*rrset));
}

TEST_CASE("same_data() ignores TTL and signatures, and nothing else", "[dns][rrset]") {
  const auto rrset = build(Type::a, {from_hex("c0000201"), from_hex("c0000202")}, {signature_a});
  CHECK(rrset->same_data(*rrset->with_ttl(7)));
  CHECK(rrset->same_data(*rrset->without_signatures()));
  CHECK_FALSE(rrset->same_data(*build(Type::a, {from_hex("c0000201")})));
  CHECK_FALSE(rrset->same_data(*build(Type::a, {from_hex("c0000201"), from_hex("c0000203")})));
  CHECK_FALSE(rrset->same_data(
      *build(static_cast<Type>(65280), {from_hex("c0000201"), from_hex("c0000202")})));
  RRsetBuilder elsewhere(Name::literal("ftp.example.org."), Type::a);
  REQUIRE(elsewhere.add(from_hex("c0000201"), 300));
  REQUIRE(elsewhere.add(from_hex("c0000202"), 300));
  CHECK_FALSE(rrset->same_data(*elsewhere.build()));
  RRsetBuilder shouted(Name::literal("www.EXAMPLE.org."), Type::a);
  REQUIRE(shouted.add(from_hex("c0000202"), 300));
  REQUIRE(shouted.add(from_hex("c0000201"), 300));
  CHECK(rrset->same_data(*shouted.build()));
  // Octets that would be names elsewhere: case counts in types without names.
  CHECK_FALSE(
      build(Type::txt, {from_hex("0141")})->same_data(*build(Type::txt, {from_hex("0161")})));
}

TEST_CASE("Copies of an RRset differ in what they are named for", "[dns][rrset]") {
  const auto rrset = build(Type::a, {from_hex("c0000201")}, {signature_a});
  const auto later = rrset->with_ttl(9);
  CHECK(later->ttl() == 9);
  CHECK(later->signatures().size() == 1);
  const auto bare = rrset->without_signatures();
  CHECK(bare->ttl() == 300);
  CHECK(bare->signatures().empty());
  CHECK(hex_of(bare->rdata()) == hex_of(rrset->rdata()));
  CHECK(rrset->signatures().size() == 1);
}

TEST_CASE("RRsetBuilder takes the least TTL, caps it, and is empty again", "[dns][rrset]") {
  RRsetBuilder builder(owner, Type::a);
  CHECK(builder.empty());
  REQUIRE(builder.add(from_hex("c0000201"), 500));
  REQUIRE(builder.add(from_hex("c0000202"), 400));
  REQUIRE(builder.add_signature(signature_a, 450));
  CHECK_FALSE(builder.empty());
  CHECK(builder.build()->ttl() == 400);
  CHECK(builder.empty());
  REQUIRE(builder.add(from_hex("c0000201"), 500));
  builder.cap_ttl(60);
  const auto second = builder.build();
  CHECK(second->ttl() == 60);
  CHECK(second->rdata().size() == 1);
  CHECK(second->signatures().empty());
}

TEST_CASE("RRsetBuilder stops at the limits", "[dns][rrset][negative]") {
  const auto records = row_of(Limit::records_per_rrset).standard;
  RRsetBuilder many(owner, static_cast<Type>(65280));
  for (std::int64_t i = 0; i < records; ++i) {
    REQUIRE(many.add(Bytes{static_cast<std::uint8_t>(i)}, 1));
    REQUIRE(many.add_signature(signature_a, 1));
  }
  const auto record = many.add(Bytes{255}, 0), signature = many.add_signature(signature_b, 0);
  REQUIRE_FALSE(record);
  CHECK(record.error().code == Errc::limit_reached);
  REQUIRE_FALSE(signature);
  CHECK(signature.error().code == Errc::limit_reached);
  const auto built = many.build();
  CHECK(built->rdata().size() == records);
  CHECK(built->ttl() == 1);  // what was refused left no trace

  RRsetBuilder large(owner, static_cast<Type>(65280));
  REQUIRE(large.add(Bytes(32'766, 1), 1));
  REQUIRE(large.add(Bytes(32'766, 2), 1));
  const auto over = large.add(Bytes{}, 1);
  REQUIRE_FALSE(over);
  CHECK(over.error().code == Errc::limit_reached);
  CHECK(large.build()->rdata().size() == 2);
  RRsetBuilder wide(owner, static_cast<Type>(65280));
  CHECK_FALSE(wide.add(Bytes(65'536, 1), 1));
}

namespace {
// example. NS with a pointer to 12, its RRSIG, and an A record.
const Bytes message = from_hex(
    "0000 8400 0001 0003 0000 0000"
    "07 6578616d706c65 00 0002 0001"
    "c00c 0002 0001 00000258 0005 02 6e73 c00c"
    "c00c 002e 0001 00000257 001c 0002 0d 01 00000258 00000002 00000001 1234 076578616d706c6500 aa"
    "c00c 0001 0001 00000258 0004 c0000201");
}  // namespace

TEST_CASE("RRsetBuilder expands records of a message", "[dns][rrset]") {
  const auto view = MessageView::parse(message);
  REQUIRE(view);
  RRsetBuilder builder(Name::literal("example."), Type::ns);
  auto records = view->records(Section::answer);
  auto record = records.begin();
  REQUIRE(builder.add(*record));
  REQUIRE(builder.add(*++record));
  const auto rrset = builder.build();
  CHECK(hex_of(rrset->rdata()) == std::vector<std::string>{to_hex(wire_of("ns.example."))});
  REQUIRE(rrset->signatures().size() == 1);
  const auto rrsig = RrsigView::parse(rrset->signatures().front());
  REQUIRE(rrsig);
  CHECK(rrsig->covered == Type::ns);
  CHECK(rrset->ttl() == 599);
}

TEST_CASE("RRsetBuilder refuses records of another type", "[dns][rrset][negative]") {
  const auto view = MessageView::parse(message);
  REQUIRE(view);
  RRsetBuilder builder(Name::literal("example."), Type::mx);
  for (const RecordView record : view->records(Section::answer)) {
    const auto added = builder.add(record);
    REQUIRE_FALSE(added);
    CHECK(added.error().code == Errc::bad_rdata);
  }
  CHECK(builder.empty());
}
