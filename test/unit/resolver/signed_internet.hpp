#pragma once
/// A signed Internet behind a FakeNet, whose servers may do with their answers what they like: for
/// tests of what an answer may cost. Root and org. are honest.
#include <functional>
#include <map>
#include <string>

#include "test/support/fake_net.hpp"
#include "test/support/zone.hpp"
namespace windlass::test {

class SignedInternet final : public Servers {
 public:
  using Tamper = std::function<void(const dns::Question&, Response&)>;

  explicit SignedInternet(std::uint8_t algorithm = 15) : algorithm_(algorithm) {
    begin(".", 1);
    begin("org.", 2);
    delegate(".", "org.");
  }

  /// A child of org., or of `parent`, on two addresses of its own; `extra` keys stand beside the
  /// one that signs.
  void add(const std::string& apex, const std::string& records, const std::vector<Key>& extra = {},
           const std::string& parent = "org.") {
    begin(apex, 10 + text_.size());
    text_[apex] += records;
    extra_[apex] = extra;
    delegate(parent, apex);
  }
  /// As its servers have it. Precondition: options().
  const Zone& zone(const std::string& apex) const { return zones_.at(apex); }
  /// What the server of this zone does to each answer before it is sent.
  void tamper(const std::string& apex, Tamper how) { tamper_[apex] = std::move(how); }
  /// The key that signs the zone.
  const Key& key(const std::string& apex) {
    const auto at = keys_.find(apex);
    if (at != keys_.end()) return at->second;
    const auto number = static_cast<std::uint8_t>(keys_.size() + 1);
    return keys_.emplace(apex, algorithm_ == 15 ? Key::seeded(number) : Key::make(algorithm_))
        .first->second;
  }

  /// The options that lead here. Signs the zones: what is added later is not there.
  NetOptions options() {
    for (const auto& [apex, text] : text_) sign(apex, text);
    NetOptions net;
    net.resolver.root_hints = {{dns::Name::literal("ns."), {*IpAddress::parse("192.0.2.1")}}};
    net.resolver.priming = false;
    const Key& root = key(".");
    const dns::Name name;
    net.anchors = validator::TrustAnchors::make(
        {{name, {{true, root.ds(name), root.tag(), root.algorithm()}}}}, {});
    return net;
  }

  std::vector<Reply> on_question(const Endpoint& server, bool tcp,
                                 std::span<const std::uint8_t> octets, const Now&) override {
    const auto query = decode(octets);
    const auto at = served_.find(server.address);
    if (!query || at == served_.end()) return {};
    const std::string& apex = at->second;
    Response response = zones_.at(apex).answer(query->question.name, query->question.type);
    if (const auto how = tamper_.find(apex); how != tamper_.end())
      how->second(query->question, response);
    return {{0, write_response(*query, response, tcp), false}};
  }

 private:
  void begin(const std::string& apex, std::size_t number) {
    const std::string ns = apex == "." ? "ns." : "ns." + apex;
    text_[apex] = "@ SOA " + ns + " h. 1 2 3 4 60\n@ NS " + ns + "\n";
    for (const char* net : {"192.0.2.", "198.51.100."}) {
      const std::string address = net + std::to_string(number);
      glue_[apex] += ns + " A " + address + "\n";
      served_[*IpAddress::parse(address)] = apex;
    }
    text_[apex] += glue_[apex];
  }
  void delegate(const std::string& parent, const std::string& child) {
    text_[parent] += child + " NS ns." + child + "\n" + glue_[child];
    children_[parent].push_back(child);
  }
  void sign(const std::string& apex, const std::string& text) {
    Zone zone(dns::Name::literal(apex));
    zone.add_text(text);
    for (const std::string& child : children_[apex]) {
      const dns::Name name = dns::Name::literal(child);
      zone.add(name, dns::Type::ds, key(child).ds(name));
    }
    std::vector<Key> keys{key(apex)};
    for (const Key& more : extra_[apex]) zone.add(zone.apex(), dns::Type::dnskey, more.rdata());
    zone.sign(std::move(keys));
    zones_.insert_or_assign(apex, std::move(zone));
  }

  std::uint8_t algorithm_;
  std::map<std::string, std::string> text_, glue_;
  std::map<std::string, std::vector<std::string>> children_;
  std::map<std::string, std::vector<Key>> extra_;
  std::map<std::string, Key> keys_;
  std::map<std::string, Tamper> tamper_;
  std::map<std::string, Zone> zones_;
  std::map<IpAddress, std::string> served_;
};
}  // namespace windlass::test
