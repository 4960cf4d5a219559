// What a client proves and what it gets for it: cookies, keepalive, rates.
#include <catch2/catch.hpp>

#include "resolver/front.hpp"
#include "test/unit/resolver/world.hpp"

using namespace windlass;
using namespace windlass::test;
using dns::Option;
using dns::Rcode;
using dns::Type;
using resolver::Front;

namespace {
const resolver::CookieSecret secret{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

NetOptions with_cookies(const World& world) {
  NetOptions options = world.options();
  options.resolver.cookies.secrets = {secret};
  return options;
}

/// A query whose OPT holds one option.
Bytes query_with(Option code, const Bytes& octets, Bytes query) {
  const std::size_t size = query.size();
  query.resize(size + octets.size() + 4);
  REQUIRE(dns::append_option(query, size, code, octets) == query.size());
  return query;
}

struct Reception {
  explicit Reception(std::int64_t a_second = 0, std::int64_t late = 20) {
    NetOptions options = with_cookies(world);
    REQUIRE(options.resolver.limits.set(Limit::response_rate, a_second));
    REQUIRE(options.resolver.limits.set(Limit::late_answers, late));
    net.emplace(options, world);
    front.emplace(net->engine(), metrics, &rates);
  }

  World world;
  std::optional<FakeNet> net;
  Metrics metrics;
  resolver::ResponseRates rates{HashKey{3, 4}};
  std::optional<Front> front;
  Bytes out = Bytes(65'535);
  resolver::ClientQuery query;
  Endpoint peer{ip("192.0.2.200"), 4242};

  Front::Taken take(std::span<const std::uint8_t> octets, bool stream = false) {
    query = {};
    resolver::FrontOptions options;
    options.peer = &peer;
    options.keepalive_ms = 30'000;
    return front->take(octets, stream, false, options, net->clock().now(), out, query);
  }
  /// The option of that code in the answer given at once.
  std::optional<Bytes> option_in(const Front::Taken& taken, Option code) {
    const auto view = dns::MessageView::parse(taken.octets);
    REQUIRE(view);
    const auto opt = view->opt();
    const auto option = opt ? dns::find_option(*opt, code) : std::nullopt;
    if (!option) return std::nullopt;
    return Bytes(option->octets.begin(), option->octets.end());
  }
};

Bytes question(bool rd = true) {
  return make_query(dns::Name::literal("www.example.org."), Type::ns, {.rd = rd});
}
const Bytes client_part{1, 2, 3, 4, 5, 6, 7, 8};
}  // namespace

TEST_CASE("a client cookie comes back with ours behind it, in refusals too") {
  Reception house;
  const auto taken = house.take(query_with(Option::cookie, client_part, question(false)));
  const auto cookie = house.option_in(taken, Option::cookie);
  REQUIRE(cookie);
  CHECK(cookie->size() == 24);
  CHECK(std::equal(client_part.begin(), client_part.end(), cookie->begin()));
  CHECK(house.query.cookie_kind == resolver::CookieKind::new_to_us);
  (void)house.take(query_with(Option::cookie, *cookie, question(false)));
  CHECK(house.query.cookie_kind == resolver::CookieKind::proven);
  house.peer.address = ip("192.0.2.201");
  (void)house.take(query_with(Option::cookie, *cookie, question(false)));
  CHECK(house.query.cookie_kind == resolver::CookieKind::new_to_us);
}

TEST_CASE("a query for nothing but a cookie gets one (RFC 7873 5.4)") {
  Reception house;
  Bytes bare = question();
  bare.erase(bare.begin() + 12, bare.begin() + 12 + 17 + 4);
  bare[5] = 0;
  const auto taken = house.take(query_with(Option::cookie, client_part, bare));
  REQUIRE(taken.fate == Front::Fate::answered);
  CHECK(dns::MessageView::parse(taken.octets)->rcode() == Rcode::noerror);
  CHECK(house.option_in(taken, Option::cookie)->size() == 24);
  CHECK(dns::MessageView::parse(house.take(bare).octets)->rcode() == Rcode::formerr);
}

TEST_CASE("cookies of impossible length are FORMERR", "[negative]") {
  Reception house;
  for (const std::size_t size : {0u, 7u, 9u, 15u, 41u}) {
    const auto taken = house.take(query_with(Option::cookie, Bytes(size, 1), question()));
    REQUIRE(taken.fate == Front::Fate::answered);
    CHECK(dns::MessageView::parse(taken.octets)->rcode() == Rcode::formerr);
    CHECK_FALSE(house.option_in(taken, Option::cookie));
  }
}

TEST_CASE("no cookie, or none here: none in the answer", "[negative]") {
  Reception house;
  CHECK_FALSE(house.option_in(house.take(question(false)), Option::cookie));
  auto options = with_cookies(house.world);
  options.resolver.cookies.answer = false;
  house.net.emplace(options, house.world);
  house.front.emplace(house.net->engine(), house.metrics, &house.rates);
  const Bytes asked = query_with(Option::cookie, client_part, question(false));
  CHECK_FALSE(house.option_in(house.take(asked), Option::cookie));
}

TEST_CASE("keepalive is answered over a stream alone (RFC 7828)") {
  Reception house;
  const Bytes asked = query_with(Option::keepalive, {}, question(false));
  const auto taken = house.take(asked, true);
  CHECK(house.option_in(taken, Option::keepalive) == Bytes{300 >> 8, 300 & 0xFF});
  CHECK(house.query.keepalive);
  CHECK_FALSE(house.option_in(house.take(asked), Option::keepalive));
  CHECK_FALSE(house.query.keepalive);
  CHECK_FALSE(house.option_in(house.take(question(false), true), Option::keepalive));
  const auto odd = house.take(query_with(Option::keepalive, {0, 1}, question(false)), true);
  CHECK(dns::MessageView::parse(odd.octets)->rcode() == Rcode::formerr);
}

TEST_CASE("beyond the rate every second query gets TC, or BADCOOKIE, the others nothing") {
  Reception house(20);
  const auto fates = [&](const Bytes& asked) {
    int sent = 0, truncated = 0, bad_cookie = 0, nothing = 0;
    for (int i = 0; i < 100; ++i) {
      const auto taken = house.take(asked);
      if (taken.fate == Front::Fate::nothing) {
        ++nothing;
        continue;
      }
      const auto view = dns::MessageView::parse(taken.octets);
      if (view->header().tc())
        ++truncated;
      else if (view->rcode() == Rcode::badcookie)
        ++bad_cookie;
      else
        ++sent;
    }
    return std::array{sent, truncated, bad_cookie, nothing};
  };
  CHECK(fates(question(false)) == std::array{20, 40, 0, 40});
  CHECK(house.metrics.value(Metric::queries_dropped_total,
                            static_cast<unsigned>(Drop::ratelimit)) == 80);
  const Bytes with_client_part = query_with(Option::cookie, client_part, question(false));
  CHECK(fates(with_client_part) == std::array{0, 0, 50, 50});
  const auto cookie = [&] {
    for (;;)
      if (const auto taken = house.take(with_client_part); taken.fate != Front::Fate::nothing)
        return *house.option_in(taken, Option::cookie);
  }();
  CHECK(fates(query_with(Option::cookie, cookie, question(false))) == std::array{100, 0, 0, 0});
  int over_stream = 0;
  for (int i = 0; i < 100; ++i)
    over_stream += house.take(question(false), true).fate == Front::Fate::answered ? 1 : 0;
  CHECK(over_stream == 100);
}

TEST_CASE("late answers leave at their own rate, unless the client is proven (CVE-2024-33655)") {
  Reception house;
  house.world.silent.insert(ip("192.0.2.1"));
  const auto answered = [&](const Bytes& asked, bool stream) {
    std::vector<resolver::ClientQuery> waiting;
    for (int i = 0; i < 30; ++i) {
      REQUIRE(house.take(asked, stream).fate == Front::Fate::later);
      waiting.push_back(house.query);
    }
    house.net->run_for(2'000'000);
    int sent = 0;
    resolver::Answer answer;
    answer.rcode = Rcode::servfail;
    for (const auto& query : waiting)
      sent +=
          house.front->respond(query, answer, house.net->clock().now(), house.out).empty() ? 0 : 1;
    return sent;
  };
  CHECK(answered(question(), false) == 4);
  CHECK(answered(question(), true) == 30);
  const auto taken = house.take(query_with(Option::cookie, client_part, question(false)));
  const auto cookie = house.option_in(taken, Option::cookie);
  CHECK(answered(query_with(Option::cookie, *cookie, question()), false) == 30);
}

TEST_CASE("where no more recursions may begin, the same questions still join") {
  Reception house;
  NetOptions options = with_cookies(house.world);
  REQUIRE(options.resolver.limits.set(Limit::inflight, 2));
  house.net.emplace(options, house.world);
  house.front.emplace(house.net->engine(), house.metrics, &house.rates);
  house.world.silent.insert(ip("192.0.2.1"));
  const auto fate = [&](std::string_view name) {
    return house.take(make_query(dns::Name::literal(name), Type::a)).fate;
  };
  CHECK(fate("one.example.org.") == Front::Fate::later);
  CHECK(fate("two.example.org.") == Front::Fate::later);
  CHECK(fate("three.example.org.") == Front::Fate::answered);
  CHECK(fate("one.example.org.") == Front::Fate::later);
  CHECK(fate("two.example.org.") == Front::Fate::later);
  CHECK(fate("one.example.org.") == Front::Fate::answered);  // twice `inflight`
  CHECK(house.net->engine().requests() == 4);
  house.net->run();
}
