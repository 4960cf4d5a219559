// Backup, restore, and a store whose octets were flipped: verification tells, and the process that
// asks for it lives on.
//
// WINDLASS_FLIPS: how many (default 60).
#include <fstream>

#include "auth/write_support.hpp"
using namespace windlass;
using namespace windlass::auth;
using namespace windlass::auth::test;
using dns::Type;

namespace {
constexpr std::string_view zone_text = "example.org.";

void fill(const DepotOptions& options) {
  std::string lines(apex_lines);
  for (int i = 0; i < 300; ++i) lines += "n" + std::to_string(i) + " A 192.0.2.1\n";
  const auto content = zone_of(zone_text, lines);
  must(open(options)->create_zone(name(zone_text), ZoneKind::native, &content));
}

unsigned flips() {
  const char* text = std::getenv("WINDLASS_FLIPS");
  return text == nullptr ? 60 : static_cast<unsigned>(std::strtoul(text, nullptr, 10));
}

void flip(const std::string& path, std::uint64_t at, std::uint8_t mask) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(static_cast<std::streamoff>(at));
  const char old = static_cast<char>(file.get());
  file.seekp(static_cast<std::streamoff>(at));
  file.put(static_cast<char>(old ^ static_cast<char>(mask)));
}
}  // namespace

TEST_CASE("a sound store verifies", "[write]") {
  const Folder folder;
  fill(options_for(folder));
  auto depot = open(options_for(folder));
  CHECK(depot->verify({}));
}

TEST_CASE("flipped octets end no process", "[write][negative]") {
  const Folder folder, copy;
  fill(options_for(folder));
  unsigned refused = 0, served_all = 0, sound = 0, unsound = 0;
  const auto octets = std::filesystem::file_size(folder.path() + "/serve.mdb");
  for (unsigned i = 0; i < flips(); ++i) {
    const std::string file = i % 2 == 0 ? "/serve.mdb" : "/zones.mdb";
    std::filesystem::remove_all(copy.path());
    std::filesystem::copy(folder.path(), copy.path());
    flip(copy.path() + file, (std::uint64_t{i} * 7919u * 31u) % octets,
         static_cast<std::uint8_t>(1u << (i % 8)));
    DepotOptions options = options_for(copy);
    auto depot = Depot::open(options, {});
    if (!depot) {
      ++refused;
      CHECK_FALSE(depot.error().text.empty());
      continue;
    }
    (*depot)->verify({}) ? ++sound : ++unsound;
    if ((*depot)->show(name(zone_text))) ++served_all;
  }
  WARN(flips() << " flips: " << refused << " refused at the opening, " << unsound
               << " found by verify, " << sound << " sound to verify");
  CHECK(served_all > 0);
}

TEST_CASE("a backup restores what was; serials go forward", "[write]") {
  const Folder folder, other;
  fill(options_for(folder));
  auto depot = open(options_for(folder));
  const std::string saved = other.path() + "/backup";
  must(depot->backup(saved, {}));
  const auto before = text_of(*depot, zone_text);
  must(depot->edit_zone(name(zone_text), {set("n1.example.org.", Type::a, {}),
                                          set("new.example.org.", Type::a, {{192, 0, 2, 5}})}));
  const auto extra = zone_of("example.net.", apex_lines);
  must(depot->create_zone(name("example.net."), ZoneKind::native, &extra));
  must(depot->restore(saved, {}));
  CHECK_FALSE(depot->show(name("example.net.")));
  CHECK(node_of(*depot, zone_text, "new.example.org.").empty());
  CHECK(served(*depot, zone_text, "n1.example.org.", Type::a) == Bytes{192, 0, 2, 1});
  CHECK(depot->show(name(zone_text))->serial == 9);  // 8 was published
  // All but the SOA, which is the first line.
  const auto after = text_of(*depot, zone_text);
  CHECK((after.substr(after.find('\n')) == before.substr(before.find('\n'))));
  must(depot->delete_zone(name(zone_text)));
  must(depot->restore(saved, {}));
  CHECK(depot->show(name(zone_text))->records == 303);
}

TEST_CASE("a backup is not written over, and what is none is not restored", "[write][negative]") {
  const Folder folder, other;
  fill(options_for(folder));
  auto depot = open(options_for(folder));
  must(depot->backup(other.path(), {}));
  CHECK_FALSE(depot->backup(other.path(), {}));
  CHECK_FALSE(depot->restore(folder.path() + "/nowhere", {}));
  CHECK_FALSE(depot->restore(folder.path(), {}));
  std::filesystem::resize_file(other.path() + "/zones.mdb", 9000);
  CHECK_FALSE(depot->restore(other.path(), {}));
  CHECK(depot->show(name(zone_text))->records == 303);
}
