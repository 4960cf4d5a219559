#pragma once
/// Worker: what one worker thread of the host's holds: its snapshot and its view of the zones.
///
/// A batch in which nobody asks for our zones costs one atomic read a query and no system call: the
/// snapshot is renewed by the first query that is ours. match and answer allocate nothing.
///
/// Without a reader (a bad store, no slot left) it is there all the same: match needs the zones
/// alone, so that no name of ours goes to outside servers, and answer tries anew.
#include <array>
#include <deque>
#include <memory>

#include "auth-plugin/answer/answer.hpp"
#include "auth-plugin/instance.hpp"
namespace windlass::auth {

class Worker {
 public:
  explicit Worker(Instance& instance);

  void batch_begin() noexcept;
  void batch_end() noexcept;
  /// Labels of the closest zone, plus one; 0: none of ours.
  std::uint32_t match(Octets name) noexcept;
  /// An enum windlass_verdict.
  std::int32_t answer(const windlass_query& query, windlass_reply& reply);
  /// The same, of a transfer; *stream is a Transfer or stays nullptr.
  std::int32_t stream_open(const windlass_query& query, windlass_reply& reply, void** stream);

 private:
  void take_map() noexcept;
  StoreStatus renew_reader();
  bool begin_snapshot();
  bool may_reopen();
  std::uint64_t generation_of(const ZoneFacts& zone);
  /// The zone that covers the name, there in the snapshot; `generation` 0: the store failed.
  const ZoneFacts* zone_in_snapshot(Octets name, std::uint64_t& generation);
  std::int32_t answer_from(const ZoneFacts& zone, std::uint64_t generation,
                           const windlass_query& query, windlass_reply& reply);
  std::int32_t answer_transfer(const ZoneFacts& zone, const LocalQuestion& asked,
                               const windlass_query& query, windlass_reply& reply);
  std::int32_t verdict_of(const Spoken& spoken, windlass_reply& reply);
  bool is_current(const ZoneFacts& zone, std::uint64_t generation) const noexcept;
  std::int32_t refused(const LocalQuestion& asked, dns::Rcode rcode, const dns::Ede* ede,
                       windlass_reply& reply);
  std::int32_t unopened(const LocalQuestion& asked, const std::string& why, windlass_reply& reply);
  std::int32_t failed(const std::string& why);
  std::int32_t unreadable();
  bool may_complain();
  void note(Counter counter) noexcept { ++counted_[static_cast<std::size_t>(counter)]; }

  Instance& instance_;
  AnswerOptions options_;
  std::unique_ptr<ServeReader> reader_;  ///< nullptr: none could be had yet
  std::uint64_t file_version_ = 0;       ///< of what reader_ reads
  std::shared_ptr<const ZoneMap> map_;
  std::uint64_t map_version_ = 0;
  bool map_taken_ = false, in_snapshot_ = false;

  /// Generations read inside this snapshot, by slot.
  struct Known {
    const ZoneFacts* zone = nullptr;
    std::uint64_t generation = 0;
  };
  std::array<Known, 16> known_;
  /// Names of CHASE, alive until the batch ends; grows to the largest batch there was.
  std::deque<dns::Name> next_;
  std::size_t next_used_ = 0;
  std::array<std::uint64_t, counter_count> counted_{};  ///< since the batch began
  std::int64_t complained_us_ = 0, reopened_us_ = 0;
};
}  // namespace windlass::auth
