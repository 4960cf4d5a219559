#include "dns/name.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>
namespace windlass::dns {
namespace {
constexpr std::size_t max_label_octets = 63;

constexpr std::uint64_t each(std::uint64_t octet) {
  return octet * 0x0101010101010101u;
}

/// ASCII lower case of eight octets at once. Length octets (1 to 63) lie below 'A' and stay as they
/// are.
constexpr std::uint64_t lower8(std::uint64_t word) noexcept {
  const std::uint64_t low_bits = word & each(0x7F);
  const std::uint64_t from_a = low_bits + each(0x80 - 'A');   // bit 7 of an octet: it is >= 'A'
  const std::uint64_t above_z = low_bits + each(0x7F - 'Z');  // bit 7 of an octet: it is > 'Z'
  const std::uint64_t upper = ~word & (from_a ^ above_z) & each(0x80);
  return word | upper >> 2;
}

std::uint64_t load8(const std::uint8_t* at, std::size_t octets = 8) noexcept {
  std::uint64_t word = 0;
  std::memcpy(&word, at, octets);
  return word;
}

/// The last step of the loops below overlaps the one before rather than take a short tail.
bool equal_without_case(const std::uint8_t* a, const std::uint8_t* b, std::size_t size) noexcept {
  if (size < 8) return lower8(load8(a, size)) == lower8(load8(b, size));
  for (std::size_t at = 0; at < size - 8; at += 8)
    if (lower8(load8(a + at)) != lower8(load8(b + at))) return false;
  return lower8(load8(a + size - 8)) == lower8(load8(b + size - 8));
}

void store_lower(std::uint8_t* to, const std::uint8_t* from, std::size_t octets = 8) noexcept {
  const std::uint64_t word = lower8(load8(from, octets));
  std::memcpy(to, &word, octets);
}

void copy_lower(std::uint8_t* to, const std::uint8_t* from, std::size_t size) noexcept {
  if (size < 8) return store_lower(to, from, size);
  for (std::size_t at = 0; at < size - 8; at += 8) store_lower(to + at, from + at);
  store_lower(to + size - 8, from + size - 8);
}

/// Where each label of a name begins, first label first; the root label is not counted.
struct Labels {
  std::array<std::uint8_t, Name::max_labels> at;
  std::size_t count = 0;

  explicit Labels(Octets wire) noexcept {
    for (std::size_t i = 0; wire[i] != 0; i += wire[i] + 1u)
      at[count++] = static_cast<std::uint8_t>(i);
  }
};

std::weak_ordering compare_labels(const std::uint8_t* a, const std::uint8_t* b) noexcept {
  const std::size_t shorter = std::min(*a, *b);
  for (std::size_t i = 1; i <= shorter; ++i)
    if (const int by = lower(a[i]) - lower(b[i]); by != 0) return by <=> 0;
  return *a <=> *b;
}

constexpr Error too_long{Errc::name_too_long, 0, "a name of at most 255 octets"};

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// One octet of presentation form; `text` shrinks by what was read (RFC 1035 5.1).
Result<std::uint8_t> unescape(std::string_view& text) {
  const auto first = static_cast<std::uint8_t>(text.front());
  text.remove_prefix(1);
  if (first <= 0x20 || first >= 0x7F)
    return Error{Errc::bad_text, 0, "printable ASCII, other octets as \\DDD"};
  if (first != '\\') return first;
  constexpr Error bad_escape{Errc::bad_label, 0,
                             "\\ and a character, or \\ and three digits up to 255"};
  if (text.empty()) return bad_escape;
  if (!is_digit(text[0])) {
    const auto escaped = static_cast<std::uint8_t>(text[0]);
    text.remove_prefix(1);
    return escaped;
  }
  if (text.size() < 3 || !is_digit(text[1]) || !is_digit(text[2])) return bad_escape;
  const int value = (text[0] - '0') * 100 + (text[1] - '0') * 10 + (text[2] - '0');
  if (value > 255) return bad_escape;
  text.remove_prefix(3);
  return static_cast<std::uint8_t>(value);
}

/// Collects labels from octets; `ended` after the last.
class WireWriter {
 public:
  Status put(std::uint8_t octet) {
    if (size_ - label_at_ > max_label_octets)
      return Error{Errc::name_too_long, 0, "a label of at most 63 octets"};
    if (size_ >= Name::max_octets) return too_long;
    wire_[size_++] = octet;
    return Done{};
  }
  Status end_label() {
    if (size_ - label_at_ == 1) return Error{Errc::bad_text, 0, "no empty labels"};
    if (size_ >= Name::max_octets) return too_long;
    wire_[label_at_] = static_cast<std::uint8_t>(size_ - label_at_ - 1);
    label_at_ = size_;
    wire_[size_++] = 0;
    return Done{};
  }
  bool in_label() const { return size_ - label_at_ > 1; }
  Octets wire() const { return {wire_.data(), size_}; }

 private:
  std::array<std::uint8_t, Name::max_octets> wire_{};
  std::size_t size_ = 1,
              label_at_ = 0;  // the length octet at label_at_ is filled in by end_label()
};

void append_escaped(std::string& out, std::uint8_t octet) {
  constexpr std::string_view special = "\".\\();@$";  // what a zone file would take for itself
  if (octet <= 0x20 || octet >= 0x7F) {
    const unsigned value = octet;
    out += '\\';
    for (const unsigned place : {100u, 10u, 1u}) out += static_cast<char>('0' + value / place % 10);
    return;
  }
  if (special.find(static_cast<char>(octet)) != std::string_view::npos) out += '\\';
  out += static_cast<char>(octet);
}
}  // namespace

Result<Name> Name::from_wire(Octets octets) {
  std::size_t at = 0;
  while (at < octets.size() && octets[at] != 0) {
    if (octets[at] > max_label_octets)
      return Error{Errc::bad_label, static_cast<std::uint16_t>(at), "a label of at most 63 octets"};
    at += octets[at] + 1u;
    if (at >= max_octets) return too_long;
  }
  if (at >= octets.size()) return Error{Errc::truncated, 0, "a name up to its root label"};
  return from_proven(octets.first(at + 1));
}

Name Name::from_proven(Octets wire) noexcept {
  assert(!wire.empty() && wire.size() <= max_octets && wire.back() == 0);
  Name name;
  std::memcpy(name.octets_.data(), wire.data(), wire.size());
  name.size_ = static_cast<std::uint8_t>(wire.size());
  return name;
}

Result<Name> Name::from_text(std::string_view text) {
  if (text == ".") return Name{};
  if (text.empty()) return Error{Errc::bad_text, 0, "a domain name"};
  WireWriter writer;
  while (!text.empty()) {
    if (text.front() == '.') {
      text.remove_prefix(1);
      if (const Status ended = writer.end_label(); !ended) return ended.error();
      continue;
    }
    const auto octet = unescape(text);
    if (!octet) return octet.error();
    if (const Status taken = writer.put(*octet); !taken) return taken.error();
  }
  if (writer.in_label())
    if (const Status ended = writer.end_label(); !ended) return ended.error();
  return from_proven(writer.wire());
}

Name Name::literal(std::string_view text) {
  auto name = from_text(text);
  assert(name);
  return *name;
}

std::size_t Name::label_count() const noexcept {
  std::size_t count = 0;
  for (std::size_t at = 0; octets_[at] != 0; at += octets_[at] + 1u) ++count;
  return count;
}

std::string Name::to_text() const {
  if (is_root()) return ".";
  std::string text;
  text.reserve(size_ + 8u);
  for (std::size_t at = 0; octets_[at] != 0; at += octets_[at] + 1u) {
    for (std::size_t i = 1; i <= octets_[at]; ++i) append_escaped(text, octets_[at + i]);
    text += '.';
  }
  return text;
}

Name Name::parent() const noexcept {
  return is_root() ? *this : from_proven(wire().subspan(octets_[0] + 1u));
}

Name Name::suffix(std::size_t labels) const noexcept {
  const std::size_t count = label_count();
  assert(labels <= count);
  std::size_t at = 0;
  for (std::size_t skip = count - std::min(labels, count); skip > 0; --skip) at += octets_[at] + 1u;
  return from_proven(wire().subspan(at));
}

Result<Name> Name::wildcard() const noexcept {
  constexpr std::array<std::uint8_t, 1> star{'*'};
  return with_label(star);
}

Result<Name> Name::with_label(Octets label) const noexcept {
  if (label.empty() || label.size() > max_label_octets)
    return Error{Errc::bad_label, 0, "a label of 1 to 63 octets"};
  if (label.size() + 1 + size_ > max_octets) return too_long;
  Name name;
  name.octets_[0] = static_cast<std::uint8_t>(label.size());
  std::memcpy(name.octets_.data() + 1, label.data(), label.size());
  std::memcpy(name.octets_.data() + 1 + label.size(), octets_.data(), size_);
  name.size_ = static_cast<std::uint8_t>(label.size() + 1 + size_);
  return name;
}

Result<Name> Name::rebased(const Name& from, const Name& to) const noexcept {
  assert(is_at_or_below(from));
  const std::size_t kept = size_ - std::min<std::size_t>(from.size_, size_);
  if (kept + to.size_ > max_octets) return too_long;
  Name name;
  std::memcpy(name.octets_.data(), octets_.data(), kept);
  std::memcpy(name.octets_.data() + kept, to.octets_.data(), to.size_);
  name.size_ = static_cast<std::uint8_t>(kept + to.size_);
  return name;
}

Octets Name::first_label() const noexcept {
  return wire().subspan(is_root() ? 0 : 1, octets_[0]);
}

Name Name::lowercase() const noexcept {
  Name name;
  copy_lower(name.octets_.data(), octets_.data(), size_);
  name.size_ = size_;
  return name;
}

bool Name::is_at_or_below(const Name& other) const noexcept {
  if (size_ < other.size_) return false;
  // Only a label boundary of this name may be where the other name begins.
  const std::size_t start = static_cast<std::size_t>(size_) - other.size_;
  std::size_t at = 0;
  while (at < start) at += octets_[at] + 1u;
  return at == start && equal_without_case(octets_.data() + at, other.octets_.data(), other.size_);
}

std::size_t Name::common_labels(const Name& other) const noexcept {
  const Labels mine(wire()), theirs(other.wire());
  const std::size_t most = std::min(mine.count, theirs.count);
  std::size_t common = 0;
  while (common < most) {
    const auto* a = octets_.data() + mine.at[mine.count - 1 - common];
    const auto* b = other.octets_.data() + theirs.at[theirs.count - 1 - common];
    if (compare_labels(a, b) != 0) break;
    ++common;
  }
  return common;
}

std::weak_ordering Name::canonical_order(const Name& other) const noexcept {
  const Labels mine(wire()), theirs(other.wire());
  const std::size_t most = std::min(mine.count, theirs.count);
  for (std::size_t i = 1; i <= most; ++i) {
    const auto* a = octets_.data() + mine.at[mine.count - i];
    const auto* b = other.octets_.data() + theirs.at[theirs.count - i];
    if (const auto order = compare_labels(a, b); order != 0) return order;
  }
  return mine.count <=> theirs.count;
}

std::uint64_t Name::hash(const HashKey& key) const noexcept {
  std::array<std::uint8_t, max_octets> lowered;  // written up to size_, read up to size_
  copy_lower(lowered.data(), octets_.data(), size_);
  return siphash(key, {lowered.data(), size_});
}

bool Name::same_case(const Name& other) const noexcept {
  return size_ == other.size_ && std::memcmp(octets_.data(), other.octets_.data(), size_) == 0;
}

bool Name::equals(const Name& other) const noexcept {
  return size_ == other.size_ && equal_without_case(octets_.data(), other.octets_.data(), size_);
}
}  // namespace windlass::dns
