#pragma once
/// Files that must be whole whenever the process or the machine stops.
#include <string>
#include <string_view>

#include "base/result.hpp"
namespace windlass::server {

struct FileTrouble {
  std::string text;  ///< one line: what could not be done, to which file, why
};

/// Replaces the file at `path`: what stands there is the old text or the new one, whenever it is
/// read. Written beside it, fsync, rename, fsync of the folder.
Result<Done, FileTrouble> write_durably(const std::string& path, std::string_view text);
/// The whole file; an empty text when there is none.
Result<std::string, FileTrouble> read_whole(const std::string& path);
}  // namespace windlass::server
