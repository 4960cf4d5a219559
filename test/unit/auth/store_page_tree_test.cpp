// PageTree: what liblmdb wrote is always sound; what was turned over is noticed before liblmdb
// writes into it. Goes wrong when it fails: a heap corrupted by a write into a page that lies about
// its sizes.
#include <fcntl.h>
#include <unistd.h>

#include "auth-plugin/store/page_tree.hpp"
#include "base/rng.hpp"
#include "test/unit/auth/store_fixture.hpp"
using namespace windlass;
using namespace windlass::auth;
using namespace windlass::auth::test;
using Catch::Matchers::Contains;

namespace {
/// Puts and erasures of short and long values at random, in one transaction. False: refused.
bool scribble(const Serve& serve, SeededRng& rng, unsigned changes) {
  auto txn = WriteTransaction::begin(serve.env);
  if (!txn) return false;
  for (unsigned i = 0; i < changes; ++i) {
    const std::string key = std::to_string(rng.below(600));
    const TableHandle table = rng.below(4) == 0 ? serve.nsec3 : serve.node;
    const unsigned octets_most = rng.below(8) == 0 ? 20'000 : 300;
    const bool put = rng.below(5) < 3;
    const bool done =
        put ? bool(txn->put(table, octets(key), Bytes(1 + rng.below(octets_most), 'x')))
            : bool(txn->del(table, octets(key)));
    if (!done) return false;
  }
  return bool(txn->commit());
}

PageTree tree_of(const Serve& serve) {
  const auto shape = shape_of(serve.env->descriptor());
  REQUIRE(shape);
  return PageTree(*shape);
}

Bytes filled(const std::string& path) {
  SeededRng rng(7);
  {
    const Serve serve(path);
    for (int i = 0; i < 12; ++i) REQUIRE(scribble(serve, rng, 150));
    REQUIRE(tree_of(serve).all());
  }
  return read_file(path);
}

std::size_t page_of_a_tree(const Bytes& file, SeededRng& rng) {
  constexpr std::size_t flags_at = 10;
  for (;;) {
    const std::size_t page = 2 + rng.below(static_cast<std::uint32_t>(file.size() / 4096 - 2));
    const unsigned flags = file[page * 4096 + flags_at];
    if (flags == 1 || flags == 2) return page;
  }
}
}  // namespace

TEST_CASE("PageTree: whatever liblmdb writes is sound", "[auth][lmdb]") {
  const Folder folder;
  SeededRng rng(11);
  const Serve serve(folder.file("serve.mdb"));
  for (int round = 0; round < 150; ++round) {
    REQUIRE(scribble(serve, rng, 1 + rng.below(200)));
    PageTree tree = tree_of(serve);
    const bool sound = tree.all();
    INFO("round " << round << ": " << tree.complaint());
    REQUIRE(sound);
    PageTree paths = tree_of(serve);
    REQUIRE(paths.free_list());
    for (int i = 0; i < 30; ++i)
      REQUIRE(paths.path(serve.node.number, "node", octets(std::to_string(rng.below(700)))));
  }
}

TEST_CASE("PageTree: a table that is not there, an empty one", "[auth][lmdb]") {
  const Folder folder;
  const Serve serve(folder.file("serve.mdb"));
  PageTree tree = tree_of(serve);
  CHECK(tree.path(17, "nobody's", octets("k")));
  CHECK(tree.path(serve.state.number, "state", octets("k")));
  CHECK(tree.all());
  CHECK(tree.complaint().empty());
}

TEST_CASE("PageTree: octets turned over are written around or refused, and the heap stays whole",
          "[auth][lmdb][negative]") {
  const Folder folder;
  const Bytes sound = filled(folder.file("sound.mdb"));
  SeededRng rng(13);
  unsigned refused = 0, noticed = 0;
  for (unsigned flip = 0; flip < 600; ++flip) {
    Bytes bad = sound;
    bad[page_of_a_tree(bad, rng) * 4096 + rng.below(flip % 2 == 0 ? 64 : 4096)] ^=
        static_cast<std::uint8_t>(1u << rng.below(8));
    const std::string path = folder.file("flipped-" + std::to_string(flip) + ".mdb");
    write_file(path, bad);
    {
      const auto env = Environment::open({.path = path, .map_octets = 1u << 30, .sync = false});
      if (!env) continue;
      const auto node = (*env)->table("node");
      if (!node || !(*env)->table("nsec3") || !(*env)->table("state")) continue;
      const Serve serve(path);
      noticed += !tree_of(serve).all();
      bool written = true;
      for (int i = 0; i < 4 && written; ++i) written = scribble(serve, rng, 60);
      refused += !written;
      if (!written) CHECK_FALSE(serve.env->damage().empty());
    }
    std::filesystem::remove(path);
  }
  CHECK(refused > 20);
  CHECK(noticed >= refused);
}

TEST_CASE("PageTree: what is wrong is said with its page", "[auth][lmdb][negative]") {
  const Folder folder;
  const std::string path = folder.file("serve.mdb");
  Bytes bad = filled(path);
  for (std::size_t at = 2 * 4096; at < bad.size(); ++at) bad[at] = 0xA5;
  write_file(path, bad);
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const auto shape = shape_of(file);
  REQUIRE(shape);
  PageTree tree(*shape);
  CHECK_FALSE(tree.all());
  CHECK_THAT(tree.complaint(), Contains("page "));
  ::close(file);
}
