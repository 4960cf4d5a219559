#include "auth-plugin/commands/call.hpp"

#include <algorithm>

namespace windlass::auth {

Call::Call(Instance& instance, const windlass_command& command, std::vector<std::string> words)
    : instance_(instance), command_(command), words_(std::move(words)) {
  const auto mark = std::find(words_.begin(), words_.end(), "--");
  flags_end_ = static_cast<std::size_t>(mark - words_.begin());
  if (mark != words_.end()) words_.erase(mark);
}

bool Call::take_flag(std::string_view flag) {
  const auto end = words_.begin() + static_cast<std::ptrdiff_t>(flags_end_);
  const auto at = std::find(words_.begin(), end, flag);
  if (at == end) return false;
  words_.erase(at);
  --flags_end_;
  return true;
}

bool Call::put(const Json& row) const {
  return put_text(row.dump(-1, ' ', false, Json::error_handler_t::replace));
}

bool Call::put_text(std::string_view rows) const {
  return command_.put != nullptr && command_.put(command_.context, rows.data(), rows.size()) == 0;
}

bool Call::progress(const std::string& line) const {
  return command_.progress == nullptr || command_.progress(command_.context, line.c_str()) == 0;
}

namespace {
/// Calls `each` with every finding, errors first, until it is false; the first error's text.
template <class Each>
std::string each_finding(const std::vector<Finding>& findings, const std::string& source,
                         const Each& each) {
  std::string first;
  bool more = true;
  for (const bool errors : {true, false}) {
    for (const Finding& finding : findings) {
      if (finding.error != errors) continue;
      if (errors && first.empty()) first = text_of(finding, source);
      more = more && each(finding);
    }
  }
  return first;
}

Json number_or_blank(std::size_t number) {
  return number == 0 ? Json("") : Json(number);
}
}  // namespace

Json json_of(const FindingRow& row) {
  return {{"severity", row.severity},
          {"file", row.file},
          {"line", number_or_blank(row.line)},
          {"column", number_or_blank(row.column)},
          {"owner", row.owner},
          {"type", row.type},
          {"text", row.text}};
}

std::string Call::put_findings(const std::vector<Finding>& findings,
                               const std::string& source) const {
  return each_finding(findings, source, [&](const Finding& finding) {
    const std::size_t column = finding.line == 0 ? 0 : 1;  // a record begins its line
    return put(json_of(
        {finding.error ? "error" : "warning", source, finding.line, column, finding.owner.to_text(),
         finding.type == dns::Type::none ? "" : dns::to_text(finding.type), finding.text}));
  });
}

std::string Call::put_finding_lines(const std::vector<Finding>& findings,
                                    const std::string& source) const {
  return each_finding(findings, source, [&](const Finding& finding) {
    return put({{finding.error ? "error" : "warning", text_of(finding, source, false)}});
  });
}
}  // namespace windlass::auth
