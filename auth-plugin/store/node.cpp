#include "auth-plugin/store/node.hpp"

#include <cassert>
#include <cstring>

#include "auth-plugin/store/native.hpp"
namespace windlass::auth {
namespace {
constexpr std::uint8_t format_now = 1;
constexpr std::size_t front_octets = 4;
constexpr std::size_t set_octets = 14;  ///< type 2 | ttl 4 | records 2 | signatures 2 | octets 4
constexpr std::size_t flags_at = 1, cover_at = 2, sets_at = 3;
constexpr std::size_t sets_most = 255;

struct SetFront {
  std::uint16_t type, records, signatures;
  std::uint32_t ttl, octets;
  explicit SetFront(const std::uint8_t* at) noexcept
      : type(native<std::uint16_t>(at)),
        records(native<std::uint16_t>(at + 6)),
        signatures(native<std::uint16_t>(at + 8)),
        ttl(native<std::uint32_t>(at + 2)),
        octets(native<std::uint32_t>(at + 10)) {}
};

/// Where `count` length-prefixed rdatas end; nullptr: not within `end`.
const std::uint8_t* skip_rdatas(const std::uint8_t* at, const std::uint8_t* end,
                                std::size_t count) noexcept {
  for (; count > 0; --count) {
    if (end - at < 2) return nullptr;
    const std::size_t octets = native<std::uint16_t>(at);
    if (static_cast<std::size_t>(end - at - 2) < octets) return nullptr;
    at += 2 + octets;
  }
  return at;
}

NodeSet set_at(const std::uint8_t* at) noexcept {
  const SetFront front(at);
  const std::uint8_t* begin = at + set_octets;
  const std::uint8_t* end = begin + front.octets;
  const std::uint8_t* middle = skip_rdatas(begin, end, front.records);
  return {dns::Type{front.type}, front.ttl, dns::RdataRange(begin, middle, front.records),
          dns::RdataRange(middle, end, front.signatures)};
}

/// Proves one set at the beginning of `body` and steps over it. `type_before`: -1 for the first.
Status prove_set(Octets& body, int& type_before) noexcept {
  if (body.size() < set_octets) return Error{Errc::truncated, 0, "the front of an RRset"};
  const SetFront front(body.data());
  if (front.type <= type_before) return Error{Errc::bad_rdata, 0, "RRsets by rising type"};
  if (front.octets > body.size() - set_octets)
    return Error{Errc::truncated, 0, "all octets of an RRset"};
  if (front.records == 0) return Error{Errc::bad_rdata, 0, "an RRset with records"};
  const std::uint8_t* begin = body.data() + set_octets;
  const std::uint8_t* end = begin + front.octets;
  const std::size_t count = std::size_t{front.records} + front.signatures;
  if (skip_rdatas(begin, end, count) != end)
    return Error{Errc::bad_rdata, 0, "records that fill their RRset"};
  type_before = front.type;
  body = body.subspan(set_octets + front.octets);
  return Done{};
}

template <class Integer>
void put(std::vector<std::uint8_t>& out, Integer value) {
  const auto* octets = reinterpret_cast<const std::uint8_t*>(&value);
  out.insert(out.end(), octets, octets + sizeof value);
}
}  // namespace

Result<NodeView> NodeView::parse(Octets value) noexcept {
  if (value.size() < front_octets) return Error{Errc::truncated, 0, "the front of a node"};
  if (value[0] != format_now) return Error{Errc::bad_version, 0, "a node of format 1"};
  NodeView view;
  view.flags_ = value[flags_at];
  view.cover_ = value[cover_at];
  view.sets_ = value[sets_at];
  Octets rest = value.subspan(front_octets);
  if (view.is(node_has_case)) {
    const auto owner = dns::Name::from_wire(rest);
    if (!owner) return owner.error();
    view.owner_ = rest.first(owner->size_octets());
    rest = rest.subspan(owner->size_octets());
  }
  view.body_ = rest;
  int type_before = -1;
  for (std::size_t set = 0; set < view.sets_; ++set)
    if (const Status proven = prove_set(rest, type_before); !proven) return proven.error();
  if (!rest.empty()) return Error{Errc::trailing, 0, "nothing behind the last RRset"};
  return view;
}

dns::Name NodeView::owner(const dns::Name& key_owner) const noexcept {
  return is(node_has_case) ? dns::Name::from_proven(owner_) : key_owner;
}

std::optional<NodeSet> NodeView::find(dns::Type type) const noexcept {
  const std::uint8_t* at = body_.data();
  for (std::size_t set = 0; set < sets_; ++set) {
    const SetFront front(at);
    if (dns::Type{front.type} == type) return set_at(at);
    if (front.type > static_cast<std::uint16_t>(type)) break;
    at += set_octets + front.octets;
  }
  return std::nullopt;
}

NodeSet NodeView::at(std::size_t index) const noexcept {
  assert(index < sets_);
  const std::uint8_t* at = body_.data();
  for (; index > 0; --index) at += set_octets + SetFront(at).octets;
  return set_at(at);
}

NodeBuilder::NodeBuilder(std::uint8_t flags, std::uint8_t cover)
    : out_{format_now, static_cast<std::uint8_t>(flags & ~node_has_case), cover, 0} {}

void NodeBuilder::owner(const dns::Name& owner) {
  assert(out_.size() == front_octets);
  if (owner.same_case(owner.lowercase())) return;
  out_[flags_at] |= node_has_case;
  out_.insert(out_.end(), owner.wire().begin(), owner.wire().end());
}

bool NodeBuilder::add(dns::Type type, std::uint32_t ttl, std::uint16_t record_count, Octets records,
                      std::uint16_t signature_count, Octets signatures) {
  if (out_[sets_at] == sets_most) return false;
  ++out_[sets_at];
  put(out_, static_cast<std::uint16_t>(type));
  put(out_, ttl);
  put(out_, record_count);
  put(out_, signature_count);
  put(out_, static_cast<std::uint32_t>(records.size() + signatures.size()));
  out_.insert(out_.end(), records.begin(), records.end());
  out_.insert(out_.end(), signatures.begin(), signatures.end());
  return true;
}

Octets NodeBuilder::finish() {
  return out_;
}
}  // namespace windlass::auth
