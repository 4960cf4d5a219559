#pragma once
/// TcpClients: how many connections clients have, in all and by address. Thread-safe; shared by
/// listeners.
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
  std::size_t count() const;

 private:
  mutable std::mutex guard_;
  std::size_t count_ = 0;
  std::map<IpAddress, std::size_t> by_address_;
};
}  // namespace windlass::net
