#pragma once
/// From the engine's Trace to what `why` prints: the way, then the chain of trust as it was judged.
#include "control/house.hpp"
#include "resolver/outcome.hpp"
#include "resolver/trace.hpp"
namespace windlass::server {
control::WhyView why_view(const resolver::Answer& answer, const resolver::Trace& trace,
                          std::int64_t took_us, std::int64_t wall_s);
}
