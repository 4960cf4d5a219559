#pragma once
/// What the forms share that are maps or lists of maps: one table of members each, read by one
/// function. For conf/ alone.
#include <algorithm>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "conf/forms.hpp"
namespace windlass::conf {

enum class Need : std::uint8_t { required, optional };

struct Member {
  std::string_view key, expected;
  Need need;
  std::function<bool(const Value&)> take;  ///< false: not what was expected
};

/// Reads one map; the first mistake is the Reader's.
bool read_members(Reader& reader, const Value& item, std::span<const Member> members);

/// Reads a list whose items are maps; `members_of` binds the members to the item being filled.
template <class Item, class MembersOf>
bool read_maps(Reader& reader, const Value& value, std::string_view expected,
               std::vector<Item>& field, MembersOf members_of) {
  if (!value.is_list()) return reader.wrong(value, expected);
  std::vector<Item> read;
  for (const Value& item : value.items) {
    Item& filled = read.emplace_back();
    if (!read_members(reader, item, members_of(filled, item))) return false;
  }
  field = std::move(read);
  return true;
}

/// Fails at an item that equals an earlier one by `same`.
template <class Item, class Same>
bool no_repeats(Reader& reader, const Value& value, const std::vector<Item>& field,
                const std::string& what, Same same) {
  for (std::size_t i = 0; i < field.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (same(field[i], field[j]))
        return reader.fail(
            value.items[i], "WL-CONF-008",
            what + " is in `" + reader.path() + "` a second time; remove one of them");
  return true;
}

template <class T>
bool keep(std::optional<T> from, T& to) {
  if (!from) return false;
  to = std::move(*from);
  return true;
}

bool take_text(const Value& value, std::string& to);
bool take_name(const Value& value, dns::Name& to);
bool take_flag(const Value& value, bool& to);

template <class Field, class Show>
std::string show_maps(const std::vector<Field>& field, Show show) {
  std::vector<std::string> items;
  std::transform(field.begin(), field.end(), std::back_inserter(items),
                 [&](const Field& item) { return "{" + show(item) + "}"; });
  return yaml_list(items);
}
}  // namespace windlass::conf
