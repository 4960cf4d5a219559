#pragma once
/// PageTree: the trees of a file of LMDB 0.9 as they stand in the file, read by pread and judged
/// page by page, without liblmdb and without mapping. Not for other folders.
///
/// liblmdb believes its pages: where one states a wrong size, a write runs beyond the copy of that
/// page on the heap. So each page that a write may touch is judged here before.
///
///    page    number 8 | pad 2 | flags 2 | lower 2 | upper 2, or octets' pages 4 | node offsets 2..
///    node    low 2 | high 2 | flags 2 | key octets 2 | key | data
///            branch: low, high, flags are the child's page; leaf: low, high are the data's octets,
///            with flag 1 the data is the number (8) of the first overflow page, with flag 2 it is
///            the tree of a table: pad 4 | flags 2 | depth 2 | branches, leaves, overflows,
///            entries, root 8 each
///    data    of the tree of free pages: count 8 | page number 8 x count, falling
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>
namespace windlass::auth {

struct TreeRoot {
  static constexpr std::uint64_t none = ~std::uint64_t{0};
  std::uint64_t root = none, entries = 0;
  std::uint16_t depth = 0;
};

/// What a meta page says of its file.
struct FileShape {
  int descriptor = -1;
  std::uint64_t page_octets = 4096;
  std::uint64_t pages = 0;      ///< in the file
  std::uint64_t last_page = 0;  ///< by its meta page; those that are missing behind it must be free
  std::uint64_t txn = 0;
  TreeRoot free, tables;
};

/// By the newer of the two meta pages; nullopt: they cannot be read.
std::optional<FileShape> shape_of(int descriptor);

class PageTree {
 public:
  using Octets = std::span<const std::uint8_t>;

  explicit PageTree(const FileShape& shape) : shape_(shape) {}

  /// The pages from the root to `key` of the table, and those beside them that an erasure may join,
  /// are sound. A table that is not there has none. `number`: the table's, always of one name.
  bool path(unsigned number, std::string_view table, Octets key);
  /// The whole tree of free pages is sound.
  bool free_list() {
    return free_list([](std::uint64_t) {});
  }
  bool free_list(const std::function<void(std::uint64_t)>& each);
  /// Every page of every tree is sound and belongs to one only; the entries are as many as counted.
  bool all();
  /// What was wrong first: "page 17: a node reaches beyond the page".
  const std::string& complaint() const noexcept { return complaint_; }

 private:
  using Page = std::vector<std::uint8_t>;
  struct Node {
    Octets key, data;          ///< data: of a leaf, that stands in the page
    std::uint64_t child = 0;   ///< branch: its page
    std::uint64_t octets = 0;  ///< leaf: of the value
    std::uint16_t flags = 0;
  };
  using EachLeafNode = std::function<bool(const Node&)>;

  bool fail(std::uint64_t number, const char* why);
  const Page* load(std::uint64_t number);
  bool judge(std::uint64_t number, const Page& page);
  bool judge_nodes(std::uint64_t number, const Page& page, bool is_branch);
  static std::size_t nodes_in(const Page& page) noexcept;
  static bool is_branch(const Page& page) noexcept;
  static std::optional<Node> node_at(const Page& page, std::size_t offset) noexcept;
  static Node node(const Page& page, std::size_t index) noexcept;
  static std::size_t child_for(const Page& page, Octets key) noexcept;
  static std::optional<Node> exact(const Page& page, Octets key) noexcept;
  /// A leaf that was reached, and the keys that lead to it: from `low` to below `high`.
  struct Reached {
    std::uint64_t leaf = 0;  ///< 0: none
    std::vector<std::uint8_t> low, high;
    bool bounded = false;  ///< there is a `high`
    bool holds(Octets key) const noexcept;
  };
  bool descend(const TreeRoot& tree, Octets key, bool with_neighbours, Reached& reached);
  bool value_at(std::uint64_t leaf, Octets key);
  bool lowest(std::uint64_t number, unsigned depth, unsigned leaf_depth);
  bool overflow(const Node& node, std::vector<std::uint8_t>* content);
  struct Table {
    TreeRoot root;
    Reached last;
  };
  Table* table(unsigned number, std::string_view name);
  static bool read_root(const Node& node, TreeRoot& root) noexcept;
  bool walk(std::uint64_t number, unsigned depth, unsigned leaf_depth, const EachLeafNode& each);
  bool walk(const TreeRoot& tree, const EachLeafNode& each);
  bool is_first_sight(std::uint64_t number, std::uint64_t pages);
  bool list(const Node& node, const std::function<void(std::uint64_t)>& each);

  FileShape shape_;
  std::unordered_map<std::uint64_t, Page> sound_;
  std::unordered_map<unsigned, Table> tables_;
  std::vector<bool> seen_;
  std::vector<std::pair<std::size_t, std::size_t>> spans_;
  std::uint64_t walked_ = 0;
  std::string complaint_;
};

/// True: every page from `pages` to `last_page` is free. False also when the tree cannot be read.
///
/// liblmdb counts pages that one transaction took and gave back, and never writes them: a whole
/// file may be shorter than its meta page says, as long as all that is missing is free.
bool missing_pages_are_free(const FileShape& shape);
}  // namespace windlass::auth
