#pragma once
/// What can go wrong with a store, in words an operator can act on.
#include <string>

#include "base/result.hpp"
namespace windlass::auth {

enum class Trouble : std::uint8_t {
  system,        ///< the operating system said no
  map_full,      ///< the map size fixed at creation is used up
  disk_full,     ///< no space left below the store
  readers_full,  ///< more readers than slots
  busy,          ///< another process has the store open for writing
  foreign,       ///< not an LMDB file, or not one of ours
  newer,         ///< written by a later version of Windlass
  damaged,       ///< the file lies about itself
  refused,       ///< the content is not a zone that could be served; nothing was changed
  not_found,
  cancelled,  ///< the reader of the progress has gone
};

struct StoreError {
  Trouble trouble = Trouble::system;
  std::string text;  ///< one line: which file or name, what is wrong, what helps
};

/// The content is not what a zone may hold.
inline StoreError refused(std::string text) {
  return {Trouble::refused, std::move(text)};
}

template <class T>
using StoreResult = Result<T, StoreError>;
using StoreStatus = StoreResult<Done>;
}  // namespace windlass::auth
