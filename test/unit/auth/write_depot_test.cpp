// The depot as its callers see it: zones come, change and go; refusals change nothing; what was
// acknowledged is served by the next read, by every reader.
#include <atomic>
#include <chrono>
#include <thread>

#include "auth/write_support.hpp"
using namespace windlass;
using namespace windlass::auth;
using namespace windlass::auth::test;
using dns::Type;

namespace {
const std::string zone_lines = std::string(apex_lines) + "www A 192.0.2.10\nMail MX 10 www\n";

std::shared_ptr<Depot> with_zone(const Folder& folder) {
  auto depot = open(options_for(folder));
  const auto content = zone_of("example.org.", zone_lines);
  must(depot->create_zone(name("example.org."), ZoneKind::native, &content));
  return depot;
}
}  // namespace

TEST_CASE("a zone is created, served, and stands after a restart", "[write]") {
  const Folder folder;
  {
    auto depot = with_zone(folder);
    CHECK(served(*depot, "example.org.", "www.example.org.", Type::a) == Bytes{192, 0, 2, 10});
    CHECK(depot->zones()->find(name("example.org.")) != nullptr);
    CHECK(depot->show(name("example.org."))->names == 4);
    CHECK(depot->show(name("example.org."))->records == 5);
  }
  auto depot = open(options_for(folder));
  CHECK(depot->stats().start == "in use");
  CHECK(served(*depot, "example.org.", "www.example.org.", Type::a) == Bytes{192, 0, 2, 10});
  CHECK(text_of(*depot, "example.org.").find("Mail.example.org.") != std::string::npos);
  CHECK(text_of(*depot, "example.org.").starts_with("example.org.\t300\tIN\tSOA"));
}

TEST_CASE("an edit raises the serial and the generation, and is served at once", "[write]") {
  const Folder folder;
  auto depot = with_zone(folder);
  const auto before = *depot->show(name("example.org."));
  const auto written = must(depot->edit_zone(
      name("example.org."), {set("www.example.org.", Type::a, {rdata(Type::a, "192.0.2.11")})}));
  CHECK(written.serial == 8);
  CHECK(written.generation > before.generation);
  CHECK(written.added == 2);  // the address and the SOA
  CHECK(written.removed == 2);
  CHECK(served(*depot, "example.org.", "www.example.org.", Type::a) == Bytes{192, 0, 2, 11});
  std::uint32_t count = 0;
  const std::uint64_t* published = depot->generations(count);
  const ZoneFacts* facts = depot->zones()->find(name("example.org."));
  REQUIRE(facts != nullptr);
  REQUIRE(facts->slot < count);
  CHECK(published[facts->slot] == written.generation);
  CHECK(must(depot->edit_zone(name("example.org."),
                              {set("www.example.org.", Type::a, {rdata(Type::a, "192.0.2.11")})}))
            .generation == written.generation);
}

TEST_CASE("records are added to an RRset and taken from it", "[write]") {
  const Folder folder;
  auto depot = with_zone(folder);
  Edit add = set("www.example.org.", Type::a, {rdata(Type::a, "192.0.2.12")});
  add.way = Edit::Way::add;
  must(depot->edit_zone(name("example.org."), {add}));
  CHECK(text_of(*depot, "example.org.").find("192.0.2.10") != std::string::npos);
  CHECK(text_of(*depot, "example.org.").find("192.0.2.12") != std::string::npos);
  Edit remove = set("www.example.org.", Type::a, {rdata(Type::a, "192.0.2.10")});
  remove.way = Edit::Way::remove;
  must(depot->edit_zone(name("example.org."), {remove}));
  CHECK(served(*depot, "example.org.", "www.example.org.", Type::a) == Bytes{192, 0, 2, 12});
  must(depot->edit_zone(name("example.org."), {set("www.example.org.", Type::a, {})}));
  CHECK(node_of(*depot, "example.org.", "www.example.org.").empty());
  CHECK(depot->show(name("example.org."))->names == 3);
}

TEST_CASE("a cut that comes and goes changes what is below it", "[write]") {
  const Folder folder;
  auto depot = open(options_for(folder));
  const auto content =
      zone_of("example.org.", std::string(apex_lines) + "a.sub A 192.0.2.20\nb.a.sub TXT \"x\"\n");
  must(depot->create_zone(name("example.org."), ZoneKind::native, &content));
  const Bytes without = all_nodes(*depot, "example.org.");
  const auto cut = rdata(Type::ns, "a.sub");
  must(depot->edit_zone(name("example.org."), {set("sub.example.org.", Type::ns, {cut})}));
  Bytes value = node_of(*depot, "example.org.", "b.a.sub.example.org.");
  auto node = NodeView::parse(value);
  REQUIRE(node);
  CHECK(node->is(node_occluded));
  CHECK(node->cover() == 1);
  must(depot->edit_zone(name("example.org."),
                        {set("c.a.sub.example.org.", Type::a, {rdata(Type::a, "192.0.2.9")})}));
  value = node_of(*depot, "example.org.", "c.a.sub.example.org.");
  node = NodeView::parse(value);
  REQUIRE(node);
  CHECK(node->is(node_occluded));
  const Bytes edited = all_nodes(*depot, "example.org.");
  must(depot->rebuild({}));
  CHECK(all_nodes(*depot, "example.org.") == edited);
  must(depot->edit_zone(
      name("example.org."),
      {set("sub.example.org.", Type::ns, {}), set("c.a.sub.example.org.", Type::a, {}),
       set("example.org.", Type::soa, {rdata(Type::soa, "ns hostmaster 7 3600 900 604800 300")})}));
  CHECK(all_nodes(*depot, "example.org.") == without);
}

TEST_CASE("what would not be a zone is refused and changes nothing", "[write][negative]") {
  const Folder folder;
  auto depot = with_zone(folder);
  const std::string before = text_of(*depot, "example.org.");
  const auto generation = depot->show(name("example.org."))->generation;
  const std::vector<std::vector<Edit>> wrong = {
      {set("www.example.org.", Type::cname, {rdata(Type::cname, "ns")})},
      {set("example.org.", Type::soa, {})},
      {set("example.org.", Type::ns, {})},
      {set("www.example.com.", Type::a, {{192, 0, 2, 1}})},
      {set("www.example.org.", Type::any, {{1}})},
      {set("www.example.org.", Type::rrsig, {Bytes(30)})},
      {set("www.example.org.", Type::a, {{192, 0, 2, 1}}, 0x80000000u)},
      {set("ok.example.org.", Type::a, {{192, 0, 2, 1}}),
       set("www.example.org.", Type::cname, {rdata(Type::cname, "ns")})}};
  for (const auto& edits : wrong) {
    const auto written = depot->edit_zone(name("example.org."), edits);
    REQUIRE_FALSE(written);
    CHECK(written.error().trouble == Trouble::refused);
    CHECK_FALSE(written.error().text.empty());
  }
  CHECK(text_of(*depot, "example.org.") == before);
  CHECK(depot->show(name("example.org."))->generation == generation);
  const auto bare = zone_of("example.net.", "@ SOA ns hostmaster 1 2 3 4 5\n");
  CHECK_FALSE(depot->create_zone(name("example.net."), ZoneKind::native, &bare));
  CHECK_FALSE(depot->create_zone(name("example.org."), ZoneKind::native, nullptr));
  CHECK(depot->edit_zone(name("example.net."), {}).error().trouble == Trouble::not_found);
  CHECK(depot->delete_zone(name("example.net.")).error().trouble == Trouble::not_found);
}

TEST_CASE("a zone signed elsewhere takes no edits", "[write][negative]") {
  const Folder folder;
  auto depot = open(options_for(folder));
  const auto content = zone_of(
      "example.org.", std::string(apex_lines) + "@ DNSKEY 257 3 13 AAECAwQFBgcICQoLDA0ODw==\n");
  must(depot->create_zone(name("example.org."), ZoneKind::native, &content));
  CHECK(depot->show(name("example.org."))->presigned);
  const auto written =
      depot->edit_zone(name("example.org."), {set("a.example.org.", Type::a, {{192, 0, 2, 1}})});
  REQUIRE_FALSE(written);
  CHECK(written.error().text.find("signed") != std::string::npos);
}

TEST_CASE("loading the same content again writes nothing; a change writes what changed",
          "[write]") {
  const Folder folder;
  auto depot = with_zone(folder);
  const auto txn = depot->stats().truth_txn;
  const auto same =
      must(depot->load_zone(name("example.org."), zone_of("example.org.", zone_lines), {}));
  CHECK(same.added + same.removed == 0);
  CHECK(depot->stats().truth_txn == txn);
  const auto changed = must(depot->load_zone(
      name("example.org."),
      zone_of("example.org.", std::string(apex_lines) + "www A 192.0.2.99\nnew A 192.0.2.3\n"),
      {}));
  CHECK(changed.added == 2);
  CHECK(changed.removed == 2);
  CHECK_FALSE(changed.warnings.empty());  // the serial stood still
  CHECK(node_of(*depot, "example.org.", "mail.example.org.").empty());
  CHECK(served(*depot, "example.org.", "www.example.org.", Type::a) == Bytes{192, 0, 2, 99});
  const std::string text = text_of(*depot, "example.org.");
  const Bytes nodes = all_nodes(*depot, "example.org.");
  must(depot->delete_zone(name("example.org.")));
  const auto content =
      zone_of("example.org.", std::string(apex_lines) + "www A 192.0.2.99\nnew A 192.0.2.3\n");
  must(depot->create_zone(name("example.org."), ZoneKind::native, &content));
  CHECK(text_of(*depot, "example.org.") == text);
  CHECK(all_nodes(*depot, "example.org.") == nodes);
}

// Every content into every other: what stands afterwards is what a fresh zone would hold.
TEST_CASE("any content replaces any other whole", "[write]") {
  const Folder folder;
  auto depot = open(options_for(folder));
  const auto first = zone_of("example.org.", apex_lines);
  must(depot->create_zone(name("example.org."), ZoneKind::native, &first));
  for (unsigned round = 1; round < 48; ++round) {
    std::string lines(apex_lines);
    for (unsigned i = 0; i < 12; ++i)
      if ((round * 2654435761u >> i & 1) != 0)
        lines += std::string(1, static_cast<char>('a' + i)) + ".x A 192.0.2." +
                 std::to_string(1 + (round + i) % 3) + "\n";
    const auto content = zone_of("example.org.", lines);
    must(depot->load_zone(name("example.org."), content, {}));
    std::string expected;
    for (std::size_t i = 0; i < content.size(); ++i)
      if (content[i].type != Type::soa) append_zone_lines(expected, content[i]);
    const std::string text = text_of(*depot, "example.org.");
    REQUIRE(text.substr(text.find('\n') + 1) == expected);
    const Bytes nodes = all_nodes(*depot, "example.org.");
    must(depot->rebuild({}));
    REQUIRE(all_nodes(*depot, "example.org.") == nodes);
  }
}

TEST_CASE("a deleted zone is gone, and what it held does not come back with its name", "[write]") {
  const Folder folder;
  auto depot = with_zone(folder);
  must(depot->edit_zone(name("example.org."), {set("x.example.org.", Type::a, {{192, 0, 2, 7}})}));
  const auto version = depot->zones_version();
  must(depot->delete_zone(name("example.org.")));
  CHECK(depot->zones_version() != version);
  CHECK(depot->zones()->find(name("example.org.")) == nullptr);
  CHECK(node_of(*depot, "example.org.", "www.example.org.").empty());
  const auto content = zone_of("example.org.", apex_lines);
  const auto again = must(depot->create_zone(name("example.org."), ZoneKind::native, &content));
  CHECK(again.added == 3);
  CHECK(text_of(*depot, "example.org.").find("www") == std::string::npos);
  const auto edited = must(
      depot->edit_zone(name("example.org."), {set("y.example.org.", Type::a, {{192, 0, 2, 7}})}));
  CHECK(edited.serial == 9);  // 8 was published before the zone was deleted
  depot.reset();
  depot = open(options_for(folder));
  CHECK(text_of(*depot, "example.org.").find("www") == std::string::npos);
  CHECK(text_of(*depot, "example.org.").find("y.example.org.") != std::string::npos);
}

TEST_CASE("a second opener is told who holds the store", "[write][negative]") {
  const Folder folder;
  auto depot = open(options_for(folder));
  const auto second = Depot::open(options_for(folder), {});
  REQUIRE_FALSE(second);
  CHECK(second.error().trouble == Trouble::busy);
}

TEST_CASE("a full map refuses the write that does not fit and serves on", "[write][negative]") {
  const Folder folder;
  auto options = options_for(folder);
  options.map_octets = 2u << 20;
  auto depot = open(options);
  const auto content = zone_of("example.org.", zone_lines);
  must(depot->create_zone(name("example.org."), ZoneKind::native, &content));
  ZoneContent large(name("example.net."));
  const auto small = zone_of("example.net.", apex_lines);
  for (std::size_t i = 0; i < small.size(); ++i) {
    const RRsetSlice set = small[i];
    (void)large.add(dns::Name::from_proven(set.owner_wire), set.type, set.ttl,
                    set.rdatas.subspan(2));
  }
  for (int i = 0; i < 40'000; ++i)
    (void)large.add(name("n" + std::to_string(i) + ".example.net."), Type::a, 300,
                    Bytes{192, 0, 2, 1});
  large.seal();
  const auto full = depot->create_zone(name("example.net."), ZoneKind::native, &large);
  REQUIRE_FALSE(full);
  CHECK(full.error().trouble == Trouble::map_full);
  CHECK(depot->zones()->find(name("example.net.")) == nullptr);
  CHECK(served(*depot, "example.org.", "www.example.org.", Type::a) == Bytes{192, 0, 2, 10});
  must(depot->edit_zone(name("example.org."), {set("x.example.org.", Type::a, {{192, 0, 2, 7}})}));
  depot.reset();
  depot = open(options);
  CHECK(served(*depot, "example.org.", "x.example.org.", Type::a) == Bytes{192, 0, 2, 7});
}

TEST_CASE("four readers see each of 1,000 edits once it is acknowledged", "[write]") {
  const Folder folder;
  auto depot = with_zone(folder);
  const auto key =
      Key::node(zid_of(name("example.org.")), name("example.org."), name("n.example.org."));
  std::atomic<std::uint32_t> acknowledged{0};
  std::atomic<bool> over{false};
  std::atomic<unsigned> stale{0}, reads{0};
  const auto read = [&] {
    auto opened = depot->reader();
    if (!opened) return void(++stale);
    ServeReader& reader = **opened;
    while (!over) {
      const std::uint32_t least = acknowledged;
      if (!reader.begin()) ++stale;
      const auto row = reader.seek(Table::node, Seek::exact, key->octets());
      std::uint32_t seen = 0;
      if (row && row->found)
        if (const auto node = NodeView::parse(row->value))
          if (const auto found = node->find(Type::a)) {
            const auto octets = found->rdata.front();
            seen = std::uint32_t{octets[2]} << 8 | octets[3];
          }
      if (seen < least) ++stale;
      ++reads;
      reader.end();
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back(read);
  std::vector<double> ms;
  for (std::uint32_t i = 1; i <= 1000; ++i) {
    const auto begun = std::chrono::steady_clock::now();
    const auto written = depot->edit_zone(
        name("example.org."),
        {set("n.example.org.", Type::a,
             {{10, 0, static_cast<std::uint8_t>(i >> 8), static_cast<std::uint8_t>(i)}})});
    ms.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begun)
                     .count());
    if (!written) break;
    acknowledged = i;
  }
  over = true;
  for (auto& thread : threads) thread.join();
  CHECK(acknowledged == 1000);
  CHECK(stale == 0);
  CHECK(reads > 1000);
  std::sort(ms.begin(), ms.end());
  WARN("1,000 edits: p50 " << ms[500] << " ms, p99 " << ms[990] << " ms");
}
