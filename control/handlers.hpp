#pragma once
/// The handlers of the command table, one function a row, and what they share.
#include <optional>
#include <string>

#include "control/commands.hpp"
namespace windlass::control::handlers {

// handlers_daemon.cpp
void ping(const Call& call);
void version(const Call& call);
void status(const Call& call);
void stats(const Call& call);
void ready(const Call& call);
void log_level(const Call& call);
void shutdown(const Call& call);
void help(const Call& call);
void commands(const Call& call);
// handlers_config.cpp
void config_show(const Call& call);
void config_check(const Call& call);
void config_reload(const Call& call);
// handlers_anchors.cpp
void anchors_list(const Call& call);
void anchors_reload(const Call& call);
void anchors_refresh(const Call& call);
// handlers_negative.cpp
void nta_add(const Call& call);
void nta_remove(const Call& call);
void nta_list(const Call& call);
// handlers_cache.cpp
void cache_stats(const Call& call);
void cache_lookup(const Call& call);
void cache_flush(const Call& call);
void cache_flush_all(const Call& call);
void servers_list(const Call& call);
// handlers_views.cpp
void views_list(const Call& call);
// handlers_resolve.cpp
void resolutions(const Call& call);
void why(const Call& call);

/// The argument as a name or type, or nullopt after failing the reply. A missing type is
/// `otherwise`.
std::optional<dns::Name> name_argument(const Call& call, std::size_t index);
std::optional<dns::Type> type_argument(const Call& call, std::size_t index, dns::Type otherwise);
/// Takes `--view VIEW` or `--client ADDRESS` out of `words`, which are the call's; nullopt after
/// failing the reply.
std::optional<Asker> asker_argument(const Call& call, std::vector<std::string>& words);
/// "2030-12-01T10:00:00Z"
std::string time_text(std::int64_t wall_s);
/// The same; for 0 `otherwise`.
std::string moment_or(std::int64_t wall_s, const char* otherwise);
/// 90s 30m 2h 1d, or a bare number of seconds.
std::optional<std::int64_t> parse_seconds(std::string_view text);
}  // namespace windlass::control::handlers
