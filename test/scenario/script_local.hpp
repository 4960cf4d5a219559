#pragma once
/// The local zones of one scenario, as a plugin would answer them.
#include <string>
#include <utility>
#include <vector>

#include "resolver/local_zones.hpp"
#include "test/scenario/script.hpp"
#include "test/support/zone.hpp"
namespace windlass::scenario {

class ScriptLocal final : public resolver::LocalZones {
 public:
  explicit ScriptLocal(bool verbose) : verbose_(verbose) {}
  void add(const ZoneScript& script, const test::Zone& zone) {
    zones_.emplace_back(&script, &zone);
  }
  void set_step(int number) { step_ = number; }

  Verdict answer(const Query& query, std::span<std::uint8_t> out, Reply& reply) override;
  bool covers(const dns::Name& name) override { return closest(name).second != nullptr; }
  std::size_t zone_labels(const dns::Name& name) override {
    return closest(name).second->apex().label_count();
  }

 private:
  using Held = std::pair<const ZoneScript*, const test::Zone*>;
  Held closest(const dns::Name& name) const;
  Verdict judge(const test::Response& response, const dns::Question& question,
                dns::Name& next) const;

  bool verbose_;
  int step_ = 0;
  std::vector<Held> zones_;
};
}  // namespace windlass::scenario
