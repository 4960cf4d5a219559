#pragma once
/// Internet: a random one from a seed: root, TLDs, zones below; some signed; servers with good and
/// bad habits (hazards.hpp).
///
/// What is true in it is known (expected()), so every answer of the resolver can be judged. Every
/// zone has at least one sure server at an IPv4 address. Forged data carries marks that must never
/// be believed.
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "test/simulate/hazards.hpp"
#include "test/support/fake_net.hpp"
#include "test/support/zone.hpp"
namespace windlass::simulate {

struct Host {
  Endpoint endpoint;
  Hazard habit = Hazard::honest;
  std::int64_t away_from_us = 0, away_us = 0, period_us = 1;  ///< of goes_away
  std::vector<std::size_t> zones;
  unsigned replies = 0;
};

struct ModelZone {
  ModelZone(const dns::Name& apex, std::size_t in) : zone(apex), parent(in) {}
  test::Zone zone;
  std::size_t parent;
  bool has_ds = false, secure = false, own_servers = false, opt_out = false;
  bool configured = false;  ///< a forward or stub zone

  std::vector<dns::Name> ns_names;
  std::vector<std::size_t> hosts;
  std::uint32_t tick_ttl = 0;                ///< of the name that tells who answered, and when
  std::map<std::size_t, std::int64_t> left;  ///< hosts it has left: Clock::age at the latest when
                                             ///< a Delegation may still name them
};

/// What a correct resolver says, RRSIG and NSEC left out.
struct Expected {
  dns::Rcode rcode = dns::Rcode::noerror;
  std::set<std::string> answer;
  bool secure = true;
  bool forged_somewhere = false;  ///< a zone on the way has a forging server: CD may show its data
  bool opt_out = false;           ///< a zone on the way proves nothing between its NSEC3
  bool hopeless = false;          ///< a circle: SERVFAIL, within all limits
  bool hard = false;              ///< it may end at a limit
  dns::Name last;                 ///< where the aliases lead
};

/// Who answered a question for the ticking name, and when.
struct Tick {
  std::size_t zone = 0, host = 0;
  std::int64_t age_ms = 0;
};

/// Addresses in foreign, forged or guessed records.
IpAddress poison_mark();
IpAddress forge_mark();
IpAddress race_mark();

class Internet final : public test::Servers {
 public:
  /// `zones`: about so many; 0: a few dozen.
  Internet(std::uint64_t seed, unsigned zones);

  std::vector<Reply> on_question(const Endpoint& server, bool tcp,
                                 std::span<const std::uint8_t> octets, const Now& now) override;
  void on_reply(unsigned mark, bool awaited) override {
    if (on_struck) on_struck(static_cast<Hazard>(mark), awaited);
  }
  /// Told when a server's or the network's hazard strikes.
  std::function<void(Hazard, bool awaited)> on_struck;

  resolver::RootServer root_hint() const;
  validator::TrustAnchors::Ptr anchors() const;
  /// Makes stub zones of some zones, and forward zones of some that have no children, at their own
  /// servers: what is true of them stays so.
  void configure(resolver::ResolverOptions& options, Rng& rng);
  Expected expected(const dns::Name& name, dns::Type type) const;
  /// A question, of something that exists or not.
  dns::Question pick(Rng& rng) const;
  /// Several, of names below one apex.
  std::vector<dns::Question> pick_burst(Rng& rng) const;
  /// What an answer of the ticking name says; nullopt: it is none.
  std::optional<Tick> tick_of(const test::Record& record) const;
  const std::vector<ModelZone>& zones() const { return zones_; }
  bool costly() const { return costly_; }
  /// The beginning of a chain of aliases that costs many questions; nullopt: there is none.
  const std::optional<dns::Name>& maze() const { return maze_; }

  // Networks: while it is so.
  void cut_off(bool yes) { cut_off_ = yes; }
  void storm(bool yes) { storm_ = yes; }
  void without_ipv6(bool yes) { no_ipv6_ = yes; }
  /// A zone leaves one of its servers. False: none could.
  bool move_zone(Rng& rng, const Now& now);

  std::string describe() const;
  /// Servers of the zones a question passes, with their habits; for the report of a failure.
  std::string path_of(const dns::Name& name) const;
  std::string server_of(std::size_t host) const { return hosts_[host].endpoint.to_text(); }

 private:
  // internet.cpp: making it
  std::size_t add_zone(const dns::Name& apex, std::size_t parent);
  void add_own_servers(ModelZone& z);
  std::size_t add_host(ModelZone& z, const dns::Name& ns, bool v6, Hazard habit);
  void add_maze(std::size_t tld);
  void add_loop(std::size_t tld);
  void share_servers(ModelZone& z, std::size_t index);
  void delegate(std::size_t index);
  void fill(std::size_t index);
  void sign_all();
  void sign(ModelZone& z);
  Hazard any_habit(std::size_t depth);
  bool can_forward(std::size_t index) const;
  std::vector<std::size_t> hosts_at(const ModelZone& z, const dns::Name& ns, bool there) const;
  // truth.cpp: what is true
  std::size_t deepest(const dns::Name& name, dns::Type type) const;
  // serving.cpp
  const ModelZone* served(const Host& host, const dns::Question& question) const;
  Reply replied(Host& host, const test::Decoded& query, bool tcp, const Now& now);
  std::vector<Reply> weathered(Reply reply, bool tcp);
  std::vector<Reply> raced(const test::Decoded& query, const ModelZone& z, const Reply& own);
  test::Response answered(const Host& host, const ModelZone& z, const dns::Question& question,
                          const Now& now) const;
  bool misled(const Host& host, const ModelZone& z, const test::Decoded& query,
              test::Response& response);
  void poison(const Host& host, test::Response& response);
  bool can_forge(const ModelZone& z, const dns::Question& question) const;
  void forge(const ModelZone& z, const dns::Question& question, test::Response& response) const;
  void loop(const ModelZone& z, const dns::Question& question, test::Response& response);
  bool misshapen(Host& host, const ModelZone& z, const test::Response& response, bool tcp,
                 Reply& reply);
  bool flip(const ModelZone& z, const test::Response& response, test::Bytes& octets);
  bool is_away(const Host& host, const Now& now) const;

  SeededRng rng_;
  Hazard theme_ = Hazard::honest;  ///< most bad habits here are this one
  bool costly_ = false;            ///< signatures take so long that engines work in slices
  bool cut_off_ = false, storm_ = false, no_ipv6_ = false;
  std::vector<ModelZone> zones_;
  std::map<dns::Name, std::size_t, test::CanonicalLess> by_apex_;
  std::vector<Host> hosts_;
  std::map<Endpoint, std::size_t> by_endpoint_;
  std::vector<dns::Name> loops_;  ///< delegations that lead nowhere
  std::optional<dns::Name> maze_;
};

// Names and rdata of the model.
dns::Name below(std::string_view label, const dns::Name& zone);
test::Bytes name_rdata(const dns::Name& name);
test::Bytes address_rdata(const IpAddress& address);
}  // namespace windlass::simulate
