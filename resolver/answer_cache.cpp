#include "resolver/answer_cache.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "dns/name.hpp"

namespace windlass::resolver {
namespace {
using dns::header_octets, dns::word16;
constexpr std::size_t opt_octets = 11, least_octets = 4096;
constexpr std::size_t octets_a_place = 512;  ///< an answer with its head, roughly
constexpr std::size_t ways = 2;
constexpr std::uint16_t cookie = 10;

/// Octets of the question behind the header, 0 when its name is not plain or it ends early.
std::size_t question_octets(std::span<const std::uint8_t> message) {
  std::size_t at = header_octets;
  for (; at < message.size() && message[at] != 0; at += message[at] + 1u)
    if (message[at] > 63) return 0;
  const std::size_t octets = at + 5 - header_octets;
  return message.size() < header_octets + octets || octets > 255 + 4 ? 0 : octets;
}

/// An OPT record that fills the rest, with no option but one cookie.
bool plain_opt(std::span<const std::uint8_t> rest) {
  if (rest.size() < opt_octets || rest[0] != 0 || word16(rest, 1) != 41) return false;
  const std::size_t data_octets = word16(rest, 9);
  if (rest.size() != opt_octets + data_octets) return false;
  if (data_octets == 0) return true;
  const auto option = rest.subspan(opt_octets);
  return data_octets >= 4 && word16(option, 0) == cookie && word16(option, 2) + 4u == data_octets;
}

/// Equal but for the case of the name. Type and class are no letters only by chance, so they are
/// compared as they are.
bool same_question(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b) {
  if (a.size() != b.size()) return false;
  const auto name_octets = static_cast<std::ptrdiff_t>(a.size() - 4);
  return std::equal(
             a.begin(), a.begin() + name_octets, b.begin(),
             [](std::uint8_t x, std::uint8_t y) { return dns::lower(x) == dns::lower(y); }) &&
         std::equal(a.begin() + name_octets, a.end(), b.begin() + name_octets);
}
}  // namespace

struct AnswerCache::Head {
  Tag tag;
  std::array<std::uint8_t, 10> rest;
  std::uint16_t question_octets;
  std::uint32_t message_octets;
  std::int64_t ends_age_ms;
};

std::optional<AnswerCache::Question> AnswerCache::Question::read(
    std::span<const std::uint8_t> message, std::size_t limit_octets) noexcept {
  if (message.size() < header_octets || word16(message, 4) != 1) return std::nullopt;
  if (word16(message, 6) != 0 || word16(message, 8) != 0) return std::nullopt;
  const std::uint16_t additional = word16(message, 10);
  const std::size_t octets = question_octets(message);
  if (octets == 0 || additional > 1) return std::nullopt;
  const auto behind = message.subspan(header_octets + octets);
  if (additional == 0 ? !behind.empty() : !plain_opt(behind)) return std::nullopt;
  Question question;
  question.asked_ = message.subspan(header_octets, octets);
  question.id_ = {message[0], message[1]};
  question.rest_ = {message[2], message[3], static_cast<std::uint8_t>(additional)};
  if (additional == 1) std::copy_n(behind.begin() + 6, 3, question.rest_.begin() + 3);
  for (std::size_t i = 0; i < 4; ++i)
    question.rest_[6 + i] = static_cast<std::uint8_t>(limit_octets >> (8 * i));
  return question;
}

AnswerCache::AnswerCache(std::size_t octets, const HashKey& key) : key_(key) {
  if (octets < least_octets) return;
  places_.resize(std::bit_floor(octets / octets_a_place));
  ring_.resize(octets - places_.size() * sizeof(Place));
}

std::uint64_t AnswerCache::hash_of(const Question& question) const noexcept {
  std::array<std::uint8_t, 255 + 4 + 10> octets{};
  const std::size_t name_octets = question.asked_.size() - 4;
  std::transform(question.asked_.begin(),
                 question.asked_.begin() + static_cast<std::ptrdiff_t>(name_octets), octets.begin(),
                 dns::lower);
  std::copy_n(question.asked_.end() - 4, 4, octets.data() + name_octets);
  std::copy_n(question.rest_.begin(), question.rest_.size(), octets.data() + name_octets + 4);
  return siphash(key_, std::span(octets).first(question.asked_.size() + question.rest_.size()));
}

bool AnswerCache::live(const Place& place) const noexcept {
  return place.at != nowhere && place.at + ring_.size() >= end_;
}

std::optional<AnswerCache::Kept> AnswerCache::find(const Question& question,
                                                   std::int64_t age_ms) const noexcept {
  if (places_.empty()) return std::nullopt;
  const std::uint64_t hash = hash_of(question);
  const std::size_t first = hash & (places_.size() - ways);
  for (std::size_t way = 0; way < ways; ++way) {
    const Place& place = places_[first + way];
    if (place.hash != hash || !live(place)) continue;
    const std::uint8_t* at = ring_.data() + place.at % ring_.size();
    Head head;
    std::memcpy(&head, at, sizeof head);
    const std::span message(at + sizeof head, head.message_octets);
    const bool same =
        head.rest == question.rest_ &&
        same_question(message.subspan(header_octets, head.question_octets), question.asked_);
    if (same && age_ms < head.ends_age_ms) return Kept{head.tag, message};
  }
  return std::nullopt;
}

std::size_t AnswerCache::copy(const Kept& kept, const Question& question,
                              std::span<std::uint8_t> out) noexcept {
  if (kept.message.size() > out.size()) return 0;
  std::memcpy(out.data(), kept.message.data(), kept.message.size());
  std::copy(question.id_.begin(), question.id_.end(), out.begin());
  std::copy(question.asked_.begin(), question.asked_.end(), out.begin() + header_octets);
  return kept.message.size();
}

AnswerCache::Place* AnswerCache::room_for(std::uint64_t hash) noexcept {
  const std::size_t first = hash & (places_.size() - ways);
  Place* oldest = &places_[first];
  for (std::size_t way = 0; way < ways; ++way) {
    Place& place = places_[first + way];
    if (place.hash == hash || !live(place)) return &place;
    if (place.at < oldest->at) oldest = &place;
  }
  return oldest;
}

void AnswerCache::keep(const Question& question, std::span<const std::uint8_t> message,
                       const Tag& tag, std::int64_t life_ms, std::int64_t age_ms) noexcept {
  const std::size_t octets = sizeof(Head) + message.size();
  if (places_.empty() || life_ms <= 0 || octets > ring_.size() / 4) return;
  if (message.size() < header_octets + question.asked_.size()) return;
  const auto answered = message.subspan(header_octets, question.asked_.size());
  if (!same_question(answered, question.asked_)) return;
  const std::uint64_t in_ring = end_ % ring_.size();
  if (in_ring + octets > ring_.size()) end_ += ring_.size() - in_ring;  // no message is cut in two
  Head head{tag, question.rest_, static_cast<std::uint16_t>(question.asked_.size()),
            static_cast<std::uint32_t>(message.size()), age_ms + life_ms};
  const std::uint64_t hash = hash_of(question);
  std::uint8_t* at = ring_.data() + end_ % ring_.size();
  std::memcpy(at, &head, sizeof head);
  std::memcpy(at + sizeof head, message.data(), message.size());
  const std::uint64_t begin = end_;
  end_ += octets;
  *room_for(hash) = {begin, hash};
}

void AnswerCache::clear() noexcept {
  std::fill(places_.begin(), places_.end(), Place{});
}

std::size_t AnswerCache::memory_octets() const noexcept {
  return ring_.size() + places_.size() * sizeof(Place);
}
}  // namespace windlass::resolver
