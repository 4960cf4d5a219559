// Queries through the built module: verdicts, generations, freshness.
#include <catch2/catch.hpp>

#include "test/unit/auth/shell_host.hpp"

using namespace windlass;
using namespace windlass::test;

namespace {
struct Home {
  StateFolder folder;
  AuthHost host;
  explicit Home(std::uint64_t features = AuthHost::all_features)
      : host((folder.put("home.zone", home_zone), folder),
             R"({"map_size": "64M", "zones": [{"name": "home.arpa.", "file": "home.zone"}]})",
             features) {
    if (host.fault.said != 0) throw std::runtime_error(host.fault.text);
  }
};
}  // namespace

TEST_CASE("match counts the labels of the closest zone") {
  Home home;
  REQUIRE(home.host.command({"zone", "create", "dev.home.arpa."}).ok());
  auth_plugin().batch_begin(home.host.thread());
  CHECK(home.host.match("home.arpa.") == 3);
  CHECK(home.host.match("a.b.HOME.arpa.") == 3);
  CHECK(home.host.match("x.dev.home.arpa.") == 4);
  CHECK(home.host.match("arpa.") == 0);
  CHECK(home.host.match("nothome.arpa.") == 0);
  CHECK(home.host.match(".") == 0);
  auth_plugin().batch_end(home.host.thread());
}

TEST_CASE("a local name is answered with AA and its generation") {
  Home home;
  const Reply reply = home.host.ask({"WWW.home.arpa."});
  REQUIRE(reply.verdict == WINDLASS_DONE);
  CHECK(reply.answers() == 2);
  CHECK(reply.view().header().aa());
  CHECK(reply.view().header().id() == 4711);
  CHECK(reply.view().question().name.same_case(dns::Name::literal("WWW.home.arpa.")));
  CHECK(reply.cacheable);
  CHECK(reply.ttl_max_s <= 300);
  std::uint32_t count = 0;
  const std::uint64_t* const generations = home.host.generations(count);
  REQUIRE(reply.slot < count);
  CHECK(generations[reply.slot] == reply.generation);
}

TEST_CASE("a name that is not there is denied, not passed on") {
  Home home;
  const Reply reply = home.host.ask({"nobody.home.arpa."});
  REQUIRE(reply.verdict == WINDLASS_DONE);
  CHECK(reply.rcode() == dns::Rcode::nxdomain);
  CHECK(reply.ttl_max_s <= 300);
}

TEST_CASE("an edit is in the next answer, and its generation is another") {
  Home home;
  std::uint64_t last = 0;
  for (int i = 1; i <= 20; ++i) {
    const std::string address = "192.0.2." + std::to_string(i);
    REQUIRE(home.host.command({"zone", "set", "home.arpa.", "www", "A", "60", address}).ok());
    const Reply reply = home.host.ask({"www.home.arpa."});
    REQUIRE(reply.answers() == 1);
    CHECK((*reply.view().records(dns::Section::answer).begin()).raw_rdata()[3] == i);
    CHECK(reply.generation > last);
    last = reply.generation;
  }
}

TEST_CASE("an alias out of the zone is chased when the host does that") {
  Home home;
  // Without RD the client wants what is here; the queries of this test have none.
  const Reply plain = home.host.ask({"alias.home.arpa."});
  CHECK(plain.verdict == WINDLASS_DONE);
  CHECK(plain.answers() == 1);
}

TEST_CASE("DS at an apex is not ours to deny for who wants recursion") {
  Home home;
  Ask ask{"home.arpa.", dns::Type::ds};
  const Reply denied = home.host.ask(ask);
  REQUIRE(denied.verdict == WINDLASS_DONE);
  CHECK(denied.rcode() == dns::Rcode::noerror);
  CHECK_FALSE(denied.cacheable);  // the zone above may become ours
  ask.rd = true;
  CHECK(home.host.ask(ask).verdict == WINDLASS_NOT_MINE);
  Home alone(AuthHost::all_features & ~std::uint64_t{WINDLASS_HOST_CHASE});
  CHECK(alone.host.ask(ask).verdict == WINDLASS_DONE);
}

TEST_CASE("names of other zones are not ours [negative]") {
  Home home;
  CHECK(home.host.ask({"www.example.org."}).verdict == WINDLASS_NOT_MINE);
}

TEST_CASE("a buffer below 512 octets is an error, not an overrun [negative]") {
  Home home;
  const Bytes message = query_message({"www.home.arpa."});
  const auto name = dns::Name::literal("www.home.arpa.");
  Bytes out(511);
  windlass_query query{};
  query.size = sizeof query;
  query.message = message.data();
  query.message_octets = message.size();
  query.name = message.data() + 12;
  query.name_octets = name.size_octets();
  query.type = query.klass = 1;
  windlass_reply reply{};
  reply.size = sizeof reply;
  reply.octets = out.data();
  reply.octets_max = out.size();
  auth_plugin().batch_begin(home.host.thread());
  CHECK(home.host.match("www.home.arpa.") == 3);
  CHECK(auth_plugin().answer(home.host.thread(), &query, &reply) == WINDLASS_ERROR);
  auth_plugin().batch_end(home.host.thread());
}

TEST_CASE("a zone deleted after match is no longer ours in the same batch [negative]") {
  Home home;
  auth_plugin().batch_begin(home.host.thread());
  CHECK(home.host.match("www.home.arpa.") == 3);
  REQUIRE(home.host.command({"zone", "delete", "home.arpa.", "--yes"}).ok());
  auth_plugin().batch_end(home.host.thread());
  CHECK(home.host.ask({"www.home.arpa."}).verdict == WINDLASS_NOT_MINE);
}
