// Serials: what a name published once is not published again, whatever became of its zone.
#include <sys/wait.h>

#include "auth-plugin/write/local.hpp"
#include "auth/write_support.hpp"
using namespace windlass;
using namespace windlass::auth;
using namespace windlass::auth::test;
using Catch::Contains;
using dns::Type;

namespace {
const dns::Name zone = name("example.org.");
constexpr unsigned edits = 20;

std::uint32_t edit(Depot& depot, unsigned number) {
  const auto octet = static_cast<std::uint8_t>(number);
  return must(depot.edit_zone(zone, {set("n.example.org.", Type::a, {{10, 0, 0, octet}})})).serial;
}

/// A zone made without content, edited to serial 21, and deleted.
void publish_and_delete(Depot& depot) {
  CHECK(must(depot.create_zone(zone, ZoneKind::native, nullptr)).serial == 1);
  for (unsigned i = 1; i <= edits; ++i) edit(depot, i);
  CHECK(depot.show(zone)->serial == edits + 1);
  must(depot.delete_zone(zone));
}

ZoneContent content_of(std::uint32_t serial) {
  return zone_of("example.org.", "@ SOA ns hostmaster " + std::to_string(serial) +
                                     " 3600 900 604800 300\n@ NS ns\nns A 192.0.2.1\n");
}

/// Runs `work` in a process that ends without closing anything.
template <class Work>
void die_after(Work work) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    work();
    ::_exit(0);
  }
  int status = 0;
  REQUIRE(::waitpid(pid, &status, 0) == pid);
  REQUIRE((WIFEXITED(status) && WEXITSTATUS(status) == 0));
}
}  // namespace

TEST_CASE("a zone made anew without content goes on behind what its name published",
          "[write][serial]") {
  const Folder folder;
  auto depot = open(options_for(folder));
  publish_and_delete(*depot);
  CHECK(must(depot->create_zone(zone, ZoneKind::native, nullptr)).serial == edits + 2);
  must(depot->delete_zone(zone));
  depot.reset();
  depot = open(options_for(folder));
  CHECK(must(depot->create_zone(zone, ZoneKind::native, nullptr)).serial == edits + 3);
}

TEST_CASE("content that is behind is warned of, and no restart forgets what was published",
          "[write][serial][negative]") {
  const Folder folder;
  auto depot = open(options_for(folder));
  publish_and_delete(*depot);
  const auto behind = content_of(1), level = content_of(40);
  const auto made = must(depot->create_zone(zone, ZoneKind::native, &behind));
  CHECK(made.serial == 1);
  REQUIRE_FALSE(made.warnings.empty());
  CHECK_THAT(made.warnings.back().to_text(), Contains("behind 21"));
  for (int restarts = 0; restarts < 2; ++restarts) {
    depot.reset();
    depot = open(options_for(folder));
  }
  CHECK(edit(*depot, 30) == edits + 2);
  must(depot->delete_zone(zone));
  CHECK(must(depot->create_zone(zone, ZoneKind::native, &level)).warnings.empty());
}

TEST_CASE("killed behind a serial that went back: the higher one is not forgotten",
          "[write][serial][kill]") {
  const Folder folder;
  die_after([&folder] {
    auto depot = Depot::open(options_for(folder), {});
    if (!depot || !(*depot)->create_zone(zone, ZoneKind::native, nullptr)) ::_exit(1);
    for (unsigned i = 1; i <= edits; ++i)
      if (!(*depot)->edit_zone(
              zone, {set("n.example.org.", Type::a, {{10, 0, 0, static_cast<std::uint8_t>(i)}})}))
        ::_exit(2);
    const auto behind = content_of(1);
    if (!(*depot)->delete_zone(zone) || !(*depot)->create_zone(zone, ZoneKind::native, &behind))
      ::_exit(3);
  });
  auto depot = open(options_for(folder));
  CHECK(depot->show(zone)->serial == 1);
  CHECK(edit(*depot, 30) > edits + 1);
}

TEST_CASE("a floor that could not be written is not kept", "[write][serial][negative]") {
  const Folder folder;
  auto local = must(LocalStore::open(folder.path() + "/local.mdb", 1u << 20, 4));
  must(local.publish(1, 5));
  CHECK(local.next(1, 5) == 6);
  local.env().mark_bad("a test");
  CHECK_FALSE(local.publish(2, 7));
  CHECK_FALSE(local.highest(2));
  CHECK(local.first(2) == 1);
  CHECK_FALSE(local.publish(1, 500));
  CHECK(local.highest(1) == 5);
}
