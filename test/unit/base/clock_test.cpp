// ManualClock moves as time does and steps as NTP does; SystemClock never runs backward.
#include "base/clock.hpp"

#include <catch2/catch.hpp>

using namespace windlass;

TEST_CASE("Time moves all three clocks together", "[base][clock]") {
  ManualClock clock({1000, 2000, 3000});
  clock.advance_us(2'500'000);
  CHECK(clock.now().wall_s == 1002);
  CHECK(clock.now().age_ms == 4500);
  CHECK(clock.now().mono_us == 2'503'000);
}

TEST_CASE("Parts of a unit are not lost", "[base][clock]") {
  ManualClock clock({0, 0, 0});
  for (int i = 0; i < 10'000; ++i) clock.advance_us(300);
  CHECK(clock.now().wall_s == 3);
  CHECK(clock.now().age_ms == 3000);
  CHECK(clock.now().mono_us == 3'000'000);
}

TEST_CASE("A step of the wall clock moves no other", "[base][clock]") {
  ManualClock clock({1000, 2000, 3000});
  clock.step_wall(-500);
  CHECK(clock.now().wall_s == 500);
  clock.set_wall(7);
  CHECK(clock.now().wall_s == 7);
  CHECK(clock.now().age_ms == 2000);
  CHECK(clock.now().mono_us == 3000);
}

TEST_CASE("The kernel's clocks do not run backward", "[base][clock]") {
  const SystemClock clock;
  Now last = clock.now();
  CHECK(last.wall_s > 1'600'000'000);
  for (int i = 0; i < 1000; ++i) {
    const Now now = clock.now();
    if (now.age_ms < last.age_ms || now.mono_us < last.mono_us) FAIL("backward in round " << i);
    last = now;
  }
}

TEST_CASE("Suspend counts for age, so age is never behind mono", "[base][clock]") {
  const Now now = SystemClock{}.now();
  CHECK(now.age_ms + 1000 >= now.mono_us / 1000);
}
