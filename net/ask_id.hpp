#pragma once
/// AskId: the caller's name for one question to one server. Unique among the open ones.
#include <cstdint>
namespace windlass::net {
enum class AskId : std::uint64_t {};
}  // namespace windlass::net
