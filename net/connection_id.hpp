#pragma once
/// ConnectionId: names one connection of the process, never reused. Operations on a gone one do
/// nothing.
#include <cstdint>
namespace windlass::net {
enum class ConnectionId : std::uint64_t {};
ConnectionId next_connection_id() noexcept;  ///< from any thread
}  // namespace windlass::net
