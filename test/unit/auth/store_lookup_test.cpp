// Lookup against a plain model of RFC 1034 4.3.2 and RFC 4592 that walks from the apex down and
// knows nothing of keys or neighbours. Zones are made to be awkward: empty non-terminals, cuts with
// names below, DNAMEs, wildcards, labels of 00 and 01; their numbers are neighbours in the store.
#include <algorithm>
#include <map>
#include <set>

#include "auth-plugin/answer/lookup.hpp"
#include "base/rng.hpp"
#include "dns/canonical.hpp"
#include "test/unit/auth/store_fixture.hpp"

using namespace windlass;
using namespace windlass::auth;
using namespace windlass::auth::test;
using dns::Name;
using dns::Type;

namespace {
struct CanonicalLess {
  bool operator()(const Name& a, const Name& b) const { return a.canonical_order(b) < 0; }
};

/// What the model expects; `predecessor` is the root when there is none to expect.
struct Expected {
  FoundKind kind = FoundKind::nxdomain;
  bool wildcard = false;
  std::optional<Name> node;
  Name closest_encloser;
};

class Model {
 public:
  explicit Model(const Name& zone) : zone_(zone), zone_labels_(zone.label_count()) {
    add(zone, Type::soa);
  }
  void add(const Name& owner, Type type) {
    owners_.try_emplace(owner).first->second.insert(type);
    for (Name name = owner; !(name == zone_); name = name.parent()) existing_.insert(name);
    existing_.insert(zone_);
  }
  const Name& zone() const { return zone_; }
  const std::map<Name, std::set<Type>, CanonicalLess>& owners() const { return owners_; }
  bool has(const Name& owner, Type type) const {
    const auto at = owners_.find(owner);
    return at != owners_.end() && at->second.contains(type);
  }
  bool is_cut(const Name& name) const { return !(name == zone_) && has(name, Type::ns); }
  /// The labels below the apex of the topmost cut or DNAME at or above.
  std::optional<std::size_t> cover(const Name& name) const {
    for (std::size_t labels = zone_labels_; labels <= name.label_count(); ++labels) {
      const Name above = name.suffix(labels);
      if (is_cut(above) || has(above, Type::dname)) return labels - zone_labels_;
    }
    return std::nullopt;
  }
  bool is_occluded(const Name& name) const {
    const auto depth = cover(name);
    return depth && *depth + zone_labels_ < name.label_count();
  }

  Expected find(const Name& name, bool at_parent) const {
    Expected out;
    std::size_t labels = zone_labels_;
    for (; labels <= name.label_count(); ++labels) {
      const Name at = name.suffix(labels);
      if (!existing_.contains(at)) break;
      const bool last = labels == name.label_count();
      if (is_cut(at) && !(last && at_parent)) return {FoundKind::referral, false, at, at};
      if (has(at, Type::dname) && !last) return {FoundKind::dname, false, at, at};
      out.closest_encloser = at;
    }
    if (labels > name.label_count()) {
      out.kind = owners_.contains(name) ? FoundKind::node : FoundKind::empty;
      if (out.kind == FoundKind::node) out.node = name;
      return out;
    }
    const auto source = out.closest_encloser.wildcard();
    if (!source || !existing_.contains(*source)) return out;
    out.wildcard = true;
    out.kind = owners_.contains(*source) ? FoundKind::node : FoundKind::empty;
    if (out.kind == FoundKind::node) out.node = *source;
    return out;
  }

  /// The last name with an NSEC that is not behind `name`, itself or not.
  Name nsec_at_or_before(const Name& name) const {
    auto at = owners_.upper_bound(name);
    do --at;
    while (is_occluded(at->first));
    return at->first;
  }
  Name nsec_before(const Name& name) const {
    auto at = owners_.lower_bound(name);
    do --at;
    while (is_occluded(at->first));
    return at->first;
  }

 private:
  Name zone_;
  std::size_t zone_labels_;
  std::map<Name, std::set<Type>, CanonicalLess> owners_;
  std::set<Name, CanonicalLess> existing_;
};

const std::vector<std::string> labels{"a",     "b",      "*",      "\\000",      "\\001",
                                      "\\002", "\\255",  "A",      "\\000\\001", "\\001\\000",
                                      "ab",    "a\\000", "a\\001", "-",          "c"};

Name odd_name(SeededRng& rng, const Name& below, unsigned labels_most) {
  Name name = below;
  for (unsigned left = rng.below(labels_most + 1); left > 0; --left) {
    const std::string& label = labels[rng.below(static_cast<std::uint32_t>(labels.size()))];
    name = *name.with_label(Name::literal(label).first_label());
  }
  return name;
}

Model odd_zone(SeededRng& rng, const Name& apex) {
  Model model(apex);
  const unsigned names = 1 + rng.below(60);
  for (unsigned i = 0; i < names; ++i) {
    const Name owner = odd_name(rng, apex, 4);
    const unsigned kind = rng.below(12);
    model.add(owner, kind == 0                        ? Type::ns
                     : kind == 1 && rng.below(3) == 0 ? Type::dname
                     : kind == 2                      ? Type::cname
                                                      : Type::a);
    if (kind == 0)  // glue and what nobody sees below the cut
      for (unsigned glue = rng.below(4); glue > 0; --glue)
        model.add(odd_name(rng, owner, 2), rng.below(5) == 0 ? Type::ns : Type::a);
  }
  return model;
}

Bytes node_of(const Model& model, const Name& owner) {
  unsigned flags = 0;
  if (owner == model.zone()) flags |= node_apex;
  if (model.is_cut(owner)) flags |= node_cut;
  if (model.has(owner, Type::dname)) flags |= node_dname;
  if (model.has(owner, Type::cname)) flags |= node_cname;
  if (model.is_occluded(owner)) flags |= node_occluded;
  const auto cover = model.cover(owner);
  NodeBuilder node(static_cast<std::uint8_t>(flags),
                   cover ? static_cast<std::uint8_t>(*cover) : no_cover);
  node.owner(owner);
  for (const Type type : model.owners().at(owner)) node.add(type, 60, 1, rdatas({"x"}), 0, {});
  const Octets out = node.finish();
  return {out.begin(), out.end()};
}

void write_zone(const Serve& serve, const Model& model, Zid zid) {
  auto txn = must(WriteTransaction::begin(serve.env));
  for (const auto& [owner, types] : model.owners()) {
    const auto key = Key::node(zid, model.zone(), owner);
    REQUIRE(key);
    must(txn.put(serve.node, key->octets(), node_of(model, owner)));
  }
  must(txn.commit());
}

/// A question near what the zone holds, or anywhere.
Name question(SeededRng& rng, const Model& model, const std::vector<Name>& owners) {
  const Name owner = owners[rng.below(static_cast<std::uint32_t>(owners.size()))];
  switch (rng.below(4)) {
    case 0:
      return odd_name(rng, model.zone(), 6);
    case 1:
      return odd_name(rng, owner, 2);
    case 2: {
      const std::size_t zone_labels = model.zone().label_count();
      const std::size_t most = owner.label_count() - zone_labels;
      return owner.suffix(zone_labels + rng.below(static_cast<std::uint32_t>(most + 1)));
    }
    default:
      return odd_name(rng, owner == model.zone() ? owner : owner.parent(), 2);
  }
}

void same_place(const std::optional<Place>& place, const Name& owner, const Model& model) {
  REQUIRE(place);
  const auto written = model.owners().find(owner);
  REQUIRE(written != model.owners().end());
  REQUIRE(place->owner.same_case(written->first));
  REQUIRE(place->node.set_count() == written->second.size());
}

void check_find(const Model& model, const Found& found, const Expected& expected) {
  REQUIRE(found.kind == expected.kind);
  REQUIRE(found.wildcard == expected.wildcard);
  REQUIRE(found.closest_encloser == expected.closest_encloser);
  REQUIRE(found.node.has_value() == expected.node.has_value());
  if (expected.node) same_place(found.node, *expected.node, model);
}

void ask(ServeReader& reader, const Model& model, const ZoneFacts& facts, const Name& name,
         bool at_parent) {
  INFO(name.to_text() << " in " << facts.name.to_text() << ", at the parent: " << at_parent);
  Lookup lookup(reader, facts);
  const Found found = must(lookup.find(name, at_parent));
  const Expected expected = model.find(name, at_parent);
  check_find(model, found, expected);
  const bool absent = expected.kind == FoundKind::nxdomain || expected.kind == FoundKind::empty ||
                      expected.wildcard;
  if (facts.is_signed && !facts.nsec3 && absent)
    same_place(found.predecessor, model.nsec_before(name), model);
  else
    REQUIRE_FALSE(found.predecessor);
  const auto exact = must(lookup.exact(name));
  REQUIRE(exact.has_value() == model.owners().contains(name));
  if (exact) same_place(exact, name, model);
  if (facts.is_signed && !facts.nsec3)
    same_place(must(lookup.nsec_for(name)), model.nsec_at_or_before(name), model);
}

ZoneFacts facts_of(const Name& zone, Zid zid, unsigned kind) {
  ZoneFacts facts;
  facts.zid = zid;
  facts.name = zone;
  facts.is_signed = kind != 0;
  facts.nsec3 = kind == 2;
  return facts;
}
}  // namespace

TEST_CASE("Lookup: 100,000 questions find what a plain walk finds", "[auth][lookup]") {
  const Folder folder;
  const Serve serve(folder.file("serve.mdb"));
  SeededRng rng(20);
  const std::vector<Name> apexes{Name::literal("example.org"), Name{}, Name::literal("a"),
                                 Name::literal("\\000.\\001.A"), Name::literal("*.b")};
  // The least and greatest numbers, and neighbours.
  std::vector<std::pair<Zid, Model>> zones;
  for (Zid i = 0; i < 250; ++i) {
    const Name& apex = apexes[rng.below(static_cast<std::uint32_t>(apexes.size()))];
    const Zid zid = i < 100 ? i : ~Zid{0} - (i - 100);
    zones.emplace_back(zid, odd_zone(rng, apex));
    write_zone(serve, zones.back().second, zid);
  }
  auto reader = must(ServeReader::open(serve.env));
  for (const auto& [zid, model] : zones) {
    must(reader->begin());
    const ZoneFacts facts = facts_of(model.zone(), zid, rng.below(3));
    std::vector<Name> owners;
    for (const auto& [owner, types] : model.owners()) owners.push_back(owner);
    for (int i = 0; i < 400; ++i) {
      ask(*reader, model, facts, question(rng, model, owners), rng.below(4) == 0);
      reader->release();
    }
    reader->end();
  }
}

TEST_CASE("Lookup: a DNAME at the apex, a cut that has one, a wildcard that does",
          "[auth][lookup]") {
  const Folder folder;
  const Serve serve(folder.file("serve.mdb"));
  Model model(Name::literal("example.org"));
  model.add(Name::literal("both.example.org"), Type::ns);
  model.add(Name::literal("both.example.org"), Type::dname);
  model.add(Name::literal("*.w.example.org"), Type::dname);
  model.add(Name::literal("x.y.*.e.example.org"), Type::a);
  write_zone(serve, model, 5);
  Model apex(Name::literal("example.net"));
  apex.add(Name::literal("example.net"), Type::dname);
  apex.add(Name::literal("a.b.example.net"), Type::a);
  write_zone(serve, apex, 6);
  auto reader = must(ServeReader::open(serve.env));
  must(reader->begin());
  for (const char* name : {"both.example.org", "a.both.example.org", "a.w.example.org",
                           "a.e.example.org", "e.example.org", "a.b.w.example.org"})
    ask(*reader, model, facts_of(model.zone(), 5, 1), Name::literal(name), false);
  for (const char* name : {"example.net", "b.example.net", "a.b.example.net", "z.example.net"})
    ask(*reader, apex, facts_of(apex.zone(), 6, 1), Name::literal(name), false);
}

TEST_CASE("Lookup: names whose keys do not fit are not there", "[auth][lookup]") {
  const Folder folder;
  const Serve serve(folder.file("serve.mdb"));
  Model model{Name{}};
  std::string label, text;
  for (int i = 0; i < 63; ++i) label += "\\000";
  for (int i = 0; i < 3; ++i) text += label + ".";
  model.add(Name::literal("b." + text), Type::a);
  model.add(Name::literal("*." + text.substr(text.size() / 3)), Type::a);
  write_zone(serve, model, 7);
  auto reader = must(ServeReader::open(serve.env));
  must(reader->begin());
  const Name name = Name::literal(label.substr(0, 61 * 4) + "." + text);
  REQUIRE(Key::node(7, Name{}, name).error().code == Errc::no_space);
  ask(*reader, model, facts_of(model.zone(), 7, 1), name, false);
}

TEST_CASE("Lookup: NSEC3 by hash, around the end of the zone", "[auth][lookup]") {
  const Folder folder;
  const Serve serve(folder.file("serve.mdb"));
  ZoneFacts facts = facts_of(Name::literal("example.org"), 9, 2);
  facts.nsec3_iterations = 2;
  facts.nsec3_salt_octets = 2;
  facts.nsec3_salt[0] = 0xAA;
  facts.nsec3_salt[1] = 0xBB;
  SeededRng rng(4);
  std::map<std::string, std::string> chain;  // base32hex text sorts as the hash does
  std::vector<Name> names;
  for (int i = 0; i < 500; ++i) names.push_back(odd_name(rng, facts.name, 3));
  const auto hash_of = [&](const Name& name) {
    return dns::nsec3_hash(name, Octets(facts.nsec3_salt, 2), facts.nsec3_iterations);
  };
  for (std::size_t i = 0; i < names.size(); i += 2) {
    const auto hash = hash_of(names[i]);
    if (hash[0] < 0x20) continue;  // so that some hashes come before the first
    NodeBuilder node(0, no_cover);
    node.add(Type::nsec3, 60, 1, rdatas({"x"}), 0, {});
    for (const Zid zid : {Zid{8}, Zid{9}, Zid{10}}) {  // neighbours must not be taken
      Key key(zid);
      key.append(hash);
      if (zid == 9 || chain.empty()) serve.put(serve.nsec3, key.octets(), node.finish());
    }
    chain.emplace(dns::base32hex(hash), "");
  }
  auto reader = must(ServeReader::open(serve.env));
  must(reader->begin());
  Lookup lookup(*reader, facts);
  std::size_t wrapped = 0;
  for (const Name& name : names) {
    const std::string hash = dns::base32hex(hash_of(name));
    auto at = chain.upper_bound(hash);
    if (at == chain.begin()) at = chain.end(), ++wrapped;
    --at;
    const auto found = must(lookup.nsec3_for(name));
    REQUIRE(found);
    CHECK(found->matches == (at->first == hash));
    CHECK(found->place.owner == Name::literal(at->first + ".example.org"));
    CHECK(found->place.node.find(Type::nsec3));
    reader->release();
  }
  CHECK(wrapped > 0);
}

TEST_CASE("Lookup: a zone that is not there, nodes that make no sense",
          "[auth][lookup][negative]") {
  const Folder folder;
  const Serve serve(folder.file("serve.mdb"));
  const Name zone = Name::literal("example.org");
  auto reader = must(ServeReader::open(serve.env));
  const ZoneFacts facts = facts_of(zone, 3, 2);
  Lookup lookup(*reader, facts);
  must(reader->begin());
  CHECK(fault_of(lookup.find(zone, false)).trouble == Trouble::not_found);
  CHECK_FALSE(must(lookup.exact(zone)));
  CHECK_FALSE(must(lookup.nsec3_for(zone)));
  reader->end();
  serve.put(serve.node, Key::node(3, zone, zone)->octets(), octets("no node"));
  NodeBuilder lost(node_occluded, 0);  // the cut it tells of is the apex, which cannot be read
  serve.put(serve.node, Key::node(3, zone, Name::literal("a.b.example.org"))->octets(),
            lost.finish());
  NodeBuilder deep(node_occluded, 7);
  serve.put(serve.node, Key::node(3, zone, Name::literal("c.example.org"))->octets(),
            deep.finish());
  must(reader->begin());
  CHECK(fault_of(lookup.find(zone, false)).trouble == Trouble::damaged);
  CHECK(fault_of(lookup.find(Name::literal("a.b.example.org"), false)).trouble == Trouble::damaged);
  CHECK(fault_of(lookup.find(Name::literal("c.example.org"), false)).trouble == Trouble::damaged);
  CHECK(fault_of(lookup.find(Name::literal("0.example.org"), false)).trouble == Trouble::damaged);
}
