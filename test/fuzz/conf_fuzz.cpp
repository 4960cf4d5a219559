// The input is a configuration file. Refused: with a place inside it and a printable reason.
// Accepted: written out from the table, it reads back as the same settings.
#include <algorithm>
#include <string>

#include "conf/settings.hpp"
#include "conf/table.hpp"
#include "test/fuzz/oracle.hpp"

namespace {
using namespace windlass::conf;
using windlass::fuzz::require;

const windlass::control::Place at_root{true, "", ""};

void check_error(const ConfError& error, std::string_view text) {
  const auto lines = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) +
                     static_cast<std::size_t>(std::count(text.begin(), text.end(), '\r'));
  require(!error.text.empty() && error.text.size() < 4096, "a reason of sensible length");
  require(error.line <= lines + 2, "a place inside the file");
  const auto controls = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  require(std::none_of(error.text.begin(), error.text.end(), controls), "a printable reason");
}

/// The settings as one file: a line for each row, sections opened as the table goes.
std::string written_out(const Settings& settings) {
  std::string out, section;
  for (const Row& row : settings_table()) {
    const auto dot = row.path.find('.');
    const std::string inside(row.path.substr(0, dot == row.path.npos ? 0 : dot));
    if (!inside.empty() && inside != section) out += inside + ":\n";
    section = inside;
    out +=
        (inside.empty() ? "" : "  ") + std::string(row.path.substr(inside.empty() ? 0 : dot + 1));
    out += ": " + row.show(settings, row) + "\n";
  }
  return out;
}
}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto settings = load_text(text, "f", at_root);
  if (!settings) return check_error(settings.error(), text), 0;
  const auto again = load_text(written_out(*settings), "f", at_root);
  require(bool(again), "what is shown can be read");
  require(difference(*settings, *again).changed.empty(), "and means the same");
  return 0;
}
