#pragma once
// A small signed Internet for engine tests: "." and "org." are sound, so is example.org.; the
// signatures of broken.org. have expired; plain.org. is delegated without a DS.
#include <map>
#include <set>
#include <string>

#include "test/support/fake_net.hpp"
#include "test/support/zone.hpp"
namespace windlass::test {

inline QuerySpec with_do() {
  QuerySpec spec;
  spec.dnssec_ok = true;
  return spec;
}

class SignedWorld final : public Servers {
 public:
  static constexpr std::size_t workers = 4;

  SignedWorld() {
    Signing expired;
    expired.inception = 1'600'000'000, expired.expiration = 1'690'000'000;
    zone("example.org.", "192.0.2.10", "www A 192.0.2.80\nother A 192.0.2.81\n", {});
    zone("broken.org.", "192.0.2.11", "www A 192.0.2.90\nother A 192.0.2.91\n", expired);
    zone("org.", "192.0.2.2",
         "example NS ns.example\nns.example A 192.0.2.10\n"
         "broken NS ns.broken\nns.broken A 192.0.2.11\n",
         {}, {"example.org.", "broken.org."});
    zone(".", "192.0.2.1", "org. NS ns.org.\nns.org. A 192.0.2.2\n", {}, {"org."});
  }

  NetOptions options(unsigned of_workers = workers) const {
    NetOptions net;
    net.workers = of_workers;
    net.resolver.root_hints = {{dns::Name::literal("ns."), {*IpAddress::parse("192.0.2.1")}}};
    net.resolver.priming = false;
    return net;
  }
  /// A trust anchor for a zone of this world.
  validator::Anchor anchor(std::string_view apex) const {
    const Zone& zone = this->at(apex);
    const Key& key = zone.keys().front();
    return {zone.apex(), {validator::AnchorKey{true, zone.ds(), key.tag(), key.algorithm()}}};
  }
  Zone& at(std::string_view apex) {
    for (auto& [address, zone] : zones_)
      if (zone.apex() == dns::Name::literal(apex)) return zone;
    throw std::out_of_range(std::string(apex));
  }
  const Zone& at(std::string_view apex) const {
    return const_cast<SignedWorld&>(*this).at(apex);  // only read
  }
  std::vector<Reply> on_question(const Endpoint& server, bool tcp,
                                 std::span<const std::uint8_t> octets, const Now&) override {
    const auto query = decode(octets);
    const auto found = zones_.find(server.address);
    if (!query || found == zones_.end()) return {};
    const auto& question = query->question;
    asked.push_back(question);
    if (silent_types.contains(question.type)) return {};
    return {{0, write_response(*query, found->second.answer(question.name, question.type), tcp),
             false}};
  }

  /// One more name in a zone, signed anew with the key that it has.
  void add(std::string_view apex, const std::string& owner,
           const std::string& data = "A 192.0.2.99") {
    for (auto& [address, zone] : zones_) {
      if (!(zone.apex() == dns::Name::literal(apex))) continue;
      const auto keys = zone.keys();
      texts_.at(std::string(apex)) += owner + " " + data + "\n";
      zone = made(apex, texts_.at(std::string(apex)));
      zone.sign(keys);
    }
  }

  std::vector<dns::Question> asked;  ///< of any server, as sent
  std::set<dns::Type> silent_types;  ///< questions of these types get no reply

 private:
  /// Children come first: their DS is signed with their parent.
  void zone(std::string_view apex, std::string_view address, const std::string& text,
            const Signing& how, const std::vector<std::string>& children = {}) {
    const std::string all =
        "@ SOA ns h 1 2 3 4 60\n@ NS ns\nns A " + std::string(address) + "\n" + text;
    texts_[std::string(apex)] = all;
    Zone zone = made(apex, all);
    for (const auto& child : children)
      zone.add(dns::Name::literal(child), dns::Type::ds, at(child).ds());
    zone.sign({Key::make(13)}, how);
    zones_.emplace(*IpAddress::parse(address), std::move(zone));
  }
  static Zone made(std::string_view apex, const std::string& text) {
    Zone zone(dns::Name::literal(apex));
    zone.add_text(text);
    return zone;
  }

  std::map<IpAddress, Zone> zones_;
  std::map<std::string, std::string> texts_;  ///< as they were, unsigned and without DS
};
}  // namespace windlass::test
