#include "conf/members.hpp"

namespace windlass::conf {
namespace {
std::vector<std::string_view> keys_of(std::span<const Member> members) {
  std::vector<std::string_view> keys;
  std::transform(members.begin(), members.end(), std::back_inserter(keys),
                 [](auto& m) { return m.key; });
  return keys;
}
}  // namespace

bool read_members(Reader& reader, const Value& item, std::span<const Member> members) {
  if (!item.is_map())
    return reader.wrong(item, "here a map like {" + std::string(members[0].key) + ": ...}");
  std::vector<std::string_view> found;
  for (const Value& value : item.items) {
    const auto member =
        std::find_if(members.begin(), members.end(), [&](auto& m) { return m.key == value.key; });
    if (member == members.end()) return reader.unknown_key(value, reader.path(), keys_of(members));
    if (!member->take(value))
      return reader.fail(value, "WL-CONF-006",
                         "`" + value.key + "` in `" + reader.path() + "` is " + described(value) +
                             "; expected " + std::string(member->expected));
    found.push_back(member->key);
  }
  for (const Member& member : members)
    if (member.need == Need::required &&
        std::find(found.begin(), found.end(), member.key) == found.end())
      return reader.fail(item, "WL-CONF-009",
                         "`" + std::string(member.key) + "` is missing in this item of `" +
                             reader.path() + "`; expected " + std::string(member.expected));
  return true;
}

bool take_text(const Value& value, std::string& to) {
  if (!value.is_scalar() || value.text.empty() || value.text.size() > 4096) return false;
  to = value.text;
  return true;
}

bool take_name(const Value& value, dns::Name& to) {
  if (!value.is_scalar() || value.text.empty()) return false;
  auto name = dns::Name::from_text(value.text);
  if (!name) return false;
  to = *name;
  return true;
}

bool take_flag(const Value& value, bool& to) {
  if (!value.is_scalar() || value.quoted || (value.text != "true" && value.text != "false"))
    return false;
  return to = value.text == "true", true;
}
}  // namespace windlass::conf
