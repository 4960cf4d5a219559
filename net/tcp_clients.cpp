#include "net/tcp_clients.hpp"

#include <atomic>

#include "net/connection_id.hpp"
#include "net/tcp_listener.hpp"

namespace windlass::net {

ConnectionId next_connection_id() noexcept {
  static std::atomic<std::uint64_t> last{0};
  return ConnectionId{last.fetch_add(1, std::memory_order_relaxed) + 1};
}

TcpClients::Admission TcpClients::admit(const IpAddress& address, std::size_t clients_max,
                                        std::size_t per_address_max) {
  const std::lock_guard lock(guard_);
  const auto known = by_address_.find(address);
  if (known != by_address_.end() && known->second >= per_address_max)
    return Admission::address_full;
  if (count_ >= clients_max) return Admission::table_full;
  ++count_;
  ++by_address_[address];
  return Admission::admitted;
}

void TcpClients::remove(const IpAddress& address) {
  const std::lock_guard lock(guard_);
  const auto known = by_address_.find(address);
  if (known == by_address_.end()) return;
  --count_;
  if (--known->second == 0) by_address_.erase(known);
}

std::shared_ptr<TcpClients> make_tcp_clients() {
  return std::make_shared<TcpClients>();
}
}  // namespace windlass::net
