#include "auth-plugin/write/row_copy.hpp"

#include <cstring>
namespace windlass::auth {

StoreStatus RowCopy::take(const Environment& env, Octets key, Octets value) {
  clear();
  if (key.size() > Key::max_octets || value.size() > value_octets_most)
    return StoreError{Trouble::damaged,
                      env.path() + ": a row of impossible length; " + env.remedy()};
  if (octets_.size() < key.size() + value.size()) octets_.resize(2 * (key.size() + value.size()));
  std::uint8_t* to = octets_.data();
  const auto copy = [to, key, value] {
    if (!key.empty()) std::memcpy(to, key.data(), key.size());
    if (!value.empty()) std::memcpy(to + key.size(), value.data(), value.size());
  };
  Fault fault;
  if (!guarded(copy, fault)) {
    env.mark_bad(fault);
    return env.bad_error();
  }
  key_ = key.size();
  value_ = value.size();
  return Done{};
}

StoreResult<CopyingCursor> CopyingCursor::begin(const Transaction& txn, const Environment& env,
                                                TableHandle table) {
  auto cursor = txn.cursor(table);
  if (!cursor) return cursor.error();
  return CopyingCursor(env, *std::move(cursor));
}

StoreResult<bool> CopyingCursor::took(StoreResult<bool> there) {
  row_.clear();
  if (!there || !*there) return there;
  if (StoreStatus copied = row_.take(*env_, cursor_.key(), cursor_.value()); !copied)
    return copied.error();
  return true;
}
}  // namespace windlass::auth
