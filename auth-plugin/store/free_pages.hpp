#pragma once
/// FreePages: which pages of a file of LMDB 0.9 nobody uses, read without mapping it. Not for other
/// folders.
///
/// liblmdb counts pages that one transaction took and gave back, and never writes them: a whole
/// file may be shorter than its meta page says, as long as all that is missing is free.
///
///    page    number 8 | pad 2 | flags 2 | lower 2 | upper 2, or octets' pages 4 | node offsets 2..
///    node    low 2 | high 2 | flags 2 | key octets 2 | key | data
///            branch: low, high, flags are the child's page; leaf: low, high are the data's octets,
///            with flag 1 the data is the number (8) of the first overflow page
///    data    of the tree of free pages: count 8 | page number 8 x count
#include <cstdint>
#include <span>
#include <vector>
namespace windlass::auth {

struct FileShape {
  int descriptor = -1;
  std::uint64_t page_octets = 4096;
  std::uint64_t pages = 0;      ///< in the file
  std::uint64_t last_page = 0;  ///< by its meta page
  std::uint64_t free_root = 0;  ///< of the tree of free pages; all ones: empty
};

/// True: every page from `pages` to `last_page` is free. False also when the tree cannot be read.
bool missing_pages_are_free(const FileShape& shape);
}  // namespace windlass::auth
