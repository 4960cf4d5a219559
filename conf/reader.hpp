#pragma once
/// Reader: carries the first error out of the reading of one file, and knows where settings were
/// written.
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "conf/yaml_tree.hpp"
namespace windlass::conf {

class Reader {
 public:
  explicit Reader(std::string file) : file_(std::move(file)) {}

  bool failed() const noexcept { return error_.has_value(); }
  const ConfError& error() const { return *error_; }
  const std::string& file() const noexcept { return file_; }

  /// Each keeps the first error only and returns false, so that `return reader.fail(...)` reads
  /// well.
  bool fail(const Value& at, const char* code, const std::string& text);
  bool fail_key(const Value& member, const char* code, const std::string& text);
  /// "`recursion.ipv4` is `maybe`; expected true or false".
  bool wrong(const Value& value, std::string_view expected);
  /// The key of `member` is none of `candidates`, all of which stand in `section`.
  bool unknown_key(const Value& member, std::string_view section,
                   std::span<const std::string_view> candidates);

  /// "windlass.yaml:3:18"
  std::string place_of(const Value& value) const {
    return file_ + ":" + std::to_string(value.line) + ":" + std::to_string(value.column);
  }

  /// What is being read, for messages: the path of the setting.
  void enter(const std::string& path, const Value& value);
  /// Goes on reading `path`, which was entered before.
  void back_to(std::string path) { path_ = std::move(path); }
  const std::string& path() const noexcept { return path_; }
  bool wrote(const std::string& path) const { return seen_.count(path) != 0; }
  /// Where `value` stands, for a later fail_setting(path).
  void mark(const std::string& path, const Value& value) {
    seen_[path] = {value.line, value.column};
  }
  /// Fails at the place where `path` was written, or without a place when it was not.
  bool fail_setting(const std::string& path, const std::string& text);

 private:
  bool fail_at(std::size_t line, std::size_t column, const char* code, const std::string& text);
  struct Mark {
    std::size_t line, column;
  };
  std::string file_, path_;
  std::optional<ConfError> error_;
  std::map<std::string, Mark> seen_;
};

/// "forward[2]", for Reader::mark().
std::string item_path(const std::string& path, std::size_t index);

/// A value as a message shows it: scalars shortened, control characters replaced.
std::string described(const Value& value);
}  // namespace windlass::conf
