#pragma once
/// RowHeader: what every value of zones.mdb begins with; big endian, as PowerDNS Lightning Stream
/// has it, so that its sidecar replicates the file.
///
///    timestamp in ns (8) | txn id of the local write (8) | version 0 (1) | flags (1)
///    | reserved 0 (4) | N (2) | N extension blocks of 8 octets, skipped and never written
///
/// A deletion is a tombstone: flag 01 and nothing behind the header.
#include <array>
#include <cstdint>

#include "auth-plugin/store/key.hpp"
#include "base/result.hpp"
namespace windlass::auth {

struct RowHeader {
  static constexpr std::size_t octets = 24;
  std::uint64_t timestamp_ns = 0;
  std::uint64_t txn = 0;
  bool deleted = false;
};

/// A value taken apart. Borrows.
struct RowValue {
  RowHeader header;
  Octets content;  ///< behind header and extensions; of a tombstone: empty
};

std::array<std::uint8_t, RowHeader::octets> encode(const RowHeader& header) noexcept;
/// Errors: truncated, bad_version (written by a later version of the format), trailing (a tombstone
/// with content). Flags that are not known are passed over.
Result<RowValue> read_row(Octets value) noexcept;
}  // namespace windlass::auth
