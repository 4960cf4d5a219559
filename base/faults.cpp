#include "base/faults.hpp"

#include <algorithm>
#include <vector>

namespace windlass {
namespace {
constexpr std::string_view cut_mark = "...";
/// A filling keeps at least so much at either end.
constexpr std::size_t ends_least = 8;

std::size_t octets_of(std::string_view text, const std::vector<std::string>& gaps) {
  std::size_t octets = 0;
  for (const std::string& gap : gaps) octets += gap.size();
  bool inside = false;
  for (const char c : text) {
    if (c == '{') inside = true;
    if (!inside) ++octets;
    if (c == '}') inside = false;
  }
  return octets;
}

/// Takes `excess` octets or more out of the middle, as far as both ends stay.
void cut_middle(std::string& gap, std::size_t excess) {
  const std::size_t least = 2 * ends_least + cut_mark.size();
  if (gap.size() <= least) return;
  const std::size_t kept =
      gap.size() - least > excess ? gap.size() - excess - cut_mark.size() : 2 * ends_least;
  const std::size_t front = kept / 2;
  gap.replace(front, gap.size() - kept, cut_mark);
}
}  // namespace

std::string filled(std::string_view text, std::span<const std::string_view> gaps,
                   std::size_t most) {
  std::vector<std::string> parts(gaps.begin(), gaps.end());
  for (std::size_t round = 0; round < parts.size(); ++round) {
    const std::size_t octets = octets_of(text, parts);
    if (octets <= most) break;
    cut_middle(*std::ranges::max_element(parts, {}, &std::string::size), octets - most);
  }
  std::string out;
  auto part = parts.begin();
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '{') {
      out += text[at];
      continue;
    }
    at = std::min(text.find('}', at), text.size());
    if (part != parts.end()) out += *part++;
  }
  return out;
}

static_assert(std::ranges::is_partitioned(fault_table, [](const FaultRow& row) {
  return row.gets == Gets::bogus || row.gets == Gets::unproven;
}));
}  // namespace windlass
