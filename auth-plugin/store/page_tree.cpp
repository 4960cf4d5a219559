#include "auth-plugin/store/page_tree.hpp"

#include <algorithm>
#include <cstring>

#include <unistd.h>
namespace windlass::auth {
namespace {
constexpr std::size_t page_front = 16, node_front = 8, key_octets_most = 511;
constexpr std::size_t page_flags_at = 10, lower_at = 12, upper_at = 14, overflow_pages_at = 12;
constexpr std::uint16_t branch_flag = 1, leaf_flag = 2, overflow_flag = 4;
constexpr std::uint16_t big_data_flag = 1, table_flag = 2;
constexpr unsigned depth_most = 32;            ///< liblmdb's own bound
constexpr std::size_t pages_kept_most = 4096;  ///< copies in memory at a time
constexpr std::size_t first_data_page = 2;

template <class Integer>
Integer number_at(PageTree::Octets from, std::size_t at) noexcept {
  Integer value{};
  std::memcpy(&value, from.data() + at, sizeof value);
  return value;
}

/// liblmdb's order of keys without flags.
int key_order(PageTree::Octets a, PageTree::Octets b) noexcept {
  const std::size_t shared = std::min(a.size(), b.size());
  const int order = shared == 0 ? 0 : std::memcmp(a.data(), b.data(), shared);
  return order != 0 ? order : a.size() < b.size() ? -1 : a.size() > b.size() ? 1 : 0;
}

PageTree::Octets octets_of_text(std::string_view text) noexcept {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
}  // namespace

bool PageTree::fail(std::uint64_t number, const char* why) {
  if (complaint_.empty()) complaint_ = "page " + std::to_string(number) + ": " + why;
  return false;
}

/// The page, judged; nullptr: it is not sound.
const PageTree::Page* PageTree::load(std::uint64_t number) {
  if (const auto known = sound_.find(number); known != sound_.end()) return &known->second;
  if (number < first_data_page || number >= shape_.pages)
    return fail(number, "is named, and is no page of the file"), nullptr;
  Page page(shape_.page_octets);
  if (::pread(shape_.descriptor, page.data(), page.size(),
              static_cast<off_t>(number * shape_.page_octets)) != static_cast<ssize_t>(page.size()))
    return fail(number, "cannot be read"), nullptr;
  if (!judge(number, page)) return nullptr;
  return &sound_.emplace(number, std::move(page)).first->second;
}

std::size_t PageTree::nodes_in(const Page& page) noexcept {
  return (number_at<std::uint16_t>(page, lower_at) - page_front) / 2;
}

bool PageTree::is_branch(const Page& page) noexcept {
  return number_at<std::uint16_t>(page, page_flags_at) == branch_flag;
}

bool PageTree::judge(std::uint64_t number, const Page& page) {
  if (number_at<std::uint64_t>(page, 0) != number) return fail(number, "says that it is another");
  const auto flags = number_at<std::uint16_t>(page, page_flags_at);
  if (flags != branch_flag && flags != leaf_flag)
    return fail(number, "is neither a branch nor a leaf");
  const auto lower = number_at<std::uint16_t>(page, lower_at);
  const auto upper = number_at<std::uint16_t>(page, upper_at);
  if (lower < page_front || lower % 2 != 0 || lower > upper || upper > page.size())
    return fail(number, "its bounds contradict each other");
  return judge_nodes(number, page, flags == branch_flag);
}

/// Nodes lie between `upper` and the end, none upon another. (A branch of the tree of free pages
/// may have a single one.)
bool PageTree::judge_nodes(std::uint64_t number, const Page& page, bool is_branch) {
  const std::size_t nodes = nodes_in(page);
  const auto upper = number_at<std::uint16_t>(page, upper_at);
  if (nodes == 0) return fail(number, "holds no nodes");
  spans_.clear();
  for (std::size_t i = 0; i < nodes; ++i) {
    const auto offset = number_at<std::uint16_t>(page, page_front + 2 * i);
    if (offset < upper || offset > page.size() - node_front)
      return fail(number, "a node stands outside of the page");
    const std::size_t key_octets = number_at<std::uint16_t>(page, offset + 6u);
    const std::size_t end = offset + node_front + key_octets;
    if (key_octets > key_octets_most || end > page.size())
      return fail(number, "a key reaches beyond the page");
    std::size_t data = 0;
    if (!is_branch) {
      const Node leaf = node(page, i);
      data = (leaf.flags & big_data_flag) != 0 ? 8 : leaf.octets;
      if ((leaf.flags & ~(big_data_flag | table_flag)) != 0 || data > page.size() - end)
        return fail(number, "a value reaches beyond the page");
    }
    spans_.emplace_back(offset, end + data);
  }
  std::sort(spans_.begin(), spans_.end());
  const auto meet = [](const auto& a, const auto& b) { return a.second > b.first; };
  return std::adjacent_find(spans_.begin(), spans_.end(), meet) == spans_.end() ||
         fail(number, "two nodes stand in one place");
}

/// Precondition: the page is judged as far as this node's key.
PageTree::Node PageTree::node(const Page& page, std::size_t index) noexcept {
  const Octets all(page);
  const std::size_t at = number_at<std::uint16_t>(page, page_front + 2 * index);
  const std::uint32_t low = number_at<std::uint16_t>(page, at);
  const std::uint32_t high = number_at<std::uint16_t>(page, at + 2);
  Node out;
  out.flags = number_at<std::uint16_t>(page, at + 4);
  out.octets = high << 16 | low;
  out.child = std::uint64_t{out.flags} << 32 | out.octets;
  const std::size_t key_octets = number_at<std::uint16_t>(page, at + 6);
  out.key = all.subspan(at + node_front, key_octets);
  const Octets rest = all.subspan(at + node_front + key_octets);
  out.data = rest.first(
      std::min<std::size_t>(rest.size(), (out.flags & big_data_flag) != 0 ? 8 : out.octets));
  return out;
}

/// The last child whose first key is not above `key`.
std::size_t PageTree::child_for(const Page& page, Octets key) noexcept {
  std::size_t low = 0, high = nodes_in(page);
  while (high - low > 1) {
    const std::size_t middle = (low + high) / 2;
    (key_order(node(page, middle).key, key) <= 0 ? low : high) = middle;
  }
  return low;
}

std::optional<PageTree::Node> PageTree::exact(const Page& page, Octets key) noexcept {
  const std::size_t nodes = nodes_in(page);
  std::size_t low = 0, high = nodes;
  while (low < high) {
    const std::size_t middle = (low + high) / 2;
    if (key_order(node(page, middle).key, key) < 0)
      low = middle + 1;
    else
      high = middle;
  }
  if (low == nodes || key_order(node(page, low).key, key) != 0) return std::nullopt;
  return node(page, low);
}

/// The first leaf below: where liblmdb looks for the key that stands for a page.
bool PageTree::lowest(std::uint64_t number, unsigned depth, unsigned leaf_depth) {
  for (;; ++depth) {
    const Page* page = load(number);
    if (page == nullptr) return false;
    if (is_branch(*page) != (depth < leaf_depth)) return fail(number, "stands at a wrong depth");
    if (!is_branch(*page)) return true;
    number = node(*page, 0).child;
  }
}

bool PageTree::Reached::holds(Octets key) const noexcept {
  return leaf != 0 && key_order(low, key) <= 0 && (!bounded || key_order(key, high) < 0);
}

/// Precondition: the tree is not empty.
bool PageTree::descend(const TreeRoot& tree, Octets key, bool with_neighbours, Reached& reached) {
  reached = {};
  std::uint64_t number = tree.root;
  if (tree.depth == 0 || tree.depth > depth_most) return fail(number, "has an impossible depth");
  for (unsigned depth = 1;; ++depth) {
    const Page* page = load(number);
    if (page == nullptr) return false;
    if (is_branch(*page) != (depth < tree.depth)) return fail(number, "stands at a wrong depth");
    if (!is_branch(*page)) return reached.leaf = number, true;
    const std::size_t at = child_for(*page, key);
    const auto copy = [](Octets octets) {
      return std::vector<std::uint8_t>(octets.begin(), octets.end());
    };
    if (at > 0) reached.low = copy(node(*page, at).key);
    if (at + 1 < nodes_in(*page)) {
      reached.high = copy(node(*page, at + 1).key);
      reached.bounded = true;
    }
    if (with_neighbours)
      for (const std::size_t beside : {at - 1, at + 1})
        if (beside < nodes_in(*page) && !lowest(node(*page, beside).child, depth + 1, tree.depth))
          return false;
    number = node(*page, at).child;
  }
}

/// The pages of a value that stands outside of its leaf: as many as it needs, or more where a
/// longer one stood before.
bool PageTree::overflow(const Node& node, std::vector<std::uint8_t>* content) {
  const auto number = number_at<std::uint64_t>(node.data, 0);
  const std::uint64_t needed = (page_front + node.octets - 1) / shape_.page_octets + 1;
  if (number < first_data_page || number >= shape_.pages || needed > shape_.pages - number)
    return fail(number, "begins a value that is no part of the file");
  std::vector<std::uint8_t> read(content != nullptr ? page_front + node.octets : page_front);
  if (::pread(shape_.descriptor, read.data(), read.size(),
              static_cast<off_t>(number * shape_.page_octets)) != static_cast<ssize_t>(read.size()))
    return fail(number, "cannot be read");
  const auto pages = number_at<std::uint32_t>(read, overflow_pages_at);
  if (number_at<std::uint64_t>(read, 0) != number ||
      number_at<std::uint16_t>(read, page_flags_at) != overflow_flag || pages < needed ||
      pages > shape_.last_page + 1 - number)
    return fail(number, "is not the value that a leaf says");
  if (!is_first_sight(number, pages)) return fail(number, "is used twice");
  if (content != nullptr) content->assign(read.begin() + page_front, read.end());
  return true;
}

bool PageTree::read_root(const Node& node, TreeRoot& root) noexcept {
  constexpr std::size_t octets = 48, depth_at = 6, entries_at = 32, root_at = 40;
  if ((node.flags & table_flag) == 0 || node.data.size() != octets) return false;
  root.depth = number_at<std::uint16_t>(node.data, depth_at);
  root.entries = number_at<std::uint64_t>(node.data, entries_at);
  root.root = number_at<std::uint64_t>(node.data, root_at);
  return true;
}

PageTree::Table* PageTree::table(unsigned number, std::string_view name) {
  if (const auto known = tables_.find(number); known != tables_.end()) return &known->second;
  Table found;
  if (shape_.tables.root != TreeRoot::none) {
    const Octets key = octets_of_text(name);
    if (!descend(shape_.tables, key, false, found.last)) return nullptr;
    const auto node = exact(*load(found.last.leaf), key);
    if (node && !read_root(*node, found.root))
      return fail(found.last.leaf, "holds a table that is none"), nullptr;
  }
  found.last = {};
  return &tables_.emplace(number, std::move(found)).first->second;
}

/// The value of `key`, when it stands in pages of its own.
bool PageTree::value_at(std::uint64_t leaf, Octets key) {
  const Page* page = load(leaf);
  if (page == nullptr) return false;
  const auto found = exact(*page, key);
  return !found || (found->flags & big_data_flag) == 0 || overflow(*found, nullptr);
}

bool PageTree::path(unsigned number, std::string_view name, Octets key) {
  if (sound_.size() > pages_kept_most) sound_.clear();
  Table* at = table(number, name);
  if (at == nullptr) return false;
  if (at->root.root == TreeRoot::none) return true;
  // Keys mostly rise: the next one stands in the same leaf.
  if (!at->last.holds(key) && !descend(at->root, key, true, at->last)) {
    at->last = {};
    return false;
  }
  return value_at(at->last.leaf, key);
}

/// Pages are counted only in a walk of all of them.
bool PageTree::is_first_sight(std::uint64_t number, std::uint64_t pages) {
  const std::uint64_t end = std::min<std::uint64_t>(number + pages, seen_.size());
  for (std::uint64_t i = number; i < end; ++i) {
    if (seen_[i]) return false;
    seen_[i] = true;
  }
  return true;
}

bool PageTree::walk(std::uint64_t number, unsigned depth, unsigned leaf_depth,
                    const EachLeafNode& each) {
  const Page* loaded = load(number);
  if (loaded == nullptr) return false;
  if (!is_first_sight(number, 1) || ++walked_ > shape_.pages) return fail(number, "is used twice");
  if (is_branch(*loaded) != (depth < leaf_depth)) return fail(number, "stands at a wrong depth");
  const Page page = *loaded;
  if (depth == leaf_depth) sound_.erase(number);
  for (std::size_t i = 0; i < nodes_in(page); ++i) {
    const Node at = node(page, i);
    if (is_branch(page) ? !walk(at.child, depth + 1, leaf_depth, each) : !each(at)) return false;
  }
  return true;
}

bool PageTree::walk(const TreeRoot& tree, const EachLeafNode& each) {
  if (tree.root == TreeRoot::none)
    return tree.entries == 0 || fail(tree.root, "an empty tree counts entries");
  if (tree.depth == 0 || tree.depth > depth_most) return fail(tree.root, "has an impossible depth");
  std::uint64_t entries = 0;
  walked_ = 0;
  const auto counting = [&](const Node& node) { return ++entries, each(node); };
  if (!walk(tree.root, 1, tree.depth, counting)) return false;
  return entries == tree.entries || fail(tree.root, "its tree has not as many entries as counted");
}

bool PageTree::list(const Node& node, const std::function<void(std::uint64_t)>& each) {
  std::vector<std::uint8_t> big;
  Octets data = node.data;
  if ((node.flags & big_data_flag) != 0) {
    if (!overflow(node, &big)) return false;
    data = big;
  }
  const std::uint64_t count = data.size() < 8 ? 0 : number_at<std::uint64_t>(data, 0);
  if (data.size() < 8 || count > data.size() / 8 - 1)
    return fail(shape_.free.root, "a list of free pages has not the length it says");
  std::uint64_t last = shape_.last_page + 1;
  for (std::uint64_t i = 1; i <= count; ++i) {
    const auto number = number_at<std::uint64_t>(data, i * 8);
    if (number < first_data_page || number >= last)
      return fail(number, "is called free, and is not in order");
    last = number;
    each(number);
  }
  return true;
}

bool PageTree::free_list(const std::function<void(std::uint64_t)>& each) {
  return walk(shape_.free, [&](const Node& node) { return list(node, each); });
}

bool PageTree::all() {
  seen_.assign(shape_.pages, false);
  std::vector<std::uint64_t> free;
  const auto value = [this](const Node& node) {
    return (node.flags & big_data_flag) == 0 || overflow(node, nullptr);
  };
  const auto table = [&](const Node& node) {
    TreeRoot root;
    return read_root(node, root) ? walk(root, value) : value(node);
  };
  if (!free_list([&free](std::uint64_t number) { free.push_back(number); }) ||
      !walk(shape_.tables, table))
    return false;
  for (const std::uint64_t number : free)
    if (number < shape_.pages && !is_first_sight(number, 1))
      return fail(number, "is called free, and is used");
  return true;
}

bool missing_pages_are_free(const FileShape& shape) {
  PageTree tree(shape);
  std::vector<std::uint64_t> missing;
  const auto note = [&](std::uint64_t number) {
    if (number >= shape.pages) missing.push_back(number);
  };
  if (!tree.free_list(note)) return false;
  std::sort(missing.begin(), missing.end());
  missing.erase(std::unique(missing.begin(), missing.end()), missing.end());
  return missing.size() >= shape.last_page + 1 - shape.pages;
}
}  // namespace windlass::auth
