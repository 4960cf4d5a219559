#include "auth-plugin/commands/call.hpp"

#include <algorithm>

namespace windlass::auth {

bool Call::take_flag(std::string_view flag) {
  const auto at = std::find(words_.begin(), words_.end(), flag);
  if (at == words_.end()) return false;
  words_.erase(at);
  return true;
}

bool Call::put(const Json& row) const {
  if (command_.put == nullptr) return false;
  const std::string text = row.dump(-1, ' ', false, Json::error_handler_t::replace);
  return command_.put(command_.context, text.data(), text.size()) == 0;
}

bool Call::progress(const std::string& line) const {
  return command_.progress == nullptr || command_.progress(command_.context, line.c_str()) == 0;
}

std::string Call::put_findings(const std::vector<Finding>& findings,
                               const std::string& source) const {
  std::string first;
  for (const bool errors : {true, false}) {
    for (const Finding& finding : findings) {
      if (finding.error != errors) continue;
      const std::string text = text_of(finding, source);
      if (first.empty() && errors) first = text;
      if (!put({{"severity", errors ? "error" : "warning"},
                {"line", finding.line},
                {"owner", finding.owner.to_text()},
                {"type", finding.type == dns::Type::none ? "" : dns::to_text(finding.type)},
                {"text", finding.text}}))
        return first;
    }
  }
  return first;
}
}  // namespace windlass::auth
