#pragma once
/// The settings table: one row per key of the configuration file. Reading, errors about unknown
/// keys, `config show` and docs/reference/settings.md all come from it.
#include <span>
#include <string>
#include <string_view>

#include "conf/reader.hpp"
#include "conf/settings.hpp"
namespace windlass::conf {

enum class Takes : std::uint8_t { reload, restart };  ///< what brings a changed value into force

struct Row {
  std::string_view path;  ///< "recursion.priming"
  Takes takes;
  std::string form, help;
  bool (*read)(Reader&, const Value&, Settings&, const Row&);
  std::string (*show)(const Settings&, const Row&);
  Limit limit = Limit::count_of_rows;  ///< rows under `limits`: which one
};

std::span<const Row> settings_table();
/// docs/reference/settings.md: every row with its default.
std::string settings_reference();
}  // namespace windlass::conf
