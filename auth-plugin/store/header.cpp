#include "auth-plugin/store/header.hpp"
namespace windlass::auth {
namespace {
constexpr std::size_t txn_at = 8, version_at = 16, marks_at = 17, extensions_at = 22;
constexpr std::size_t extension_octets = 8;
constexpr std::uint8_t deleted_flag = 1;

void put64(std::uint8_t* at, std::uint64_t value) noexcept {
  for (int shift = 56; shift >= 0; shift -= 8) *at++ = static_cast<std::uint8_t>(value >> shift);
}

std::uint64_t get64(const std::uint8_t* at) noexcept {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < 8; ++i) value = value << 8 | at[i];
  return value;
}
}  // namespace

std::array<std::uint8_t, RowHeader::octets> encode(const RowHeader& header) noexcept {
  std::array<std::uint8_t, RowHeader::octets> out{};
  put64(out.data(), header.timestamp_ns);
  put64(out.data() + txn_at, header.txn);
  out[marks_at] = header.deleted ? deleted_flag : 0;
  return out;
}

Result<RowValue> read_row(Octets value) noexcept {
  if (value.size() < RowHeader::octets) return Error{Errc::truncated, 0, "a header of 24 octets"};
  if (value[version_at] != 0) return Error{Errc::bad_version, version_at, "header version 0"};
  const std::size_t blocks = dns::word16(value, extensions_at);
  const std::size_t front = RowHeader::octets + blocks * extension_octets;
  if (value.size() < front) return Error{Errc::truncated, extensions_at, "all extension blocks"};
  RowValue row{
      {get64(value.data()), get64(value.data() + txn_at), (value[marks_at] & deleted_flag) != 0},
      value.subspan(front)};
  if (row.header.deleted && !row.content.empty())
    return Error{Errc::trailing, RowHeader::octets, "nothing behind a tombstone's header"};
  return row;
}
}  // namespace windlass::auth
