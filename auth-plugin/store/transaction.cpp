#include <algorithm>
#include <cerrno>
#include <utility>

#include "auth-plugin/store/lmdb_raw.hpp"
#include "auth-plugin/store/page_tree.hpp"
namespace windlass::auth {
namespace {
using raw::attempt;
using raw::explain;
using raw::octets_of;
using raw::value_of;

/// Dead processes' slots are freed when there is no other.
int begin_raw(Environment& env, unsigned flags, MDB_txn*& txn) {
  const auto once = [&] {
    return attempt(env, [&] { return mdb_txn_begin(env.raw(), nullptr, flags, &txn); });
  };
  const int code = once();
  return code == MDB_READERS_FULL && env.reap_readers() != 0 ? once() : code;
}
}  // namespace

StoreStatus raw::may_touch(const Environment& env, PageTree* pages, TableHandle table, Octets key) {
  if (pages->path(table.number, env.table_name(table), key)) return Done{};
  env.distrust(pages->complaint());
  return env.bad_error();
}

Transaction::Transaction(std::shared_ptr<const Environment> env, MDB_txn* txn, bool writes)
    : env_(std::move(env)), txn_(txn), writes_(writes) {}

Transaction::Transaction(Transaction&& other) noexcept
    : env_(std::move(other.env_)),
      txn_(std::exchange(other.txn_, nullptr)),
      writes_(other.writes_),
      pages_(std::move(other.pages_)) {}

Transaction::~Transaction() {
  abort();
}

/// A writing transaction of a bad environment is left as it is: its pages cannot be trusted, also
/// not to be freed. A reading one touches no page when it ends.
void Transaction::abort() noexcept {
  MDB_txn* txn = std::exchange(txn_, nullptr);
  if (txn == nullptr) return;
  if (!writes_ || !env_->is_bad()) attempt(*env_, [txn] { return mdb_txn_abort(txn), 0; });
  if (writes_ && env_->is_bad()) env_->lose_writer();
}

StoreResult<std::optional<Octets>> Transaction::get(TableHandle table, Octets key) const {
  MDB_val wanted = value_of(key), value{};
  const int code = attempt(*env_, [&] { return mdb_get(txn_, table.number, &wanted, &value); });
  if (code == MDB_NOTFOUND) return std::optional<Octets>();
  if (code != 0) return explain(code, *env_, "read");
  return std::optional(octets_of(value));
}

StoreResult<std::optional<std::vector<std::uint8_t>>> Transaction::copied(TableHandle table,
                                                                          Octets key) const {
  using Copy = std::optional<std::vector<std::uint8_t>>;
  const auto there = get(table, key);
  if (!there) return there.error();
  if (!*there) return Copy();
  // A size that the file cannot hold is damage, not an allocation.
  if ((*there)->size() > env_->file_octets()) {
    env_->mark_bad("a value is longer than the file");
    return env_->bad_error();
  }
  std::vector<std::uint8_t> out((*there)->size());
  const std::uint8_t* from = (*there)->data();
  const int code = attempt(*env_, [&] { return std::copy_n(from, out.size(), out.data()), 0; });
  if (code != 0) return env_->bad_error();
  return Copy(std::move(out));
}

StoreResult<Cursor> Transaction::cursor(TableHandle table) const {
  MDB_cursor* cursor = nullptr;
  const int code = attempt(*env_, [&] { return mdb_cursor_open(txn_, table.number, &cursor); });
  if (code != 0) return explain(code, *env_, "read");
  return Cursor(*env_, cursor, table, pages_.get());
}

StoreResult<std::uint64_t> Transaction::entries(TableHandle table) const {
  MDB_stat stat{};
  const int code = attempt(*env_, [&] { return mdb_stat(txn_, table.number, &stat); });
  if (code != 0) return explain(code, *env_, "read");
  return std::uint64_t{stat.ms_entries};
}

std::uint64_t Transaction::id() const noexcept {
  return txn_ == nullptr ? 0 : mdb_txn_id(txn_);
}

StoreResult<WriteTransaction> WriteTransaction::begin(const std::shared_ptr<Environment>& env) {
  if (env == nullptr) return raw::not_open();
  if (env->is_distrusted()) return env->bad_error();
  MDB_txn* txn = nullptr;
  const int code = begin_raw(*env, 0, txn);
  if (code != 0) return explain(code, *env, "write");
  WriteTransaction begun(env, txn, true);
  if (StoreStatus sound = begun.look_at_pages(); !sound) return sound.error();
  return begun;
}

/// The tree of free pages is what every write touches.
StoreStatus WriteTransaction::look_at_pages() {
  const auto shape = shape_of(env_->descriptor());
  if (!shape) env_->distrust("its first pages cannot be read");
  if (!shape) return env_->bad_error();
  pages_ = std::make_unique<PageTree>(*shape);
  if (pages_->free_list()) return Done{};
  env_->distrust(pages_->complaint());
  return env_->bad_error();
}

StoreStatus WriteTransaction::put_with(TableHandle table, Octets key, Octets value,
                                       unsigned flags) {
  if (StoreStatus sound = raw::may_touch(*env_, pages_.get(), table, key); !sound) return sound;
  MDB_val name = value_of(key), content = value_of(value);
  const int code =
      attempt(*env_, [&] { return mdb_put(txn_, table.number, &name, &content, flags); });
  if (code != 0) return explain(code, *env_, "write");
  wrote_ = true;
  return Done{};
}

StoreStatus WriteTransaction::put(TableHandle table, Octets key, Octets value) {
  return put_with(table, key, value, 0);
}

StoreStatus WriteTransaction::put_append(TableHandle table, Octets key, Octets value) {
  return put_with(table, key, value, MDB_APPEND);
}

StoreResult<bool> WriteTransaction::del(TableHandle table, Octets key) {
  if (StoreStatus sound = raw::may_touch(*env_, pages_.get(), table, key); !sound)
    return sound.error();
  MDB_val name = value_of(key);
  const int code = attempt(*env_, [&] { return mdb_del(txn_, table.number, &name, nullptr); });
  if (code == MDB_NOTFOUND) return false;
  if (code != 0) return explain(code, *env_, "write");
  wrote_ = true;
  return true;
}

StoreStatus WriteTransaction::commit(WriteTransaction* inner) {
  if (env_->is_distrusted()) {
    abort();
    return env_->bad_error();
  }
  MDB_txn* txn = std::exchange(txn_, nullptr);
  const int code = attempt(*env_, [txn] { return mdb_txn_commit(txn); });
  if (env_->is_bad()) env_->lose_writer();
  if (code == 0) return Done{};
  StoreError error = explain(code, *env_, "commit");
  if (code <= 0 || env_->is_bad()) return error;
  if (inner != nullptr) inner->abort();
  env_->give_back();  // a code of errno: some pages went out before it
  return error;
}

StoreResult<ReadTransaction> ReadTransaction::begin(const std::shared_ptr<Environment>& env) {
  if (env == nullptr) return raw::not_open();
  if (env->is_bad()) return env->bad_error();
  MDB_txn* txn = nullptr;
  const int code = begin_raw(*env, MDB_RDONLY, txn);
  if (code != 0) return explain(code, *env, "read");
  return ReadTransaction(env, txn, false);
}

void ReadTransaction::reset() noexcept {
  mdb_txn_reset(txn_);
}

StoreStatus ReadTransaction::renew() {
  if (env_->is_bad()) return env_->bad_error();
  const int code = attempt(*env_, [this] { return mdb_txn_renew(txn_); });
  if (code != 0) return explain(code, *env_, "read");
  return Done{};
}
}  // namespace windlass::auth
