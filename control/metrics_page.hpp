#pragma once
/// The metrics page: the metrics table summed over workers, what other floors know, and the process
/// itself, as Prometheus reads it. The one door to prometheus-cpp is metrics_page.cpp.
///
/// Per-worker integers are counts; families whose name ends in `_seconds_total` are kept in
/// microseconds. Families of one event loop (`event_loop_*`) keep their workers apart by a label.
#include <string>
#include <vector>

#include "control/house.hpp"
namespace windlass::control {

/// One number of the page.
struct Sample {
  std::string series;  ///< "windlass_queries_total{proto=\"udp\",family=\"4\"}"
  double value = 0;
};
/// All but process_*; a histogram gives its _count and _sum.
std::vector<Sample> samples(House& house);
/// The text of the whole page (text/plain; version=0.0.4).
std::string metrics_text(House& house);
}  // namespace windlass::control
