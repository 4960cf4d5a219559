#pragma once
/// LMDB, thin: environments, transactions and cursors with owners, and errors in words.
///
/// One Environment a file and process (found again by dev:inode). Tables have no flags. Every call
/// into liblmdb runs under the guard: a fault on a mapped page marks the environment bad and is an
/// error; a bad environment begins no transaction any more.
///
/// A WriteTransaction belongs to the thread that began it. Cursors must be gone before their
/// transaction ends. Octets that get() or a Cursor gives lie in mapped pages: valid until the next
/// write in that transaction or its end, and reading them is NOT guarded: copy on hot paths under
/// guard.hpp (as ServeReader does), or use copied().
#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "auth-plugin/store/error.hpp"
#include "auth-plugin/store/guard.hpp"
#include "auth-plugin/store/key.hpp"

struct MDB_env;
struct MDB_txn;
struct MDB_cursor;
namespace windlass::auth {
class PageTree;

struct EnvironmentOptions {
  std::string path;  ///< the file itself; beside it `<path>-lock`
  /// At creation; of an existing file the greater of this and its own. A multiple of the page size
  /// is made of it.
  std::uint64_t map_octets = std::uint64_t{64} << 30;
  unsigned readers = 256;
  unsigned tables = 32;    ///< at most 64
  bool sync = true;        ///< false: commits are not synced (MDB_NOSYNC)
  bool create = true;      ///< false: a missing file is not_found
  bool read_only = false;  ///< nothing is written, also no lock file: only for files nobody writes
  std::string remedy = "restore a backup";  ///< said of a damaged file: what the operator does
};

/// A table's number; opened once, valid as long as its Environment.
struct TableHandle {
  unsigned number = 0;
};

class Environment : public std::enable_shared_from_this<Environment> {
 public:
  static constexpr unsigned tables_most = 64;

  /// Opens or creates; the one that is open already when the same file is (its options stand).
  /// Errors: damaged (cut off, empty), foreign, newer, map_full (no address space), disk_full.
  static StoreResult<std::shared_ptr<Environment>> open(const EnvironmentOptions& options);
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

  /// Opens a table, creating it when it is missing (without `create`, and in a read-only
  /// environment: not_found).
  /// Precondition: this thread holds no write transaction. Transactions begun earlier do not know
  /// it: open tables first.
  StoreResult<TableHandle> table(const std::string& name, bool create = true);
  /// Names of all tables, ours or not. Errors: damaged (their count is another).
  StoreResult<std::vector<std::string>> table_names();

  const std::string& path() const noexcept { return path_; }
  int descriptor() const noexcept;  ///< of the file, for reading beside liblmdb; -1: none
  /// Renames file and lock file, in place of what stands there. Precondition: no other thread knows
  /// this environment yet.
  StoreStatus move_to(const std::string& path);
  /// The file open here still stands under its path.
  bool is_in_place() const noexcept;
  std::uint64_t last_txn() const noexcept;     ///< id of the last commit; 0: unreadable
  std::uint64_t file_octets() const noexcept;  ///< of the file as it is on disk
  std::uint64_t map_octets() const noexcept;
  /// Cuts off what a commit that found no room wrote behind the last page in use. The writer's
  /// thread, between transactions.
  void give_back() const noexcept;
  /// Flushes to the disk what commits without sync left behind.
  StoreStatus sync();
  /// Copies one snapshot into a new compact file at `path` (which must not be there), synced.
  /// `keep_on` false: cancelled, the copy is removed. Rows so far are its argument.
  StoreStatus copy_compact(const std::string& path,
                           const std::function<bool(std::uint64_t)>& keep_on = nullptr);
  /// Frees the slots of readers whose process died; how many.
  unsigned reap_readers() noexcept;

  bool is_bad() const noexcept { return bad_.load(std::memory_order_acquire); }
  /// Damage was met: what can be read is read on, and no write begins any more. Also when is_bad().
  bool is_distrusted() const noexcept { return distrusted_.load(std::memory_order_acquire); }
  std::string damage() const;  ///< why either; empty: nothing
  /// A writer was left in the middle: it holds liblmdb's lock for good. This environment is never
  /// closed, and its file is not opened again by this process.
  void lose_writer() const noexcept { writer_lost_.store(true, std::memory_order_release); }
  void mark_bad(const char* what) const noexcept;  ///< the first word stands
  /// The same; a page that could not be written for want of room is no damage.
  void mark_bad(const Fault& fault) const noexcept;
  void distrust(const std::string& what) const noexcept;  ///< the first word stands
  StoreError bad_error() const;                           ///< with damage() as its text
  const std::string& remedy() const noexcept { return remedy_; }
  /// Of a table that is open.
  const std::string& table_name(TableHandle table) const { return names_.at(table.number); }

  MDB_env* raw() const noexcept { return env_; }

 private:
  friend struct EnvironmentMaker;
  Environment() = default;
  ~Environment();
  StoreStatus prepare(const EnvironmentOptions& options);
  int open_table(const std::string& name, bool create, unsigned& number, unsigned& flags) const;
  void mark(Trouble trouble, const std::string& text) const noexcept;

  GuardHandlers handlers_;
  MDB_env* env_ = nullptr;
  std::string path_, remedy_;
  bool read_only_ = false;
  std::mutex tables_mutex_;
  std::map<std::string, TableHandle> tables_;
  std::array<std::string, tables_most + 2> names_;  ///< by number; 0, 1: liblmdb's own
  mutable std::atomic<bool> bad_{false}, distrusted_{false}, writer_lost_{false};
  mutable std::mutex bad_mutex_;
  mutable std::string bad_text_;
  mutable Trouble bad_trouble_ = Trouble::damaged;
};

/// Walks one table. Positioning gives false where nothing stands (key() and value() are then
/// empty).
class Cursor {
 public:
  ~Cursor();
  Cursor(Cursor&& other) noexcept;
  Cursor& operator=(Cursor&&) = delete;
  StoreResult<bool> first();
  StoreResult<bool> last();
  StoreResult<bool> next();      ///< of an unplaced cursor: the first
  StoreResult<bool> previous();  ///< of an unplaced cursor: the last
  StoreResult<bool> exact(Octets key);
  StoreResult<bool> at_or_after(Octets key);  ///< the first key not below it
  StoreResult<bool> before(Octets key);       ///< the last key below it
  StoreStatus erase();  ///< where it stands, in a write transaction; next() gives the one behind
  Octets key() const noexcept { return key_; }
  Octets value() const noexcept { return value_; }

 private:
  friend class Transaction;
  Cursor(const Environment& env, MDB_cursor* cursor, TableHandle table, PageTree* pages)
      : env_(&env), cursor_(cursor), table_(table), pages_(pages) {}
  StoreResult<bool> step(int operation, Octets key = {});
  const Environment* env_;
  MDB_cursor* cursor_;
  TableHandle table_;
  PageTree* pages_;  ///< of a writing transaction
  Octets key_, value_;
};

/// What reading and writing transactions share. Movable.
class Transaction {
 public:
  Transaction(Transaction&& other) noexcept;
  Transaction& operator=(Transaction&&) = delete;
  /// nullopt: not there.
  StoreResult<std::optional<Octets>> get(TableHandle table, Octets key) const;
  /// The same, copied under the guard.
  StoreResult<std::optional<std::vector<std::uint8_t>>> copied(TableHandle table, Octets key) const;
  StoreResult<Cursor> cursor(TableHandle table) const;
  StoreResult<std::uint64_t> entries(TableHandle table) const;
  std::uint64_t id() const noexcept;  ///< of a writing one: liblmdb gives it to the next again when
                                      ///< nothing was written
  MDB_txn* raw() const noexcept { return txn_; }

 protected:
  Transaction(std::shared_ptr<const Environment> env, MDB_txn* txn, bool writes);
  ~Transaction();  ///< aborts what did not commit
  void abort() noexcept;
  std::shared_ptr<const Environment> env_;
  MDB_txn* txn_;
  bool writes_;
  std::unique_ptr<PageTree> pages_;  ///< of a writing one: the committed pages it may touch
};

/// What it may touch of the committed pages is judged before liblmdb writes there (page_tree.hpp);
/// a page that lies is `damaged`, and the environment is distrusted.
class WriteTransaction : public Transaction {
 public:
  /// Waits for the writer before it. Errors also: damaged, of a distrusted environment.
  static StoreResult<WriteTransaction> begin(const std::shared_ptr<Environment>& env);
  StoreStatus put(TableHandle table, Octets key, Octets value);
  /// `key` is above all keys of the table: fast. Otherwise: refused.
  StoreStatus put_append(TableHandle table, Octets key, Octets value);
  StoreResult<bool> del(TableHandle table, Octets key);  ///< false: was not there
  /// A put or del changed something (erase() of a Cursor is not counted).
  bool wrote() const noexcept { return wrote_; }
  /// Ends the transaction, whatever it gives. `inner`: begun after this one; when room must be
  /// given back it ends too, so that locks are always taken in one order.
  StoreStatus commit(WriteTransaction* inner = nullptr);

 private:
  using Transaction::Transaction;
  StoreStatus look_at_pages();
  StoreStatus put_with(TableHandle table, Octets key, Octets value, unsigned flags);
  bool wrote_ = false;
};

/// A snapshot. May be handed to another thread between calls.
class ReadTransaction : public Transaction {
 public:
  static StoreResult<ReadTransaction> begin(const std::shared_ptr<Environment>& env);
  void reset() noexcept;  ///< lets go of the snapshot, keeps the reader's slot
  StoreStatus renew();    ///< after reset(): a new snapshot

 private:
  using Transaction::Transaction;
};

/// One process at a time: an flock-ed file. Held as long as it lives, also by forked children.
class StoreLock {
 public:
  /// `<folder>/lock`; busy names the process that holds it.
  static StoreResult<StoreLock> take(const std::string& folder);
  ~StoreLock();
  StoreLock(StoreLock&& other) noexcept;
  StoreLock& operator=(StoreLock&&) = delete;

 private:
  explicit StoreLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};
}  // namespace windlass::auth
