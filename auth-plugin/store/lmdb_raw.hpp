#pragma once
/// What the files of store/ share of liblmdb. Not for other folders.
#include <string>

#include <lmdb.h>

#include "auth-plugin/store/guard.hpp"
#include "auth-plugin/store/lmdb.hpp"
namespace windlass::auth::raw {

/// A return code of liblmdb or errno in words. `doing`: "commit", "read", ...
StoreError explain(int code, const std::string& path, const char* doing);
/// The same; a code that tells of damage makes the environment distrusted.
StoreError explain(int code, const Environment& env, const char* doing);
/// What is said of a damaged file ends with what the operator does.
StoreError with_remedy(StoreError error, const std::string& remedy);

/// Of an environment that is not there: a store that is being closed or failed to open.
inline StoreError not_open() {
  return {Trouble::system, "the store's file is not open; run `windlassctl store rebuild`"};
}

/// Judges the committed pages that a write of `key` may touch; a page that lies makes the
/// environment distrusted.
StoreStatus may_touch(const Environment& env, PageTree* pages, TableHandle table, Octets key);

/// Less is free where the file stands, or would, than any commit needs.
bool is_disk_full(const std::string& path) noexcept;

inline MDB_val value_of(Octets octets) noexcept {
  return {octets.size(), const_cast<std::uint8_t*>(octets.data())};
}
inline Octets octets_of(const MDB_val& value) noexcept {
  return {static_cast<const std::uint8_t*>(value.mv_data), value.mv_size};
}

/// A call into liblmdb under the guard: its code; MDB_PANIC, and the environment marked bad, when
/// it faulted. `call` holds nothing with a destructor.
template <class F>
int attempt(const Environment& env, F call) noexcept {
  int code = 0;
  Fault fault;
  const auto step = [&code, &call] { code = call(); };
  if (guarded(step, fault)) return code;
  env.mark_bad(fault);
  return MDB_PANIC;
}

/// Looks at a file before it is mapped: its meta pages, and that it is as long as they say.
/// ENOENT is not an error: false. Empty, cut off: damaged; no LMDB: foreign; later format: newer.
StoreResult<bool> examine(const std::string& path);
}  // namespace windlass::auth::raw
