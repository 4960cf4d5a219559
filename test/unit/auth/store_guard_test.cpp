// The guard: faults on mapped pages end a step, not the process. A store is damaged octet by octet
// and cut off below an open reader; the reader tells, and nothing dies.
#include <thread>

#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "auth-plugin/answer/lookup.hpp"
#include "auth-plugin/store/guard.hpp"
#include "base/rng.hpp"
#include "test/unit/auth/store_fixture.hpp"

using namespace windlass;
using namespace windlass::auth;
using namespace windlass::auth::test;
using Catch::Contains;
using dns::Name;

// The thread sanitizer's own handler does not survive a jump out of a fault: hidden there.
#ifdef __SANITIZE_THREAD__
#define FAULT_CASE(name, tags) TEST_CASE(name, "[.]" tags)
#else
#define FAULT_CASE(name, tags) TEST_CASE(name, tags)
#endif

namespace {
const Name zone = Name::literal("example.org");

/// A store of about 70 KB: nodes of a zone, some of them on pages of their own.
void make_store(const std::string& path) {
  const Serve serve(path);
  auto txn = must(WriteTransaction::begin(serve.env));
  for (int i = 0; i < 300; ++i) {
    const Name owner = i == 0 ? zone : Name::literal("n" + std::to_string(i) + ".example.org");
    NodeBuilder node(i == 0 ? std::uint8_t{node_apex} : std::uint8_t{0}, no_cover);
    node.add(dns::Type::txt, 60, 1, rdatas({std::string(i % 60 == 7 ? 5000u : 60u, 'x')}), 0, {});
    must(txn.put(serve.node, Key::node(1, zone, owner)->octets(), node.finish()));
  }
  must(txn.put(serve.state, Key(1).octets(), Bytes(8, 1)));
  must(txn.commit());
}

/// Looks for many names; the first error, or what was found.
StoreResult<std::size_t> walk(const std::shared_ptr<Environment>& env) {
  auto reader = ServeReader::open(env);
  if (!reader) return reader.error();
  if (const auto begun = (*reader)->begin(); !begun) return begun.error();
  ZoneFacts facts;
  facts.zid = 1;
  facts.name = zone;
  Lookup lookup(**reader, facts);
  std::size_t found = 0;
  if (const auto generation = (*reader)->generation(1); !generation) return generation.error();
  for (int i = 1; i < 330; ++i) {
    const auto at = lookup.find(Name::literal("n" + std::to_string(i) + ".example.org"), false);
    if (!at) return at.error();
    found += at->kind == FoundKind::node;
    (*reader)->release();
  }
  return found;
}

StoreResult<std::size_t> walk_file(const std::string& path) {
  const auto env = Environment::open({.path = path, .create = false});
  if (!env) return env.error();
  return walk(*env);
}

/// A page that may not be touched.
class Forbidden {
 public:
  Forbidden() : page_(::mmap(nullptr, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)) {}
  ~Forbidden() { ::munmap(page_, 4096); }
  int touch() const { return *static_cast<volatile const std::uint8_t*>(page_); }

 private:
  void* page_;
};

/// The signal that ended a child that ran `work`; 0: it ended by itself.
template <class Work>
int death_of(Work work) {
  const pid_t child = ::fork();
  if (child == 0) {
    for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGABRT}) ::signal(signal, SIG_DFL);
    work();
    ::_exit(0);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}
}  // namespace

FAULT_CASE("Guard: a fault leaves the step and says why", "[auth][guard]") {
  const GuardHandlers handlers;
  const Forbidden page;
  Fault fault;
  int passed = 0;
  const auto step = [&] { ++passed, passed += page.touch(), passed += 100; };
  for (int round = 0; round < 3; ++round) CHECK_FALSE(guarded(step, fault));
  CHECK(fault.signal == SIGSEGV);
  CHECK(passed == 3);
  const auto claims = [&] { leave_step(), passed += 100; };
  CHECK_FALSE(guarded(claims, fault));
  CHECK(fault.signal == 0);
  CHECK_THAT(fault.text, Contains("assertion"));
  const auto fine = [&] { ++passed; };
  CHECK(guarded(fine, fault));
  CHECK(passed == 4);
}

FAULT_CASE("Guard: an inner step ends, the outer goes on; threads do not meet", "[auth][guard]") {
  const GuardHandlers handlers;
  const Forbidden page;
  const auto work = [&](int rounds) {
    int outer_passed = 0;
    for (int round = 0; round < rounds; ++round) {
      Fault fault, inner_fault;
      const auto inner = [&] { outer_passed += page.touch() + 100; };
      const auto outer = [&] { outer_passed += !guarded(inner, inner_fault); };
      if (!guarded(outer, fault)) return false;
    }
    return outer_passed == rounds;
  };
  bool there = false;
  std::thread other([&] { there = work(2000); });
  const bool here = work(2000);
  other.join();
  CHECK(here);
  CHECK(there);
}

FAULT_CASE("Guard: a fault outside of a step is not taken", "[auth][guard][negative]") {
  const Forbidden page;
  CHECK(death_of([&] {
          const GuardHandlers handlers;
          page.touch();
        }) == SIGSEGV);
  CHECK(death_of([&] {
          const GuardHandlers handlers;
          Fault fault;
          const auto sent = [] { ::raise(SIGBUS); };  // from a process, not from a page
          guarded(sent, fault);
        }) == SIGBUS);
  CHECK(death_of([&] {
          ::signal(SIGSEGV, [](int) { ::_exit(0); });
          const GuardHandlers handlers;
          page.touch();
          ::abort();
        }) == 0);
}

TEST_CASE("Guard: the last gives back the handlers that stood before", "[auth][guard]") {
  struct sigaction before {
  }, within{}, after{};
  ::sigaction(SIGBUS, nullptr, &before);
  {
    const GuardHandlers one;
    { const GuardHandlers two; }
    ::sigaction(SIGBUS, nullptr, &within);
  }
  ::sigaction(SIGBUS, nullptr, &after);
  CHECK(within.sa_handler != before.sa_handler);
  CHECK(after.sa_handler == before.sa_handler);
}

FAULT_CASE("ServeReader: a store cut off below it", "[auth][guard][negative]") {
  const Folder folder;
  const std::string path = folder.file("serve.mdb");
  make_store(path);
  const auto env = must(Environment::open({.path = path}));
  CHECK(must(walk(env)) == 299);
  auto reader = must(ServeReader::open(env));
  must(reader->begin());
  std::filesystem::resize_file(path, 8192);
  const StoreError error = fault_of(walk(env));
  CHECK(error.trouble == Trouble::damaged);
  CHECK_THAT(error.text, Contains(path) && Contains("SIGBUS") && Contains("restore a backup"));
  CHECK(env->is_bad());
  CHECK(fault_of(reader->seek(Table::node, Seek::exact, Key(1).octets())).text == error.text);
  CHECK(fault_of(reader->generation(1)).text == error.text);
  reader->end();
  CHECK(fault_of(reader->begin()).text == error.text);
  CHECK(fault_of(WriteTransaction::begin(env)).text == error.text);
  CHECK(fault_of(env->sync()).text == error.text);
}

TEST_CASE(
    "WriteTransaction: what was cut off is noticed before it is written to, and nothing commits",
    "[auth][lmdb][negative]") {
  const Folder folder;
  const std::string path = folder.file("serve.mdb");
  make_store(path);
  const Serve serve(path);
  {
    auto txn = must(WriteTransaction::begin(serve.env));
    std::filesystem::resize_file(path, 8192);
    const StoreError error = fault_of(txn.put(serve.node, octets("x"), octets("y")));
    CHECK(error.trouble == Trouble::damaged);
    CHECK(serve.env->is_distrusted());
    CHECK_FALSE(serve.env->is_bad());
    CHECK(fault_of(txn.commit()).text == error.text);
  }
  CHECK(fault_of(WriteTransaction::begin(serve.env)).trouble == Trouble::damaged);
}

FAULT_CASE("WriteTransaction: a store cut off below it", "[auth][guard][negative]") {
  const Folder folder;
  const std::string path = folder.file("serve.mdb");
  make_store(path);
  {
    const Serve serve(path);
    auto txn = must(WriteTransaction::begin(serve.env));
    std::filesystem::resize_file(path, 8192);
    const StoreError error = fault_of(txn.get(serve.node, octets("x")));
    CHECK(error.trouble == Trouble::damaged);
    CHECK(serve.env->is_bad());
    CHECK(fault_of(txn.commit()).text == error.text);
  }
  // Its writer never ended: the file is left alone, another one in its place is not.
  CHECK_THAT(fault_of(Environment::open({.path = path})).text, Contains("restart"));
  std::filesystem::remove(path);
  std::filesystem::remove(path + "-lock");
  make_store(path);
  CHECK(must(walk_file(path)) == 299);
}

FAULT_CASE("ServeReader: single octets of a store flipped", "[auth][guard][negative]") {
  const Folder folder;
  const std::string path = folder.file("serve.mdb"), flipped = folder.file("flipped.mdb");
  make_store(path);
  const Bytes whole = read_file(path);
  REQUIRE(whole.size() > 60'000);
  SeededRng rng(11);
  std::size_t told = 0;
  for (int round = 0; round < 500; ++round) {
    Bytes octets = whole;
    // Half of them where pages are described: their first 64 octets.
    std::size_t at = rng.below(static_cast<std::uint32_t>(octets.size()));
    if (round % 2 == 0) at = at / 4096 * 4096 + at % 64;
    octets[at] ^= static_cast<std::uint8_t>(1 + rng.below(255));
    write_file(flipped, octets);
    const auto found = walk_file(flipped);
    told += !found;
  }
  CHECK(told > 50);
}
