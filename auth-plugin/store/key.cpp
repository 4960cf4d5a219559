#include "auth-plugin/store/key.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

#include "crypto/verify.hpp"
namespace windlass::auth {
namespace {
constexpr std::size_t type_octets = 2;
constexpr std::uint8_t escape = 1;  ///< 00 -> 01 01, 01 -> 01 02: 00 stands only behind labels

constexpr Error too_long{Errc::no_space, 0, "a name whose key has at most 511 octets"};

/// Prepends labels to a zone's name; what a key says, from the root's side on.
class OwnerBuilder {
 public:
  explicit OwnerBuilder(const dns::Name& zone) noexcept : at_(wire_.size() - zone.size_octets()) {
    const dns::Name lower = zone.lowercase();
    std::copy_n(lower.wire().begin(), lower.size_octets(), wire_.begin() + at());
  }
  bool prepend(Octets label) noexcept {
    if (label.size() + 1 > at_) return false;
    at_ -= label.size() + 1;
    wire_[at_] = static_cast<std::uint8_t>(label.size());
    std::copy(label.begin(), label.end(), wire_.begin() + at() + 1);
    return true;
  }
  dns::Name name() const noexcept { return dns::Name::from_proven(Octets(wire_).subspan(at_)); }

 private:
  std::ptrdiff_t at() const noexcept { return static_cast<std::ptrdiff_t>(at_); }
  std::array<std::uint8_t, dns::Name::max_octets> wire_{};
  std::size_t at_;
};

struct Label {
  std::array<std::uint8_t, dns::Name::max_label_octets> octets;
  std::size_t size = 0;
};

/// One label of a key from `at` on, which moves behind its 00.
Status read_label(Octets key, std::size_t& at, Label& label) noexcept {
  for (label.size = 0; at < key.size() && key[at] != 0; ++label.size) {
    std::uint8_t octet = key[at++];
    if (octet == escape) {
      if (at >= key.size()) break;
      if (key[at] != 1 && key[at] != 2) return Error{Errc::bad_label, 0, "01 01 or 01 02"};
      octet = static_cast<std::uint8_t>(key[at++] - 1);
    }
    if (label.size == dns::Name::max_label_octets || octet != dns::lower(octet))
      return Error{Errc::bad_label, 0, "a label of at most 63 octets in lower case"};
    label.octets[label.size] = octet;
  }
  if (at >= key.size()) return Error{Errc::truncated, 0, "00 behind a label"};
  ++at;
  return Done{};
}
}  // namespace

Zid zid_of(const dns::Name& zone, std::string_view view) {
  const dns::Name lower = zone.lowercase();
  std::vector<std::uint8_t> message(lower.wire().begin(), lower.wire().end());
  message.insert(message.end(), view.begin(), view.end());
  constexpr std::uint8_t sha256 = 2;
  const auto digest = crypto::digest(sha256, message);
  return digest ? zid_in(digest->view()) : 0;
}

Key::Key(Zid zid) noexcept {
  for (std::size_t i = 0; i < zid_octets; ++i)
    octets_[i] = static_cast<std::uint8_t>(zid >> (56 - 8 * i));
  size_ = zid_octets;
}

bool Key::append_label(const std::uint8_t* label) noexcept {
  std::size_t at = size_;
  for (std::size_t i = 1; i <= *label && at < max_octets; ++i) {
    const std::uint8_t octet = dns::lower(label[i]);
    if (octet <= escape) octets_[at++] = escape;
    if (at < max_octets)
      octets_[at++] = octet <= escape ? static_cast<std::uint8_t>(octet + 1) : octet;
    if (at >= max_octets) break;
  }
  const bool whole = at < max_octets;
  if (whole) octets_[at++] = 0;
  size_ = static_cast<std::uint16_t>(at);
  return whole;
}

bool Key::append_owner(const dns::Name& zone, const dns::Name& owner) noexcept {
  std::array<std::uint8_t, dns::Name::max_labels> labels;
  const std::uint8_t* wire = owner.wire().data();
  const std::size_t end = owner.size_octets() - std::min(zone.size_octets(), owner.size_octets());
  std::size_t count = 0;
  for (std::size_t at = 0; at < end; at += wire[at] + 1u)
    labels[count++] = static_cast<std::uint8_t>(at);
  while (count > 0)
    if (!append_label(wire + labels[--count])) return false;
  return true;
}

Result<Key> Key::subtree(Zid zid, const dns::Name& zone, const dns::Name& owner) noexcept {
  Key key(zid);
  if (!key.append_owner(zone, owner)) return too_long;
  return key;
}

Result<Key> Key::node(Zid zid, const dns::Name& zone, const dns::Name& owner) noexcept {
  bool whole = false;
  const Key key = sought(zid, zone, owner, whole);
  if (!whole) return too_long;
  return key;
}

Key Key::sought(Zid zid, const dns::Name& zone, const dns::Name& owner, bool& whole) noexcept {
  constexpr std::array<std::uint8_t, 1> closing{};
  Key key(zid);
  whole = key.append_owner(zone, owner) && key.append(closing);
  return key;
}

Result<Key> Key::record(Zid zid, const dns::Name& zone, const dns::Name& owner,
                        dns::Type type) noexcept {
  bool whole = false;
  Key key = sought(zid, zone, owner, whole);
  if (!whole || !key.append16(static_cast<std::uint16_t>(type))) return too_long;
  return key;
}

Key Key::from_octets(Octets octets) noexcept {
  Key key;
  key.append(octets.first(std::min(octets.size(), max_octets)));
  return key;
}

bool Key::append(Octets octets) noexcept {
  if (octets.size() > max_octets - size_) return false;
  std::copy(octets.begin(), octets.end(), octets_.begin() + size_);
  size_ = static_cast<std::uint16_t>(size_ + octets.size());
  return true;
}

bool Key::append16(std::uint16_t value) noexcept {
  const std::array<std::uint8_t, 2> octets{static_cast<std::uint8_t>(value >> 8),
                                           static_cast<std::uint8_t>(value)};
  return append(octets);
}

std::strong_ordering operator<=>(const Key& a, const Key& b) noexcept {
  const std::size_t shorter = std::min(a.size_, b.size_);
  if (const int by = std::memcmp(a.octets_.data(), b.octets_.data(), shorter); by != 0)
    return by <=> 0;
  return a.size_ <=> b.size_;
}

bool operator==(const Key& a, const Key& b) noexcept {
  return (a <=> b) == std::strong_ordering::equal;
}

Result<KeyParts> read_key(Octets key, const dns::Name& zone) {
  if (key.size() <= zid_octets) return Error{Errc::truncated, 0, "a zone's number and a name"};
  OwnerBuilder owner(zone);
  std::size_t at = zid_octets;
  while (at < key.size() && key[at] != 0) {
    Label label;
    if (const Status read = read_label(key, at, label); !read) return read.error();
    if (!owner.prepend(Octets(label.octets).first(label.size)))
      return Error{Errc::name_too_long, 0, "a name of at most 255 octets"};
  }
  if (at >= key.size()) return Error{Errc::truncated, 0, "00 behind the name"};
  const Octets rest = key.subspan(at + 1);
  if (!rest.empty() && rest.size() != type_octets)
    return Error{Errc::trailing, 0, "nothing or a type behind the name"};
  KeyParts parts{zid_in(key), owner.name(), dns::Type::none};
  if (!rest.empty()) parts.type = dns::Type{dns::word16(rest, 0)};
  return parts;
}

Zid zid_in(Octets key) noexcept {
  if (key.size() < zid_octets) return 0;
  Zid zid = 0;
  for (std::size_t i = 0; i < zid_octets; ++i) zid = zid << 8 | key[i];
  return zid;
}

std::size_t labels_in(Octets key) noexcept {
  std::size_t count = 0;
  std::size_t at = std::min(zid_octets, key.size());
  while (at < key.size() && key[at] != 0) {
    while (at < key.size() && key[at] != 0) ++at;
    ++count, ++at;
  }
  return count;
}

std::size_t common_labels(Octets a, Octets b) noexcept {
  const std::size_t shorter = std::min(a.size(), b.size());
  std::size_t count = 0;
  for (std::size_t at = 0; at < shorter && a[at] == b[at]; ++at)
    if (at >= zid_octets && a[at] == 0) ++count;
  return count;
}

bool begins_with(Octets key, Octets front) noexcept {
  return key.size() >= front.size() && std::memcmp(key.data(), front.data(), front.size()) == 0;
}
}  // namespace windlass::auth
