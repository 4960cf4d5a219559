// Backup, restore, and a store whose octets were flipped: verification tells, and the process that
// asks for it lives on.
//
// WINDLASS_FLIPS: how many (default 60).
#include <csignal>
#include <fstream>

#include <sys/wait.h>

#include "auth-plugin/write/verify.hpp"
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
      CHECK(file == "/zones.mdb");  // serve.mdb is derived
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

namespace {
constexpr std::uint64_t many_rows = 400'000;

/// A serve.mdb that takes a while to walk.
ServeTables large_serve(const Folder& folder) {
  auto serve = must(ServeTables::open(folder.path() + "/serve.mdb", std::uint64_t{1} << 30, 4));
  auto txn = must(WriteTransaction::begin(serve.env));
  const auto row = encode_state({});
  for (std::uint64_t zid = 0; zid < many_rows; ++zid)
    must(txn.put_append(serve.state, Key(zid).octets(), row));
  must(txn.commit());
  return serve;
}

pid_t only_child() {
  const std::string self = std::to_string(::getpid());
  std::ifstream children("/proc/" + self + "/task/" + self + "/children");
  pid_t pid = -1;
  children >> pid;
  return pid;
}

/// Walks in a child that it stops, and says who that is.
[[noreturn]] void walk_for_ever(const Folder& folder, int said) {
  const auto serve = large_serve(folder);
  const auto walk = Verification::of_serve(serve);
  const pid_t child = walk ? only_child() : -1;
  ::kill(child, SIGSTOP);
  if (::write(said, &child, sizeof child) != sizeof child) ::_exit(1);
  for (;;) ::pause();
}

std::size_t open_descriptors(pid_t pid) {
  std::error_code gone;
  const std::filesystem::directory_iterator all("/proc/" + std::to_string(pid) + "/fd", gone);
  return gone ? 0 : static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

/// No such process, or one that only waits to be asked after.
bool has_ended(pid_t pid) {
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string number, name, state;
  stat >> number >> name >> state;
  return state.empty() || state == "Z" || state == "X";
}

template <class Condition>
bool wait_until(Condition condition) {
  for (int ms = 0; ms < 5000; ++ms, ::usleep(1000))
    if (condition()) return true;
  return false;
}
}  // namespace

TEST_CASE("the child that verifies holds nothing of its parent's, and ends with it", "[write]") {
  const Folder folder;
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const pid_t parent = ::fork();
  if (parent == 0) walk_for_ever(folder, ends[1]);
  ::close(ends[1]);
  pid_t child = -1;
  REQUIRE(::read(ends[0], &child, sizeof child) == sizeof child);
  REQUIRE(child > 0);
  CHECK(wait_until([child] {
    if (open_descriptors(child) == 2) return true;  // the file it walks, and where it says so
    ::kill(child, SIGCONT);                         // it was stopped before it had closed them
    ::usleep(200);
    ::kill(child, SIGSTOP);
    return false;
  }));
  ::kill(parent, SIGKILL);
  ::waitpid(parent, nullptr, 0);
  CHECK(wait_until([child] { return has_ended(child); }));
  ::close(ends[0]);
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

TEST_CASE("a backup of other zones takes the place of all that was", "[write]") {
  const Folder folder, other, saved;
  fill(options_for(folder));
  must(open(options_for(folder))->backup(saved.path(), {}));
  auto depot = open(options_for(other));
  const auto content = zone_of("example.net.", apex_lines);
  must(depot->create_zone(name("example.net."), ZoneKind::native, &content));
  must(depot->restore(saved.path(), {}));
  CHECK(depot->list().size() == 1);
  CHECK(depot->zones()->find(name("example.net.")) == nullptr);
  CHECK(served(*depot, zone_text, "n1.example.org.", Type::a) == Bytes{192, 0, 2, 1});
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

TEST_CASE("a truth that lost its id is refused, and nothing is written into it",
          "[write][negative]") {
  const Folder folder;
  fill(options_for(folder));
  {
    const auto env = Environment::open({.path = folder.path() + "/zones.mdb"});
    REQUIRE(env);
    const auto meta = (*env)->table("meta_v1", false);
    REQUIRE(meta);
    auto txn = WriteTransaction::begin(*env);
    REQUIRE(txn);
    constexpr std::string_view id = "environment";
    REQUIRE(txn->del(*meta, {reinterpret_cast<const std::uint8_t*>(id.data()), id.size()}));
    REQUIRE(txn->commit());
  }
  const auto opened = Depot::open(options_for(folder), {});
  REQUIRE_FALSE(opened);
  CHECK_THAT(opened.error().text, Catch::Contains("its id is gone"));
}
