#include "validator/key_tag_names.hpp"

#include <algorithm>
#include <string_view>

namespace windlass::validator {
namespace {
constexpr std::string_view is_ta = "root-key-sentinel-is-ta-", not_ta = "root-key-sentinel-not-ta-";
constexpr std::size_t tag_digits = 5;
constexpr std::size_t tags_most = 12;  // 4 octets of "_ta-", then 5 a tag without the last hyphen

bool begins(std::span<const std::uint8_t> label, std::string_view with) {
  return label.size() == with.size() + tag_digits &&
         std::equal(with.begin(), with.end(), label.begin(), [](char wanted, std::uint8_t octet) {
           return static_cast<std::uint8_t>(wanted) == dns::lower(octet);
         });
}

std::optional<std::uint16_t> tag_in(std::span<const std::uint8_t> digits) {
  std::uint32_t tag = 0;
  for (const std::uint8_t digit : digits) {
    if (digit < '0' || digit > '9') return std::nullopt;
    tag = tag * 10 + (digit - static_cast<std::uint32_t>('0'));
  }
  return tag <= 0xFFFF ? std::optional(static_cast<std::uint16_t>(tag)) : std::nullopt;
}
}  // namespace

std::optional<dns::Name> key_tag_query(const Anchor& anchor) {
  std::vector<std::uint16_t> tags;
  for (const AnchorKey& key : anchor.keys) tags.push_back(key.key_tag);
  std::ranges::sort(tags);
  tags.erase(std::unique(tags.begin(), tags.end()), tags.end());
  if (tags.empty()) return std::nullopt;
  tags.resize(std::min(tags.size(), tags_most));
  constexpr std::string_view hex = "0123456789abcdef";
  std::string label = "_ta";
  for (const unsigned tag : tags) {
    label.push_back('-');
    for (unsigned shift = 16; shift > 0; shift -= 4) label.push_back(hex[tag >> (shift - 4) & 0xF]);
  }
  const auto name =
      anchor.zone.with_label({reinterpret_cast<const std::uint8_t*>(label.data()), label.size()});
  return name ? std::optional(*name) : std::nullopt;
}

std::optional<Sentinel> sentinel_of(const dns::Name& name) noexcept {
  const auto label = name.first_label();
  const bool is = begins(label, is_ta);
  if (!is && !begins(label, not_ta)) return std::nullopt;
  const auto tag = tag_in(label.last(tag_digits));
  return tag ? std::optional(Sentinel{is, *tag}) : std::nullopt;
}

bool withholds(const Sentinel& sentinel, const Anchor& root) noexcept {
  const bool trusted =
      std::ranges::find(root.keys, sentinel.key_tag, &AnchorKey::key_tag) != root.keys.end();
  return trusted != sentinel.is;
}
}  // namespace windlass::validator
