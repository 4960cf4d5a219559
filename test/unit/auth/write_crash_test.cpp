// A process that writes is killed at random moments; the store is opened again. What was
// acknowledged is there, no zone is torn (its two marks agree, and serve.mdb is what a fresh
// compilation of the truth gives), and serve.mdb is used, not rebuilt.
//
// WINDLASS_KILLS: how often (default 20).
#include <chrono>
#include <csignal>
#include <thread>

#include <sys/resource.h>
#include <sys/wait.h>

#include "auth-plugin/write/recover.hpp"
#include "auth/write_support.hpp"
using namespace windlass;
using namespace windlass::auth;
using namespace windlass::auth::test;
using dns::Type;

namespace {
constexpr std::string_view zone_text = "example.org.";

Bytes number(std::uint32_t i) {
  return {10, static_cast<std::uint8_t>(i >> 16), static_cast<std::uint8_t>(i >> 8),
          static_cast<std::uint8_t>(i)};
}

std::uint32_t number_of(const Bytes& octets) {
  if (octets.size() != 4) return 0;
  return std::uint32_t{octets[1]} << 16 | std::uint32_t{octets[2]} << 8 | octets[3];
}

/// The child: edits two names at once, for ever, and says each number once it is acknowledged.
[[noreturn]] void write_for_ever(const DepotOptions& options, std::uint32_t from, int said) {
  auto depot = Depot::open(options, {});
  if (!depot) ::_exit(3);
  for (std::uint32_t i = from;; ++i) {
    const auto written = (*depot)->edit_zone(
        name(zone_text),
        {set("a.example.org.", Type::a, {number(i)}),
         set("z.sub.example.org.", Type::a, {number(i)}),
         set("sub.example.org.", Type::ns,
             i % 3 == 0 ? std::vector<Bytes>{} : std::vector<Bytes>{rdata(Type::ns, "ns")})});
    if (!written) ::_exit(4);
    if (::write(said, &i, sizeof i) != sizeof i) ::_exit(5);
  }
}

/// The last number the child said before it was killed; at least `from` when it said any.
std::uint32_t run_and_kill(const DepotOptions& options, std::uint32_t from, unsigned after_us) {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::close(ends[0]);
    write_for_ever(options, from, ends[1]);
  }
  ::close(ends[1]);
  std::uint32_t last = 0, i = 0;
  if (::read(ends[0], &i, sizeof i) == sizeof i) last = i;  // it has begun
  std::this_thread::sleep_for(std::chrono::microseconds(after_us));
  ::kill(pid, SIGKILL);
  int status = 0;
  ::waitpid(pid, &status, 0);
  REQUIRE(WIFSIGNALED(status));
  while (::read(ends[0], &i, sizeof i) == sizeof i) last = i;
  ::close(ends[0]);
  return last;
}

unsigned kills() {
  const char* text = std::getenv("WINDLASS_KILLS");
  return text == nullptr ? 20 : static_cast<unsigned>(std::strtoul(text, nullptr, 10));
}

/// Puts the truth ahead of serve.mdb, as a process that dies between the two commits does.
void commit_truth_only(const DepotOptions& options, std::uint32_t i, std::string_view owner) {
  StoreFiles files;
  REQUIRE(open_store(options, files, {}));
  auto commit = must(Commit::begin(files));
  must(run_edit(*commit, name(zone_text), {set(owner, Type::a, {number(i)})}));
  must(commit->commit_truth());
}
}  // namespace

TEST_CASE("killed while it writes: nothing acknowledged is lost, no zone is torn",
          "[write][kill]") {
  const Folder folder;
  const DepotOptions options = options_for(folder);
  {
    const auto content = zone_of(zone_text, apex_lines);
    must(open(options)->create_zone(name(zone_text), ZoneKind::native, &content));
  }
  std::uint32_t next = 1;
  double slowest_ms = 0;
  unsigned replayed = 0;
  for (unsigned round = 0; round < kills(); ++round) {
    const std::uint32_t said = run_and_kill(options, next, round * 977 % 20'000);
    REQUIRE(said >= next);
    const auto begun = std::chrono::steady_clock::now();
    auto depot = open(options);
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begun;
    slowest_ms = std::max(slowest_ms, took.count());
    const std::string start = depot->stats().start;
    CHECK(start.find("rebuilt") == std::string::npos);
    replayed += start.starts_with("replayed") ? 1 : 0;
    const Bytes first = served(*depot, zone_text, "a.example.org.", Type::a);
    CHECK(first == served(*depot, zone_text, "z.sub.example.org.", Type::a));
    const std::uint32_t found = number_of(first);
    CHECK((found == said || found == said + 1));  // one more may be stored and not yet said
    CHECK(depot->show(name(zone_text))->serial == 7 + found);
    const Bytes nodes = all_nodes(*depot, zone_text);
    must(depot->rebuild({}));
    CHECK(all_nodes(*depot, zone_text) == nodes);
    next = found + 1;
  }
  WARN(kills() << " kills, " << next << " edits, " << replayed << " replays, slowest opening "
               << slowest_ms << " ms");
}

TEST_CASE("a truth ahead of serve.mdb is replayed, owner by owner", "[write][kill]") {
  const Folder folder;
  const DepotOptions options = options_for(folder);
  {
    const auto content = zone_of(zone_text, std::string(apex_lines) + "d TXT x\nd.e A 192.0.2.3\n");
    must(open(options)->create_zone(name(zone_text), ZoneKind::native, &content));
  }
  commit_truth_only(options, 5, "a.example.org.");
  {
    auto depot = open(options);
    CHECK(depot->stats().start == "replayed 2 owners");
    CHECK(served(*depot, zone_text, "a.example.org.", Type::a) == number(5));
    CHECK(depot->show(name(zone_text))->serial == 8);
    CHECK(must(depot->edit_zone(name(zone_text), {set("b.example.org.", Type::a, {number(6)})}))
              .serial == 9);
  }
}

TEST_CASE("another boot without an orderly end rebuilds; with one it does not", "[write]") {
  const Folder folder;
  DepotOptions options = options_for(folder);
  options.boot_id = "one";
  {
    const auto content = zone_of(zone_text, apex_lines);
    must(open(options)->create_zone(name(zone_text), ZoneKind::native, &content));
  }
  options.boot_id = "two";
  CHECK(open(options)->stats().start == "in use");
  commit_truth_only(options, 5, "a.example.org.");
  options.boot_id = "three";
  auto depot = open(options);
  CHECK(depot->stats().start.starts_with("rebuilt 1 zones"));
  CHECK(served(*depot, zone_text, "a.example.org.", Type::a) == number(5));
}

TEST_CASE("a serve.mdb that is lost, foreign or cut off is rebuilt; a truth that is, is refused",
          "[write][negative]") {
  const Folder folder;
  const DepotOptions options = options_for(folder);
  {
    const auto content = zone_of(zone_text, std::string(apex_lines) + "a A 192.0.2.4\n");
    must(open(options)->create_zone(name(zone_text), ZoneKind::native, &content));
  }
  const std::string serve = folder.path() + "/serve.mdb", truth = folder.path() + "/zones.mdb";
  const auto expect_rebuilt = [&] {
    auto depot = open(options);
    CHECK(depot->stats().start.starts_with("rebuilt"));
    CHECK_FALSE(served(*depot, zone_text, "a.example.org.", Type::a).empty());
  };
  std::filesystem::remove(serve);
  expect_rebuilt();
  std::filesystem::resize_file(serve, 100);
  expect_rebuilt();
  std::filesystem::resize_file(serve, 12288);
  expect_rebuilt();
  std::filesystem::copy_file(truth, serve, std::filesystem::copy_options::overwrite_existing);
  expect_rebuilt();
  const auto whole = std::filesystem::file_size(truth);
  std::filesystem::copy_file(truth, truth + ".whole");
  std::filesystem::resize_file(truth, whole / 2);
  const auto cut = Depot::open(options, {});
  REQUIRE_FALSE(cut);
  CHECK(cut.error().trouble == Trouble::damaged);
  std::filesystem::rename(truth + ".whole", truth);  // another file: another inode
  expect_rebuilt();
}

TEST_CASE("an id that another name holds is not taken over", "[write][negative]") {
  const Folder folder;
  const DepotOptions options = options_for(folder);
  {
    StoreFiles files;
    REQUIRE(open_store(options, files, {}));
    auto txn = must(WriteTransaction::begin(files.truth.env));
    ZoneRecord other;
    other.name = name("example.net.");
    must(txn.put(files.truth.zone, Key(zid_of(name(zone_text))).octets(),
                 encode_zone(other, {.timestamp_ns = 5, .txn = txn.id()})));
    must(txn.commit());
    must(close_store(files));
  }
  auto depot = open(options);
  const auto made = depot->create_zone(name(zone_text), ZoneKind::native, nullptr);
  REQUIRE_FALSE(made);
  CHECK(made.error().trouble == Trouble::refused);
  CHECK(made.error().text.find("example.net.") != std::string::npos);
}

namespace {
/// Codes of the child: what went wrong first; 0: nothing.
int write_without_room(const DepotOptions& options) {
  auto depot = Depot::open(options, {});
  if (!depot) return 1;
  ::signal(SIGXFSZ, SIG_IGN);
  const auto limit = std::filesystem::file_size(options.folder + "/zones.mdb");
  rlimit room{limit, RLIM_INFINITY};
  if (::setrlimit(RLIMIT_FSIZE, &room) != 0) return 2;
  bool refused = false;
  Bytes last;
  for (std::uint32_t i = 1; i < 400 && !refused; ++i) {
    const auto written = (*depot)->edit_zone(
        name(zone_text),
        {set("a.example.org.", Type::a, {number(i)}),
         set("t" + std::to_string(i) + ".example.org.", Type::txt, {Bytes(1501, 250)})});
    refused = !written;
    if (refused && written.error().trouble != Trouble::disk_full) return 3;
    if (!refused) last = number(i);
  }
  if (!refused) return 4;
  if (!(*depot)->show(name(zone_text))) return 5;
  room.rlim_cur = RLIM_INFINITY;
  if (::setrlimit(RLIMIT_FSIZE, &room) != 0) return 6;
  if (!(*depot)->edit_zone(name(zone_text), {set("b.example.org.", Type::a, {number(9)})}))
    return 7;
  return served(**depot, zone_text, "b.example.org.", Type::a) == number(9) ? 0 : 8;
}
}  // namespace

TEST_CASE("a full disk refuses writes until there is room again", "[write][negative]") {
  const Folder folder;
  const DepotOptions options = options_for(folder);
  {
    const auto content = zone_of(zone_text, apex_lines);
    must(open(options)->create_zone(name(zone_text), ZoneKind::native, &content));
  }
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(write_without_room(options));
  int status = 0;
  ::waitpid(pid, &status, 0);
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
  auto depot = open(options);
  CHECK(served(*depot, zone_text, "b.example.org.", Type::a) == number(9));
}
