#pragma once
/// Trail: the names an answer went through along aliases, for the loop check, and which of them a
/// wildcard answered: what must be proven in the authority section, when the answer section is
/// whole.
#include <array>
#include <cstring>

#include "auth-plugin/answer/answer.hpp"
namespace windlass::auth {

class Trail {
 public:
  struct Step {
    const ZoneFacts* zone;
    std::uint16_t at;
    std::uint8_t octets;
    std::uint8_t encloser_labels;
    bool expanded;
  };
  /// Precondition: fewer than steps_most were added.
  void add(const dns::Name& name, const ZoneFacts& zone) noexcept {
    steps_[count_++] = {&zone, size_, static_cast<std::uint8_t>(name.size_octets()), 0, false};
    std::memcpy(octets_.data() + size_, name.wire().data(), name.size_octets());
    size_ = static_cast<std::uint16_t>(size_ + name.size_octets());
  }
  /// The last name was answered from the wildcard below its last `encloser_labels` labels.
  void expanded(std::size_t encloser_labels) noexcept {
    steps_[count_ - 1].expanded = true;
    steps_[count_ - 1].encloser_labels = static_cast<std::uint8_t>(encloser_labels);
  }
  std::size_t hops() const noexcept { return count_ - 1; }
  std::span<const Step> steps() const noexcept { return {steps_.data(), count_}; }
  dns::Name name_of(const Step& step) const noexcept {
    return dns::Name::from_proven({octets_.data() + step.at, step.octets});
  }
  bool has(const dns::Name& name) const noexcept {
    for (const Step& step : steps())
      if (step.octets == name.size_octets() && name_of(step) == name) return true;
    return false;
  }

 private:
  static constexpr std::size_t steps_most = AnswerOptions::alias_hops_most + 1u;
  std::array<Step, steps_most> steps_;  ///< the first count_ are set, and their octets
  std::array<std::uint8_t, steps_most * dns::Name::max_octets> octets_;
  std::uint16_t size_ = 0;
  std::size_t count_ = 0;
};
}  // namespace windlass::auth
