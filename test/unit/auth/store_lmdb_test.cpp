// LMDB: what is written is read, and each trouble has its own word and remedy.
#include <csignal>
#include <thread>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "auth-plugin/store/lmdb.hpp"
#include "base/rng.hpp"
#include "test/unit/auth/store_fixture.hpp"

using namespace windlass;
using namespace windlass::auth;
using namespace windlass::auth::test;
using Catch::Contains;

namespace {
std::string text_of(Octets octets) {
  return {octets.begin(), octets.end()};
}

/// A file with one table of a few rows, closed.
void make_file(const std::string& path, std::size_t value_octets = 1) {
  const Serve serve(path);
  serve.put(serve.node, octets("a"), Bytes(value_octets, 'a'));
  serve.put(serve.node, octets("b"), octets("2"));
}

StoreError fault_of_open(const std::string& path, bool create = true) {
  return fault_of(Environment::open({.path = path, .create = create}));
}

/// Writes until something stops it.
StoreError fill(const Serve& serve) {
  const Bytes value(100'000);
  for (std::uint32_t i = 0;; ++i) {
    auto txn = must(WriteTransaction::begin(serve.env));
    if (const auto put = txn.put(serve.node, octets(std::to_string(i)), value); !put)
      return put.error();
    if (const auto done = txn.commit(); !done) return done.error();
    REQUIRE(i < 1000);
  }
}
}  // namespace

TEST_CASE("Environment: writes, reads, walks", "[auth][lmdb]") {
  const Folder folder;
  const Serve serve(folder.file("serve.mdb"));
  for (const char* key : {"b", "d", "f"}) serve.put(serve.node, octets(key), octets(key));
  auto read = must(ReadTransaction::begin(serve.env));
  CHECK(must(read.entries(serve.node)) == 3);
  CHECK(text_of(*must(read.get(serve.node, octets("d")))) == "d");
  CHECK_FALSE(must(read.get(serve.node, octets("e"))));
  CHECK(must(read.copied(serve.node, octets("f"))) == Bytes{'f'});
  auto cursor = must(read.cursor(serve.node));
  CHECK(must(cursor.at_or_after(octets("c"))));
  CHECK(text_of(cursor.key()) == "d");
  CHECK(must(cursor.previous()));
  CHECK(text_of(cursor.key()) == "b");
  CHECK_FALSE(must(cursor.previous()));
  CHECK(cursor.key().empty());
  CHECK(must(cursor.before(octets("z"))));
  CHECK(text_of(cursor.value()) == "f");
  CHECK_FALSE(must(cursor.before(octets("b"))));
  CHECK_FALSE(must(cursor.at_or_after(octets("g"))));
  CHECK(must(cursor.first()));
  CHECK(must(cursor.next()));
  CHECK(text_of(cursor.key()) == "d");
}

TEST_CASE("Transactions: a snapshot stands still, an abort leaves nothing", "[auth][lmdb]") {
  const Folder folder;
  const Serve serve(folder.file("serve.mdb"));
  serve.put(serve.node, octets("a"), octets("1"));
  auto read = must(ReadTransaction::begin(serve.env));
  const std::uint64_t before = serve.env->last_txn();
  {
    auto dropped = must(WriteTransaction::begin(serve.env));
    must(dropped.put(serve.node, octets("x"), octets("y")));
  }
  CHECK(serve.env->last_txn() == before);
  auto txn = must(WriteTransaction::begin(serve.env));
  CHECK(txn.id() == before + 1);
  must(txn.put(serve.node, octets("a"), octets("2")));
  CHECK(must(txn.del(serve.node, octets("a"))));
  CHECK_FALSE(must(txn.del(serve.node, octets("a"))));
  must(txn.put_append(serve.node, octets("b"), octets("3")));
  must(txn.commit());
  CHECK(text_of(*must(read.get(serve.node, octets("a")))) == "1");
  read.reset();
  must(read.renew());
  CHECK_FALSE(must(read.get(serve.node, octets("a"))));
  CHECK(text_of(*must(read.get(serve.node, octets("b")))) == "3");
  CHECK_FALSE(must(read.get(serve.node, octets("x"))));
}

TEST_CASE("Cursor: erases where it stands", "[auth][lmdb]") {
  const Folder folder;
  const Serve serve(folder.file("serve.mdb"));
  for (const char* key : {"a", "b", "c"}) serve.put(serve.node, octets(key), octets(key));
  auto txn = must(WriteTransaction::begin(serve.env));
  {
    auto cursor = must(txn.cursor(serve.node));
    CHECK(must(cursor.exact(octets("b"))));
    must(cursor.erase());
    CHECK(must(cursor.next()));
    CHECK(text_of(cursor.key()) == "c");
  }
  must(txn.commit());
  CHECK(must(must(ReadTransaction::begin(serve.env)).entries(serve.node)) == 2);
}

TEST_CASE("Environment: one a file and process; the map size stays", "[auth][lmdb]") {
  const Folder folder;
  const std::string path = folder.file("serve.mdb");
  {
    const Serve serve(path, 8 << 20);
    CHECK(must(Environment::open({.path = folder.path() + "/./serve.mdb"})) == serve.env);
    CHECK(serve.env->map_octets() == 8 << 20);
    serve.put(serve.node, octets("a"), octets("1"));
  }
  CHECK(must(Environment::open({.path = path, .map_octets = 1 << 20}))->map_octets() == 8 << 20);
  const auto larger = must(Environment::open({.path = path, .map_octets = 16 << 20}));
  CHECK(larger->map_octets() == 16 << 20);
}

TEST_CASE("Environment: threads that open and close one file meet", "[auth][lmdb]") {
  const Folder folder;
  make_file(folder.file("serve.mdb"));
  std::atomic<int> failed{0};
  const auto work = [&] {
    for (int i = 0; i < 50; ++i) {
      const auto env = Environment::open({.path = folder.file("serve.mdb")});
      if (!env || !(*env)->table("node") || !ReadTransaction::begin(*env)) ++failed;
    }
  };
  std::thread one(work), two(work);
  one.join();
  two.join();
  CHECK(failed == 0);
}

TEST_CASE("Environment: a compact copy holds the same rows", "[auth][lmdb]") {
  const Folder folder;
  const Serve serve(folder.file("serve.mdb"));
  auto txn = must(WriteTransaction::begin(serve.env));
  for (int i = 100'000; i < 140'000; ++i)
    must(txn.put(serve.node, octets(std::to_string(i)), octets(std::to_string(-i))));
  must(txn.put(serve.state, octets("s"), Bytes(10'000, 's')));
  must(txn.commit());
  std::uint64_t told = 0;
  must(serve.env->copy_compact(folder.file("copy.mdb"),
                               [&](std::uint64_t rows) { return told = rows, true; }));
  CHECK(told == 40'001);
  const Serve copy(folder.file("copy.mdb"));
  auto read = must(ReadTransaction::begin(copy.env));
  CHECK(must(read.entries(copy.node)) == 40'000);
  CHECK(text_of(*must(read.get(copy.node, octets("123456")))) == "-123456");
  CHECK(must(read.get(copy.state, octets("s")))->size() == 10'000);
  CHECK(must(copy.env->table_names()) == std::vector<std::string>{"node", "nsec3", "state"});
  CHECK(fault_of(serve.env->copy_compact(folder.file("copy.mdb"))).trouble == Trouble::refused);
  const auto stopped =
      fault_of(serve.env->copy_compact(folder.file("no.mdb"), [](std::uint64_t) { return false; }));
  CHECK(stopped.trouble == Trouble::cancelled);
  CHECK_FALSE(std::filesystem::exists(folder.file("no.mdb")));
}

TEST_CASE("Environment: files that are none of ours", "[auth][lmdb][negative]") {
  const Folder folder;
  const std::string path = folder.file("serve.mdb");
  CHECK(fault_of_open(path, false).trouble == Trouble::not_found);
  CHECK(fault_of_open(folder.file("none/serve.mdb")).trouble == Trouble::not_found);
  write_file(path, {});
  CHECK(fault_of_open(path).trouble == Trouble::damaged);
  write_file(path, Bytes(100, 'x'));
  CHECK(fault_of_open(path).trouble == Trouble::foreign);
  write_file(path, Bytes(100'000, 'x'));
  const StoreError error = fault_of_open(path);
  CHECK(error.trouble == Trouble::foreign);
  CHECK_THAT(error.text, Contains(path) && Contains("not an LMDB file"));
  CHECK(fault_of_open(folder.path()).trouble == Trouble::foreign);
  CHECK(read_file(path) == Bytes(100'000, 'x'));  // left alone
}

TEST_CASE("Environment: a file that was cut off", "[auth][lmdb][negative]") {
  const Folder folder;
  const std::string path = folder.file("serve.mdb");
  make_file(path, 100'000);
  const Bytes whole = read_file(path);
  for (const std::size_t octets : {whole.size() - 4096, whole.size() / 2, std::size_t{8192},
                                   std::size_t{4097}, std::size_t{4096}}) {
    write_file(path, Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(octets)));
    const StoreError error = fault_of_open(path);
    CHECK(error.trouble == Trouble::damaged);
    CHECK_THAT(error.text, Contains("cut off") && Contains("restore a backup"));
  }
}

TEST_CASE("Environment: a file that ends in free pages nobody wrote is whole", "[auth][lmdb]") {
  const Folder folder;
  const std::string path = folder.file("serve.mdb");
  SeededRng rng(5);
  const auto ends_early = [&] {
    const Bytes file = read_file(path);
    std::array<std::uint64_t, 2> last_page{};
    std::memcpy(&last_page[0], file.data() + 136, 8);
    std::memcpy(&last_page[1], file.data() + 4096 + 136, 8);
    return std::max(last_page[0], last_page[1]) >= file.size() / 4096;
  };
  std::size_t shorter = 0;
  for (int round = 0; round < 3000 && shorter == 0; ++round) {
    if (round % 20 == 0) std::filesystem::remove_all(path);
    const Serve serve(path);
    auto txn = must(WriteTransaction::begin(serve.env));
    const unsigned most = 10 + rng.below(400), octets_most = rng.below(3) == 0 ? 20'000 : 200;
    for (unsigned i = rng.below(100); i > 0; --i) {
      const std::string key = std::to_string(rng.below(most));
      if (rng.below(5) < 2)
        must(txn.put(serve.node, octets(key), Bytes(1 + rng.below(octets_most), 'x')));
      else
        must(txn.del(serve.node, octets(key)));
    }
    if (rng.below(6) == 0) {
      auto cursor = must(txn.cursor(serve.node));
      while (must(cursor.first())) must(cursor.erase());
    }
    must(txn.commit());
    shorter += ends_early();
  }
  CHECK(shorter == 1);
}

TEST_CASE("Environment: a later format, another machine, an impossible page size",
          "[auth][lmdb][negative]") {
  const Folder folder;
  const std::string path = folder.file("serve.mdb");
  make_file(path);
  const Bytes whole = read_file(path);
  const auto with = [&](std::size_t at, std::uint8_t octet) {
    Bytes changed = whole;
    changed[at] = changed[4096 + at] = octet;
    write_file(path, changed);
    return fault_of_open(path);
  };
  CHECK(with(20, 2).trouble == Trouble::newer);
  CHECK_THAT(with(20, 2).text, Contains("later version"));
  CHECK(with(16, 0).trouble == Trouble::foreign);
  CHECK(with(40, 1).trouble == Trouble::damaged);
  CHECK(with(41, 0).trouble == Trouble::damaged);
  Bytes swapped = whole;
  std::reverse(swapped.begin() + 16, swapped.begin() + 20);
  write_file(path, swapped);
  CHECK_THAT(fault_of_open(path).text, Contains("byte order"));
}

TEST_CASE("Environment: the map is full", "[auth][lmdb][negative]") {
  const Folder folder;
  const Serve serve(folder.file("serve.mdb"), 1 << 20);
  const StoreError error = fill(serve);
  CHECK(error.trouble == Trouble::map_full);
  CHECK_THAT(error.text, Contains("serve.mdb") && Contains("map_size"));
  auto read = must(ReadTransaction::begin(serve.env));
  CHECK(must(read.get(serve.node, octets("0"))));
}

TEST_CASE("Environment: the disk takes no more", "[auth][lmdb][negative]") {
  const Folder folder;
  const Serve serve(folder.file("serve.mdb"));
  struct rlimit before {};
  REQUIRE(getrlimit(RLIMIT_FSIZE, &before) == 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  struct rlimit small = before;
  small.rlim_cur = 1 << 20;
  REQUIRE(setrlimit(RLIMIT_FSIZE, &small) == 0);
  const StoreError error = fill(serve);
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  CHECK(error.trouble == Trouble::disk_full);
  auto read = must(ReadTransaction::begin(serve.env));
  CHECK(must(read.get(serve.node, octets("0"))));
  serve.put(serve.node, octets("later"), octets("1"));
}

TEST_CASE("Environment: a commit that finds no room leaves the file as long as it was",
          "[auth][lmdb][negative]") {
  const Folder folder;
  const Serve serve(folder.file("serve.mdb"));
  serve.put(serve.node, octets("1"), octets("one"));
  const auto octets_before = serve.env->file_octets();
  struct rlimit before {};
  REQUIRE(getrlimit(RLIMIT_FSIZE, &before) == 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  struct rlimit small = before;
  small.rlim_cur = 1 << 20;
  REQUIRE(setrlimit(RLIMIT_FSIZE, &small) == 0);
  {
    auto txn = must(WriteTransaction::begin(serve.env));
    for (int i = 0; i < 4000; ++i) must(txn.put(serve.node, octets(std::to_string(i)), Bytes(500)));
    CHECK(fault_of(txn.commit()).trouble == Trouble::disk_full);
  }
  CHECK(serve.env->file_octets() == octets_before);
  serve.put(serve.node, octets("2"), octets("two"));
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  auto read = must(ReadTransaction::begin(serve.env));
  CHECK(must(read.get(serve.node, octets("1"))));
  CHECK(must(read.get(serve.node, octets("2"))));
}

TEST_CASE("Environment: no slot for one more reader", "[auth][lmdb][negative]") {
  const Folder folder;
  const auto env = must(Environment::open({.path = folder.file("serve.mdb"), .readers = 1}));
  must(env->table("node"));
  {
    auto first = must(ReadTransaction::begin(env));
    const StoreError error = fault_of(ReadTransaction::begin(env));
    CHECK(error.trouble == Trouble::readers_full);
    CHECK_THAT(error.text, Contains("reader slots"));
  }
  must(ReadTransaction::begin(env));
}

TEST_CASE("Environment: a file put in place of one that is open", "[auth][lmdb][negative]") {
  const Folder folder;
  const std::string path = folder.file("serve.mdb");
  make_file(path);
  const Bytes whole = read_file(path);
  auto open = must(Environment::open({.path = path}));
  std::filesystem::remove(path);
  write_file(path, whole);
  CHECK(fault_of_open(path).trouble == Trouble::busy);
  open.reset();
  must(Environment::open({.path = path}));
}

TEST_CASE("Environment: a key of no or too many octets", "[auth][lmdb][negative]") {
  const Folder folder;
  const Serve serve(folder.file("serve.mdb"));
  auto txn = must(WriteTransaction::begin(serve.env));
  CHECK(fault_of(txn.put(serve.node, {}, octets("a"))).trouble == Trouble::refused);
  CHECK(fault_of(txn.put(serve.node, Bytes(512, 'a'), octets("a"))).trouble == Trouble::refused);
  must(txn.put_append(serve.node, octets("b"), octets("b")));
  CHECK(fault_of(txn.put_append(serve.node, octets("a"), octets("a"))).trouble == Trouble::refused);
}

TEST_CASE("WriteTransaction: knows whether it wrote; a clean commit has no id of its own",
          "[auth][lmdb]") {
  const Folder folder;
  const auto env = must(Environment::open({.path = folder.file("one.mdb")}));
  const TableHandle table = must(env->table("t"));
  const std::uint64_t last = env->last_txn();
  for (const bool writes : {false, true}) {
    auto txn = must(WriteTransaction::begin(env));
    CHECK(txn.id() == last + 1);
    CHECK_FALSE(must(txn.del(table, octets("nothing"))));
    if (writes) must(txn.put(table, octets("a"), octets("b")));
    CHECK(txn.wrote() == writes);
    must(txn.commit());
    CHECK(env->last_txn() == last + (writes ? 1 : 0));
  }
}

TEST_CASE("Environment: a file that moves, and one that is moved away", "[auth][lmdb]") {
  const Folder folder;
  const auto env = must(Environment::open({.path = folder.file("new.mdb")}));
  must(env->table("t"));
  write_file(folder.file("old.mdb"), Bytes(10, 1));
  must(env->move_to(folder.file("old.mdb")));
  CHECK(env->is_in_place());
  CHECK(env->path() == folder.file("old.mdb"));
  CHECK_FALSE(std::filesystem::exists(folder.file("new.mdb-lock")));
  must(env->table("u"));
  std::filesystem::remove(folder.file("old.mdb"));
  CHECK_FALSE(env->is_in_place());
}

TEST_CASE("StoreLock: a second process is told who has the store", "[auth][lmdb][negative]") {
  const Folder folder;
  {
    const auto lock = must(StoreLock::take(folder.path()));
    const StoreError here = fault_of(StoreLock::take(folder.path()));
    CHECK(here.trouble == Trouble::busy);
    CHECK_THAT(here.text, Contains(folder.path()) && Contains(std::to_string(::getpid())));
  }
  must(StoreLock::take(folder.path()));
  CHECK(fault_of(StoreLock::take(folder.file("none"))).trouble == Trouble::not_found);
}
