#pragma once
/// TextSource: the text of a zone file, a window at a time. Memory is bounded by the window,
/// however large the file is; a file that shrinks while it is read ends early and harms nobody.
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
namespace windlass::auth {

class TextSource {
 public:
  /// The text itself is the one window; it must outlive the source.
  explicit TextSource(std::string_view whole) : window_(whole), total_(whole.size()) {}
  /// Regular files only: nothing that could keep a reader waiting. The error is for people.
  static Result<TextSource, std::string> open(const std::string& path);
  TextSource(TextSource&& other) noexcept;
  TextSource& operator=(TextSource&&) = delete;
  ~TextSource();

  std::string_view window() const noexcept { return window_; }
  /// Drops the first `used` octets of the window and reads on behind the rest. False: nothing came.
  /// Views of the window end here.
  bool more(std::size_t used);
  std::uint64_t octets_total() const noexcept { return total_; }
  /// The operating system's word when reading failed, else empty.
  const std::string& trouble() const noexcept { return trouble_; }

 private:
  std::vector<char> buffer_;
  std::string_view window_;
  std::uint64_t total_ = 0;
  std::string trouble_;
  int file_ = -1;
};
}  // namespace windlass::auth
