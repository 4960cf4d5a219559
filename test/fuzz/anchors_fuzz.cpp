// The text of what was learnt about trust anchors. Refused: with a line of the text and a printable
// reason. Accepted: written and read back it is the same, and an anchor file of the same keys
// leaves it alone.
#include <algorithm>
#include <string_view>

#include "test/fuzz/oracle.hpp"
#include "validator/anchor_state.hpp"

namespace {
using namespace windlass::validator;
using windlass::fuzz::require;

void check_error(const AnchorError& error, std::string_view text) {
  const auto lines = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  require(error.line >= 1 && error.line <= lines + 1, "a line of the text");
  require(!error.what.empty() && error.what.size() < 200, "a reason of sensible length");
  const auto controls = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  require(std::none_of(error.what.begin(), error.what.end(), controls), "a printable reason");
}

void check_adoption(AnchorState state) {
  const auto file = state.anchors();
  for (const Anchor& anchor : file) require(!anchor.keys.empty(), "an anchor has keys");
  const Adopted changed = adopt(state, file, 1'795'428'000, false);
  require(changed.lost.empty(), "trusted keys are no revoked ones");
  state.source = hash_of(file);
  const Adopted same = adopt(state, file, 1'795'428'000, false);
  require(same.state == state && same.dropped.empty(), "an unchanged file changes nothing");
}
}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto state = AnchorState::parse(text);
  if (!state) return check_error(state.error(), text), 0;
  const std::string written = state->to_text();
  const auto again = AnchorState::parse(written);
  require(bool(again), "what is written can be read");
  require(*again == *state, "and means the same");
  require(again->to_text() == written, "and is written the same");
  check_adoption(*state);
  return 0;
}
