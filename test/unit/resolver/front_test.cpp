#include "resolver/front.hpp"

#include <catch2/catch.hpp>

#include "test/unit/resolver/world.hpp"

using namespace windlass;
using namespace windlass::test;
using dns::Rcode;
using dns::Type;
using resolver::Front;

namespace {
struct House {
  World world;
  FakeNet net{world.options(), world};
  Metrics metrics;
  Front front{net.engine(), metrics};
  Bytes out = Bytes(65'535);
  resolver::ClientQuery query;

  Front::Taken take(std::span<const std::uint8_t> octets,
                    const resolver::FrontOptions& options = {}, bool stream = false) {
    query = {};
    return front.take(octets, stream, false, options, net.clock().now(), out, query);
  }
  /// RCODE of the answer given at once; nullopt: none is.
  std::optional<Rcode> rcode(std::span<const std::uint8_t> octets,
                             const resolver::FrontOptions& options = {}) {
    const auto taken = take(octets, options);
    if (taken.fate != Front::Fate::answered) return std::nullopt;
    const auto header = dns::HeaderView::parse(taken.octets);
    REQUIRE(header);
    CHECK(header->qr());
    const auto view = dns::MessageView::parse(taken.octets);
    return view ? view->rcode() : static_cast<Rcode>(header->rcode_low());
  }
};

Bytes query_for(std::string_view name, Type type = Type::a, const QuerySpec& spec = {}) {
  return make_query(dns::Name::literal(name), type, spec);
}

Bytes changed(Bytes octets, std::size_t at, std::uint8_t value) {
  octets[at] = value;
  return octets;
}
}  // namespace

TEST_CASE("odd messages get the answers of the responses table") {
  House house;
  const Bytes good = query_for("www.example.org.");
  CHECK_FALSE(house.rcode(Bytes(11, 0)));                       // no header
  CHECK_FALSE(house.rcode(changed(good, 2, 0x81)));             // a response
  CHECK(house.rcode(changed(good, 2, 0x28)) == Rcode::notimp);  // UPDATE
  CHECK(house.rcode(changed(good, 5, 0)) == Rcode::formerr);    // no question
  CHECK(house.rcode(changed(good, 5, 2)) == Rcode::formerr);    // two
  CHECK(house.rcode(Bytes(12, 0)) == Rcode::formerr);           // a header alone
  CHECK(house.rcode(changed(Bytes(12, 0), 2, 0x10)) == Rcode::notimp);
  CHECK(house.rcode(changed(good, 12, 0xC0)) == Rcode::formerr);  // a pointer to nowhere
  CHECK(house.rcode(query_for("www.example.org.", Type::none)) == Rcode::formerr);
  CHECK(house.rcode(query_for("example.org.", Type::axfr)) == Rcode::notimp);
  CHECK(house.rcode(query_for("example.org.", Type::tkey)) == Rcode::notimp);
  Bytes chaos = good;
  chaos[12 + 17 + 3] = 3;
  CHECK(house.rcode(chaos) == Rcode::refused);
  Bytes version = good;
  version[version.size() - 5] = 1;
  CHECK(house.rcode(version) == Rcode::badvers);
}

TEST_CASE("refusals copy ID, opcode, RD and, where it can be read, the question") {
  House house;
  const Bytes good = query_for("www.example.org.");
  for (const unsigned opcode : {1u, 2u, 4u, 5u, 15u}) {
    for (const bool rd : {false, true}) {
      const auto taken =
          house.take(changed(good, 2, static_cast<std::uint8_t>(opcode << 3 | (rd ? 1 : 0))));
      REQUIRE(taken.fate == Front::Fate::answered);
      const auto view = dns::MessageView::parse(taken.octets);
      REQUIRE(view);
      CHECK(view->rcode() == Rcode::notimp);
      CHECK(static_cast<unsigned>(view->header().opcode()) == opcode);
      CHECK(view->header().rd() == rd);
      CHECK(view->question().name == dns::Name::literal("www.example.org."));
    }
  }
  const auto torn = house.take(changed(changed(good, 2, 0x21), 12, 0xC0));  // NOTIFY, a bad name
  const auto header = dns::HeaderView::parse(torn.octets);
  REQUIRE(header);
  CHECK(header->opcode() == dns::Opcode::notify);
  CHECK(header->rd());
  CHECK(header->qdcount() == 0);
}

TEST_CASE("a query cut short or with octets behind it is silence or FORMERR", "[negative]") {
  House house;
  const Bytes good = query_for("www.example.org.");
  for (std::size_t size = 0; size < good.size(); ++size) {
    CAPTURE(size);
    const Bytes cut(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size));
    const auto rcode = house.rcode(cut);
    CHECK(rcode == (size < 12 ? std::nullopt : std::optional(Rcode::formerr)));
  }
  Bytes longer = good;
  longer.push_back(0);
  CHECK(house.rcode(longer) == Rcode::formerr);
  CHECK(house.net.engine().requests() == 0);
}

TEST_CASE("who may not ask is refused with the reason, and asks nobody") {
  House house;
  resolver::FrontOptions options;
  options.allowed = false;
  const auto taken = house.take(query_for("www.example.org."), options);
  REQUIRE(taken.fate == Front::Fate::answered);
  const auto answer = decode(taken.octets);
  CHECK(answer->rcode == Rcode::refused);
  CHECK(answer->ede->code == dns::EdeCode::prohibited);
  CHECK(house.net.engine().requests() == 0);
}

TEST_CASE("without RD only those who may snoop learn what is cached") {
  House house;
  REQUIRE(house.net.resolve("www.example.org.", Type::a));
  const Bytes query = query_for("www.example.org.", Type::a, {.rd = false});
  CHECK(house.rcode(query) == Rcode::refused);
  resolver::FrontOptions options;
  options.snoop_allowed = true;
  CHECK(house.rcode(query, options) == Rcode::noerror);
  CHECK(house.rcode(query_for("gone.example.org.", Type::a, {.rd = false}), options) ==
        Rcode::refused);
}

TEST_CASE("a client that waits for too much hears SERVFAIL at once") {
  House house;
  resolver::FrontOptions options;
  options.may_wait = false;
  const auto taken = house.take(query_for("www.example.org."), options);
  REQUIRE(taken.fate == Front::Fate::answered);
  CHECK(decode(taken.octets)->rcode == Rcode::servfail);
  CHECK(house.metrics.value(Metric::limit_exceeded_total,
                            static_cast<unsigned>(Limit::client_inflight),
                            static_cast<unsigned>(LimitMode::enforce)) == 1);
}

TEST_CASE("an answer repeats ID, RD, CD and the question as it was written") {
  House house;
  REQUIRE(house.net.resolve("www.example.org.", Type::a));
  const auto taken = house.take(query_for("wWw.ExAmPle.org.", Type::a, {.id = 4711, .cd = true}));
  REQUIRE(taken.fate == Front::Fate::answered);
  const auto answer = decode(taken.octets);
  CHECK(answer->header.id == 4711);
  CHECK(answer->header.rd);
  CHECK(answer->header.ra);
  CHECK(answer->header.cd);
  CHECK_FALSE(answer->header.aa);
  CHECK(answer->question.name.same_case(dns::Name::literal("wWw.ExAmPle.org.")));
}

TEST_CASE("an answer keeps to the client's size, and to 512 without EDNS") {
  House house;
  REQUIRE(house.net.resolve("big.example.org.", Type::txt));
  house.net.run();
  const auto plain = house.take(query_for("big.example.org.", Type::txt, {.edns = false}));
  REQUIRE(plain.fate == Front::Fate::answered);
  CHECK(plain.octets.size() <= 512);
  CHECK(decode(plain.octets)->tc);
  CHECK_FALSE(decode(plain.octets)->edns);
  const auto edns = house.take(query_for("big.example.org.", Type::txt, {.payload_octets = 4096}));
  CHECK_FALSE(decode(edns.octets)->tc);
  CHECK(edns.octets.size() <= 1232);
  const auto stream =
      house.take(query_for("big.example.org.", Type::txt, {.edns = false}), {}, true);
  CHECK_FALSE(decode(stream.octets)->tc);
}

TEST_CASE("an answer's TTL is what is left of it") {
  House house;
  REQUIRE(house.net.resolve("www.example.org.", Type::a));
  house.net.run_for(100'000'000);
  const auto taken = house.take(query_for("www.example.org."));
  REQUIRE(taken.fate == Front::Fate::answered);
  const auto ttl = decode(taken.octets)->in(dns::Section::answer)[0].ttl;
  CHECK(ttl >= 199);
  CHECK(ttl <= 200);
}

namespace {
class Local final : public resolver::LocalZones {
 public:
  explicit Local(Verdict verdict) : verdict_(verdict) {}
  Verdict answer(const Query& query, std::span<std::uint8_t> out, Reply& reply) override {
    std::copy(query.message.begin(), query.message.end(), out.begin());
    out[2] |= 0x80;
    reply.written = query.message.size();
    return verdict_;
  }

 private:
  Verdict verdict_;
};
}  // namespace

TEST_CASE("local zones come before recursion") {
  House house;
  const Bytes query = query_for("local.example.");
  const auto fate = [&](resolver::LocalZones::Verdict verdict) {
    Local local(verdict);
    house.front.set_local(&local);
    auto taken = house.take(query);
    house.front.set_local(nullptr);
    return taken;
  };
  CHECK(fate(resolver::LocalZones::Verdict::done).octets.size() == query.size());
  CHECK(fate(resolver::LocalZones::Verdict::drop).fate == Front::Fate::nothing);
  const auto error = fate(resolver::LocalZones::Verdict::error);
  REQUIRE(error.fate == Front::Fate::answered);
  CHECK(decode(error.octets)->rcode == Rcode::servfail);
  CHECK(fate(resolver::LocalZones::Verdict::not_mine).fate == Front::Fate::later);
}
