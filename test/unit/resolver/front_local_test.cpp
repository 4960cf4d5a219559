#include <catch2/catch.hpp>

#include "resolver/front.hpp"
#include "test/unit/resolver/world.hpp"

using namespace windlass;
using namespace windlass::test;
using dns::Rcode;
using dns::Type;
using resolver::Front;
using Verdict = resolver::LocalZones::Verdict;

namespace {
/// Says always the same; remembers how it was asked.
class Local final : public resolver::LocalZones {
 public:
  Verdict verdict = Verdict::not_mine;
  Bytes message;
  dns::Name next;
  bool streams = false, kept = false, covering = true;
  unsigned asked = 0, streams_asked = 0;
  const Endpoint* peer = nullptr;
  std::uint64_t ticket = 0;

  Verdict answer(const Query& query, std::span<std::uint8_t> out, Reply& reply) override {
    ++asked;
    return say(query, out, reply);
  }
  bool covers(const dns::Name&) override { return covering; }
  Verdict stream(const Query& query, std::span<std::uint8_t> out, Reply& reply,
                 std::unique_ptr<Stream>& stream) override {
    struct Empty final : Stream {
      std::optional<Part> next(std::span<std::uint8_t>) override { return std::nullopt; }
    };
    ++streams_asked;
    if (streams) stream = std::make_unique<Empty>();
    return say(query, out, reply);
  }

 private:
  Verdict say(const Query& query, std::span<std::uint8_t> out, Reply& reply) {
    peer = query.peer, ticket = query.ticket;
    std::copy(message.begin(), message.end(), out.begin());
    reply.written = message.size();
    reply.next = next;
    reply.kept = kept;
    return verdict;
  }
};

struct House {
  World world;
  FakeNet net{world.options(), world};
  Metrics metrics;
  Front front{net.engine(), metrics};
  Local local;
  Bytes out = Bytes(65'535);
  resolver::ClientQuery query;

  House() { front.set_local(&local); }
  Front::Taken take(std::span<const std::uint8_t> octets,
                    const resolver::FrontOptions& options = {}, bool stream = false) {
    query = {};
    return front.take(octets, stream, false, options, net.clock().now(), out, query);
  }
  Front::Taken settle(Verdict verdict, const Bytes& octets, const dns::Name* next = nullptr) {
    return front.settle(query, verdict, octets, next, {}, net.clock().now(), out);
  }
};

Bytes query_for(std::string_view name, Type type = Type::a, const QuerySpec& spec = {}) {
  return make_query(dns::Name::literal(name), type, spec);
}

/// An answer of the local zone with one alias to the world's www.example.org.
Bytes alias_message(const Bytes& query) {
  Response response;
  dns::RRsetBuilder cname(dns::Name::literal("local.example."), Type::cname);
  REQUIRE(cname.add(dns::Name::literal("www.example.org.").wire(), 60));
  response.answer.push_back(cname.build());
  return write_response(*decode(query), response, true);
}

std::optional<Rcode> rcode(const Front::Taken& taken) {
  if (taken.fate != Front::Fate::answered) return std::nullopt;
  const auto header = dns::HeaderView::parse(taken.octets);
  REQUIRE(header);
  return static_cast<Rcode>(header->rcode_low());
}
}  // namespace

TEST_CASE("a local zone may answer later, when the client can wait") {
  House house;
  const Bytes query = query_for("local.example.");
  const Endpoint peer = *Endpoint::parse("192.0.2.9");
  house.local.verdict = Verdict::pending;
  resolver::FrontOptions options;
  options.ticket = 7;
  options.peer = &peer;
  CHECK(house.take(query, options).fate == Front::Fate::pending);
  CHECK(house.local.ticket == 7);
  CHECK(house.local.peer == &peer);
  const auto taken = house.settle(Verdict::done, alias_message(query));
  REQUIRE(taken.fate == Front::Fate::answered);
  CHECK(taken.octets.data() == house.out.data());
  CHECK(decode(taken.octets)->header.ra);
  CHECK(house.settle(Verdict::chase, alias_message(query)).fate == Front::Fate::later);
  CHECK(house.settle(Verdict::drop, {}).fate == Front::Fate::nothing);
}

TEST_CASE("a local zone that settles wrongly costs its client no more than SERVFAIL",
          "[negative]") {
  House house;
  const Bytes query = query_for("local.example.");
  house.local.verdict = Verdict::pending;
  CHECK(rcode(house.take(query)) == Rcode::servfail);  // no ticket was offered
  for (const Verdict verdict : {Verdict::not_mine, Verdict::pending, Verdict::error})
    CHECK(rcode(house.settle(verdict, alias_message(query))) == Rcode::servfail);
  CHECK(rcode(house.settle(Verdict::done, Bytes(1233, 0))) == Rcode::servfail);
  CHECK(rcode(house.settle(Verdict::done, Bytes(11, 0))) == Rcode::servfail);
  CHECK(rcode(house.settle(Verdict::chase, {})) == Rcode::servfail);
}

TEST_CASE("without recursion the links of a local zone are the answer") {
  House house;
  QuerySpec spec;
  spec.rd = false;
  const Bytes query = query_for("local.example.", Type::a, spec);
  house.local.verdict = Verdict::chase;
  house.local.message = alias_message(query);
  house.local.next = dns::Name::literal("www.example.org.");
  const auto taken = house.take(query);
  REQUIRE(taken.fate == Front::Fate::answered);
  CHECK(decode(taken.octets)->in(dns::Section::answer).size() == 1);
  CHECK(decode(taken.octets)->header.aa);
  CHECK(house.take(query_for("local.example.")).fate == Front::Fate::later);
}

TEST_CASE("a transfer over TCP is the local zone's to answer") {
  House house;
  house.local.verdict = Verdict::done;
  house.local.streams = true;
  const Bytes axfr = query_for("local.example.", Type::axfr);
  const auto taken = house.take(axfr, {}, true);
  CHECK(taken.fate == Front::Fate::stream);
  CHECK(taken.stream);
  house.local.streams = false;
  house.local.message = alias_message(axfr);
  CHECK(house.take(axfr, {}, true).octets.size() == house.local.message.size());
  house.local.verdict = Verdict::drop;
  CHECK(house.take(axfr, {}, true).fate == Front::Fate::nothing);
  CHECK(house.local.asked == 0);
}

TEST_CASE("an IXFR brings the SOA its asker has") {
  House house;
  house.local.verdict = Verdict::done;
  house.local.streams = true;
  const auto with_soa = [](Type type) {
    Bytes query(512);
    dns::MessageBuilder builder(query, query.size());
    builder.header({.id = 1});
    builder.question({dns::Name::literal("local.example."), type, dns::Class::in});
    const Bytes soa{0, 0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 5};
    REQUIRE(builder.add_record(dns::Section::authority, dns::Name::literal("local.example."),
                               Type::soa, dns::Class::in, 0, soa));
    const auto message = builder.finish();
    return Bytes(message.begin(), message.end());
  };
  CHECK(house.take(with_soa(Type::ixfr), {}, true).fate == Front::Fate::stream);
  CHECK(rcode(house.take(with_soa(Type::axfr), {}, true)) == Rcode::formerr);
  CHECK(rcode(house.take(with_soa(Type::a), {}, true)) == Rcode::formerr);
}

TEST_CASE("a transfer over UDP is the local zone's answer of one message") {
  House house;
  house.local.verdict = Verdict::done;
  const Bytes ixfr = query_for("local.example.", Type::ixfr);
  house.local.message = alias_message(ixfr);
  CHECK(house.take(ixfr).octets.size() == house.local.message.size());
  CHECK(house.local.asked == 1);
  CHECK(house.local.streams_asked == 0);
  for (const Verdict verdict : {Verdict::chase, Verdict::referral, Verdict::pending}) {
    house.local.verdict = verdict;
    CHECK(rcode(house.take(ixfr)) == Rcode::servfail);  // nothing of it is resolved
  }
}

TEST_CASE("a transfer of a name that no local zone covers is not ours to give", "[negative]") {
  House house;
  house.local.covering = false;
  for (const Type type : {Type::axfr, Type::ixfr})
    for (const bool stream : {false, true})
      CHECK(rcode(house.take(query_for("away.example.", type), {}, stream)) == Rcode::notauth);
  const auto told = decode(house.take(query_for("away.example.", Type::axfr), {}, true).octets);
  REQUIRE(told->ede);
  CHECK(told->ede->text == "no local zone covers the name");
  CHECK(house.local.asked + house.local.streams_asked == 0);
  house.front.set_local(nullptr);
  CHECK(rcode(house.take(query_for("away.example.", Type::axfr), {}, true)) == Rcode::notimp);
}

TEST_CASE("answers of local zones are counted with their source and duration") {
  House house;
  const Bytes query = query_for("local.example.");
  house.local.verdict = Verdict::done;
  house.local.message = alias_message(query);
  const auto counted = [&](Source source) {
    const auto label = static_cast<unsigned>(source);
    return house.metrics.value(Metric::response_source_total, label);
  };
  const auto observed = [&] {
    std::uint64_t sum = 0;
    for (const auto& slot : house.metrics.slots(Metric::response_duration_seconds)) sum += slot;
    return sum;
  };
  house.take(query);
  CHECK(counted(Source::local_zone) == 1);
  CHECK(observed() == 1);
  house.local.kept = true;
  house.take(query);
  CHECK(counted(Source::local_zone) == 1);
  CHECK(counted(Source::answer_cache) == 1);
  CHECK(observed() == 2);
}

TEST_CASE("a transfer that is not the local zone's is not implemented", "[negative]") {
  House house;
  const Bytes axfr = query_for("local.example.", Type::axfr);
  CHECK(rcode(house.take(axfr, {}, true)) == Rcode::notimp);
  CHECK(house.local.streams_asked == 1);
  house.local.verdict = Verdict::done;
  house.local.streams = true;
  resolver::FrontOptions refused;
  refused.allowed = false;
  CHECK(rcode(house.take(axfr, refused, true)) == Rcode::refused);
  CHECK(house.local.streams_asked == 1);
  for (const Verdict verdict : {Verdict::chase, Verdict::referral, Verdict::pending}) {
    house.local.verdict = verdict;
    CHECK(rcode(house.take(axfr, {}, true)) == Rcode::servfail);
  }
}

TEST_CASE("why shows what a local zone said") {
  House house;
  house.local.verdict = Verdict::error;
  const auto trace_of = [&] {
    auto& engine = house.net.engine();
    resolver::ClientQuestion question{dns::Name::literal("local.example."), Type::a};
    question.trace = true;
    (void)engine.begin(question, house.net.clock().now());
    for (auto& action : engine.take_actions())
      if (auto* answer = std::get_if<resolver::AnswerAction>(&action)) return *answer;
    return resolver::AnswerAction{};
  };
  const auto failed = trace_of();
  REQUIRE(failed.trace);
  REQUIRE(failed.trace->steps.size() == 1);
  CHECK(failed.trace->steps[0].server == "local zone");
  CHECK(failed.answer.rcode == Rcode::servfail);
  CHECK_FALSE(failed.answer.authoritative);
  house.local.verdict = Verdict::done;
  Response denial;
  denial.rcode = Rcode::nxdomain;
  house.local.message = write_response(*decode(query_for("local.example.")), denial, true);
  const auto denied = trace_of();
  REQUIRE(denied.trace);
  CHECK(denied.trace->steps[0].result == "answer");
  CHECK(denied.answer.rcode == Rcode::nxdomain);
  CHECK(denied.answer.authoritative);
}
