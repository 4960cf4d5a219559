// Engine: DNS cookies toward servers (RFC 7873, 5).
#include <algorithm>
#include <utility>

#include "resolver/engine.hpp"

namespace windlass::resolver {
/// None goes to a server that does not like cookies, or that has never answered and let the first
/// try with one go by.
void Engine::give_cookie(Ask& ask, const cache::ServerView& view, unsigned tries) const {
  const CookieOptions& cookies = settings_.resolver->cookies;
  const bool silent_so_far = view.srtt_us == 0 && tries > 1;
  if (!ask.edns || !cookies.ask || !cookies.asking || silent_so_far) return;
  const cache::ServerCookie known = house_.cache.servers().cookie_of(ask.server, now_.mono_us);
  if (known.unwanted) return;
  ask.cookie = client_cookie(*cookies.asking, ask.server.address);
  ask.server_cookie = known;
}

void Engine::learn_cookie(const Ask& ask, const dns::MessageView& message) {
  const auto given = server_cookie_in(message);
  if (!std::ranges::equal(given, ask.server_cookie.view()))
    house_.cache.servers().keep_cookie(ask.server, given);
}

/// BADCOOKIE brings the cookie that is wanted: the same with it, once, then over TCP, where none is
/// needed (RFC 7873 5.3).
bool Engine::retry_with_cookie(Resolution& r, const Ask& ask) {
  metrics_.count(Metric::upstream_responses_total,
                 static_cast<unsigned>(UpstreamOutcome::badcookie));
  if (ask.tcp) return false;
  const bool second = std::exchange(tried(r, ask.server).bad_cookie, true);
  traced(r, ask, second ? "BADCOOKIE, again over TCP" : "BADCOOKIE, again with the cookie it gave");
  send(r, ask.server, second, true);
  return true;
}
}  // namespace windlass::resolver
