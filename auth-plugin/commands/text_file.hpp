#pragma once
/// TextFile: a file that is there whole or not at all: written beside its name, renamed at the end.
/// In place of a regular file or of nothing; a symbolic link stays, what it leads to is replaced.
#include <string>
#include <string_view>

#include "base/result.hpp"
namespace windlass::auth {

class TextFile {
 public:
  /// Not below `forbidden`, a folder. The errors name the file and what the operating system said.
  static Result<TextFile, std::string> create(const std::string& path,
                                              const std::string& forbidden);
  TextFile(TextFile&& other) noexcept;
  TextFile& operator=(TextFile&&) = delete;
  ~TextFile();  ///< without keep(): nothing was written
  Result<Done, std::string> write(std::string_view text);
  Result<Done, std::string> keep();  ///< synced, then in place of what had the name

 private:
  TextFile(int file, std::string path, std::string beside)
      : file_(file), path_(std::move(path)), beside_(std::move(beside)) {}
  std::string complaint() const;
  int file_;
  std::string path_, beside_;
};
}  // namespace windlass::auth
