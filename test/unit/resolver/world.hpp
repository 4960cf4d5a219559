#pragma once
// A small unsigned Internet for engine and front tests, behind a FakeNet.
#include <map>
#include <set>

#include "test/support/fake_net.hpp"
#include "test/support/zone.hpp"
namespace windlass::test {

inline IpAddress ip(std::string_view text) {
  return *IpAddress::parse(text);
}

class World final : public Servers {
 public:
  World() {
    zone(".", "192.0.2.1",
         "@ SOA ns. h. 1 2 3 4 60\n@ NS ns.\nns. A 192.0.2.1\norg. NS ns.org.\nns.org. A "
         "192.0.2.2\n");
    zone("org.", "192.0.2.2",
         "@ SOA ns h 1 2 3 4 60\n@ NS ns\nns A 192.0.2.2\nexample NS ns.example\nns.example A "
         "192.0.2.10\n"
         "dead NS ns.dead\nns.dead A 192.0.2.66\n");
    zone("example.org.", "192.0.2.10",
         "@ SOA ns h 1 2 3 4 60\n@ NS ns\nns A 192.0.2.10\nwww 300 A 192.0.2.80\nalias CNAME www\n"
         "big TXT \"" +
             std::string(250, 'x') + "\" \"" + std::string(250, 'y') + "\" \"" +
             std::string(250, 'z') + "\"\n");
  }
  void zone(std::string_view apex, std::string_view address, const std::string& text) {
    Zone made(dns::Name::literal(apex));
    made.add_text(text);
    zones_.insert_or_assign(ip(address), std::move(made));
  }
  /// The options that lead here.
  NetOptions options() const {
    NetOptions net;
    net.resolver.root_hints = {{dns::Name::literal("ns."), {ip("192.0.2.1")}}};
    net.resolver.priming = false;
    net.validator.validation = false;
    return net;
  }
  std::vector<Reply> on_question(const Endpoint& server, bool tcp,
                                 std::span<const std::uint8_t> octets, const Now&) override {
    const auto query = decode(octets);
    const auto at = zones_.find(server.address);
    if (unreachable.contains(server.address)) return {{0, {}, true}};
    if (!query || at == zones_.end() || silent.contains(server.address)) return {};
    return {
        {delay_us,
         write_response(*query, at->second.answer(query->question.name, query->question.type), tcp),
         false}};
  }

  std::set<IpAddress> silent, unreachable;
  std::int64_t delay_us = 0;

 private:
  std::map<IpAddress, Zone> zones_;
};
}  // namespace windlass::test
