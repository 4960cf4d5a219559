#pragma once
/// Quantities as the configuration writes them: 1800ms 30s 10m 1h 1d; 64k 256M 2G; dates.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
namespace windlass::conf {

/// A plain decimal number, no sign, at most 9223372036854775807.
std::optional<std::int64_t> parse_number(std::string_view text);
/// Milliseconds. A bare number counts in `bare_unit_ms`. No sign, no fraction, no overflow.
std::optional<std::int64_t> parse_duration_ms(std::string_view text, std::int64_t bare_unit_ms);
/// Octets; k, M, G are powers of 1024.
std::optional<std::int64_t> parse_octets(std::string_view text);
/// 2030-12-01 or 2030-12-01T10:00:00Z, both UTC: seconds since 1970.
std::optional<std::int64_t> parse_date(std::string_view text);

/// The shortest form that reads back as the same value: "1d", "1800ms", "0".
std::string duration_text(std::int64_t ms);
std::string octets_text(std::int64_t octets);  ///< "256M", "65535"
std::string date_text(std::int64_t wall_s);    ///< "2030-12-01T00:00:00Z"
}  // namespace windlass::conf
