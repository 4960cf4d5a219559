#include "dns/edns.hpp"

#include <algorithm>
#include <array>
namespace windlass::dns {
namespace {

// By code; the words of the IANA registry "Extended DNS Error Codes".
constexpr std::array<std::string_view, 31> purposes{
    "Other Error",
    "Unsupported DNSKEY Algorithm",
    "Unsupported DS Digest Type",
    "Stale Answer",
    "Forged Answer",
    "DNSSEC Indeterminate",
    "DNSSEC Bogus",
    "Signature Expired",
    "Signature Not Yet Valid",
    "DNSKEY Missing",
    "RRSIGs Missing",
    "No Zone Key Bit Set",
    "NSEC Missing",
    "Cached Error",
    "Not Ready",
    "Blocked",
    "Censored",
    "Filtered",
    "Prohibited",
    "Stale NXDOMAIN Answer",
    "Not Authoritative",
    "Not Supported",
    "No Reachable Authority",
    "Network Error",
    "Invalid Data",
    "Signature Expired before Valid",
    "Too Early",
    "Unsupported NSEC3 Iterations Value",
    "Unable to conform to policy",
    "Synthesized",
    "Invalid Query Type",
};

/// One row per form of RFC 3629 4: range of the first octet, range of the second, octets in all.
struct Utf8Form {
  std::uint8_t first_least, first_most, second_least, second_most;
  std::size_t size;
};
constexpr Utf8Form utf8_forms[] = {
    {0x00, 0x7F, 0, 0, 1},       {0xC2, 0xDF, 0x80, 0xBF, 2}, {0xE0, 0xE0, 0xA0, 0xBF, 3},
    {0xE1, 0xEC, 0x80, 0xBF, 3}, {0xED, 0xED, 0x80, 0x9F, 3}, {0xEE, 0xEF, 0x80, 0xBF, 3},
    {0xF0, 0xF0, 0x90, 0xBF, 4}, {0xF1, 0xF3, 0x80, 0xBF, 4}, {0xF4, 0xF4, 0x80, 0x8F, 4},
};

/// Octets of the first UTF-8 character; 0 when it is none.
std::size_t utf8_character(Octets text) noexcept {
  for (const Utf8Form& form : utf8_forms) {
    if (text[0] < form.first_least || text[0] > form.first_most) continue;
    if (text.size() < form.size) return 0;
    if (form.size > 1 && (text[1] < form.second_least || text[1] > form.second_most)) return 0;
    for (std::size_t i = 2; i < form.size; ++i)
      if ((text[i] & 0xC0u) != 0x80u) return 0;
    return form.size;
  }
  return 0;
}

/// The whole characters that fit into ede_text_octets_max; nullopt when the text is not UTF-8.
std::optional<std::string> utf8_prefix(Octets text) {
  std::size_t kept = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t size = utf8_character(text.subspan(at));
    if (size == 0) return std::nullopt;
    at += size;
    if (at <= ede_text_octets_max) kept = at;
  }
  return std::string(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(kept));
}
}  // namespace

std::string_view purpose_of(EdeCode code) {
  const auto index = static_cast<std::size_t>(code);
  return index < purposes.size() ? purposes[index] : "Unassigned";
}

std::string to_text(const Ede& ede) {
  std::string text = std::to_string(static_cast<unsigned>(ede.code)) + " (" +
                     std::string(purpose_of(ede.code)) + ")";
  return ede.text.empty() ? text : text + ": " + ede.text;
}

std::optional<OptionView> next_option(Octets& rest) noexcept {
  if (rest.size() < 4) return std::nullopt;
  const std::size_t size = word16(rest, 2);
  if (rest.size() - 4 < size) return std::nullopt;
  const OptionView option{word16(rest, 0), rest.subspan(4, size)};
  rest = rest.subspan(4 + size);
  return option;
}

std::optional<OptionView> find_option(const OptView& opt, Option code) noexcept {
  Octets rest = opt.options;
  while (const auto option = next_option(rest))
    if (option->code == static_cast<std::uint16_t>(code)) return option;
  return std::nullopt;
}

std::size_t append_option(std::span<std::uint8_t> out, std::size_t size, Option code,
                          Octets octets) noexcept {
  const std::size_t added = 4 + octets.size();
  if (size > out.size() || out.size() - size < added) return size;
  const auto view = MessageView::parse(out.first(size));
  const auto opt = view ? view->opt() : std::nullopt;
  const std::uint8_t* end = out.data() + size;
  if (!opt || opt->options.data() + opt->options.size() != end) return size;
  put_word(out.data() + (size - opt->options.size()) - 2, opt->options.size() + added);
  put_word(out.data() + size, static_cast<std::size_t>(code));
  put_word(out.data() + size + 2, octets.size());
  std::copy(octets.begin(), octets.end(), out.data() + size + 4);
  return size + added;
}

std::optional<Ede> find_ede(const OptView& opt) {
  const auto option = find_option(opt, Option::ede);
  if (!option || option->octets.size() < 2) return std::nullopt;
  Octets text = option->octets.subspan(2);
  // RFC 8914 2: the text may be null-terminated, and is no part of it then.
  while (!text.empty() && text.back() == 0) text = text.first(text.size() - 1);
  auto kept = utf8_prefix(text);
  if (!kept) return std::nullopt;
  return Ede{static_cast<EdeCode>(word16(option->octets, 0)), *std::move(kept)};
}
}  // namespace windlass::dns
