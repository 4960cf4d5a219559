#include "control/failures.hpp"

#include <array>

#include "base/faults.hpp"
#include "control/labels.hpp"
#include "dns/edns.hpp"

namespace windlass::control {
namespace {
// clang-format off
constexpr auto ungiven = std::to_array<UngivenCode>({
  {4,  "answers are not replaced by policy"},
  {13, "an answer from the cache, SERVFAIL too, says what the first one said"},
  {16, "answers are not blocked by policy"},
  {17, "answers are not blocked by policy"},
  {24, "for authoritative servers whose zone has expired; local zones do not expire"},
  {26, "there is no transport with early data"},
  {28, "no client can state a policy of its own"},
});
// clang-format on

std::string code_text(std::uint16_t code) {
  return std::to_string(code) + " (" +
         std::string(dns::purpose_of(static_cast<dns::EdeCode>(code))) + ")";
}

/// Braces of a text stand for what is filled in.
std::string slanted(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '{' || c == '}')
      out += '*';
    else
      out += c;
  }
  return out;
}
}  // namespace

std::span<const UngivenCode> ungiven_codes() {
  return ungiven;
}

std::string failures_reference() {
  std::string out =
      "# Failures\n\nWhat a client gets as Extended DNS Error (RFC 8914) and why, the log as "
      "`EDE`, "
      "`windlassctl why` at the link that fails.\nA verdict is counted in "
      "`windlass_dnssec_bogus_total{reason}` under the name in the first column; all are in\n"
      "`windlass_ede_total{code}`. What stands slanted is filled in; times are UTC, long names "
      "lose "
      "their middle.\nAn answer from the cache gives the reason it was stored with.\n\n"
      "| reason | code | answer | text |\n|---|---|---|---|\n";
  for (const FaultRow& row : fault_table)
    out.append("| `")
        .append(row.key)
        .append("` | ")
        .append(code_text(row.ede))
        .append(" | ")
        .append(label_of(row.gets))
        .append(" | ")
        .append(slanted(row.text))
        .append(" |\n");
  out +=
      "\nPlugins give reasons of their own. These codes are given by nothing here:\n\n"
      "| code | why |\n|---|---|\n";
  for (const UngivenCode& row : ungiven)
    out.append("| ").append(code_text(row.code)).append(" | ").append(row.why).append(" |\n");
  return out;
}
}  // namespace windlass::control
