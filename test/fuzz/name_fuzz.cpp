// Names from wire, from text and from a message. What is read must survive text, and the relations
// between two names must agree with one another.

#include "dns/message_view.hpp"
#include "dns/name.hpp"
#include "test/fuzz/oracle.hpp"

namespace {
using namespace windlass::dns;
using windlass::fuzz::Octets;
using windlass::fuzz::require;

constexpr windlass::HashKey key{1, 2};

void check_alone(const Name& name) {
  const auto again = Name::from_text(name.to_text());
  require(bool(again), "a name's text is a name");
  require(again->same_case(name), "text keeps every octet");
  const Name lowered = name.lowercase();
  require(name == lowered && name.hash(key) == lowered.hash(key), "case does not matter");
  require(name.canonical_order(lowered) == 0, "case does not order");
  require(name.suffix(name.label_count()).same_case(name), "all labels are the name");
  if (name.is_root()) return;
  require(name.is_below(name.parent()), "a name is below its parent");
  const auto back = name.parent().with_label(name.first_label());
  require(back && back->same_case(name), "parent and first label make the name");
}

void check_pair(const Name& a, const Name& b) {
  const auto order = a.canonical_order(b);
  require((order == 0) == (a == b), "order and equality agree");
  require((0 <=> order) == b.canonical_order(a), "order is antisymmetric");
  require(!(a == b) || a.hash(key) == b.hash(key), "equal names hash alike");
  const bool below = a.is_at_or_below(b);
  require(below == (a.common_labels(b) == b.label_count()), "below is sharing all labels");
  require(!below || order >= 0, "a name stands behind those above it");
  if (!below) return;
  const auto moved = a.rebased(b, Name{});
  require(moved && moved->label_count() == a.label_count() - b.label_count(),
          "rebased to the root");
  const auto back = moved->rebased(Name{}, b);
  require(back && *back == a, "rebased and back");
}

void check_in_message(Octets octets) {
  const auto name = read_name(octets, HeaderView::size_octets);
  if (!name) return;
  check_alone(name->first);
  require(name->second <= octets.size() - HeaderView::size_octets, "no octets behind the message");
}
}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Octets octets(data, size);
  check_in_message(octets);
  if (const auto name = Name::from_text({reinterpret_cast<const char*>(data), size}))
    check_alone(*name);
  const auto first = Name::from_wire(octets);
  if (!first) return 0;
  check_alone(*first);
  require(first->size_octets() <= size, "no octets behind the input");
  const auto second = Name::from_wire(octets.subspan(first->size_octets()));
  if (second) check_pair(*first, *second);
  return 0;
}
