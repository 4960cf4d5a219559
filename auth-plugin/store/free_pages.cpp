#include "auth-plugin/store/free_pages.hpp"

#include <algorithm>
#include <cstring>

#include <unistd.h>
namespace windlass::auth {
namespace {
constexpr std::size_t page_front = 16, node_front = 8;
constexpr std::size_t page_flags_at = 10, lower_at = 12;
constexpr std::uint16_t branch_flag = 1, leaf_flag = 2, overflow_flag = 4;
constexpr std::uint16_t big_data_flag = 1;
constexpr unsigned depth_most = 32;  ///< liblmdb's own bound

using Page = std::vector<std::uint8_t>;

template <class Integer>
bool take(std::span<const std::uint8_t> from, std::size_t at, Integer& value) noexcept {
  if (from.size() < sizeof value || at > from.size() - sizeof value) return false;
  std::memcpy(&value, from.data() + at, sizeof value);
  return true;
}

class FreeListWalk {
 public:
  explicit FreeListWalk(const FileShape& shape) : shape_(shape) {}
  bool tree(std::uint64_t root, unsigned depth);
  std::vector<std::uint64_t>& missing() noexcept { return missing_; }

 private:
  bool read(std::uint64_t number, std::uint64_t pages, Page& page);
  bool node(const Page& page, std::size_t at, bool is_branch, unsigned depth);
  bool leaf(const Page& page, std::size_t data, std::uint32_t octets, bool is_big);
  bool list(std::span<const std::uint8_t> data);
  const FileShape& shape_;
  std::uint64_t pages_read_ = 0;
  std::vector<std::uint64_t> missing_;
};

/// No page is read twice by a sane tree: more than the file has is a loop.
bool FreeListWalk::read(std::uint64_t number, std::uint64_t pages, Page& page) {
  if (number >= shape_.pages || pages > shape_.pages - number) return false;
  if ((pages_read_ += pages) > shape_.pages) return false;
  page.resize(pages * shape_.page_octets);
  return ::pread(shape_.descriptor, page.data(), page.size(),
                 static_cast<off_t>(number * shape_.page_octets)) ==
         static_cast<ssize_t>(page.size());
}

bool FreeListWalk::tree(std::uint64_t root, unsigned depth) {
  Page page;
  std::uint16_t flags = 0, lower = 0;
  if (depth == depth_most || !read(root, 1, page) || !take(page, page_flags_at, flags) ||
      !take(page, lower_at, lower))
    return false;
  const bool is_branch = (flags & branch_flag) != 0;
  if (!is_branch && (flags & leaf_flag) == 0) return false;
  for (std::size_t at = page_front; at + 2 <= lower; at += 2) {
    std::uint16_t offset = 0;
    if (!take(page, at, offset) || !node(page, offset, is_branch, depth)) return false;
  }
  return true;
}

bool FreeListWalk::node(const Page& page, std::size_t at, bool is_branch, unsigned depth) {
  std::uint16_t low = 0, high = 0, flags = 0, key_octets = 0;
  if (!take(page, at, low) || !take(page, at + 2, high) || !take(page, at + 4, flags) ||
      !take(page, at + 6, key_octets))
    return false;
  const std::uint32_t number = std::uint32_t{high} << 16 | low;
  if (is_branch) return tree(std::uint64_t{flags} << 32 | number, depth + 1);
  return leaf(page, at + node_front + key_octets, number, (flags & big_data_flag) != 0);
}

bool FreeListWalk::leaf(const Page& page, std::size_t data, std::uint32_t octets, bool is_big) {
  if (!is_big) {
    if (data > page.size() || octets > page.size() - data) return false;
    return list(std::span(page).subspan(data, octets));
  }
  std::uint64_t number = 0;
  Page big;
  std::uint16_t flags = 0;
  const std::uint64_t pages = (page_front + octets + shape_.page_octets - 1) / shape_.page_octets;
  if (!take(page, data, number) || !read(number, pages, big) || !take(big, page_flags_at, flags) ||
      (flags & overflow_flag) == 0)
    return false;
  return list(std::span(big).subspan(page_front, octets));
}

bool FreeListWalk::list(std::span<const std::uint8_t> data) {
  std::uint64_t count = 0;
  if (!take(data, 0, count) || count > data.size() / 8 - 1) return false;
  for (std::uint64_t i = 1; i <= count; ++i) {
    std::uint64_t number = 0;
    if (!take(data, i * 8, number)) return false;
    if (number >= shape_.pages && number <= shape_.last_page) missing_.push_back(number);
  }
  return true;
}
}  // namespace

bool missing_pages_are_free(const FileShape& shape) {
  if (shape.free_root == ~std::uint64_t{0}) return shape.last_page < shape.pages;
  FreeListWalk walk(shape);
  if (!walk.tree(shape.free_root, 0)) return false;
  std::vector<std::uint64_t>& free = walk.missing();
  std::sort(free.begin(), free.end());
  free.erase(std::unique(free.begin(), free.end()), free.end());
  return free.size() >= shape.last_page + 1 - shape.pages;
}
}  // namespace windlass::auth
