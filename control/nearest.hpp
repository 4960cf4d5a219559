#pragma once
/// The nearest right word to a wrong one, for "did you mean".
#include <span>
#include <string_view>
namespace windlass::control {
/// The candidate with the fewest single-letter edits from `word`, when these are few for its
/// length; else empty.
std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates);
}  // namespace windlass::control
