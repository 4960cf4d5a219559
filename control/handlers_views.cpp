// Commands about views, and how others name one.
#include "control/handlers.hpp"

namespace windlass::control::handlers {
namespace {
std::optional<IpAddress> address_argument(const Call& call, const std::string& word) {
  auto address = IpAddress::parse(word);
  if (!address)
    call.reply.fail("`" + word + "` is no address; expected an IPv4 or IPv6 address of a client");
  return address;
}
}  // namespace

std::optional<Asker> asker_argument(const Call& call, std::vector<std::string>& words) {
  Asker asker;
  for (std::size_t i = 0, plain_from = call.plain_from; i < words.size() && i < plain_from;) {
    const bool view = words[i] == "--view", client = words[i] == "--client";
    if (!view && !client) {
      ++i;
      continue;
    }
    const std::string option = words[i];
    if (i + 1 == words.size() || i + 1 >= plain_from) {
      call.reply.fail("a value is missing behind `" + option + "`");
      return std::nullopt;
    }
    if (!asker.view.empty() || asker.client) {
      call.reply.fail("`" + option +
                      "`: who asks is said already; expected one --view or --client");
      return std::nullopt;
    }
    if (view) asker.view = words[i + 1];
    if (client && !(asker.client = address_argument(call, words[i + 1]))) return std::nullopt;
    const auto at = words.begin() + static_cast<std::ptrdiff_t>(i);
    words.erase(at, at + 2);
    plain_from -= 2;
  }
  return asker;
}

void views_list(const Call& call) {
  std::optional<IpAddress> client;
  if (!call.arguments.empty() && !(client = address_argument(call, call.arguments[0]))) return;
  for (const ViewRow& view : call.house.views(client))
    call.reply.line({field("view", view.name), field("clients", view.clients),
                     field("settings", view.settings), field("partition", view.partition)});
  call.reply.done();
}
}  // namespace windlass::control::handlers
