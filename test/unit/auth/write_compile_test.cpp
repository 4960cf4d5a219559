// What the compiler makes of a zone, against expectations written by hand: covers, flags, RRSIGs,
// NSEC3. And, with [figures], what a million records cost (not part of a plain run).
#include <chrono>
#include <ctime>
#include <map>

#include "auth-plugin/write/serve.hpp"
#include "auth/write_support.hpp"
#include "dns/canonical.hpp"
using namespace windlass;
using namespace windlass::auth;
using namespace windlass::auth::test;
using dns::Type;

namespace {
struct Taken final : CompiledSink {
  std::map<std::string, Bytes> nodes;  ///< by owner
  std::map<Bytes, Bytes> nsec3s;
  dns::Name zone = name("example.org.");
  StoreStatus node(Octets key, Octets value) override {
    const auto parts = read_key(key, zone);
    REQUIRE(parts);
    nodes.emplace(parts->owner.to_text(), Bytes(value.begin(), value.end()));
    return Done{};
  }
  StoreStatus nsec3(Octets key, Octets value) override {
    nsec3s.emplace(Bytes(key.begin(), key.end()), Bytes(value.begin(), value.end()));
    return Done{};
  }
};

struct Place {
  const char* owner;
  unsigned flags, cover, sets;
};

constexpr std::string_view covers = R"(
@ SOA ns hostmaster 1 2 3 4 5
@ NS ns
ns A 192.0.2.1
a CNAME ns
sub NS ns.sub
sub DS 1 13 2 00
ns.sub A 192.0.2.2
deep.sub NS ns.sub
x.deep.sub A 192.0.2.3
sub2 A 192.0.2.4
alias DNAME example.net.
below.alias TXT "unseen"
Mixed A 192.0.2.5
z.ent TXT "under an empty non-terminal"
)";

constexpr Place covers_expected[] = {
    {"example.org.", node_apex, no_cover, 2},
    {"ns.example.org.", 0, no_cover, 1},
    {"a.example.org.", node_cname, no_cover, 1},
    {"sub.example.org.", node_cut, 1, 2},
    {"ns.sub.example.org.", node_occluded, 1, 1},
    {"deep.sub.example.org.", node_occluded | node_cut, 1, 1},
    {"x.deep.sub.example.org.", node_occluded, 1, 1},
    {"sub2.example.org.", 0, no_cover, 1},
    {"alias.example.org.", node_dname, 1, 1},
    {"below.alias.example.org.", node_occluded, 1, 1},
    {"mixed.example.org.", node_has_case, no_cover, 1},
    {"z.ent.example.org.", 0, no_cover, 1},
};

std::string signature(const char* type) {
  return std::string(" RRSIG ") + type +
         " 13 2 300 20300101000000 20200101000000 1 example.org. AAECAwQFBgcICQ==\n";
}
}  // namespace

TEST_CASE("covers, flags and sets of each owner", "[write][compile]") {
  Taken taken;
  const auto compiled = must(compile(zone_of("example.org.", covers), 3, taken));
  CHECK(taken.nodes.size() == std::size(covers_expected));
  for (const Place& place : covers_expected) {
    INFO(place.owner);
    const auto found = taken.nodes.find(place.owner);
    REQUIRE(found != taken.nodes.end());
    const auto node = NodeView::parse(found->second);
    REQUIRE(node);
    CHECK(node->flags() == place.flags);
    CHECK(node->cover() == place.cover);
    CHECK(node->set_count() == place.sets);
  }
  CHECK(compiled.names == 12);
  CHECK(compiled.records == 14);
  CHECK(compiled.serial == 1);
  CHECK(compiled.facts.slot == 3);
  CHECK_FALSE(compiled.facts.is_signed);
  CHECK_FALSE(compiled.presigned);
}

TEST_CASE("a DNAME at the apex covers all below it", "[write][compile]") {
  Taken taken;
  must(compile(zone_of("example.org.", std::string(apex_lines) + "@ DNAME example.net.\n"), 0,
               taken));
  const auto apex = NodeView::parse(taken.nodes.at("example.org."));
  const auto below = NodeView::parse(taken.nodes.at("ns.example.org."));
  REQUIRE((apex && below));
  CHECK(apex->cover() == 0);
  CHECK_FALSE(apex->is(node_occluded));
  CHECK(below->cover() == 0);
  CHECK(below->is(node_occluded));
}

TEST_CASE("RRSIGs go to what they cover; NSEC3 to a table of its own", "[write][compile]") {
  const std::string hash = "0123456789abcdefghijklmnopqrstuv";
  const std::string lines =
      std::string(apex_lines) + "@" + signature("SOA") + "@" + signature("NS") +
      "@ DNSKEY 257 3 13 AAECAwQFBgcICQoLDA0ODw==\n@" + signature("DNSKEY") +
      "@ NSEC3PARAM 1 0 5 aabb\nns" + signature("A") + "ns" + signature("TXT") + hash +
      " NSEC3 1 1 5 aabb 10000000000000000000000000000000 A RRSIG\n" + hash + signature("NSEC3");
  Taken taken;
  const auto compiled = must(compile(zone_of("example.org.", lines), 0, taken));
  CHECK(compiled.facts.is_signed);
  CHECK(compiled.presigned);
  CHECK(compiled.facts.nsec3);
  CHECK(compiled.facts.nsec3_iterations == 5);
  REQUIRE(compiled.facts.nsec3_salt_octets == 2);
  CHECK(compiled.facts.nsec3_salt[1] == 0xBB);
  CHECK(taken.nodes.size() == 2);
  const auto server = NodeView::parse(taken.nodes.at("ns.example.org."));
  REQUIRE(server);
  CHECK(server->set_count() == 1);  // the RRSIG of TXT covers nothing
  CHECK(server->find(Type::a)->signatures.size() == 1);
  const auto apex = NodeView::parse(taken.nodes.at("example.org."));
  REQUIRE(apex);
  CHECK(apex->find(Type::soa)->signatures.size() == 1);
  CHECK(apex->find(Type::nsec3param)->signatures.empty());
  CHECK_FALSE(apex->find(Type::rrsig));
  REQUIRE(taken.nsec3s.size() == 1);
  const Bytes& key = taken.nsec3s.begin()->first;
  std::vector<std::uint8_t> octets;
  REQUIRE(dns::from_base32hex(name(hash).first_label(), octets));
  CHECK(Bytes(key.begin() + 8, key.end()) == octets);
  const auto nsec3 = NodeView::parse(taken.nsec3s.begin()->second);
  REQUIRE(nsec3);
  CHECK(nsec3->find(Type::nsec3)->signatures.size() == 1);
}

TEST_CASE("of two chains of NSEC3 the one that NSEC3PARAM names is taken", "[write][compile]") {
  const std::string next = " 10000000000000000000000000000000 A\n";
  const std::string lines = std::string(apex_lines) +
                            "@ NSEC3PARAM 1 1 5 cc\n@ NSEC3PARAM 1 0 5 aabb\n"
                            "0123456789abcdefghijklmnopqrstuv NSEC3 1 1 5 aabb" +
                            next + "1123456789abcdefghijklmnopqrstuv NSEC3 1 0 5 aabc" + next +
                            "2123456789abcdefghijklmnopqrstuv NSEC3 1 0 6 aabb" + next +
                            "3123456789abcdefghijklmnopqrstuv NSEC3 1 0 5 -" + next +
                            "4123456789abcdefghijklmnopqrstuv NSEC3 2 0 5 aabb" + next +
                            "5123456789abcdefghijklmnopqrstuv NSEC3 1 0 5 cc" + next;
  Taken taken;
  const auto compiled = must(compile(zone_of("example.org.", lines), 0, taken));
  CHECK(compiled.facts.nsec3);
  CHECK(compiled.facts.nsec3_iterations == 5);
  CHECK(compiled.facts.nsec3_salt_octets == 2);
  REQUIRE(taken.nsec3s.size() == 1);
  CHECK(taken.nsec3s.begin()->first[8] == 0);
}

TEST_CASE("without a NSEC3PARAM of flags 0 there is no chain", "[write][compile][negative]") {
  const std::string lines = std::string(apex_lines) +
                            "@ NSEC3PARAM 1 1 0 -\n0123456789abcdefghijklmnopqrstuv NSEC3 1 0 0 - "
                            "10000000000000000000000000000000 A\n";
  Taken taken;
  const auto compiled = must(compile(zone_of("example.org.", lines), 0, taken));
  CHECK_FALSE(compiled.facts.nsec3);
  CHECK(taken.nsec3s.empty());
}

TEST_CASE("a NSEC3 whose owner is no hash is left out", "[write][compile][negative]") {
  const std::string rest = " NSEC3 1 0 0 - 10000000000000000000000000000000 A\n";
  Taken taken;
  const auto compiled =
      must(compile(zone_of("example.org.", std::string(apex_lines) + "short" + rest +
                                               "0123456789abcdefghijklmnopqrstuv.deep" + rest +
                                               "wwww456789abcdefghijklmnopqrstuv" + rest),
                   0, taken));
  CHECK(taken.nsec3s.empty());
  CHECK(taken.nodes.size() == 2);
  CHECK_FALSE(compiled.facts.nsec3);
}

TEST_CASE("write_zone writes what a second time needs no writing", "[write][compile]") {
  const Folder folder;
  auto serve = must(ServeTables::open(folder.path() + "/serve.mdb", 1u << 26, 8));
  const auto content = zone_of("example.org.", covers);
  must(write_zone(serve, content, 0, 1));
  must(write_zone(serve, content, 0, 2));
  auto reader = must(ServeReader::open(serve.env));
  must(reader->begin());
  CHECK(must(reader->generation(zid_of(name("example.org.")))) == 2);
}

TEST_CASE("a million records", "[.][figures]") {
  const Folder folder;
  DepotOptions options = options_for(folder);
  options.map_octets = std::uint64_t{8} << 30;
  ZoneContent content(name("example.org."));
  const auto apex = zone_of("example.org.", apex_lines);
  for (std::size_t i = 0; i < apex.size(); ++i)
    (void)content.add(dns::Name::from_proven(apex[i].owner_wire), apex[i].type, 300,
                      apex[i].rdatas.subspan(2));
  for (unsigned i = 0; i < 1'000'000; ++i)
    (void)content.add(name("host" + std::to_string(i) + ".example.org."), Type::a, 300,
                      Bytes{10, static_cast<std::uint8_t>(i >> 16),
                            static_cast<std::uint8_t>(i >> 8), static_cast<std::uint8_t>(i)});
  content.seal();
  // The processor's seconds too: a busy machine stretches the others.
  const auto timed = [](const char* what, auto step) {
    const std::clock_t cpu = std::clock();
    const auto begun = std::chrono::steady_clock::now();
    step();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
    WARN(what << ": " << took.count() << " s, processor "
              << static_cast<double>(std::clock() - cpu) / CLOCKS_PER_SEC << " s");
  };
  auto depot = open(options);
  timed("created",
        [&] { must(depot->create_zone(name("example.org."), ZoneKind::native, &content)); });
  timed("loaded again", [&] { must(depot->load_zone(name("example.org."), content, {})); });
  for (const unsigned edits : {1u, 200u})
    timed(edits == 1 ? "the first edit" : "200 edits more", [&] {
      for (unsigned i = 0; i < edits; ++i)
        must(depot->edit_zone(name("example.org."),
                              {set("host" + std::to_string(i * 4999) + ".example.org.", Type::a,
                                   {{192, 0, 2, static_cast<std::uint8_t>(edits)}})}));
    });
  timed("verified", [&] { must(depot->verify({})); });
  depot.reset();
  timed("opened in order", [&] { depot = open(options); });
  depot.reset();
  options.boot_id = "another";
  timed("opened by another boot, in order", [&] { depot = open(options); });
  timed("rebuilt", [&] { must(depot->rebuild({})); });
  CHECK(depot->show(name("example.org."))->records == 1'000'003);
}
