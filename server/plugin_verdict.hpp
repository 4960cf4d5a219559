#pragma once
/// What a plugin said, held against what it may say.
#include <span>

#include "server/plugin_handle.hpp"
namespace windlass::server {

/// Labels of plugin_calls_total.
enum PluginLabel : int { not_mine, done, referral, chase, error, pending, drop };

/// What is wrong with a message that should answer the query of this ID, or nullptr.
const char* wrong_with(std::uint16_t id, std::span<const std::uint8_t> message);

/// `reply.octets` and octets_max as the host gave them. `may_wait`: PENDING has a ticket.
PluginOutcome judge(std::int32_t said, const windlass_query& query, const windlass_reply& reply,
                    bool may_wait);
}  // namespace windlass::server
