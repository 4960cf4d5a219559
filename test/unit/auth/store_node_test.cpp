// Nodes and row headers: what is built reads back; damaged octets become errors.
#include "auth-plugin/store/header.hpp"
#include "auth-plugin/store/node.hpp"
#include "base/rng.hpp"
#include "test/unit/auth/store_fixture.hpp"

using namespace windlass;
using namespace windlass::auth;
using dns::Name;
using test::Bytes;
using test::rdatas;

namespace {
Bytes built(const Name& owner) {
  NodeBuilder builder(node_cut | node_cname, 2);
  builder.owner(owner);
  builder.add(dns::Type::a, 300, 2, rdatas({"abcd", "efgh"}), 1, rdatas({"signature"}));
  builder.add(dns::Type::txt, 60, 1, rdatas({""}), 0, {});
  const Octets out = builder.finish();
  return {out.begin(), out.end()};
}

Errc fault_of_node(const Bytes& octets) {
  const auto view = NodeView::parse(octets);
  REQUIRE_FALSE(view);
  return view.error().code;
}

std::string text_of(Octets octets) {
  return {octets.begin(), octets.end()};
}

/// Touches every octet a view gives: under a sanitizer, one outside would show.
std::size_t walk(const NodeView& view) {
  std::size_t sum = view.owner(Name{}).size_octets();
  for (std::size_t i = 0; i < view.set_count(); ++i) {
    const NodeSet set = view.at(i);
    for (const auto rdata : set.rdata)
      for (const std::uint8_t octet : rdata) sum += octet;
    for (const auto rdata : set.signatures)
      for (const std::uint8_t octet : rdata) sum += octet;
    sum += view.find(set.type).has_value();
  }
  return sum;
}
}  // namespace

TEST_CASE("NodeView: reads what NodeBuilder wrote", "[auth][node]") {
  const Name mixed = Name::literal("WwW.example.org"), lower = mixed.lowercase();
  const Bytes octets = built(mixed);
  const auto view = NodeView::parse(octets);
  REQUIRE(view);
  CHECK(view->is(node_cut));
  CHECK_FALSE(view->is(node_apex));
  CHECK(view->cover() == 2);
  CHECK(view->owner(lower).same_case(mixed));
  REQUIRE(view->set_count() == 2);
  const auto a = view->find(dns::Type::a);
  REQUIRE(a);
  CHECK(a->ttl == 300);
  REQUIRE(a->rdata.size() == 2);
  CHECK(text_of(a->rdata.front()) == "abcd");
  CHECK(text_of(*++a->rdata.begin()) == "efgh");
  REQUIRE(a->signatures.size() == 1);
  CHECK(text_of(a->signatures.front()) == "signature");
  CHECK(view->at(1).type == dns::Type::txt);
  CHECK(view->at(1).rdata.front().empty());
  CHECK_FALSE(view->find(dns::Type::ns));
  CHECK_FALSE(view->find(dns::Type::aaaa));
}

TEST_CASE("NodeBuilder: an owner in lower case is not kept", "[auth][node]") {
  const Name lower = Name::literal("www.example.org");
  const Bytes octets = built(lower);
  const auto view = NodeView::parse(octets);
  REQUIRE(view);
  CHECK_FALSE(view->is(node_has_case));
  CHECK(view->owner(lower).same_case(lower));
  CHECK(octets.size() + lower.size_octets() == built(Name::literal("Www.example.org")).size());
}

TEST_CASE("NodeBuilder: one RRset more than the count can say", "[auth][node][negative]") {
  NodeBuilder builder(0, no_cover);
  for (std::uint16_t type = 1; type <= 255; ++type)
    REQUIRE(builder.add(dns::Type{type}, 1, 1, rdatas({"a"}), 0, {}));
  CHECK_FALSE(builder.add(dns::Type{256}, 1, 1, rdatas({"a"}), 0, {}));
  CHECK(NodeView::parse(builder.finish())->set_count() == 255);
}

TEST_CASE("NodeView: every cut of a node is an error", "[auth][node][negative]") {
  const Bytes octets = built(Name::literal("WwW.example.org"));
  for (std::size_t size = 0; size < octets.size(); ++size) {
    const Bytes cut(octets.begin(), octets.begin() + static_cast<std::ptrdiff_t>(size));
    CHECK_FALSE(NodeView::parse(cut));
  }
  Bytes more = octets;
  more.push_back(0);
  CHECK(fault_of_node(more) == Errc::trailing);
}

TEST_CASE("NodeView: another format, sets out of order", "[auth][node][negative]") {
  Bytes octets = built(Name::literal("a.example.org"));
  octets[0] = 2;
  CHECK(fault_of_node(octets) == Errc::bad_version);
  NodeBuilder builder(0, no_cover);
  builder.add(dns::Type::txt, 1, 1, rdatas({"a"}), 0, {});
  builder.add(dns::Type::a, 1, 1, rdatas({"abcd"}), 0, {});
  const Octets out = builder.finish();
  CHECK(fault_of_node({out.begin(), out.end()}) == Errc::bad_rdata);
}

TEST_CASE("NodeView: any octets either fail or stay inside themselves", "[auth][node][negative]") {
  const Bytes whole = built(Name::literal("WwW.example.org"));
  SeededRng rng(3);
  std::size_t read = 0, failed = 0;
  for (int round = 0; round < 20'000; ++round) {
    Bytes octets = whole;
    for (unsigned flips = 1 + rng.below(3); flips > 0; --flips)
      octets[rng.below(static_cast<std::uint32_t>(octets.size()))] =
          static_cast<std::uint8_t>(rng.below(256));
    octets.shrink_to_fit();
    const auto view = NodeView::parse(octets);
    if (view) read += walk(*view) > 0;
    failed += !view;
  }
  CHECK(read > 1000);
  CHECK(failed > 1000);
}

TEST_CASE("RowHeader: 24 octets, big endian, extensions skipped", "[auth][header]") {
  const auto octets = encode(RowHeader{0x0102030405060708, 0x1112131415161718, false});
  Bytes value(octets.begin(), octets.end());
  CHECK(value[0] == 1);
  CHECK(value[15] == 0x18);
  CHECK(Bytes(value.begin() + 16, value.end()) == Bytes(8));
  value.push_back('x');
  const auto row = read_row(value);
  REQUIRE(row);
  CHECK(row->header.timestamp_ns == 0x0102030405060708);
  CHECK(row->header.txn == 0x1112131415161718);
  CHECK_FALSE(row->header.deleted);
  CHECK(text_of(row->content) == "x");
  value[23] = 2;
  value.insert(value.begin() + 24, 16, 0xEE);
  CHECK(text_of(read_row(value)->content) == "x");
}

TEST_CASE("RowHeader: a tombstone", "[auth][header]") {
  const auto octets = encode(RowHeader{1, 2, true});
  CHECK(octets[17] == 1);
  const auto row = read_row(octets);
  REQUIRE(row);
  CHECK(row->header.deleted);
  CHECK(row->content.empty());
}

TEST_CASE("RowHeader: damaged values", "[auth][header][negative]") {
  const auto octets = encode(RowHeader{1, 2, false});
  Bytes value(octets.begin(), octets.end());
  CHECK(read_row(Octets(value).first(23)).error().code == Errc::truncated);
  value[23] = 1;
  CHECK(read_row(value).error().code == Errc::truncated);
  value[23] = 0;
  value[16] = 1;
  CHECK(read_row(value).error().code == Errc::bad_version);
  value[16] = 0;
  value[17] = 1;
  value.push_back('x');
  CHECK(read_row(value).error().code == Errc::trailing);
}
