#include "test/simulate/run.hpp"

#include <algorithm>
#include <iostream>

#include "test/simulate/judge.hpp"

namespace windlass::simulate {
namespace {
using test::FakeNet;

/// Before and behind the question that must be alone.
constexpr std::int64_t quiet_us = 30 * second_us;
/// Background work beside a request that is alone: priming, a probe, DNSKEYs fetched ahead.
constexpr std::uint64_t background_queries = 10;
constexpr std::size_t small_cache = 1u << 20, usual_cache = 16u << 20;

/// The servers as seen from outside, told on stderr.
class Told final : public test::Servers {
 public:
  explicit Told(test::Servers& inner) : inner_(inner) {}
  std::vector<Reply> on_question(const Endpoint& server, bool tcp,
                                 std::span<const std::uint8_t> octets, const Now& now) override {
    auto replies = inner_.on_question(server, tcp, octets, now);
    const auto query = test::decode(octets);
    std::cerr << now.mono_us / 1000 << " ms " << server.to_text() << (tcp ? " tcp " : " udp ")
              << (query ? query->question.name.lowercase().to_text() + " " +
                              dns::to_text(query->question.type)
                        : "?");
    for (const auto& reply : replies) {
      const auto got = test::decode(reply.octets);
      std::cerr << " -> "
                << (reply.lost ? std::string("lost")
                    : got
                        ? dns::to_text(got->rcode) + " " + std::to_string(got->sections[0].size()) +
                              "/" + std::to_string(got->sections[1].size())
                        : std::string("broken"));
      if (reply.mark != 0) std::cerr << " (" << row_of(static_cast<Hazard>(reply.mark)).key << ")";
    }
    std::cerr << "\n";
    return replies;
  }
  void on_reply(unsigned mark, bool awaited) override { inner_.on_reply(mark, awaited); }

 private:
  test::Servers& inner_;
};

class Run {
 public:
  explicit Run(const RunOptions& options)
      : options_(options),
        internet_(options.seed, options.zones),
        told_(internet_),
        rng_(options.seed ^ 0x5eedu),
        weather_(rng_),
        net_(net_options(), options.verbose ? static_cast<test::Servers&>(told_) : internet_) {
    internet_.on_struck = [this](Hazard hazard, bool awaited) { struck(hazard, awaited); };
  }

  RunResult go() {
    plan();
    net_.run();
    judge_alone();
    Judge judge(internet_, net_, weather_, sleeps_, result_);
    for (const Asked& asked : asked_) judge.answer(asked);
    result_.asked = static_cast<unsigned>(asked_.size());
    result_.trace_hash = net_.trace_hash();
    result_.events = net_.events();
    result_.packets = net_.packets();
    judge.end();
    const auto& options = net_.engine().options();
    result_.internet = internet_.describe() + ", " + std::to_string(options.forwards.size()) +
                       " forward and " + std::to_string(options.stubs.size()) + " stub zones, " +
                       std::to_string(weather_.outages()) + " outages and storms";
    return std::move(result_);
  }

 private:
  test::NetOptions net_options() {
    test::NetOptions net;
    net.workers = options_.workers;
    net.seed = options_.seed;
    net.resolver.root_hints.push_back(internet_.root_hint());
    net.anchors = internet_.anchors();
    SeededRng rng(options_.seed ^ 0xf0f0u);
    if (rng.below(2) == 0) internet_.configure(net.resolver, rng);
    net.turn_us = internet_.costly() ? 40'000 : std::array{0, 1500, 5000}[rng.below(3)];
    net.cache.size_octets = rng.below(3) == 0 ? small_cache : usual_cache;
    resolver_ = net.resolver;
    return net;
  }

  // Hazards

  void struck(Hazard hazard, bool awaited) {
    Coverage::States standing = states();
    standing[static_cast<std::size_t>(resolver::State::asking)] = awaited ? 1 : 0;
    standing[static_cast<std::size_t>(resolver::State::done)] = awaited ? 0 : 1;
    result_.coverage.meet(hazard, standing);
  }

  void struck(Hazard hazard) { result_.coverage.meet(hazard, states()); }

  Coverage::States states() {
    Coverage::States sum{};
    for (unsigned i = 0; i < options_.workers; ++i) {
      const auto own = net_.engine(i).states();
      for (std::size_t s = 0; s < own.size(); ++s) sum[s] += own[s];
    }
    return sum;
  }

  void begin(const Event& event) {
    switch (event.hazard) {
      case Hazard::outage:
        return internet_.cut_off(true);
      case Hazard::storm:
        return internet_.storm(true);
      case Hazard::no_ipv6:
        return internet_.without_ipv6(true);
      case Hazard::wall_step:
        net_.clock().step_wall(static_cast<std::int64_t>(rng_.below(7200)) - 3600);
        break;
      case Hazard::suspend:
        sleep();
        break;
      case Hazard::flush:
        net_.cache().flush_all();
        break;
      case Hazard::reload:
        reload();
        break;
      case Hazard::zone_moved:
        if (!internet_.move_zone(rng_, net_.clock().now())) return;
        break;
      default:
        return;
    }
    struck(event.hazard);
  }

  void end(const Event& event) {
    if (event.hazard == Hazard::outage) internet_.cut_off(false);
    if (event.hazard == Hazard::storm) internet_.storm(false);
    if (event.hazard == Hazard::no_ipv6) internet_.without_ipv6(false);
  }

  void sleep() {
    const std::int64_t ms = 1000 + static_cast<std::int64_t>(
                                       rng_.below(rng_.below(10) == 0 ? 200'000'000u : 4'000'000u));
    sleeps_.push_back({net_.clock().now().age_ms, ms});
    net_.suspend(ms);
  }

  void reload() {
    using enum resolver::Minimisation;
    resolver_.minimisation = std::array{relaxed, relaxed, strict, off}[rng_.below(4)];
    resolver_.case_randomisation = rng_.below(4) != 0;
    resolver_.aggressive_nsec = rng_.below(4) != 0;
    resolver_.prefetch = rng_.below(4) != 0;
    net_.reconfigure(resolver_);
  }

  /// Entries that fell out of the cache since the last look.
  void look_for_evictions() {
    std::uint64_t evictions = 0;
    for (const auto& row : net_.cache().counts()) evictions += row.evictions;
    if (std::exchange(evictions_, evictions) != evictions) struck(Hazard::eviction);
  }

  // Clients

  /// When each client asks, and what else happens.
  void plan() {
    std::int64_t at_us = net_.clock().now().mono_us;
    const std::uint32_t gap_us = std::array{100'000u, 20'000u, 3000u}[rng_.below(3)];
    const std::uint32_t least_us = internet_.costly() ? 20'000 : 0;
    for (unsigned left = options_.questions; left > 0;) {
      at_us += least_us + rng_.below(gap_us);
      if (rng_.below(100) == 0) at_us += rng_.below(1'000'000'000);
      for (const Event& event : weather_.at(at_us)) {
        net_.at(event.from_us, [this, event] { begin(event); });
        if (event.until_us > event.from_us) net_.at(event.until_us, [this, event] { end(event); });
      }
      if (internet_.maze() && rng_.below(250) == 0) {
        at_us += quiet_us;
        net_.at(at_us, [this] { ask({*internet_.maze(), dns::Type::a}); });
        at_us += quiet_us;
        --left;
      } else if (rng_.below(50) == 0) {
        const auto burst = internet_.pick_burst(rng_);
        net_.at(at_us, [this, burst] {
          for (const auto& question : burst) ask(question);
        });
        left -= std::min<unsigned>(left, static_cast<unsigned>(burst.size()));
      } else {
        net_.at(at_us, [this] { ask(internet_.pick(rng_)); });
        --left;
      }
    }
  }

  void ask(const dns::Question& question) {
    judge_alone();
    look_for_evictions();
    const bool alone = idle();
    Asked asked;
    asked.question = question;
    asked.spec.id = rng_.u16();
    asked.spec.dnssec_ok = rng_.below(2) == 0;
    asked.spec.cd = rng_.below(20) == 0;
    const auto query = test::make_query(asked.question.name, asked.question.type, asked.spec);
    const std::uint64_t before = net_.packets();
    asked.client = net_.ask(query, rng_.below(options_.workers), true);
    asked_.push_back(asked);
    if (alone) alone_ = {asked.client, before};
    if (rng_.below(12) == 0)
      net_.at(net_.clock().now().mono_us + rng_.below(rng_.below(3) == 0 ? 500'000 : 60'000),
              [this, client = asked.client] { leave(client); });
  }

  void leave(FakeNet::ClientId client) {
    struck(Hazard::client_gone, net_.log(client).answers == 0);
    net_.cancel(client);
    check_requests();
  }

  /// What engines think that clients wait for, and what clients wait for.
  void check_requests() {
    std::size_t held = 0;
    for (unsigned i = 0; i < options_.workers; ++i) held += net_.engine(i).requests();
    if (held != net_.waiting())
      result_.failures.tell(
          Property::nothing_left,
          std::to_string(held) + " requests for " + std::to_string(net_.waiting()) + " clients");
  }

  // Packets on the wire

  bool idle() {
    for (unsigned i = 0; i < options_.workers; ++i) {
      const auto held = net_.engine(i).held();
      if (held.requests + held.resolutions + held.asks != 0) return false;
    }
    return !net_.cache().servers().offline();
  }

  /// Of a request that nothing went on beside, the wire tells what it cost.
  void judge_alone() {
    if (!alone_) return;
    const auto [client, before] = *std::exchange(alone_, std::nullopt);
    const auto& log = net_.log(client);
    if (log.answers == 0 || !idle() || weather_.excuses(log.asked_us, log.answered_us)) return;
    ++result_.alone;
    const std::uint64_t sent = net_.packets() - before;
    const auto most = static_cast<std::uint64_t>(net_.engine().limits()[Limit::upstream_queries]);
    if (sent > most + background_queries)
      result_.failures.tell(Property::budget, "client " + std::to_string(client) +
                                                  ", alone: " + std::to_string(sent) + " packets");
  }

  const RunOptions options_;
  Internet internet_;
  Told told_;
  SeededRng rng_;
  Weather weather_;
  resolver::ResolverOptions resolver_;
  FakeNet net_;
  std::vector<Asked> asked_;
  std::vector<Sleep> sleeps_;
  std::optional<std::pair<FakeNet::ClientId, std::uint64_t>> alone_;  ///< and packets before it
  std::uint64_t evictions_ = 0;
  RunResult result_;
};
}  // namespace

RunOptions settled(RunOptions options) {
  SeededRng rng(options.seed ^ 0x0dd5u);
  if (options.workers == 0) options.workers = rng.below(2) == 0 ? 1 : 4;
  if (options.zones == 0 && rng.below(64) == 0) options.zones = 1000 + rng.below(3000);
  return options;
}

RunResult run(const RunOptions& options) {
  return Run(settled(options)).go();
}
}  // namespace windlass::simulate
