#pragma once
/// The scripted servers of one scenario: its zones, and the ranges in front of them.
#include <iosfwd>
#include <map>

#include "test/scenario/script.hpp"
#include "test/scenario/script_local.hpp"
#include "test/support/fake_net.hpp"
#include "test/support/zone.hpp"
namespace windlass::scenario {

class ScriptServers final : public test::Servers {
 public:
  /// Throws std::runtime_error for zones that cannot be built.
  ScriptServers(const Script& script, bool verbose);
  std::vector<Reply> on_question(const Endpoint& server, bool tcp,
                                 std::span<const std::uint8_t> octets, const Now& now) override;

  void set_step(int number) {
    step_ = number;
    local_.set_step(number);
  }
  /// nullptr: the scenario has no local zones.
  resolver::LocalZones* local() { return has_local_ ? &local_ : nullptr; }
  const test::Zone* zone(const dns::Name& apex) const;
  /// Questions of this type that have arrived anywhere.
  std::uint64_t questions(dns::Type type) const;
  /// See with_tags(): of the first anchor.
  dns::Name tagged(const dns::Name& name) const;

 private:
  const Entry* scripted(const Endpoint& server, bool tcp, const test::Decoded& query) const;
  const test::Zone* zone_for(const IpAddress& server, const dns::Question& question) const;

  const Script& script_;
  bool verbose_;
  int step_ = 0;
  unsigned trusted_tag_ = 0;
  std::map<dns::Type, std::uint64_t> questions_;
  std::vector<std::pair<const ZoneScript*, test::Zone>> zones_;
  ScriptLocal local_;
  bool has_local_ = false;
};

/// The message an entry stands for, as an answer to `query`.
test::Bytes write_entry(const Entry& entry, const test::Decoded& query, bool tcp);
/// True when this question is one the entry was written for.
bool asks(const Entry& entry, const test::Decoded& query, bool tcp);
}  // namespace windlass::scenario
