#include "resolver/response_rates.hpp"

#include <algorithm>

namespace windlass::resolver {
namespace {
constexpr std::int64_t second_us = 1'000'000;

struct Rate {
  Limit limit;
  std::int64_t burst_us;  ///< how far ahead of its time a network may be
};
constexpr Rate rate_of(ResponseRates::What what) {
  if (what == ResponseRates::What::late) return {Limit::late_answers, second_us / 5};
  return {Limit::response_rate, second_us};
}
}  // namespace

ResponseRates::ResponseRates(const HashKey& key) : key_(key) {
  for (auto& shard : shards_) shard = std::make_unique<Shard>();
}

std::uint64_t ResponseRates::hash_of(What what, const IpAddress& client,
                                     const Limits& limits) const {
  const bool v4 = client.family == 4;
  const auto bits =
      static_cast<std::size_t>(limits[v4 ? Limit::rate_prefix_ipv4 : Limit::rate_prefix_ipv6]);
  std::array<std::uint8_t, 18> octets{};
  for (std::size_t i = 0; i < client.size_octets() && 8 * i < bits; ++i) {
    const std::size_t kept = std::min<std::size_t>(bits - 8 * i, 8);
    octets[i] = client.octets[i] & static_cast<std::uint8_t>(0xFF00u >> kept);
  }
  octets[16] = client.family;
  octets[17] = static_cast<std::uint8_t>(what);
  return std::max<std::uint64_t>(siphash(key_, octets), 1);
}

ResponseRates::Word ResponseRates::take(What what, const IpAddress& client, std::int64_t mono_us,
                                        const Limits& limits) {
  const Rate rate = rate_of(what);
  const std::int64_t a_second = limits[rate.limit];
  if (a_second == 0) return Word::send;
  const std::uint64_t network = hash_of(what, client, limits);
  Shard& shard = *shards_[network % shards_.size()];
  const std::size_t set = network / shards_.size() % sets;
  const std::lock_guard lock(shard.guard);
  const auto first = shard.places.begin() + static_cast<std::ptrdiff_t>(set * ways);
  const auto last = first + ways;
  auto place = std::find_if(first, last, [&](const Place& p) { return p.network == network; });
  if (place == last) {
    place = std::min_element(first, last, [](auto& a, auto& b) { return a.due_us < b.due_us; });
    *place = {network, mono_us, 0};
  }
  place->due_us = std::max(place->due_us, mono_us);
  const std::int64_t step_us = second_us / a_second;
  // The first answer of a quiet network always goes out, however low the rate.
  if (place->due_us - mono_us <= std::max<std::int64_t>(rate.burst_us - step_us, 0)) {
    place->due_us += step_us;
    return Word::send;
  }
  const std::int64_t slip = limits[Limit::response_slip];
  return slip != 0 && ++place->refused % slip == 0 ? Word::slip : Word::drop;
}
}  // namespace windlass::resolver
