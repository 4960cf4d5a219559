#pragma once
/// AnswerCache: finished answers of one worker, as wire, for questions that come again unchanged.
///
/// Its memory is one ring and one table of places in it, both made at the start: nothing is
/// allocated later, the oldest answers are written over first. An answer holds as long as its Tag
/// does, which the owner checks, and at most for the life it was kept with. TTLs are handed out as
/// kept: an owner whose TTLs run down gives lives of less than a second, or none.
///
/// The key is the exact question: name without its case, type, class, all flags of the header, EDNS
/// with its flags, the size the client takes. Questions with other EDNS options than a cookie, with
/// more than one, or with further records are not for this cache.
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/siphash.hpp"
namespace windlass::resolver {

class AnswerCache {
 public:
  /// What an answer was made from. The cache compares nothing of it.
  struct Tag {
    std::uint32_t source = 0;  ///< which plugin
    std::uint32_t slot = 0;    ///< of its array of generations
    std::uint32_t labels = 0;  ///< what match() said: another number is another zone
    std::uint64_t generation = 0;
  };

  /// A message read as a key. Points into the message.
  class Question {
   public:
    /// nullopt: no question for this cache. `message` is a well-formed query.
    static std::optional<Question> read(std::span<const std::uint8_t> message,
                                        std::size_t limit_octets) noexcept;

   private:
    friend class AnswerCache;
    std::span<const std::uint8_t> asked_;  ///< name, type, class
    std::array<std::uint8_t, 2> id_{};
    std::array<std::uint8_t, 10> rest_{};  ///< flags, EDNS and its flags, limit
  };

  struct Kept {
    Tag tag;
    std::span<const std::uint8_t> message;  ///< valid until the next keep()
  };

  AnswerCache(std::size_t octets, const HashKey& key);  ///< below 4096: keeps nothing
  /// The answer kept for this question, however old its tag.
  std::optional<Kept> find(const Question& question, std::int64_t age_ms) const noexcept;
  /// The kept message with the ID and the case of this question; octets written, 0: no room.
  static std::size_t copy(const Kept& kept, const Question& question,
                          std::span<std::uint8_t> out) noexcept;
  /// `message` answers `question` (same question section). Too large ones are not kept.
  void keep(const Question& question, std::span<const std::uint8_t> message, const Tag& tag,
            std::int64_t life_ms, std::int64_t age_ms) noexcept;
  void clear() noexcept;
  std::size_t memory_octets() const noexcept;

 private:
  struct Place {
    std::uint64_t at = nowhere;  ///< position since the start; the ring holds the last ones
    std::uint64_t hash = 0;
  };
  struct Head;  ///< in front of each message in the ring
  static constexpr std::uint64_t nowhere = ~std::uint64_t{0};

  std::uint64_t hash_of(const Question& question) const noexcept;
  bool live(const Place& place) const noexcept;
  Place* room_for(std::uint64_t hash) noexcept;

  HashKey key_;
  std::vector<std::uint8_t> ring_;
  std::vector<Place> places_;
  std::uint64_t end_ = 0;  ///< position behind the newest answer
};
}  // namespace windlass::resolver
