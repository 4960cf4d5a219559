#pragma once
/// Peer: the two ends of what arrived. An answer goes to `remote` from `local`.
#include <cstdint>

#include "base/address.hpp"
namespace windlass::net {

struct Peer {
  Endpoint remote;
  IpAddress local;          ///< the address the client wrote to; all zero: the kernel chooses
  std::uint32_t scope = 0;  ///< interface of a link-local IPv6 remote, else 0
};
}  // namespace windlass::net
