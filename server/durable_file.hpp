#pragma once
/// State files: whole whenever the process or the machine stops, and never in the way of a start.
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "base/result.hpp"
namespace windlass::server {

struct FileTrouble {
  std::string text;  ///< one line: what could not be done, to which file, why
};

/// Replaces the file at `path`: what stands there is the old text or the new one, whenever it is
/// read. Written beside it, fsync, rename, fsync of the folder.
Result<Done, FileTrouble> write_durably(const std::string& path, std::string_view text);

/// What stands at `path`; nullopt: nothing. Refuses what is no file, and more than 4 MiB.
Result<std::optional<std::string>, FileTrouble> read_state(const std::string& path);
/// Moves a state file that cannot be used out of the way of the next one, to `path`.bad. Says so:
/// the end of a line for the log.
std::string set_aside(const std::string& path);

/// What `parse` makes of the state file at `path`; nullopt: there is none. One that cannot be read
/// is set aside, and the error names file, line, cause and where it is now.
template <class Parse>
auto restore_from(const std::string& path, Parse parse) {
  using Value = std::remove_cvref_t<decltype(*parse(std::string_view()))>;
  using Restored = Result<std::optional<Value>, FileTrouble>;
  const auto text = read_state(path);
  if (text && !*text) return Restored(std::optional<Value>());
  std::string why = text ? "" : text.error().text;
  if (text) {
    auto parsed = parse(**text);
    if (parsed) return Restored(std::optional<Value>(*std::move(parsed)));
    why = path + ":" + std::to_string(parsed.error().line) + ": " + parsed.error().what;
  }
  return Restored(FileTrouble{why + set_aside(path)});
}
}  // namespace windlass::server
