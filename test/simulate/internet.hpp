#pragma once
/// Internet: a random one from a seed: root, TLDs, zones below; some signed; servers with good and
/// bad habits.
///
/// What is true in it is known (expected()), so every answer of the resolver can be judged. Every
/// zone has at least one sure server at an IPv4 address. Forged data carries marks that must never
/// be believed.
#include <map>
#include <set>
#include <string>
#include <vector>

#include "test/support/fake_net.hpp"
#include "test/support/zone.hpp"
namespace windlass::simulate {

enum class Habit : std::uint8_t {
  honest,
  duplicates,  ///< says everything twice
  truncates,   ///< TC to everything over UDP
  poisons,     ///< right answers, with foreign records beside them
  slow,        ///< takes up to a second
  lossy,       ///< loses a third
  silent,
  unreachable,     ///< network error
  wrong_id,        ///< over UDP
  wrong_question,  ///< over UDP
  cuts,            ///< ends half of its messages too early
  lame,            ///< knows nothing, without authority
  refuses,
  fails,   ///< SERVFAIL
  forges,  ///< other data in signed zones
  dies,    ///< silent for a while, then back
  count_of_rows
};
bool is_sure(Habit habit);

struct Host {
  Endpoint endpoint;
  Habit habit = Habit::honest;
  std::int64_t down_from_us = 0, down_until_us = 0;
  std::vector<std::size_t> zones;
};

struct ModelZone {
  test::Zone zone;
  std::size_t parent = 0;
  bool has_ds = false, secure = false;
  std::vector<dns::Name> ns_names;
  std::vector<std::size_t> hosts;
};

/// What a correct resolver says, RRSIG and NSEC left out.
struct Expected {
  dns::Rcode rcode = dns::Rcode::noerror;
  std::set<std::string> answer;
  bool secure = true;
  bool forged_somewhere = false;  ///< a zone on the way has a forging server: CD may show its data
};

/// Addresses in foreign or forged records.
bool is_mark(std::span<const std::uint8_t> a_rdata);
IpAddress poison_mark();
IpAddress forge_mark();

class Internet final : public test::Servers {
 public:
  explicit Internet(std::uint64_t seed);

  std::vector<Reply> on_question(const Endpoint& server, bool tcp,
                                 std::span<const std::uint8_t> octets, const Now& now) override;

  resolver::RootServer root_hint() const;
  validator::TrustAnchors::Ptr anchors() const;
  /// Makes stub zones of some zones, and forward zones of some that have no children, at their own
  /// servers: what is true of them stays so.
  void configure(resolver::ResolverOptions& options, Rng& rng) const;
  Expected expected(const dns::Name& name, dns::Type type) const;
  /// A question, of something that exists or not.
  dns::Question pick(Rng& rng) const;
  const std::vector<ModelZone>& zones() const { return zones_; }
  /// While it is so nobody hears anything of anybody.
  void cut_off(bool yes) { cut_off_ = yes; }
  std::string describe() const;
  /// Servers of the zones a question passes, with their habits; for the report of a failure.
  std::string path_of(const dns::Name& name) const;

 private:
  std::size_t add_zone(const dns::Name& apex, std::size_t parent);
  void add_own_servers(ModelZone& z);
  std::size_t add_host(ModelZone& z, const dns::Name& ns, bool v6, Habit habit);
  void delegate(std::size_t index);
  void fill(std::size_t index);
  void sign_all();
  Habit any_habit(std::size_t depth);
  bool can_forward(std::size_t index) const;
  std::size_t deepest(const dns::Name& name, dns::Type type) const;
  const ModelZone* served(const Host& host, const dns::Question& question) const;
  test::Response misled(const Host& host, const ModelZone& z, const dns::Question& question,
                        test::Response response);
  test::Bytes misshapen(const Host& host, test::Bytes octets, bool tcp);

  SeededRng rng_;
  bool cut_off_ = false;
  std::vector<ModelZone> zones_;
  std::map<dns::Name, std::size_t, test::CanonicalLess> by_apex_;
  std::vector<Host> hosts_;
  std::map<Endpoint, std::size_t> by_endpoint_;
};
}  // namespace windlass::simulate
