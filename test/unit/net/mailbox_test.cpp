// Mailbox: values of several threads arrive, each once, in each sender's order; late ones are
// refused.
#include "net/mailbox.hpp"

#include <atomic>
#include <map>

#include <catch2/catch.hpp>

#include "net/thread.hpp"
#include "test/unit/net/support.hpp"

using namespace windlass::net;
using namespace windlass::net::test;

TEST_CASE("A mailbox delivers each value once and in order", "[net][mailbox]") {
  Turning t;
  std::map<int, std::vector<int>> got;
  int count = 0;
  Mailbox<std::pair<int, int>> box(t.loop, [&](auto& batch) {
    for (const auto& [sender, value] : batch) got[sender].push_back(value), ++count;
  });
  std::vector<NamedThread> threads;
  for (int sender = 0; sender < 4; ++sender)
    threads.emplace_back("sender", [sender, post = box.sender()] {
      for (int value = 0; value < 500; ++value) (void)post.post({sender, value});
    });
  REQUIRE(t.until([&] { return count == 2000; }));
  for (const auto& [sender, values] : got) {
    REQUIRE(values.size() == 500);
    CHECK(std::is_sorted(values.begin(), values.end()));
  }
}

TEST_CASE("Posting during and after the end of a mailbox is refused, not lost in the air",
          "[net][mailbox][negative]") {
  Turning t;
  auto box = std::make_unique<Mailbox<std::string>>(t.loop, [](auto&) {});
  const auto sender = box->sender();
  std::atomic<bool> refused = false;
  NamedThread poster("poster", [&, sender] {
    while (sender.post("value")) std::this_thread::yield();
    refused = true;
  });
  t.for_ms(5);
  box.reset();
  poster.join();
  CHECK(refused);
  CHECK_FALSE(sender.post("late"));
  CHECK_FALSE(Mailbox<int>::Sender{}.post(1));
}

TEST_CASE("A full mailbox refuses until it was emptied", "[net][mailbox][negative]") {
  Turning t;
  std::vector<int> got;
  Mailbox<int> box(
      t.loop, [&](auto& batch) { got.insert(got.end(), batch.begin(), batch.end()); }, 2);
  CHECK(box.post(1));
  CHECK(box.post(2));
  CHECK_FALSE(box.post(3));
  REQUIRE(t.until([&] { return got.size() == 2; }));
  CHECK(box.post(4));
  REQUIRE(t.until([&] { return got.size() == 3; }));
  CHECK(got.back() == 4);
}

TEST_CASE("Delivery may destroy the mailbox; values of any movable type pass", "[net][mailbox]") {
  Turning t;
  int got = 0;
  std::unique_ptr<Mailbox<std::unique_ptr<int>>> box;
  box = std::make_unique<Mailbox<std::unique_ptr<int>>>(t.loop, [&](auto& batch) {
    box.reset();
    got = *batch.at(0);
  });
  CHECK(box->post(std::make_unique<int>(7)));
  REQUIRE(t.until([&] { return box == nullptr; }));
  CHECK(got == 7);
}
