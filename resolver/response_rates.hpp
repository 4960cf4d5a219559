#pragma once
/// ResponseRates: how fast each client network gets answers whose receiver nobody has proven, over
/// all workers. Thread-safe; of fixed size.
///
/// One time a network (generic cell rate algorithm): when its next answer would be due if answers
/// came evenly. Who is further ahead of that than the burst allows has to wait. Where more networks
/// ask than there are places, those that asked for least are forgotten first, so a flood from
/// forged networks frees nobody who is over the rate.
#include <array>
#include <cstdint>
#include <memory>
#include <mutex>

#include "base/address.hpp"
#include "base/limits.hpp"
#include "base/siphash.hpp"
namespace windlass::resolver {

class ResponseRates {
 public:
  enum class What : std::uint8_t {
    any,  ///< limit response_rate; a burst of what a second allows
    late  ///< limit late_answers; a burst of a fifth of that
  };
  enum class Word : std::uint8_t {
    send,
    slip,  ///< over the rate; an empty, truncated answer, so that a real client comes over TCP
    drop
  };

  explicit ResponseRates(const HashKey& key);
  /// Counts one answer to the network of `client`; only `send` uses the rate up.
  Word take(What what, const IpAddress& client, std::int64_t mono_us, const Limits& limits);
  std::size_t memory_octets() const noexcept { return sizeof(Shard) * shards_.size(); }

 private:
  struct Place {
    std::uint64_t network = 0;  ///< its hash; 0: free
    std::int64_t due_us = 0;
    std::uint32_t refused = 0;
  };
  static constexpr std::size_t ways = 8, sets = 64;
  struct Shard {
    std::mutex guard;
    std::array<Place, sets * ways> places;
  };
  std::uint64_t hash_of(What what, const IpAddress& client, const Limits& limits) const;

  HashKey key_;
  std::array<std::unique_ptr<Shard>, 64> shards_;
};
}  // namespace windlass::resolver
