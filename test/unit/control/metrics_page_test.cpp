// The page: sums of the workers, one family a row of the table, and nothing promtool finds fault
// with.
#include "control/metrics_page.hpp"

#include <array>
#include <cstdio>
#include <fstream>

#include <catch2/catch.hpp>
#include <unistd.h>

#include "control/metrics_server.hpp"
#include "test/support/fake_house.hpp"
#include "test/support/stream_client.hpp"

using namespace windlass;
using namespace windlass::control;

namespace {
const Endpoint any_port{*IpAddress::parse("127.0.0.1"), 0};

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// What a program says about a file on its standard input: stdout and stderr together.
std::string output_of(const std::string& command) {
  std::string out;
  std::array<char, 4096> piece{};
  FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
  REQUIRE(pipe != nullptr);
  while (std::fgets(piece.data(), static_cast<int>(piece.size()), pipe) != nullptr)
    out += piece.data();
  ::pclose(pipe);
  return out;
}
}  // namespace

TEST_CASE("Counters of workers are summed; loops are kept apart", "[control][metrics]") {
  test::FakeHouse house;
  house.workers[0]->count(Metric::queries_total, 0, 0, 3);
  house.workers[1]->count(Metric::queries_total, 0, 0, 4);
  house.workers[1]->count(Metric::event_loop_busy_seconds_total, 0, 0, 1'500'000);
  house.workers[0]->observe(Metric::response_duration_seconds, 0.003,
                            static_cast<unsigned>(Source::recursion));
  house.workers[1]->observe(Metric::response_duration_seconds, 0.3,
                            static_cast<unsigned>(Source::recursion));
  house.workers[1]->observe(Metric::response_duration_seconds, 60,
                            static_cast<unsigned>(Source::recursion));
  const std::string page = metrics_text(house);
  CHECK(has(page, "windlass_queries_total{proto=\"udp\",family=\"4\"} 7"));
  CHECK(has(page, "windlass_event_loop_busy_seconds_total{worker=\"0\"} 0"));
  CHECK(has(page, "windlass_event_loop_busy_seconds_total{worker=\"1\"} 1.5"));
  CHECK(has(page, "windlass_response_duration_seconds_count{source=\"recursion\"} 3"));
  CHECK(
      has(page, "windlass_response_duration_seconds_bucket{source=\"recursion\",le=\"0.005\"} 1"));
  CHECK(has(page, "windlass_response_duration_seconds_bucket{source=\"recursion\",le=\"5\"} 2"));
  CHECK(has(page, "windlass_response_duration_seconds_bucket{source=\"recursion\",le=\"+Inf\"} 3"));
  CHECK(has(page, "windlass_response_duration_seconds_sum{source=\"recursion\"} 60.303"));
}

TEST_CASE("Other floors give their gauges", "[control][metrics]") {
  test::FakeHouse house;
  house.trust = test::root_anchors();
  house.negative = {{{dns::Name::literal("a."), "", 0, true}, 1}};
  house.cache().servers().on_reply(*Endpoint::parse("192.0.2.1@53"), 1000, house.now().mono_us);
  const std::string page = metrics_text(house);
  CHECK(has(page,
            "windlass_trust_anchor_state{zone=\".\",keytag=\"38696\",algorithm=\"8\",state="
            "\"valid\"} 1"));
  CHECK(has(page, "windlass_trust_anchor_last_refresh_time_seconds{zone=\".\"} 1699999200"));
  CHECK(has(page, "windlass_negative_trust_anchors 1"));
  CHECK(has(page, "windlass_upstream_servers{state=\"good\"} 1"));
  CHECK(has(page, "windlass_build_info{version=\"9.8.7\",revision=\"abcdef0\"} 1"));
  CHECK(has(page, "windlass_cache_limit_bytes 268435456"));
  CHECK(has(page, "windlass_start_time_seconds 1700000000"));
}

TEST_CASE("Keys that are followed are shown in their state, each series once",
          "[control][metrics]") {
  test::FakeHouse house;
  house.trust = test::root_anchors();
  const validator::AnchorKey key{false, {1, 1, 3, 13, 9}, 4711, 13};
  house.beside.push_back({dns::Name(), {key, validator::KeyState::addpend, 1'700'000'000}, 0, 0});
  house.beside.push_back({dns::Name(), {key, validator::KeyState::addpend, 1'700'000'001}, 0, 0});
  house.beside.push_back(
      {dns::Name::literal("a."), {key, validator::KeyState::revoked, 1'700'000'000}, 0, 0});
  const std::string page = metrics_text(house);
  const std::string pending =
      "windlass_trust_anchor_state{zone=\".\",keytag=\"4711\",algorithm=\"13\",state="
      "\"addpend\"} 1";
  CHECK(has(page, pending));
  CHECK(page.find(pending, page.find(pending) + 1) == page.npos);
  CHECK(has(page, "zone=\"a.\",keytag=\"4711\",algorithm=\"13\",state=\"revoked\"} 1"));
  CHECK_FALSE(has(page, "last_refresh_time_seconds{zone=\"a.\"}"));  // nobody asks it
}

TEST_CASE("Each row of the table and the process itself are on the page", "[control][metrics]") {
  test::FakeHouse house;
  house.trust = test::root_anchors();
  const std::string page = metrics_text(house);
  for (const MetricRow& row : metric_table()) {
    CAPTURE(row.name);
    CHECK(has(page, "# HELP windlass_" + std::string(row.name) + " "));
    CHECK((has(page, "\nwindlass_" + std::string(row.name) + " ") ||
           has(page, "\nwindlass_" + std::string(row.name) + "{") ||
           has(page, "\nwindlass_" + std::string(row.name) + "_bucket")));
  }
  for (const char* name :
       {"cpu_seconds_total", "resident_memory_bytes", "open_fds", "max_fds", "start_time_seconds"})
    CHECK(has(page, "\nprocess_" + std::string(name) + " "));
  CHECK_FALSE(has(page, "\nprocess_open_fds 0\n"));
  CHECK_FALSE(has(page, "\nprocess_resident_memory_bytes 0\n"));
}

TEST_CASE("promtool finds nothing to say", "[control][metrics]") {
  if (output_of("command -v promtool").empty()) {
    WARN("skipped: promtool is not installed");
    return;
  }
  test::FakeHouse house;
  house.trust = test::root_anchors();
  std::string path = std::string(P_tmpdir) + "/windlass-test-XXXXXX";
  const int fd = ::mkstemp(path.data());
  REQUIRE(fd >= 0);
  ::close(fd);
  std::ofstream(path) << metrics_text(house);
  CHECK(output_of("promtool check metrics < " + path).empty());
  std::ofstream(path) << "bad_counter{ 1\n";
  CHECK_FALSE(output_of("promtool check metrics < " + path).empty());  // it would have said so
  ::unlink(path.c_str());
}

TEST_CASE("The page is served over TCP", "[control][metrics]") {
  const SystemClock clock;
  net::Loop loop(clock);
  test::FakeHouse house;
  auto server = MetricsServer::listen(loop, house, any_port);
  REQUIRE(server);
  REQUIRE((*server)->endpoint().port != 0);
  test::StreamClient wire(loop, (*server)->endpoint().port);
  REQUIRE(wire.send("GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"));
  CHECK(wire.closed());
  CHECK(wire.received().starts_with("HTTP/1.1 200 OK\r\n"));
  CHECK(has(wire.received(), "windlass_build_info"));
  test::StreamClient other(loop, (*server)->endpoint().port);
  REQUIRE(other.send("GET /elsewhere HTTP/1.1\r\nHost: x\r\n\r\n"));
  CHECK(other.line() == "HTTP/1.1 404 Not Found\r");
}

TEST_CASE("A taken address is refused by name", "[control][metrics][negative]") {
  const SystemClock clock;
  net::Loop loop(clock);
  test::FakeHouse house;
  auto server = MetricsServer::listen(loop, house, any_port);
  REQUIRE(server);
  const auto second = MetricsServer::listen(loop, house, (*server)->endpoint());
  REQUIRE_FALSE(second);
  CHECK(has(second.error().text, (*server)->endpoint().to_text()));
}
