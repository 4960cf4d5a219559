#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "auth-plugin/store/lmdb_raw.hpp"
#include "auth-plugin/store/page_tree.hpp"
namespace windlass::auth::raw {
namespace {
/// Two pages of this shape begin a file of LMDB 0.9 (data version 1); integers are native.
struct MetaPage {
  std::uint64_t number;
  std::uint16_t pad, flags;
  std::uint32_t bounds;
  std::uint32_t magic, version;
  std::uint64_t address, map_octets;
  struct Tree {
    std::uint32_t pad;  ///< of the first tree: the page size
    std::uint16_t flags, depth;
    std::uint64_t branches, leaves, overflows, entries, root;
  } trees[2];
  std::uint64_t last_page, txn;
};
static_assert(sizeof(MetaPage) == 152);
constexpr std::uint32_t meta_magic = 0xBEEFC0DE;
constexpr std::uint32_t meta_version = 1;
constexpr std::uint16_t meta_flag = 8;

class File {
 public:
  explicit File(const char* path) : descriptor_(::open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
  ~File() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  bool is_open() const noexcept { return descriptor_ >= 0; }
  int descriptor() const noexcept { return descriptor_; }

 private:
  int descriptor_;
};

bool read_meta(int descriptor, std::uint64_t at, MetaPage& page) noexcept {
  return ::pread(descriptor, &page, sizeof page, static_cast<off_t>(at)) ==
         static_cast<ssize_t>(sizeof page);
}

TreeRoot root_of(const MetaPage::Tree& tree) noexcept {
  return {tree.root, tree.entries, tree.depth};
}

FileShape shape_by(int descriptor, const MetaPage (&pages)[2], std::uint64_t octets) noexcept {
  const MetaPage& last = pages[1].txn > pages[0].txn ? pages[1] : pages[0];
  const std::uint64_t page_octets = pages[0].trees[0].pad;
  return {descriptor,
          page_octets,
          octets / page_octets,
          last.last_page,
          last.txn,
          root_of(last.trees[0]),
          root_of(last.trees[1])};
}

bool page_size_is_sane(std::uint32_t octets) noexcept {
  return octets >= 512 && octets <= 32768 && (octets & (octets - 1)) == 0;
}

StoreError fault(const std::string& path, Trouble trouble, const char* text) {
  return {trouble, path + ": " + text};
}

constexpr const char* no_lmdb_text = "this is not an LMDB file; name another folder";
constexpr const char* no_file_text =
    "this is not a regular file; move it away, then put a backup in its place (a serve.mdb is "
    "rebuilt)";
constexpr const char* cut_text = "the file was cut off: it is shorter than its own first page says";

StoreStatus judge(const std::string& path, const MetaPage& page) {
  if (page.magic == __builtin_bswap32(meta_magic))
    return fault(path, Trouble::foreign,
                 "written on a machine of the other byte order; transfer the zones instead");
  if (page.magic != meta_magic || (page.flags & meta_flag) == 0)
    return fault(path, Trouble::foreign, no_lmdb_text);
  if (page.version != meta_version)
    return fault(path, Trouble::newer,
                 "written by a later version of LMDB; use a later Windlass, or restore a backup");
  if (!page_size_is_sane(page.trees[0].pad))
    return fault(path, Trouble::damaged, "its page size is impossible");
  return Done{};
}

bool is_missing(const std::string& path) noexcept {
  return errno == ENOENT && !path.empty();
}
}  // namespace

StoreResult<bool> examine(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) {
    if (is_missing(path)) return false;
    return explain(errno, path, "open");
  }
  // Asked before it is opened: to open a pipe waits, to open a device may do anything.
  if (!S_ISREG(status.st_mode)) return fault(path, Trouble::foreign, no_file_text);
  const File file(path.c_str());
  if (!file.is_open() || fstat(file.descriptor(), &status) != 0)
    return explain(errno, path, "open");
  if (status.st_size == 0) return fault(path, Trouble::damaged, "the file is empty");
  MetaPage pages[2]{};
  if (!read_meta(file.descriptor(), 0, pages[0]))
    return fault(path, Trouble::foreign, "too short for an LMDB file; name another folder");
  if (const auto sane = judge(path, pages[0]); !sane) return sane.error();
  const std::uint64_t page_octets = pages[0].trees[0].pad;
  if (!read_meta(file.descriptor(), page_octets, pages[1]))
    return fault(path, Trouble::damaged, cut_text);
  if (const auto sane = judge(path, pages[1]); !sane) return sane.error();
  if (pages[1].trees[0].pad != page_octets)
    return fault(path, Trouble::damaged, "its first two pages contradict each other");
  const FileShape shape =
      shape_by(file.descriptor(), pages, static_cast<std::uint64_t>(status.st_size));
  if (shape.last_page >= shape.pages && !missing_pages_are_free(shape))
    return fault(path, Trouble::damaged, cut_text);
  return true;
}
}  // namespace windlass::auth::raw

namespace windlass::auth {
std::optional<FileShape> shape_of(int descriptor) {
  raw::MetaPage pages[2]{};
  struct stat status {};
  if (::fstat(descriptor, &status) != 0 || !raw::read_meta(descriptor, 0, pages[0]) ||
      !raw::judge({}, pages[0]) || !raw::read_meta(descriptor, pages[0].trees[0].pad, pages[1]) ||
      !raw::judge({}, pages[1]) || pages[1].trees[0].pad != pages[0].trees[0].pad)
    return std::nullopt;
  return raw::shape_by(descriptor, pages, static_cast<std::uint64_t>(status.st_size));
}
}  // namespace windlass::auth
