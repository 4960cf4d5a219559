#pragma once
/// Amounts as people write them, in the configuration and in commands.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
namespace windlass::auth {

/// "64G", "512M", "65536": octets; k, M, G, T are powers of 1024.
std::optional<std::uint64_t> read_octets(std::string_view text);
/// "5ms", "2s", "1m"; a bare number counts milliseconds.
std::optional<std::uint64_t> read_milliseconds(std::string_view text);
/// "1,200,000"
std::string grouped(std::uint64_t number);
}  // namespace windlass::auth
