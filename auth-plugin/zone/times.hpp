#pragma once
/// Periods and dates as zone files write them.
#include <cstdint>
#include <optional>
#include <string_view>
namespace windlass::auth {

/// "3600", "1h30m": numbers with s, m, h, d, w in any case; false: neither, or above 32 bits.
bool read_period(std::string_view text, std::uint32_t& out) noexcept;
/// A period that may be a TTL: at most 2^31 - 1 (RFC 2181 8).
std::optional<std::uint32_t> read_ttl(std::string_view text) noexcept;
/// YYYYMMDDHHmmSS as seconds since 1970 modulo 2^32 (RFC 4034 3.2).
bool read_date(std::string_view text, std::uint32_t& out) noexcept;
}  // namespace windlass::auth
