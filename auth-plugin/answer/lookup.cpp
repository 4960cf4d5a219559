#include "auth-plugin/answer/lookup.hpp"

#include <algorithm>
#include <array>

#include "dns/canonical.hpp"
namespace windlass::auth {
namespace {

/// A row whose value was proven. Both lie in the reader's Scratch.
struct Standing {
  Octets key;
  NodeView view;
};

StoreResult<Standing> standing(const ServeReader& reader, const Row& row) {
  const auto view = NodeView::parse(row.value);
  if (!view) return reader.damaged("a node cannot be read");
  return Standing{row.key, *view};
}

StoreResult<Place> place_at(const ServeReader& reader, const ZoneFacts& zone,
                            const Standing& node) {
  const auto parts = read_key(node.key, zone.name);
  if (!parts) return reader.damaged("a node's key cannot be read");
  return Place{node.view.owner(parts->owner), node.view};
}

/// One lookup on its way: what the steps below share.
struct Search {
  ServeReader& reader;
  const ZoneFacts& zone;
  std::size_t zone_labels;

  StoreResult<std::optional<Standing>> node_at(const dns::Name& name) const;
  StoreResult<Standing> cover_of(const Standing& node) const;
  StoreResult<Standing> before() const;
  StoreResult<std::optional<Place>> nsec_neighbour(const Standing& node) const;
  StoreResult<Found> covered(const dns::Name& name, const Standing& node) const;
  StoreResult<Found> missing(const dns::Name& name, Octets key, const Row& next) const;
  StoreResult<Found> wildcard(Found found) const;
};

/// What stands exactly there. A name whose key does not fit was never stored.
StoreResult<std::optional<Standing>> Search::node_at(const dns::Name& name) const {
  using Maybe = std::optional<Standing>;
  const auto key = Key::node(zone.zid, zone.name, name);
  if (!key) return Maybe();
  const auto row = reader.seek(Table::node, Seek::exact, key->octets());
  if (!row) return row.error();
  if (!row->found) return Maybe();
  auto node = standing(reader, *row);
  if (!node) return node.error();
  return Maybe(*node);
}

/// The topmost cut or DNAME at or above `node`. Precondition: its cover is set.
StoreResult<Standing> Search::cover_of(const Standing& node) const {
  const auto parts = read_key(node.key, zone.name);
  if (!parts || zone_labels + node.view.cover() > parts->owner.label_count())
    return reader.damaged("a node is covered by what stands below it");
  const auto cover = node_at(parts->owner.suffix(zone_labels + node.view.cover()));
  if (!cover) return cover.error();
  if (!*cover) return reader.damaged("the cut above a node is missing");
  return **cover;
}

/// The node before where the cursor stands: the apex at the least.
StoreResult<Standing> Search::before() const {
  const auto row = reader.seek(Table::node, Seek::previous, Key(zone.zid).octets());
  if (!row) return row.error();
  if (!row->found)
    return StoreError{Trouble::not_found, zone.name.to_text() + ": the zone is not in the store"};
  return standing(reader, *row);
}

/// The node whose NSEC covers what comes behind `node`: names below a cut have none.
StoreResult<std::optional<Place>> Search::nsec_neighbour(const Standing& node) const {
  using Maybe = std::optional<Place>;
  if (!zone.is_signed || zone.nsec3) return Maybe();
  Standing neighbour = node;
  if (node.view.is(node_occluded)) {
    const auto cover = cover_of(node);
    if (!cover) return cover.error();
    neighbour = *cover;
  }
  auto place = place_at(reader, zone, neighbour);
  if (!place) return place.error();
  return Maybe(*std::move(place));
}

/// `name` is at or below the cut or DNAME that covers `node`.
StoreResult<Found> Search::covered(const dns::Name& name, const Standing& node) const {
  const bool stands_here = !node.view.is(node_occluded);
  const auto cover = stands_here ? StoreResult<Standing>(node) : cover_of(node);
  if (!cover) return cover.error();
  auto place = place_at(reader, zone, *cover);
  if (!place) return place.error();
  Found found;
  found.kind = cover->view.is(node_cut) ? FoundKind::referral : FoundKind::dname;
  found.closest_encloser = name.suffix(zone_labels + cover->view.cover());
  found.node = *std::move(place);
  return found;
}

/// No node stands at `name`: it is below a cut, an empty non-terminal, under a wildcard, or not
/// there.
StoreResult<Found> Search::missing(const dns::Name& name, Octets key, const Row& next) const {
  const auto previous = before();
  if (!previous) return previous.error();
  const std::size_t shared = common_labels(previous->key, key);
  const std::uint8_t cover = previous->view.cover();
  if (cover != no_cover && shared >= cover) return covered(name, *previous);
  auto neighbour = nsec_neighbour(*previous);
  if (!neighbour) return neighbour.error();
  Found found;
  found.predecessor = *std::move(neighbour);
  if (next.found && begins_with(next.key, subtree_of(key))) {
    found.kind = FoundKind::empty;
    found.closest_encloser = name;
    return found;
  }
  const std::size_t depth = next.found ? std::max(shared, common_labels(next.key, key)) : shared;
  if (zone_labels + depth >= name.label_count())
    return reader.damaged("a node stands where it cannot");
  found.closest_encloser = name.suffix(zone_labels + depth);
  return wildcard(std::move(found));
}

/// RFC 4592 3.3.1: the source of synthesis is *.closest_encloser, also as an empty non-terminal.
StoreResult<Found> Search::wildcard(Found found) const {
  const auto source = found.closest_encloser.wildcard();
  if (!source) return found;
  const auto key = Key::node(zone.zid, zone.name, *source);
  if (!key) return found;
  const auto row = reader.seek(Table::node, Seek::at_or_next, key->octets());
  if (!row) return row.error();
  if (!row->found || !begins_with(row->key, subtree_of(key->octets()))) return found;
  found.wildcard = true;
  found.kind = FoundKind::empty;
  if (row->key.size() != key->octets().size()) return found;
  const auto node = standing(reader, *row);
  if (!node) return node.error();
  found.kind = FoundKind::node;
  found.node = Place{node->view.owner(source->lowercase()), node->view};
  return found;
}

/// The first label of an NSEC3 record's owner.
std::array<std::uint8_t, dns::base32hex_octets(dns::nsec3_hash_octets)> hash_label(
    std::span<const std::uint8_t, dns::nsec3_hash_octets> hash) noexcept {
  std::array<std::uint8_t, dns::base32hex_octets(dns::nsec3_hash_octets)> label{};
  dns::put_base32hex(label.data(), hash);
  return label;
}
}  // namespace

StoreResult<Found> Lookup::find(const dns::Name& name, bool at_parent) {
  const Search search{reader_, zone_, zone_.name.label_count()};
  bool whole = false;
  const Key key = Key::sought(zone_.zid, zone_.name, name, whole);
  const auto row = reader_.seek(Table::node, Seek::at_or_next, key.octets());
  if (!row) return row.error();
  const bool stands_here = whole && row->found && std::ranges::equal(row->key, key.octets());
  if (!stands_here) return search.missing(name, key.octets(), *row);
  const auto node = standing(reader_, *row);
  if (!node) return node.error();
  const bool delegated = node->view.is(node_cut) && !at_parent;
  if (node->view.is(node_occluded) || delegated) return search.covered(name, *node);
  Found found;
  found.kind = FoundKind::node;
  found.closest_encloser = name;
  found.node = Place{node->view.owner(name.lowercase()), node->view};
  return found;
}

StoreResult<std::optional<Place>> Lookup::exact(const dns::Name& name) {
  using Maybe = std::optional<Place>;
  const Search search{reader_, zone_, zone_.name.label_count()};
  const auto node = search.node_at(name);
  if (!node) return node.error();
  if (!*node) return Maybe();
  return Maybe(Place{(*node)->view.owner(name.lowercase()), (*node)->view});
}

StoreResult<std::optional<Place>> Lookup::nsec_for(const dns::Name& name) {
  const Search search{reader_, zone_, zone_.name.label_count()};
  bool whole = false;
  const Key key = Key::sought(zone_.zid, zone_.name, name, whole);
  const auto row = reader_.seek(Table::node, Seek::at_or_next, key.octets());
  if (!row) return row.error();
  const bool matches = whole && row->found && std::ranges::equal(row->key, key.octets());
  const auto node = matches ? standing(reader_, *row) : search.before();
  if (!node) return node.error();
  return search.nsec_neighbour(*node);
}

StoreResult<std::optional<Lookup::Nsec3>> Lookup::nsec3_for(const dns::Name& name) {
  using Maybe = std::optional<Nsec3>;
  const auto hash =
      dns::nsec3_hash(name, {zone_.nsec3_salt, zone_.nsec3_salt_octets}, zone_.nsec3_iterations);
  Key key(zone_.zid);
  key.append(hash);
  auto row = reader_.seek(Table::nsec3, Seek::at_or_next, key.octets());
  if (!row) return row.error();
  const bool matches = row->found && std::ranges::equal(row->key, key.octets());
  if (!matches) row = reader_.seek(Table::nsec3, Seek::previous, key.octets());
  if (row && !row->found) row = reader_.seek(Table::nsec3, Seek::last_of_zone, key.octets());
  if (!row) return row.error();
  if (!row->found) return Maybe();
  const auto view = NodeView::parse(row->value);
  if (!view || row->key.size() != zid_octets + dns::nsec3_hash_octets)
    return reader_.damaged("an NSEC3 record cannot be read");
  const auto owner =
      zone_.name.with_label(hash_label(row->key.subspan<zid_octets, dns::nsec3_hash_octets>()));
  if (!owner) return reader_.damaged("an NSEC3 record's name is too long");
  return Maybe(Nsec3{{view->owner(owner->lowercase()), *view}, matches});
}
}  // namespace windlass::auth
