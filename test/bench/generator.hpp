#pragma once
#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "test/bench/histogram.hpp"
#include "test/bench/queries.hpp"
#include "test/bench/udp.hpp"

namespace windlass::bench {
using Clock = std::chrono::steady_clock;

/// What bounds a run: it ends when `count` queries are answered or lost, and `seconds` after its
/// start at the latest.
struct LoadOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 5300;
  std::uint64_t count = 100'000;
  double seconds = 30;
  unsigned window = 64;  // queries under way at most
  double rate = 0;       // queries a second, sent by the clock; 0: a new one for each that ended
  unsigned timeout_ms = 2000;
};

struct LoadResult {
  std::uint64_t sent = 0, answered = 0, lost = 0, stray = 0, octets = 0, authentic = 0,
                truncated = 0;
  std::array<std::uint64_t, 16> rcodes{};
  double seconds = 0;
  Histogram latency;  // ns; at a fixed rate from when the query was due, not from when it left
};

/// Asks one server over one socket, the queries in turn and again from the first. A query lost is
/// not asked again.
class Generator {
 public:
  Generator(const LoadOptions& options, std::vector<Octets> queries);
  LoadResult run();

 private:
  struct Slot {
    Clock::time_point due;
    bool open = false;
  };

  bool done() const;
  /// How many may leave now: by the window, the count and, at a fixed rate, the clock.
  std::uint64_t allowed(Clock::time_point now) const;
  void send(Clock::time_point now);
  void receive();
  void take(const std::uint8_t* octets, std::size_t size, Clock::time_point now);
  void give_up(Clock::time_point now);
  int patience_ms(Clock::time_point now) const;
  Clock::time_point due_time(std::uint64_t number, Clock::time_point now) const;

  const LoadOptions options_;
  const std::vector<Octets> queries_;
  UdpSocket socket_;
  Batch out_, in_;
  std::vector<Slot> slots_;   // by ID; IDs are used in turn
  std::uint64_t oldest_ = 0;  // no query before this number is open
  std::uint64_t under_way_ = 0;
  Clock::time_point start_, end_;
  LoadResult result_;
};
}  // namespace windlass::bench
