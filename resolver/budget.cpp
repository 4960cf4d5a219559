#include "resolver/budget.hpp"

namespace windlass::resolver {

bool Budget::pay(std::atomic<std::uint32_t>& counter, Limit limit, std::size_t amount) {
  const auto add = static_cast<std::uint32_t>(amount);
  const auto most = static_cast<std::uint32_t>(limits_[limit]);
  if (counter.fetch_add(add, std::memory_order_relaxed) + add <= most) return true;
  counter.fetch_sub(add, std::memory_order_relaxed);  // refused is not spent
  Limit none = Limit::count_of_rows;
  stopped_by_.compare_exchange_strong(none, limit, std::memory_order_relaxed);
  return false;
}
}  // namespace windlass::resolver
