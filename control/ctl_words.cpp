#include "control/ctl_words.hpp"

#include <algorithm>
#include <array>

namespace windlass::control {
namespace {
struct OwnOption {
  std::string_view name;
  bool takes_value;
};
constexpr std::array own_options{OwnOption{"--socket", true}, OwnOption{"--json", false},
                                 OwnOption{"--progress", false}, OwnOption{"--version", false},
                                 OwnOption{"--help", false}};

const OwnOption* own_option(std::string_view word) {
  const auto name = word.substr(0, word.find('='));
  const auto row = std::find_if(own_options.begin(), own_options.end(),
                                [&](const OwnOption& one) { return one.name == name; });
  return row == own_options.end() ? nullptr : &*row;
}

bool is_option(std::string_view word) {
  return word.size() > 1 && word.front() == '-';
}

/// Is it among the words of the usage? "NAME [--subtree]"
bool names_option(std::string_view usage, std::string_view option) {
  for (std::size_t at = usage.find(option); at != usage.npos; at = usage.find(option, at + 1)) {
    const std::size_t end = at + option.size();
    const bool begins = at == 0 || usage[at - 1] == ' ' || usage[at - 1] == '[';
    if (begins && (end == usage.size() || usage[end] == ' ' || usage[end] == ']')) return true;
  }
  return false;
}
}  // namespace

TypedWords sort_words(std::span<const std::string> typed) {
  TypedWords out;
  bool own_ended = false;  // by a `--` in front of the command
  std::size_t i = 0;
  for (; i < typed.size(); ++i) {
    const std::string& word = typed[i];
    if (word == "--") {
      if (own_ended || !out.words.empty()) break;
      own_ended = true;
      continue;
    }
    const OwnOption* own = own_ended ? nullptr : own_option(word);
    const bool option = own != nullptr || (!own_ended && out.words.empty() && is_option(word));
    (option ? out.options : out.words).push_back(word);
    const bool value_follows = own != nullptr && own->takes_value && word == own->name;
    if (value_follows && i + 1 < typed.size()) out.options.push_back(typed[++i]);
  }
  out.plain_from = out.words.size();
  if (i < typed.size())
    out.words.insert(out.words.end(), typed.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                     typed.end());
  return out;
}

void mark_values(Request& request, std::size_t plain_from) {
  const auto values = request.arguments.begin() +
                      static_cast<std::ptrdiff_t>(std::min(plain_from, request.arguments.size()));
  const bool like_option = std::any_of(values, request.arguments.end(),
                                       [](const auto& word) { return word.starts_with("--"); });
  if (like_option) request.arguments.insert(values, "--");
}

std::optional<std::string> wrong_words(std::span<const CommandRow> rows, const TypedWords& typed) {
  const std::size_t used = name_words(rows, typed.words);
  if (used == 0) return std::nullopt;
  const auto words = std::span(typed.words);
  const CommandRow& row = *find_row(rows, joined(words.first(used)));
  const auto usage = "; usage: " + usage_of(row.name, row.arguments);
  for (std::size_t i = used; i < typed.plain_from; ++i)
    if (words[i].starts_with("--") && !names_option(row.arguments, words[i]))
      return "unknown option `" + words[i].substr(0, 60) + "`" + usage +
             "; a value that begins with `--` stands behind a `--`";
  const auto arguments = words.subspan(used);
  const std::size_t plain_from = std::max(typed.plain_from, used) - used;
  for (const std::size_t at : file_arguments(row, arguments, plain_from))
    if (arguments[at].empty()) return "a file or folder without a name" + usage;
  return std::nullopt;
}
}  // namespace windlass::control
