// A process that writes what it has learnt about trust anchors is killed at random moments: what it
// leaves can always be read, and is whole.
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <thread>

#include <catch2/catch.hpp>
#include <sys/wait.h>
#include <unistd.h>

#include "server/anchor_keeper.hpp"
#include "test/unit/validator/anchor_story.hpp"

using namespace windlass;
using namespace windlass::server;
using namespace windlass::test;
using dns::Name;

namespace {
constexpr int kills = 200;
const Name zone = Name::literal("example.org.");

/// The child: takes over one anchor file after the other, for ever; each change is written.
[[noreturn]] void write_for_ever(const std::string& path, const std::vector<Key>& keys, int said) {
  const ManualClock clock;
  SeededRng rng(1);
  AnchorKeeper keeper({nullptr, nullptr}, clock, rng);
  keeper.configure({true, path, {}, {}});
  for (std::size_t round = 0;; ++round) {
    std::vector<validator::AnchorKey> some;
    for (std::size_t i = 0; i <= round % keys.size(); ++i) some.push_back(as_dnskey(keys[i]));
    keeper.begin({{zone, std::move(some)}});
    const char octet = 1;
    if (::write(said, &octet, 1) != 1) ::_exit(5);
  }
}

void run_and_kill(const std::string& path, const std::vector<Key>& keys, unsigned after_writes,
                  unsigned after_us) {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::close(ends[0]);
    if (::freopen("/dev/null", "w", stderr) == nullptr) ::_exit(6);
    write_for_ever(path, keys, ends[1]);
  }
  ::close(ends[1]);
  char octet = 0;
  for (unsigned i = 0; i < after_writes; ++i) CHECK(::read(ends[0], &octet, 1) == 1);
  std::this_thread::sleep_for(std::chrono::microseconds(after_us));
  ::kill(pid, SIGKILL);
  int status = 0;
  ::waitpid(pid, &status, 0);
  ::close(ends[0]);
  REQUIRE(WIFSIGNALED(status));
}
}  // namespace

TEST_CASE("Killed 200 times while it writes, the state can be read", "[server][anchors][crash]") {
  std::string folder = (std::filesystem::temp_directory_path() / "windlass-kill-XXXXXX").string();
  REQUIRE(::mkdtemp(folder.data()) != nullptr);
  const std::string path = folder + "/trust-anchors";
  std::vector<Key> keys;
  for (int i = 0; i < 12; ++i) keys.push_back(Key::make(15));
  std::set<std::size_t> seen;
  SeededRng rng(5);
  for (int i = 0; i < kills; ++i) {
    run_and_kill(path, keys, 1 + rng.below(static_cast<unsigned>(keys.size())), rng.below(3000));
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    const auto state = validator::AnchorState::parse(text.str());
    INFO(text.str());
    REQUIRE(state);
    REQUIRE(state->zones.size() == 1);
    seen.insert(state->zones[0].keys.size());
    for (std::size_t at = 0; at < state->zones[0].keys.size(); ++at)
      REQUIRE(state->zones[0].keys[at].key == as_dnskey(keys[at]));
  }
  CHECK(seen.size() > 3);  // it was killed at many places
  CHECK_FALSE(std::filesystem::exists(path + ".bad"));
  std::filesystem::remove_all(folder);
}
