// DNS cookies toward servers (RFC 7873 5): learnt, sent, demanded back; given up where unwanted.
#include <catch2/catch.hpp>

#include "test/unit/resolver/world.hpp"

using namespace windlass;
using namespace windlass::test;
using dns::Option;
using dns::Rcode;
using dns::Type;

namespace {
const resolver::CookieSecret secret{9, 8, 7, 6, 5, 4, 3, 2, 1};
const Bytes given(16, 0xCC), renewed(16, 0xDD);

std::optional<Bytes> cookie_in(std::span<const std::uint8_t> octets) {
  const auto view = dns::MessageView::parse(octets);
  const auto opt = view ? view->opt() : std::nullopt;
  const auto option = opt ? dns::find_option(*opt, Option::cookie) : std::nullopt;
  if (!option) return std::nullopt;
  return Bytes(option->octets.begin(), option->octets.end());
}

Bytes with_cookie(Bytes message, const Bytes& client, const Bytes& server) {
  Bytes option = client;
  option.insert(option.end(), server.begin(), server.end());
  const std::size_t size = message.size();
  message.resize(size + option.size() + 4);
  message.resize(dns::append_option(message, size, Option::cookie, option));
  return message;
}

/// The World, whose servers know cookies in one way or another.
class CookieWorld final : public Servers {
 public:
  enum class Way { gives, demands, hates, forgets, forged_first, mute_to_cookies, renews };
  explicit CookieWorld(Way way) : way_(way) {}

  NetOptions options() {
    NetOptions options = world_.options();
    options.resolver.cookies.secrets = {secret};
    options.resolver.cookies.asking = secret;
    return options;
  }

  std::vector<Reply> on_question(const Endpoint& server, bool tcp,
                                 std::span<const std::uint8_t> octets, const Now& now) override {
    const auto cookie = cookie_in(octets);
    const Bytes client = cookie ? Bytes(cookie->begin(), cookie->begin() + 8) : Bytes();
    const Bytes sent = cookie ? Bytes(cookie->begin() + 8, cookie->end()) : Bytes();
    ++asked;
    over_tcp += tcp ? 1 : 0;
    without += cookie ? 0 : 1;
    with_server_cookie += sent.empty() ? 0 : 1;
    auto replies = world_.on_question(server, tcp, octets, now);
    if (!cookie || replies.empty()) return replies;
    return answer(std::move(replies), client, sent, tcp, known_.insert(server).second);
  }

  unsigned asked = 0, over_tcp = 0, without = 0, with_server_cookie = 0;

 private:
  static Bytes with_rcode(Bytes octets, Rcode rcode) {
    const auto code = static_cast<unsigned>(rcode);
    octets[3] = static_cast<std::uint8_t>((octets[3] & 0xF0) | (code & 0xF));
    octets[octets.size() - 6] =
        static_cast<std::uint8_t>(code >> 4);  // OPT stands last, without options
    return octets;
  }

  std::vector<Reply> answer(std::vector<Reply> replies, const Bytes& client, const Bytes& sent,
                            bool tcp, bool first) {
    Reply& reply = replies.front();
    const Bytes plain = reply.octets;
    switch (way_) {
      case Way::gives:
        reply.octets = with_cookie(plain, client, given);
        break;
      case Way::renews:
        reply.octets = with_cookie(plain, client, sent == given ? renewed : given);
        break;
      case Way::demands:
        reply.octets =
            with_cookie(sent == given ? plain : with_rcode(plain, Rcode::badcookie), client, given);
        break;
      case Way::hates:
        reply.octets = with_rcode(plain, Rcode::formerr);
        break;
      case Way::forgets:
        if (first) reply.octets = with_cookie(plain, client, given);
        break;
      case Way::forged_first: {
        Bytes wrong = client;
        wrong[0] ^= 1;
        reply.octets = with_cookie(plain, tcp ? client : wrong, given);
        break;
      }
      case Way::mute_to_cookies:
        return {};
    }
    return replies;
  }

  World world_;
  Way way_;
  std::set<Endpoint> known_;
};

using Way = CookieWorld::Way;

std::optional<Rcode> resolve(FakeNet& net, std::string_view name) {
  const auto answer = net.resolve(name, Type::a);
  return answer ? std::optional(answer->rcode) : std::nullopt;
}
}  // namespace

TEST_CASE("a server's cookie is sent with each later question to it") {
  CookieWorld world(GENERATE(Way::gives, Way::renews));
  FakeNet net(world.options(), world);
  REQUIRE(resolve(net, "www.example.org.") == Rcode::noerror);
  CHECK(world.with_server_cookie == 0);
  CHECK(world.without == 0);
  const unsigned before = world.asked;
  REQUIRE(resolve(net, "none.example.org.") == Rcode::nxdomain);
  REQUIRE(resolve(net, "nothing.example.org.") == Rcode::nxdomain);
  CHECK(world.with_server_cookie == world.asked - before);
  CHECK(world.over_tcp == 0);
}

TEST_CASE("a server that demands its cookie gets it with the next try (BADCOOKIE)") {
  CookieWorld world(Way::demands);
  FakeNet net(world.options(), world);
  CHECK(resolve(net, "www.example.org.") == Rcode::noerror);
  CHECK(world.over_tcp == 0);
  const unsigned first = world.asked;
  CHECK(resolve(net, "none.example.org.") == Rcode::nxdomain);
  CHECK(world.asked == first + 1);
}

TEST_CASE("who answers FORMERR to a cookie is asked without, with EDNS still") {
  CookieWorld world(Way::hates);
  FakeNet net(world.options(), world);
  CHECK(resolve(net, "www.example.org.") == Rcode::noerror);
  const unsigned first = world.asked;
  CHECK(resolve(net, "none.example.org.") == Rcode::nxdomain);
  CHECK(world.asked == first + 1);
  const auto servers = net.cache().servers().rows(net.clock().now().mono_us, Limits{});
  REQUIRE(servers.size() == 3);
  for (const auto& row : servers) CHECK_FALSE(row.view.no_edns);
}

TEST_CASE("a server that never answered is tried without a cookie as well") {
  CookieWorld world(Way::mute_to_cookies);
  FakeNet net(world.options(), world);
  CHECK(resolve(net, "www.example.org.") == Rcode::noerror);
  CHECK(world.without >= 3);
}

TEST_CASE(
    "a reply without the cookie its server gives, or with another's, is not believed over UDP",
    "[negative]") {
  CookieWorld world(GENERATE(Way::forgets, Way::forged_first));
  FakeNet net(world.options(), world);
  CHECK(resolve(net, "www.example.org.") == Rcode::noerror);
  CHECK(resolve(net, "none.example.org.") == Rcode::nxdomain);
  CHECK(world.over_tcp >= 1);
  CHECK(net.metrics().value(Metric::upstream_responses_total,
                            static_cast<unsigned>(UpstreamOutcome::mismatch)) >= 1);
}

TEST_CASE("cookies.ask off: none is sent", "[negative]") {
  CookieWorld world(Way::gives);
  auto options = world.options();
  options.resolver.cookies.ask = false;
  FakeNet net(options, world);
  CHECK(resolve(net, "www.example.org.") == Rcode::noerror);
  CHECK(world.without == world.asked);
}
