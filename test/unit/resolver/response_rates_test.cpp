#include "resolver/response_rates.hpp"

#include <map>

#include <catch2/catch.hpp>

using namespace windlass;
using resolver::ResponseRates;
using What = ResponseRates::What;
using Word = ResponseRates::Word;

namespace {
struct Rates {
  ResponseRates rates{HashKey{1, 2}};
  Limits limits;

  explicit Rates(std::int64_t a_second = 20) {
    REQUIRE(limits.set(Limit::response_rate, a_second));
  }
  Word take(std::string_view client, std::int64_t mono_us, What what = What::any) {
    return rates.take(what, *IpAddress::parse(client), mono_us, limits);
  }
  std::map<Word, int> many(int count, std::string_view client, std::int64_t begin_us,
                           std::int64_t step_us, What what = What::any) {
    std::map<Word, int> words;
    for (int i = 0; i < count; ++i) ++words[take(client, begin_us + i * step_us, what)];
    return words;
  }
};
}  // namespace

TEST_CASE("a burst of one second's answers, then the rate; of the rest every second one slips") {
  Rates rates;
  auto at_once = rates.many(100, "192.0.2.1", 5'000'000, 0);
  CHECK(at_once[Word::send] == 20);
  CHECK(at_once[Word::slip] == 40);
  CHECK(at_once[Word::drop] == 40);
  auto later = rates.many(1000, "192.0.2.1", 5'000'000, 10'000);  // 100 a second for 10 s
  CHECK(later[Word::send] == 199);  // the first is due 50 ms later
}

TEST_CASE("who stays below the rate never notices it") {
  Rates rates;
  CHECK(rates.many(500, "192.0.2.1", 0, 50'000)[Word::send] == 500);
}

TEST_CASE("addresses of one network share a rate, networks do not") {
  Rates rates;
  rates.many(20, "192.0.2.1", 0, 0);
  CHECK(rates.take("192.0.2.255", 0) != Word::send);
  CHECK(rates.take("192.0.3.1", 0) == Word::send);
  rates.many(20, "2001:db8::1", 0, 0);
  CHECK(rates.take("2001:db8:0:ff::", 0) != Word::send);
  CHECK(rates.take("2001:db8:0:100::", 0) == Word::send);
}

TEST_CASE("prefixes that end within an octet") {
  Rates rates;
  REQUIRE(rates.limits.set(Limit::rate_prefix_ipv4, 20));
  rates.many(20, "192.0.16.1", 0, 0);
  CHECK(rates.take("192.0.31.1", 0) != Word::send);
  CHECK(rates.take("192.0.32.1", 0) == Word::send);
}

TEST_CASE("late answers have a rate of their own and come in small bursts") {
  Rates rates(0);
  auto at_once = rates.many(100, "192.0.2.1", 0, 0, What::late);
  CHECK(at_once[Word::send] == 4);
  CHECK(rates.many(100, "192.0.2.1", 0, 0)[Word::send] == 100);
}

TEST_CASE("the least rates still send something") {
  Rates rates(1);
  CHECK(rates.take("192.0.2.1", 0) == Word::send);
  CHECK(rates.take("192.0.2.1", 999'999) != Word::send);
  CHECK(rates.take("192.0.2.1", 1'000'000) == Word::send);
  REQUIRE(rates.limits.set(Limit::late_answers, 1));
  CHECK(rates.take("192.0.2.1", 0, What::late) == Word::send);
  CHECK(rates.take("192.0.2.1", 500'000, What::late) != Word::send);
}

TEST_CASE("without slips the rest is dropped", "[negative]") {
  Rates rates;
  REQUIRE(rates.limits.set(Limit::response_slip, 0));
  CHECK(rates.many(100, "192.0.2.1", 0, 0)[Word::drop] == 80);
}

TEST_CASE("rate 0 is no bound", "[negative]") {
  Rates rates(0);
  CHECK(rates.many(10'000, "192.0.2.1", 0, 0)[Word::send] == 10'000);
}

TEST_CASE("a flood from a hundred thousand networks frees none that is over the rate",
          "[negative]") {
  Rates rates;
  rates.many(20, "192.0.2.1", 0, 0);
  for (unsigned i = 0; i < 100'000; ++i) {
    const std::array<std::uint8_t, 4> octets{static_cast<std::uint8_t>(10 + (i >> 16)),
                                             static_cast<std::uint8_t>(i >> 8),
                                             static_cast<std::uint8_t>(i), 1};
    (void)rates.rates.take(What::any, IpAddress::v4(octets), 0, rates.limits);
  }
  CHECK(rates.take("192.0.2.1", 0) != Word::send);
  CHECK(rates.rates.memory_octets() < 1u << 20);
}
