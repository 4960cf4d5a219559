// Delegations: the deepest fresh one is asked, and no child keeps itself alive past its parent's
// word.
#include <catch2/catch.hpp>

#include "test/unit/cache/samples.hpp"

using namespace windlass::cache;
using samples::delegation;
using samples::name;
using samples::never;

namespace {
std::string cut_for(Cache& cache, const char* owner, std::int64_t age_ms, bool above_only = false,
                    Partition partition = 0) {
  const auto found = cache.deepest(name(owner), partition, age_ms, above_only);
  return found ? found->cut.to_text() : "none";
}

struct Tree {
  Tree() {
    cache.store_delegation(0, delegation(".", "a.root.example.", never), 0);
    cache.store_delegation(0, delegation("org.", "a.nic.org.", 100'000), 0);
    cache.store_delegation(0, delegation("example.org.", "ns.example.org.", 50'000), 0);
  }
  Cache cache{{}, samples::key};
};
}  // namespace

TEST_CASE("The deepest fresh Delegation at or above a name", "[cache][delegation]") {
  Tree tree;
  CHECK(cut_for(tree.cache, "a.b.EXAMPLE.org.", 0) == "example.org.");
  CHECK(cut_for(tree.cache, "example.org.", 0) == "example.org.");
  CHECK(cut_for(tree.cache, "other.org.", 0) == "org.");
  CHECK(cut_for(tree.cache, "example.com.", 0) == ".");
  CHECK(cut_for(tree.cache, ".", 0) == ".");
}

TEST_CASE("Strictly above a name", "[cache][delegation]") {
  Tree tree;
  CHECK(cut_for(tree.cache, "example.org.", 0, true) == "org.");
  CHECK(cut_for(tree.cache, "www.example.org.", 0, true) == "example.org.");
  CHECK(cut_for(tree.cache, "org.", 0, true) == ".");
  CHECK(cut_for(tree.cache, ".", 0, true) == "none");
}

TEST_CASE("Ended Delegations are passed over, configured ones never end", "[cache][delegation]") {
  Tree tree;
  CHECK(cut_for(tree.cache, "example.org.", 49'999) == "example.org.");
  CHECK(cut_for(tree.cache, "example.org.", 50'000) == "org.");
  CHECK(cut_for(tree.cache, "example.org.", 100'000) == ".");
  CHECK(cut_for(tree.cache, "example.org.", never - 1) == ".");
}

TEST_CASE("Partitions know nothing of each other", "[cache][delegation][negative]") {
  Tree tree;
  CHECK(cut_for(tree.cache, "www.example.org.", 0, false, 9) == "none");
  tree.cache.store_delegation(9, delegation("org.", "forward.example.", never), 0);
  CHECK(cut_for(tree.cache, "www.example.org.", 0, false, 9) == "org.");
  CHECK(cut_for(tree.cache, "www.example.org.", 0) == "example.org.");
}

TEST_CASE("Renewals do not lengthen a Delegation (ghost domains)",
          "[cache][delegation][negative]") {
  Tree tree;
  for (std::int64_t age_ms = 0; age_ms < 50'000; age_ms += 10'000)
    tree.cache.store_delegation(0, delegation("example.org.", "ns.example.org.", age_ms + 50'000),
                                age_ms);
  CHECK(cut_for(tree.cache, "example.org.", 50'000) == "org.");
  SECTION("nor do renewals with new glue") {
    tree.cache.store_delegation(0, delegation("org.", "a.nic.org.", 500'000, 77), 40'000);
    CHECK(tree.cache.deepest(name("org."), 0, 40'000)->servers[0].endpoints[0] ==
          samples::endpoint(77));
    CHECK(cut_for(tree.cache, "org.", 100'000) == ".");
  }
  SECTION("the parent renews it once it has ended") {
    tree.cache.store_delegation(0, delegation("example.org.", "ns.example.org.", 90'000), 50'000);
    CHECK(cut_for(tree.cache, "example.org.", 89'999) == "example.org.");
  }
}

TEST_CASE("No Delegation outlives the one above it (phoenix domains)",
          "[cache][delegation][negative]") {
  Tree tree;
  tree.cache.store_delegation(0, delegation("sub.example.org.", "ns.example.net.", 900'000),
                              49'000);
  CHECK(cut_for(tree.cache, "sub.example.org.", 49'999) == "sub.example.org.");
  CHECK(cut_for(tree.cache, "sub.example.org.", 50'000) == "org.");
}

TEST_CASE("A referral does not displace a configured Delegation", "[cache][delegation][negative]") {
  Tree tree;
  tree.cache.store_delegation(0, delegation(".", "evil.example.", 100'000), 0);
  CHECK(tree.cache.deepest(name("."), 0, 0)->servers[0].name == name("a.root.example."));
  tree.cache.store_delegation(0, delegation(".", "b.root.example.", never), 0);
  CHECK(tree.cache.deepest(name("."), 0, 0)->servers[0].name == name("b.root.example."));
}

TEST_CASE("A name of 127 labels is walked to the root", "[cache][delegation]") {
  Tree tree;
  std::string deep;
  for (int n = 0; n < 125; ++n) deep += "a.";
  CHECK(cut_for(tree.cache, (deep + "org.").c_str(), 0) == "org.");
  CHECK(cut_for(tree.cache, (deep + "x.").c_str(), 0) == ".");
}
