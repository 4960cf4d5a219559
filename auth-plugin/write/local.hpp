#pragma once
/// local.mdb: what is this machine's own, durable and never replicated.
///
///    serial   zid   the highest SOA serial that may have been published 4 | the highest that was
///                   when this row was written 4; both big endian
///
/// Reserved ahead, so that most edits need no commit here: after an unclean end the row may stand
/// `ahead` above what was published. A serial never goes back, also when the truth was (a backup
/// restored, a zone deleted and created anew). Writer thread only.
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "auth-plugin/store/lmdb.hpp"
#include "dns/rdata.hpp"
namespace windlass::auth {

using dns::serial_after;

class LocalStore {
 public:
  static constexpr std::uint32_t ahead = 32;

  static StoreResult<LocalStore> open(const std::string& path, std::uint64_t map_octets,
                                      unsigned readers);
  /// The serial after `current` that nobody has seen yet.
  std::uint32_t next(Zid zid, std::uint32_t current) const noexcept;
  /// What may have been published; nullopt: nothing was.
  std::optional<std::uint32_t> highest(Zid zid) const;
  /// The serial of a zone that is made without content.
  std::uint32_t first(Zid zid) const noexcept;
  /// A serial after this one may have been published.
  bool is_behind(Zid zid, std::uint32_t serial) const noexcept;
  /// To be called before `serial` is committed elsewhere.
  StoreStatus publish(Zid zid, std::uint32_t serial);
  /// Serials of zones that nothing is known of yet: they were published.
  StoreStatus adopt(const std::vector<std::pair<Zid, std::uint32_t>>& serials);
  /// The truth is known to be the one that published, and has this serial: what was only reserved
  /// is free again, unless more was published before this serial was.
  void settle(Zid zid, std::uint32_t serial) noexcept;
  /// At the orderly end: nothing stays reserved.
  StoreStatus close();
  Environment& env() const noexcept { return *env_; }

 private:
  struct Floor {
    std::uint32_t highest = 0, reserved = 0;  ///< reserved: in the row
    std::uint32_t noted = 0;                  ///< what the row says of `highest`
  };
  StoreStatus write(Zid zid, const Floor& floor);
  StoreStatus read();
  std::shared_ptr<Environment> env_;
  TableHandle serial_;
  std::unordered_map<Zid, Floor> floors_;
};
}  // namespace windlass::auth
