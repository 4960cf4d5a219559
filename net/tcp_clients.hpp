#pragma once
/// TcpClients: how many connections clients have, in all and by address. Thread-safe; shared by
/// listeners.
#include <atomic>
#include <cstddef>
#include <map>
#include <mutex>

#include "base/address.hpp"
namespace windlass::net {

class TcpClients {
 public:
  enum class Admission : std::uint8_t { admitted, table_full, address_full };

  /// Counts one more connection of `address` when it is admitted.
  Admission admit(const IpAddress& address, std::size_t clients_max, std::size_t per_address_max);
  void remove(const IpAddress& address);
  std::size_t count() const noexcept { return count_.load(std::memory_order_relaxed); }

 private:
  std::mutex guard_;
  std::atomic<std::size_t> count_ = 0;  ///< written under the guard, read by anybody
  std::map<IpAddress, std::size_t> by_address_;
};
}  // namespace windlass::net
