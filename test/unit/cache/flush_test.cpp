// Flushing: what an operator names goes, from every map and partition, and nothing else does.
#include <catch2/catch.hpp>

#include "test/unit/cache/samples.hpp"

using namespace windlass::cache;
using samples::delegation;
using samples::entry;
using samples::name;
using samples::never;
using windlass::dns::Finding;
using windlass::dns::Type;

namespace {
/// Under example.org.: an A in two partitions, an NXDOMAIN below, a failure and a Delegation;
/// beside it others.
struct Filled {
  Filled() {
    cache.store_delegation(0, delegation(".", "a.root.example.", never), 0);
    cache.store_delegation(0, delegation("example.org.", "ns.example.org.", 60'000), 0);
    cache.store(0, entry("example.org."), 0);
    cache.store(4, entry("example.org."), 0);
    cache.store(0, entry("no.example.org.", {.finding = Finding::nxdomain}), 0);
    cache.store(0, entry("notexample.org."), 0);
    cache.store(0, entry("org.", {.security = Security::bogus}), 0);
    cache.store(0, entry("bad.example.org.", {.security = Security::bogus}), 0);
    cache.store_failure(name("fails.example.org."), Type::a, 0, {}, 5, 300, 0);
    cache.store_failure(name("fails.example.net."), Type::a, 0, {}, 5, 300, 0);
  }
  bool has(const char* owner, Partition partition = 0) {
    return cache.find(name(owner), Type::a, partition, 0) != nullptr;
  }
  bool failed(const char* owner) { return cache.failure(name(owner), Type::a, 0, 0).has_value(); }
  Cache cache{{}, samples::key};
};
}  // namespace

TEST_CASE("flush of one name", "[cache][flush]") {
  Filled filled;
  CHECK(filled.cache.flush(name("Example.org."), false) == 3);
  CHECK_FALSE(filled.has("example.org."));
  CHECK_FALSE(filled.has("example.org.", 4));
  CHECK(filled.cache.deepest(name("example.org."), 0, 0)->cut.is_root());
  CHECK(filled.has("no.example.org."));
  CHECK(filled.failed("fails.example.org."));
  CHECK(filled.cache.flush(name("example.org."), false) == 0);
}

TEST_CASE("flush of a subtree", "[cache][flush]") {
  Filled filled;
  CHECK(filled.cache.flush(name("example.org."), true) == 6);
  for (const char* gone : {"example.org.", "no.example.org.", "bad.example.org."})
    CHECK_FALSE(filled.has(gone));
  CHECK_FALSE(filled.failed("fails.example.org."));
  CHECK(filled.failed("fails.example.net."));
  CHECK(filled.has("notexample.org."));
  CHECK(filled.has("org."));
}

TEST_CASE("flush_all keeps what is configured", "[cache][flush]") {
  Filled filled;
  CHECK(filled.cache.flush_all() == 9);
  CHECK_FALSE(filled.has("org."));
  REQUIRE(filled.cache.deepest(name("example.org."), 0, 0));
  CHECK(filled.cache.deepest(name("example.org."), 0, 0)->cut.is_root());
  for (const CacheCounts& row : filled.cache.counts())
    CHECK(row.entries == (row.kind == windlass::CacheKind::server ? 1 : 0));
}

TEST_CASE("flush_untrusted drops bogus entries and failures below a name", "[cache][flush]") {
  Filled filled;
  CHECK(filled.cache.flush_untrusted(name("example.org.")) == 2);
  CHECK_FALSE(filled.has("bad.example.org."));
  CHECK_FALSE(filled.failed("fails.example.org."));
  CHECK(filled.has("org."));
  CHECK(filled.has("example.org."));
  CHECK(filled.failed("fails.example.net."));
}
