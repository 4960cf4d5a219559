#include <cerrno>
#include <cstring>

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "auth-plugin/store/lmdb_raw.hpp"
namespace windlass::auth::raw {
namespace {
struct CodeRow {
  int code;
  Trouble trouble;
  const char* text;
};

constexpr CodeRow code_rows[] = {
    {MDB_MAP_FULL, Trouble::map_full,
     "the map is full; raise the setting map_size and restart (the file is sparse, a large map "
     "costs nothing)"},
    {ENOSPC, Trouble::disk_full, "the disk is full; free some space, then write again"},
    {EDQUOT, Trouble::disk_full, "the disk quota is used up; raise it or free some space"},
    {EFBIG, Trouble::disk_full,
     "the file may not grow further; raise the file size limit (ulimit -f) of the service"},
    {MDB_READERS_FULL, Trouble::readers_full,
     "all reader slots are taken; end the other programs that read the store, or lower the setting "
     "workers, and restart"},
    {MDB_INVALID, Trouble::foreign, "this is not an LMDB file; name another folder"},
    {MDB_VERSION_MISMATCH, Trouble::newer,
     "the file was written by a later version of LMDB; use a later Windlass, or restore a backup"},
    {MDB_INCOMPATIBLE, Trouble::foreign,
     "a table has flags that Windlass does not use; the file is not ours"},
    {MDB_CORRUPTED, Trouble::damaged, "the file is damaged"},
    {MDB_PAGE_NOTFOUND, Trouble::damaged, "a page is missing"},
    {MDB_CURSOR_FULL, Trouble::damaged, "the tree is too deep"},
    {MDB_BAD_TXN, Trouble::damaged, "a page contradicts itself"},
    {MDB_PANIC, Trouble::damaged, "an earlier error left the file unusable"},
    {MDB_MAP_RESIZED, Trouble::map_full, "another process made the map larger; restart Windlass"},
    {MDB_DBS_FULL, Trouble::foreign, "the file has more tables than Windlass opens"},
    {MDB_NOTFOUND, Trouble::not_found, "not there"},
    {MDB_KEYEXIST, Trouble::refused, "the keys do not rise"},
    {MDB_BAD_VALSIZE, Trouble::refused, "a key must have 1 to 511 octets"},
    {EACCES, Trouble::system,
     "permission denied; give the file and its folder to the user Windlass runs as"},
    {EROFS, Trouble::system, "the file system is read-only; mount it writable"},
    {ENOENT, Trouble::not_found, "no such file or folder"},
    {ENOMEM, Trouble::system,
     "no memory or address space for the map; lower the setting map_size or raise ulimit -v"},
    {EMFILE, Trouble::system,
     "too many files are open; raise the limit of open files (ulimit -n) of the service"},
    {EBUSY, Trouble::busy, "the file is in use; end the other process, or use another folder"},
    {EAGAIN, Trouble::busy, "the file is locked; end the other process, or use another folder"},
    {EIO, Trouble::system, "the disk reported an input/output error; check the disk"},
};

/// Free below `octets`? Of a file that is not there its folder is asked.
bool is_narrow(const std::string& path, std::uint64_t octets) noexcept {
  struct statvfs disk {};
  const std::size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  if (::statvfs(path.c_str(), &disk) != 0 && ::statvfs(folder.c_str(), &disk) != 0) return false;
  return std::uint64_t{disk.f_bavail} * disk.f_frsize < octets;
}

/// liblmdb reports a write that came to its end halfway as EIO: whether there was no more room, is
/// asked of the file system and of the process's limit.
int without_room(const std::string& path) noexcept {
  constexpr std::uint64_t narrow = std::uint64_t{1} << 20;
  if (is_narrow(path, narrow)) return ENOSPC;
  struct rlimit most {};
  struct stat file {};
  if (::getrlimit(RLIMIT_FSIZE, &most) == 0 && most.rlim_cur != RLIM_INFINITY &&
      ::stat(path.c_str(), &file) == 0 &&
      static_cast<std::uint64_t>(file.st_size) + narrow > most.rlim_cur)
    return EFBIG;
  return EIO;
}
}  // namespace

namespace {
const CodeRow* code_row(int code) noexcept {
  for (const CodeRow& row : code_rows)
    if (row.code == code) return &row;
  return nullptr;
}

const char* code_text(int code) noexcept {
  const CodeRow* row = code_row(code);
  return row == nullptr ? mdb_strerror(code) : row->text;
}
}  // namespace

bool is_disk_full(const std::string& path) noexcept {
  return is_narrow(path, std::uint64_t{64} << 10);
}

StoreError explain(int code, const std::string& path, const char* doing) {
  if (code == EIO) code = without_room(path);
  const CodeRow* row = code_row(code);
  return {row == nullptr ? Trouble::system : row->trouble,
          path + ": " + doing + ": " + code_text(code)};
}

StoreError explain(int code, const Environment& env, const char* doing) {
  if (env.is_bad()) return env.bad_error();
  StoreError error = with_remedy(explain(code, env.path(), doing), env.remedy());
  if (error.trouble == Trouble::damaged) env.distrust(std::string(doing) + ": " + code_text(code));
  return error;
}

StoreError with_remedy(StoreError error, const std::string& remedy) {
  if (error.trouble == Trouble::damaged) error.text += "; " + remedy;
  return error;
}
}  // namespace windlass::auth::raw
