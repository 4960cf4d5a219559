#include "test/simulate/run.hpp"

#include <algorithm>
#include <iostream>

#include "dns/rdata.hpp"
#include "test/simulate/internet.hpp"

namespace windlass::simulate {
namespace {
using test::FakeNet;

/// Time for what is between the deadline and the client.
constexpr std::int64_t slack_us = 10'000;

/// After servers came back their zones must be heard again.
constexpr std::int64_t recovery_us = 60'000'000;

/// Of so many questions one may end at a limit or a deadline, though servers that know the answer
/// were there.
constexpr unsigned questions_per_strain = 300;

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
                << (got ? dns::to_text(got->rcode) + " " + std::to_string(got->sections[0].size()) +
                              "/" + std::to_string(got->sections[1].size())
                        : std::string("broken"));
    }
    std::cerr << "\n";
    return replies;
  }

 private:
  test::Servers& inner_;
};

struct Asked {
  FakeNet::ClientId client = 0;
  dns::Question question;
  test::QuerySpec spec;
};

class Run {
 public:
  explicit Run(const RunOptions& options)
      : options_(options),
        internet_(options.seed),
        told_(internet_),
        rng_(options.seed ^ 0x5eedu),
        net_(net_options(), options.verbose ? static_cast<test::Servers&>(told_) : internet_) {}

  RunResult go() {
    plan();
    net_.run();
    for (const Asked& asked : asked_) judge(asked);
    if (result_.strained > options_.questions / questions_per_strain + 1)
      fail(std::to_string(result_.strained) + " requests ended at a limit; the last: " + strained_);
    check_cache();
    if (const std::string leaks = net_.leaks(); !leaks.empty()) fail("left at the end: " + leaks);
    if (net_.packets_to(poison_mark()) + net_.packets_to(forge_mark()) != 0)
      fail("packets went to forged addresses");
    result_.trace_hash = net_.trace_hash();
    result_.events = net_.events();
    result_.packets = net_.packets();
    const auto& options = net_.engine().options();
    result_.internet = internet_.describe() + ", " + std::to_string(options.forwards.size()) +
                       " forward and " + std::to_string(options.stubs.size()) + " stub zones";
    return std::move(result_);
  }

 private:
  test::NetOptions net_options() const {
    test::NetOptions net;
    net.workers = options_.workers;
    net.seed = options_.seed;
    net.resolver.root_hints.push_back(internet_.root_hint());
    net.anchors = internet_.anchors();
    SeededRng rng(options_.seed ^ 0xf0f0u);
    if (rng.below(2) == 0) internet_.configure(net.resolver, rng);
    return net;
  }

  void fail(const std::string& what) { result_.failures.push_back(what); }

  /// When each client asks; now and then time leaps, the wall clock is set, a client goes away, the
  /// cache is emptied.
  void plan() {
    std::int64_t at_us = net_.clock().now().mono_us;
    for (unsigned i = 0; i < options_.questions; ++i) {
      at_us += rng_.below(100'000);
      if (rng_.below(100) == 0) at_us += rng_.below(1'000'000'000);
      const auto what = rng_.below(1000);
      if (what == 0) net_.at(at_us, [this] { net_.cache().flush_all(); });
      if (what == 1)
        net_.at(at_us, [this, by = static_cast<std::int64_t>(rng_.below(7200)) - 3600] {
          net_.clock().step_wall(by);
        });
      if (what == 2 || what == 3) plan_outage(at_us);
      net_.at(at_us, [this] { ask(); });
    }
  }

  /// Nobody answers for up to five minutes; soon afterwards nothing of it must be left.
  void plan_outage(std::int64_t from_us) {
    if (!outages_.empty() && from_us < outages_.back().second) return;
    const std::int64_t lasts_us = 1'000'000 + rng_.below(300'000'000);
    net_.at(from_us, [this] { internet_.cut_off(true); });
    net_.at(from_us + lasts_us, [this] { internet_.cut_off(false); });
    outages_.emplace_back(from_us, from_us + lasts_us + recovery_us);
    ++result_.outages;
  }

  bool in_outage(const test::ClientLog& log) const {
    return std::ranges::any_of(outages_, [&](const auto& outage) {
      return log.answered_us >= outage.first && log.asked_us < outage.second;
    });
  }

  void ask() {
    Asked asked;
    asked.question = internet_.pick(rng_);
    asked.spec.id = rng_.u16();
    asked.spec.dnssec_ok = rng_.below(2) == 0;
    asked.spec.cd = rng_.below(20) == 0;
    const auto query = test::make_query(asked.question.name, asked.question.type, asked.spec);
    asked.client = net_.ask(query, rng_.below(options_.workers), true);
    asked_.push_back(asked);
    if (rng_.below(50) == 0)
      net_.at(net_.clock().now().mono_us + rng_.below(500'000),
              [this, client = asked.client] { net_.cancel(client); });
  }

  static std::string line_of(const Asked& asked, const test::ClientLog& log) {
    return "client " + std::to_string(asked.client) + " at " + std::to_string(log.asked_us / 1000) +
           " ms: " + asked.question.name.to_text() + " " + dns::to_text(asked.question.type) +
           (asked.spec.cd ? " CD" : "");
  }

  void judge(const Asked& asked) {
    const auto& log = net_.log(asked.client);
    const std::string line = line_of(asked, log);
    if (log.cancelled) {
      ++result_.cancelled;
      if (log.answers != 0) fail(line + ": answered after it went away");
      return;
    }
    if (log.answers != 1) return fail(line + ": " + std::to_string(log.answers) + " answers");
    const Limits limits;
    if (log.answered_us - log.asked_us > limits[Limit::request_time] * 1000 + slack_us)
      fail(line + ": answered too late");
    if (log.upstream_queries > limits[Limit::upstream_queries]) fail(line + ": beyond its Budget");
    const auto got = net_.answer(asked.client);
    if (!got || got->header.id != asked.spec.id) return fail(line + ": no answer to this query");
    result_.from_cache += log.from_cache ? 1 : 0;
    const bool stale = got->ede && (got->ede->code == dns::EdeCode::stale_answer ||
                                    got->ede->code == dns::EdeCode::stale_nxdomain);
    result_.stale += stale ? 1 : 0;
    if (stale && got->rcode == dns::Rcode::servfail) fail(line + ": SERVFAIL is never stale");
    if (in_outage(log) && got->rcode == dns::Rcode::servfail) return void(++result_.servfail);
    compare(asked, line, *got);
  }

  void compare(const Asked& asked, const std::string& line, const test::Decoded& got) {
    const Expected expected = internet_.expected(asked.question.name, asked.question.type);
    if (got.rcode == dns::Rcode::servfail) {
      ++result_.servfail;
      const std::string why = got.ede ? got.ede->text : "";
      if (why.starts_with("limit ") || why.starts_with("no answer within")) {
        ++result_.strained;
        strained_ = line + ": " + why + internet_.path_of(asked.question.name);
        return;
      }
      return fail(line + ": SERVFAIL (" + why + ") though each zone has a sure server" +
                  internet_.path_of(asked.question.name));
    }
    if (asked.spec.cd && expected.forged_somewhere) return void(++result_.right);
    std::set<std::string> is;
    for (const auto& record : got.sections[0])
      if (record.type != dns::Type::rrsig) is.insert(to_text(record));
    if (got.rcode != expected.rcode || is != expected.answer)
      return fail(line + ": expected " + text(expected.rcode, expected.answer) + ", got " +
                  text(got.rcode, is));
    if (got.header.ad && !expected.secure) return fail(line + ": AD without a chain of trust");
    if (!got.header.ad && expected.secure && asked.spec.dnssec_ok && !asked.spec.cd)
      return fail(line + ": no AD though the chain is whole");
    ++result_.right;
    result_.secure += got.header.ad ? 1 : 0;
  }

  static std::string text(dns::Rcode rcode, const std::set<std::string>& lines) {
    std::string out = dns::to_text(rcode) + " [";
    for (const auto& one : lines) out += one.substr(0, 80) + "; ";
    return out + "]";
  }

  /// Foreign records are nowhere; forged ones are nowhere believed.
  void check_cache() {
    std::set<dns::Name, test::CanonicalLess> names;
    for (const auto& z : internet_.zones()) {
      for (const auto& [name, node] : z.zone.nodes()) names.insert(name);
      const std::array<std::uint8_t, 3> no1{'n', 'o', '1'};
      names.insert(*z.zone.apex().with_label(no1));
    }
    for (const auto& name : names) {
      for (const auto& [partition, entry] : net_.cache().lookup(name)) check_entry(name, *entry);
      const auto delegation = net_.cache().deepest(name, 0, net_.clock().now().age_ms);
      if (!delegation) continue;
      for (const auto& server : delegation->servers)
        for (const Endpoint& endpoint : server.endpoints)
          if (endpoint.address == poison_mark() || endpoint.address == forge_mark())
            fail("a forged server address in the Delegation of " + delegation->cut.to_text());
    }
  }

  void check_entry(const dns::Name& name, const cache::Entry& entry) {
    if (!entry.evidence.rrset) return;
    for (const auto rdata : entry.evidence.rrset->rdata()) {
      const auto address = dns::address_of(entry.evidence.type, rdata);
      if (!address) continue;
      if (*address == poison_mark()) fail("a foreign record in the cache at " + name.to_text());
      const bool believed =
          entry.security == cache::Security::secure || entry.security == cache::Security::insecure;
      if (*address == forge_mark() && believed)
        fail("a forged record is believed at " + name.to_text());
    }
  }

  const RunOptions options_;
  Internet internet_;
  Told told_;
  SeededRng rng_;
  FakeNet net_;
  std::vector<Asked> asked_;
  std::vector<std::pair<std::int64_t, std::int64_t>> outages_;  ///< from, until all is as it was
  RunResult result_;
  std::string strained_;
};
}  // namespace

RunResult run(const RunOptions& options) {
  return Run(options).go();
}
}  // namespace windlass::simulate
