#pragma once
/// RowCopy: a row out of mapped pages. In a damaged file a row may point anywhere; only the copy is
/// read.
#include <vector>

#include "auth-plugin/store/lmdb.hpp"
namespace windlass::auth {

class RowCopy {
 public:
  static constexpr std::size_t value_octets_most = std::size_t{64} << 20;

  /// Under the guard. Errors: damaged; after a fault the environment is marked bad.
  StoreStatus take(const Environment& env, Octets key, Octets value);
  Octets key() const noexcept { return Octets(octets_).first(key_); }
  Octets value() const noexcept { return Octets(octets_).subspan(key_, value_); }
  void clear() noexcept { key_ = value_ = 0; }

 private:
  std::vector<std::uint8_t> octets_;  ///< only grows
  std::size_t key_ = 0, value_ = 0;
};

/// A Cursor whose key() and value() are copies: valid until its next step.
class CopyingCursor {
 public:
  static StoreResult<CopyingCursor> begin(const Transaction& txn, const Environment& env,
                                          TableHandle table);
  StoreResult<bool> first() { return took(cursor_.first()); }
  StoreResult<bool> last() { return took(cursor_.last()); }
  StoreResult<bool> next() { return took(cursor_.next()); }
  StoreResult<bool> at_or_after(Octets key) { return took(cursor_.at_or_after(key)); }
  StoreStatus erase() { return cursor_.erase(); }
  Octets key() const noexcept { return row_.key(); }
  Octets value() const noexcept { return row_.value(); }

 private:
  CopyingCursor(const Environment& env, Cursor cursor) : env_(&env), cursor_(std::move(cursor)) {}
  StoreResult<bool> took(StoreResult<bool> there);
  const Environment* env_;
  Cursor cursor_;
  RowCopy row_;
};
}  // namespace windlass::auth
