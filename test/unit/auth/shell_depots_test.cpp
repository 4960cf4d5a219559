// Shares in one store: what stands side by side shares it, and who comes while it closes waits.
#include <thread>

#include "auth-plugin/depots.hpp"
#include "auth/write_support.hpp"
using namespace windlass;
using namespace windlass::auth;
using namespace windlass::auth::test;

TEST_CASE("DepotShare: one store for all that name its folder", "[auth][depots]") {
  const Folder folder;
  const Host host;
  const auto first = must(DepotShare::take(options_for(folder), host));
  const auto second = must(DepotShare::take(options_for(folder), host));
  CHECK(&first->depot() == &second->depot());
}

// Whoever opens after the last share began to close: a closing store is waited for.
TEST_CASE("DepotShare: a store that is closing is waited for", "[auth][depots]") {
  const Folder folder;
  const Host host;
  for (int round = 0; round < 40; ++round) {
    auto share = must(DepotShare::take(options_for(folder), host));
    (void)share->depot().create_zone(name("example.org."), ZoneKind::native, nullptr);
    std::thread closer([&share] { share.reset(); });
    std::this_thread::sleep_for(std::chrono::microseconds(round * 50));
    const auto next = DepotShare::take(options_for(folder), host);
    closer.join();
    INFO((next ? std::string() : next.error().text));
    REQUIRE(next);
  }
}
