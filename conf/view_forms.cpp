// The form of `views`: settings by who asks, most of them read by the forms of the top level.
#include "conf/members.hpp"

namespace windlass::conf {
namespace {
using resolver::ViewOptions;

struct NamesOrAll {
  static std::string text() { return "all, or a list of domain names"; }
  static bool read(Reader& reader, const Value& value,
                   std::optional<std::vector<dns::Name>>& field) {
    if (value.says("all")) return field.reset(), true;
    if (!value.is_list()) return reader.wrong(value, text());
    return Names::read(reader, value, field.emplace());
  }
};

/// A member of one view that has a form: whatever is wrong is told with its own path.
template <class Form, class Field>
Member member(Reader& reader, const std::string& view, std::string_view key, Need need,
              Field& field) {
  static const std::string expected = Form::text();
  return {key, expected, need, [&reader, view, key, &field](const Value& value) {
            const std::string outer = reader.path();
            reader.enter(view + "." + std::string(key), value);
            const bool fine = Form::read(reader, value, field);
            reader.back_to(outer);
            return fine;
          }};
}

/// Reads into what was not said before.
template <class Form>
struct Said {
  static std::string text() { return Form::text(); }
  template <class Field>
  static bool read(Reader& reader, const Value& value, std::optional<Field>& field) {
    return Form::read(reader, value, field.emplace());
  }
};

/// A word for commands and logs.
bool take_word(const Value& value, std::string& to) {
  constexpr std::string_view letters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
  const bool fine = value.is_scalar() && !value.text.empty() && value.text.size() <= 63 &&
                    value.text.front() != '-' &&
                    value.text.find_first_not_of(letters) == value.text.npos;
  if (fine) to = value.text;
  return fine;
}

const ViewOptions* with_prefix(std::span<const ViewOptions> views, const Prefix& prefix) {
  for (const ViewOptions& view : views)
    for (const Prefix& one : view.clients)
      if (one == prefix) return &view;
  return nullptr;
}

/// One prefix stands for one view. A longer one inside of another view's is fine: it counts.
bool check_clients(Reader& reader, const Value& value, std::span<const ViewOptions> views) {
  for (std::size_t i = 0; i < views.size(); ++i) {
    const std::string path = item_path(reader.path(), i) + ".clients";
    const auto fail = [&](const Prefix& at, const std::string& text) {
      return reader.fail_setting(path, "`" + at.to_text() + "` in `" + path + "` " + text);
    };
    const auto& clients = views[i].clients;
    if (clients.empty())
      return reader.fail(value.items[i], "WL-CONF-006",
                         "`" + path + "` is empty; expected " + Prefixes::text());
    for (std::size_t j = 0; j < clients.size(); ++j) {
      if (!(clients[j] == Prefix::of(clients[j].address, clients[j].length_bits)))
        return fail(clients[j],
                    "has bits set behind its length; expected the first address of the "
                    "network, or a greater length");
      const auto* const other = with_prefix(views.first(i), clients[j]);
      if (other != nullptr)
        return fail(clients[j], "is in the view " + other->name + " too; remove one of them");
      for (std::size_t k = 0; k < j; ++k)
        if (clients[j] == clients[k])
          return fail(clients[j], "is there a second time; remove one of them");
    }
  }
  return true;
}
/// What it says beside its name and clients.
std::vector<std::pair<std::string_view, std::string>> shown_members(const ViewOptions& view) {
  std::vector<std::pair<std::string_view, std::string>> out;
  if (view.forwards) out.emplace_back("forward", Zones::show(*view.forwards));
  if (view.stubs) out.emplace_back("stub", Zones::show(*view.stubs));
  if (view.local_zones) out.emplace_back("local_zones", Names::show(*view.local_zones));
  if (view.dns64) out.emplace_back("dns64", TranslationPrefix::show(*view.dns64));
  if (const auto& listed = view.rebinding_protection)
    out.emplace_back("rebinding_protection", NamesOrOff::show(*listed));
  if (view.special_names) out.emplace_back("special_names", OnOff::show(*view.special_names));
  if (const auto& except = view.special_names_except)
    out.emplace_back("special_names_except", Names::show(*except));
  if (!view.rate_limits) out.emplace_back("rate_limits", "false");
  return out;
}
}  // namespace

bool ViewList::read(Reader& reader, const Value& value, std::vector<ViewOptions>& field) {
  std::size_t index = 0;
  const auto members = [&](ViewOptions& to, const Value&) {
    const std::string view = item_path(reader.path(), index++);
    constexpr Need optional = Need::optional;
    return std::array{
        Member{"name", "a word of letters, digits, - and _, at most 63", Need::required,
               [&](const Value& v) { return take_word(v, to.name); }},
        member<Prefixes>(reader, view, "clients", Need::required, to.clients),
        member<Said<Zones>>(reader, view, "forward", optional, to.forwards),
        member<Said<Zones>>(reader, view, "stub", optional, to.stubs),
        member<NamesOrAll>(reader, view, "local_zones", optional, to.local_zones),
        member<Said<TranslationPrefix>>(reader, view, "dns64", optional, to.dns64),
        member<Said<NamesOrOff>>(reader, view, "rebinding_protection", optional,
                                 to.rebinding_protection),
        member<Said<OnOff>>(reader, view, "special_names", optional, to.special_names),
        member<Said<Names>>(reader, view, "special_names_except", optional,
                            to.special_names_except),
        member<OnOff>(reader, view, "rate_limits", optional, to.rate_limits)};
  };
  return read_maps(reader, value, text(), field, members) &&
         no_repeats(reader, value, field, "this name",
                    [](auto& a, auto& b) { return a.name == b.name; }) &&
         check_clients(reader, value, field);
}

std::string ViewList::show(const std::vector<ViewOptions>& field) {
  return show_maps(field, [](const ViewOptions& view) {
    std::string out =
        "name: " + yaml_scalar(view.name) + ", clients: " + Prefixes::show(view.clients);
    for (const auto& [key, shown] : shown_members(view))
      out.append(", ").append(key).append(": ").append(shown);
    return out;
  });
}

std::vector<std::string> said_by(const ViewOptions& view) {
  std::vector<std::string> keys;
  for (const auto& [key, shown] : shown_members(view)) keys.emplace_back(key);
  return keys;
}
}  // namespace windlass::conf
