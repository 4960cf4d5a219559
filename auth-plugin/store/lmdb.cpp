#include "auth-plugin/store/lmdb.hpp"

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <cstdio>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "auth-plugin/store/lmdb_raw.hpp"
namespace windlass::auth {
namespace {
using raw::attempt;
using raw::explain;

/// dev:inode of a file; {0, 0}: not there.
using FileId = std::pair<dev_t, ino_t>;
FileId file_id(const std::string& path) noexcept {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return {};
  return {status.st_dev, status.st_ino};
}

/// liblmdb must never have one file open twice in a process: neither data nor lock file.
struct OpenFiles {
  struct Entry {
    FileId data, lock;
    Environment* environment;  ///< null: lost, its file stays taken
    std::weak_ptr<Environment> shared;
  };
  std::mutex mutex;
  std::condition_variable closed;
  std::vector<Entry> entries;
};
OpenFiles& open_files() {
  static OpenFiles all;
  return all;
}

std::uint64_t whole_pages(std::uint64_t octets) noexcept {
  const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  return std::max(octets / page, std::uint64_t{256}) * page;
}

void on_assertion(MDB_env*, const char*) noexcept {
  leave_step();
}

/// Room for all of the lock file: it is mapped, and a page that finds none on a full disk is a
/// SIGBUS at some reader's begin. 0 or ENOSPC; what else goes wrong here is liblmdb's to say.
int reserve_lock_file(const std::string& path, unsigned readers) noexcept {
  constexpr off_t front_octets = 4096, reader_octets = 64;
  const int file =
      ::open((path + "-lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0640);
  if (file < 0) return errno == ENOSPC ? ENOSPC : 0;
  const off_t octets = front_octets + reader_octets * static_cast<off_t>(readers);
  const int code = ::fallocate(file, FALLOC_FL_KEEP_SIZE, 0, octets) != 0 ? errno : 0;
  ::close(file);
  return code == ENOSPC || code == EDQUOT ? code : 0;
}

unsigned flags_of(const EnvironmentOptions& options) noexcept {
  unsigned flags = MDB_NOSUBDIR | MDB_NOTLS;
  if (!options.sync) flags |= MDB_NOSYNC;
  if (options.read_only) flags |= MDB_RDONLY | MDB_NOLOCK;
  return flags;
}
}  // namespace

struct EnvironmentMaker {
  static void close(Environment* environment) {
    OpenFiles& all = open_files();
    const std::lock_guard lock(all.mutex);
    const auto is_it = [&](const auto& entry) { return entry.environment == environment; };
    if (environment->writer_lost_)
      std::find_if(all.entries.begin(), all.entries.end(), is_it)->environment = nullptr;
    std::erase_if(all.entries, is_it);
    delete environment;
    all.closed.notify_all();
  }

  /// The one that is open; null: none. Waits for one that is just being closed.
  static StoreResult<std::shared_ptr<Environment>> find(OpenFiles& all,
                                                        std::unique_lock<std::mutex>& lock,
                                                        const std::string& path) {
    for (;;) {
      const FileId data = file_id(path), lock_file = file_id(path + "-lock");
      const auto same = std::find_if(all.entries.begin(), all.entries.end(), [&](const auto& e) {
        return (data.second != 0 && e.data == data) ||
               (lock_file.second != 0 && e.lock == lock_file);
      });
      if (same == all.entries.end()) return std::shared_ptr<Environment>();
      if (same->environment == nullptr)
        return StoreError{Trouble::damaged,
                          path + ": the file failed while it was written; restart Windlass"};
      if (auto shared = same->shared.lock()) {
        if (same->data == data) return shared;
        return StoreError{Trouble::busy, path +
                                             ": the file that stood here before is still open; "
                                             "try again when nothing reads it any more"};
      }
      all.closed.wait(lock);
    }
  }

  static StoreResult<std::shared_ptr<Environment>> make(const EnvironmentOptions& options) {
    OpenFiles& all = open_files();
    std::unique_lock lock(all.mutex);
    auto found = find(all, lock, options.path);
    if (!found || *found) return found;
    const auto there = raw::examine(options.path);
    if (!there) return raw::with_remedy(there.error(), options.remedy);
    if (!*there && (!options.create || options.read_only))
      return explain(ENOENT, options.path, "open");
    std::unique_ptr<Environment, void (*)(Environment*)> made(
        new Environment(), [](Environment* environment) { delete environment; });
    if (const auto done = made->prepare(options); !done) {
      // What a failed creation left behind would look like a cut off store.
      if (!*there) {
        ::unlink(options.path.c_str());
        if (!options.read_only) ::unlink((options.path + "-lock").c_str());
      }
      return done.error();
    }
    std::shared_ptr<Environment> shared(made.release(), [](Environment* e) { close(e); });
    all.entries.push_back({file_id(options.path),
                           options.read_only ? FileId{} : file_id(options.path + "-lock"),
                           shared.get(), shared});
    return shared;
  }
};

StoreResult<std::shared_ptr<Environment>> Environment::open(const EnvironmentOptions& options) {
  return EnvironmentMaker::make(options);
}

StoreStatus Environment::prepare(const EnvironmentOptions& options) {
  path_ = options.path;
  remedy_ = options.remedy;
  read_only_ = options.read_only;
  if (!read_only_)
    if (const int full = reserve_lock_file(path_, options.readers); full != 0)
      return explain(full, *this, "open");
  const int code = attempt(*this, [&] {
    if (const int failed = mdb_env_create(&env_); failed != 0) return failed;
    mdb_env_set_assert(env_, on_assertion);
    mdb_env_set_maxdbs(env_, std::clamp(options.tables, 1u, tables_most));
    mdb_env_set_maxreaders(env_, std::max(options.readers, 1u));
    return mdb_env_open(env_, path_.c_str(), flags_of(options), 0640);
  });
  if (code != 0) return explain(code, *this, "open");
  const std::uint64_t wanted = whole_pages(options.map_octets);
  if (wanted > map_octets() && !read_only_) {
    const int grown = attempt(*this, [&] { return mdb_env_set_mapsize(env_, wanted); });
    if (grown != 0) return explain(grown, *this, "map");
  }
  reap_readers();
  return Done{};
}

Environment::~Environment() {
  if (env_ == nullptr || writer_lost_) return;
  attempt(*this, [this] { return mdb_env_close(env_), 0; });
}

int Environment::open_table(const std::string& name, bool create, unsigned& number,
                            unsigned& flags) const {
  MDB_txn* txn = nullptr;
  const int begun = attempt(
      *this, [&] { return mdb_txn_begin(env_, nullptr, create ? 0 : unsigned{MDB_RDONLY}, &txn); });
  if (begun != 0) return begun;
  const int code = attempt(*this, [&] {
    const int opened = mdb_dbi_open(txn, name.c_str(), create ? unsigned{MDB_CREATE} : 0, &number);
    return opened != 0 ? opened : mdb_dbi_flags(txn, number, &flags);
  });
  if (!is_bad() && code != 0) attempt(*this, [&] { return mdb_txn_abort(txn), 0; });
  const int done = code == 0 ? attempt(*this, [&] { return mdb_txn_commit(txn); }) : code;
  if (create && is_bad()) lose_writer();
  return done;
}

StoreResult<std::vector<std::string>> Environment::table_names() {
  auto snapshot = ReadTransaction::begin(shared_from_this());
  if (!snapshot) return snapshot.error();
  unsigned number = 0;
  const int code =
      raw::attempt(*this, [&] { return mdb_dbi_open(snapshot->raw(), nullptr, 0, &number); });
  if (code != 0) return raw::explain(code, *this, "read");
  auto cursor = snapshot->cursor({number});
  if (!cursor) return cursor.error();
  std::vector<std::string> names;
  auto there = cursor->first();
  for (; there && *there; there = cursor->next())
    names.emplace_back(cursor->key().begin(), cursor->key().end());
  if (!there) return there.error();
  const auto counted = snapshot->entries({number});
  if (!counted) return counted.error();
  if (*counted != names.size()) return raw::explain(MDB_CORRUPTED, *this, "list the tables");
  return names;
}

StoreResult<TableHandle> Environment::table(const std::string& name, bool create) {
  const std::lock_guard lock(tables_mutex_);
  if (const auto known = tables_.find(name); known != tables_.end()) return known->second;
  if (is_distrusted()) return bad_error();
  TableHandle handle;
  unsigned flags = 0;
  int code = open_table(name, false, handle.number, flags);
  if (code == MDB_NOTFOUND && create && !read_only_) {
    // Nothing is written to a list of tables that contradicts itself.
    if (const auto names = table_names(); !names) return names.error();
    code = open_table(name, true, handle.number, flags);
  }
  if (code != 0) return explain(code, *this, ("table " + name).c_str());
  if (flags != 0) return explain(MDB_INCOMPATIBLE, *this, ("table " + name).c_str());
  names_.at(handle.number) = name;
  tables_.emplace(name, handle);
  return handle;
}

std::uint64_t Environment::last_txn() const noexcept {
  MDB_envinfo info{};
  attempt(*this, [&] { return mdb_env_info(env_, &info); });
  return info.me_last_txnid;
}

std::uint64_t Environment::map_octets() const noexcept {
  MDB_envinfo info{};
  attempt(*this, [&] { return mdb_env_info(env_, &info); });
  return info.me_mapsize;
}

int Environment::descriptor() const noexcept {
  mdb_filehandle_t descriptor{};
  return mdb_env_get_fd(env_, &descriptor) == 0 ? descriptor : -1;
}

std::uint64_t Environment::file_octets() const noexcept {
  struct stat status {};
  if (::fstat(descriptor(), &status) != 0) return 0;
  return static_cast<std::uint64_t>(status.st_size);
}

void Environment::give_back() const noexcept {
  MDB_txn* lock = nullptr;  // keeps other writers out while the file is cut
  if (attempt(*this, [&] { return mdb_txn_begin(env_, nullptr, 0, &lock); }) != 0) return;
  MDB_envinfo info{};
  MDB_stat page{};
  const auto ask = [&] {
    const int known = mdb_env_info(env_, &info);
    return known != 0 ? known : mdb_env_stat(env_, &page);
  };
  if (attempt(*this, ask) == 0) {
    const std::uint64_t used = (std::uint64_t{info.me_last_pgno} + 1) * page.ms_psize;
    // A file that cannot be cut stays as long as it is: room is all that is lost.
    if (file_octets() > used)
      static_cast<void>(!::ftruncate(descriptor(), static_cast<off_t>(used)));
  }
  attempt(*this, [&] { return mdb_txn_abort(lock), 0; });
  if (is_bad()) lose_writer();
}

StoreStatus Environment::move_to(const std::string& path) {
  const std::pair<std::string, std::string> moves[] = {{path_, path},
                                                       {path_ + "-lock", path + "-lock"}};
  for (const auto& [from, to] : moves)
    if (::rename(from.c_str(), to.c_str()) != 0) return explain(errno, from, "rename");
  path_ = path;
  return Done{};
}

bool Environment::is_in_place() const noexcept {
  struct stat open {};
  if (::fstat(descriptor(), &open) != 0) return false;
  return file_id(path_) == FileId{open.st_dev, open.st_ino};
}

StoreStatus Environment::sync() {
  if (is_bad()) return bad_error();
  const int code = attempt(*this, [&] { return mdb_env_sync(env_, 1); });
  if (code != 0) return explain(code, *this, "sync");
  return Done{};
}

unsigned Environment::reap_readers() noexcept {
  int dead = 0;
  attempt(*this, [&] { return mdb_reader_check(env_, &dead); });
  return static_cast<unsigned>(dead);
}

void Environment::mark(Trouble trouble, const std::string& text) const noexcept {
  const std::lock_guard lock(bad_mutex_);
  if (!bad_text_.empty()) return;
  bad_trouble_ = trouble;
  bad_text_ = path_ + ": " + text;
}

void Environment::mark_bad(const char* what) const noexcept {
  distrust(what);
  bad_.store(true, std::memory_order_release);
}

void Environment::distrust(const std::string& what) const noexcept {
  mark(Trouble::damaged, "the file is damaged: " + what + "; " + remedy_);
  distrusted_.store(true, std::memory_order_release);
}

void Environment::mark_bad(const Fault& fault) const noexcept {
  if (fault.signal != SIGBUS || !raw::is_disk_full(path_)) return mark_bad(fault.text);
  mark(Trouble::disk_full,
       "the disk is full: a page could not be written (SIGBUS); free some space, then restart "
       "Windlass");
  distrusted_.store(true, std::memory_order_release);
  bad_.store(true, std::memory_order_release);
}

std::string Environment::damage() const {
  const std::lock_guard lock(bad_mutex_);
  return bad_text_;
}

StoreError Environment::bad_error() const {
  const std::lock_guard lock(bad_mutex_);
  return {bad_trouble_, bad_text_};
}
}  // namespace windlass::auth
