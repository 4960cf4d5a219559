#include <utility>

#include "auth-plugin/store/lmdb_raw.hpp"
namespace windlass::auth {
using raw::attempt;
using raw::explain;

Cursor::Cursor(Cursor&& other) noexcept
    : env_(other.env_),
      cursor_(std::exchange(other.cursor_, nullptr)),
      table_(other.table_),
      pages_(other.pages_),
      key_(other.key_),
      value_(other.value_) {}

Cursor::~Cursor() {
  if (cursor_ != nullptr && !env_->is_bad()) mdb_cursor_close(cursor_);
}

StoreResult<bool> Cursor::step(int operation, Octets key) {
  MDB_val name = raw::value_of(key), value{};
  const int code = attempt(*env_, [&] {
    return mdb_cursor_get(cursor_, &name, &value, static_cast<MDB_cursor_op>(operation));
  });
  key_ = value_ = {};
  if (code == MDB_NOTFOUND) return false;
  if (code != 0) return explain(code, *env_, "read");
  key_ = raw::octets_of(name);
  value_ = raw::octets_of(value);
  return true;
}

StoreResult<bool> Cursor::first() {
  return step(MDB_FIRST);
}
StoreResult<bool> Cursor::last() {
  return step(MDB_LAST);
}
StoreResult<bool> Cursor::next() {
  return step(MDB_NEXT);
}
StoreResult<bool> Cursor::previous() {
  return step(MDB_PREV);
}
StoreResult<bool> Cursor::exact(Octets key) {
  return step(MDB_SET_KEY, key);
}
StoreResult<bool> Cursor::at_or_after(Octets key) {
  return step(MDB_SET_RANGE, key);
}

StoreResult<bool> Cursor::before(Octets key) {
  const auto placed = step(MDB_SET_RANGE, key);
  if (!placed) return placed;
  return *placed ? step(MDB_PREV) : step(MDB_LAST);
}

StoreStatus Cursor::erase() {
  if (StoreStatus sound = raw::may_touch(*env_, pages_, table_, key_); !sound) return sound;
  const int code = attempt(*env_, [this] { return mdb_cursor_del(cursor_, 0); });
  if (code != 0) return explain(code, *env_, "write");
  key_ = value_ = {};
  return Done{};
}
}  // namespace windlass::auth
