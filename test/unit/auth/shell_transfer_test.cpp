// AXFR and IXFR through the built module.
#include <chrono>
#include <set>
#include <thread>

#include <catch2/catch.hpp>

#include "test/unit/auth/shell_host.hpp"

using namespace windlass;
using namespace windlass::test;

namespace {
const char* const allowing =
    R"({"map_size": "64M", "transfer_allow": ["127.0.0.1"],
        "zones": [{"name": "home.arpa.", "file": "home.zone"}]})";

struct Home {
  StateFolder folder;
  AuthHost host;
  explicit Home(const std::string& zone = home_zone, const std::string& json = allowing)
      : host((folder.put("home.zone", zone), folder), json) {
    if (host.fault.said != 0) throw std::runtime_error(host.fault.text);
  }
};

Ask axfr(const std::string& name = "home.arpa.") {
  Ask ask{name, dns::Type::axfr};
  ask.tcp = true;
  return ask;
}

/// "owner TYPE" of all records in the answer sections, in order.
std::vector<std::string> records_of(const std::vector<Reply>& messages) {
  std::vector<std::string> out;
  for (const Reply& message : messages) {
    const auto view = message.view();
    for (const dns::RecordView record : view.records(dns::Section::answer))
      out.push_back(record.owner().to_text() + " " + dns::to_text(record.type()));
  }
  return out;
}
}  // namespace

TEST_CASE("a transfer begins and ends with the SOA and has each record once") {
  Home home;
  const auto messages = home.host.transfer(axfr());
  REQUIRE(messages.size() == 1);
  CHECK(messages[0].verdict == 0);
  const auto records = records_of(messages);
  CHECK(records ==
        std::vector<std::string>{"home.arpa. SOA", "home.arpa. NS", "alias.home.arpa. CNAME",
                                 "mail.home.arpa. MX", "ns1.home.arpa. A", "txt.home.arpa. TXT",
                                 "www.home.arpa. A", "www.home.arpa. A", "home.arpa. SOA"});
  const auto header = messages[0].view().header();
  CHECK(header.aa());
  CHECK(header.id() == 4711);
  CHECK_FALSE(header.tc());
  CHECK(messages[0].view().opt());
}

TEST_CASE("a large zone goes out in many whole messages") {
  std::string zone = home_zone;
  for (int i = 0; i < 5000; ++i)
    zone += "host-" + std::to_string(i) + " A 192.0.2." + std::to_string(i % 250) + "\n";
  zone += "large TXT";
  for (int i = 0; i < 100; ++i) zone += " \"" + std::string(250, 'x') + "\"";
  Home home(zone + "\n");
  const auto messages = home.host.transfer(axfr());
  CHECK(messages.size() > 5);
  for (const Reply& message : messages) {
    CHECK(message.verdict == (&message == &messages.back() ? 0 : 1));
    CHECK_FALSE(message.view().header().tc());
    CHECK(message.view().header().qdcount() == (&message == &messages.front() ? 1 : 0));
  }
  const auto records = records_of(messages);
  CHECK(records.size() == 9 + 5000 + 1);
  CHECK(std::set<std::string>(records.begin(), records.end()).size() == 9 + 5000 + 1 - 2);
  CHECK(records.front() == "home.arpa. SOA");
  CHECK(records.back() == "home.arpa. SOA");
}

TEST_CASE("an edit during a transfer is not in it") {
  std::string zone = home_zone;
  for (int i = 0; i < 3000; ++i) zone += "host-" + std::to_string(i) + " A 192.0.2.1\n";
  Home home(zone);
  const Bytes message = query_message(axfr());
  windlass_peer peer{};
  peer.size = sizeof peer;
  peer.family = 4;
  peer.address[0] = 127, peer.address[3] = 1;
  windlass_query query{};
  query.size = sizeof query;
  query.flags = WINDLASS_QUERY_STREAM;
  query.message = message.data();
  query.message_octets = message.size();
  query.name = message.data() + 12;
  query.name_octets = dns::Name::literal("home.arpa.").size_octets();
  query.type = 252, query.klass = 1;
  query.peer = &peer;
  Bytes out(65'535);
  windlass_reply reply{};
  reply.size = sizeof reply;
  reply.octets = out.data();
  reply.octets_max = out.size();
  void* stream = nullptr;
  REQUIRE(auth_plugin().stream_open(home.host.thread(), &query, &reply, &stream) == WINDLASS_DONE);
  REQUIRE(stream != nullptr);
  REQUIRE(auth_plugin().stream_next(stream, &reply) == 1);
  REQUIRE(home.host.command({"zone", "set", "home.arpa.", "zz", "A", "60", "192.0.2.9"}).ok());
  std::vector<Reply> rest;
  for (std::int32_t more = 1; more == 1;) {
    more = auth_plugin().stream_next(stream, &reply);
    REQUIRE(more >= 0);
    Reply part;
    part.octets.assign(out.begin(),
                       out.begin() + static_cast<std::ptrdiff_t>(reply.octets_written));
    rest.push_back(std::move(part));
  }
  auth_plugin().stream_close(stream);
  for (const std::string& record : records_of(rest)) CHECK(record != "zz.home.arpa. A");
  CHECK(home.host.ask({"zz.home.arpa."}).answers() == 1);
}

TEST_CASE("IXFR is a whole transfer, or the SOA alone for who is not behind") {
  Home home;
  Ask ask = axfr();
  ask.type = dns::Type::ixfr;
  ask.serial = 6;
  CHECK(records_of(home.host.transfer(ask)).size() == 9);
  ask.serial = 7;
  CHECK(records_of(home.host.transfer(ask)) == std::vector<std::string>{"home.arpa. SOA"});
  ask.tcp = false;
  ask.serial = 6;
  const Reply udp = home.host.ask(ask);
  REQUIRE(udp.verdict == WINDLASS_DONE);
  CHECK(udp.view().question().type == dns::Type::ixfr);
  CHECK(records_of({udp}) == std::vector<std::string>{"home.arpa. SOA"});
}

TEST_CASE("a signed zone is transferred with its signatures and NSEC3 chain") {
  const std::string signature = " 13 2 3600 20300101000000 20250101000000 12345 home.arpa. AAAA\n";
  Home home(std::string(home_zone) + "@ RRSIG SOA" + signature +
            "www 5m RRSIG A 13 3 300 20300101000000 20250101000000 12345 home.arpa. AAAA\n" +
            "@ NSEC3PARAM 1 0 0 -\n" +
            "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom 5m NSEC3 1 0 0 - "
            "2t7b4g4vsa5smi47k61mv5bv1a22bojr A RRSIG\n");
  const auto records = records_of(home.host.transfer(axfr()));
  const auto count = [&](const std::string& record) {
    return std::count(records.begin(), records.end(), record);
  };
  CHECK(count("home.arpa. RRSIG") == 1);
  CHECK(count("www.home.arpa. RRSIG") == 1);
  CHECK(count("home.arpa. NSEC3PARAM") == 1);
  CHECK(count("0p9mhaveqvm6t7vbl5lop2u3t2rp3tom.home.arpa. NSEC3") == 1);
  CHECK(records.size() == 9 + 4);
}

TEST_CASE("transfers are refused to strangers, over UDP, and below an apex [negative]") {
  Home home;
  Ask stranger = axfr();
  stranger.peer = "192.0.2.1";
  const auto refused = home.host.transfer(stranger);
  REQUIRE(refused.size() == 1);
  CHECK(refused[0].verdict == WINDLASS_DONE);
  CHECK(refused[0].rcode() == dns::Rcode::refused);
  CHECK(refused[0].answers() == 0);
  Ask udp = axfr();
  udp.tcp = false;
  CHECK(home.host.ask(udp).rcode() == dns::Rcode::refused);
  CHECK(home.host.transfer(axfr("www.home.arpa."))[0].rcode() == dns::Rcode::notauth);
  CHECK(home.host.transfer(axfr("example.org."))[0].verdict == WINDLASS_NOT_MINE);
}

TEST_CASE("without transfer_allow nobody may transfer [negative]") {
  Home home(home_zone,
            R"({"map_size": "64M", "zones": [{"name": "home.arpa.", "file": "home.zone"}]})");
  CHECK(home.host.transfer(axfr())[0].rcode() == dns::Rcode::refused);
  Ask ixfr = axfr();
  ixfr.type = dns::Type::ixfr;
  ixfr.tcp = false;
  CHECK(home.host.ask(ixfr).rcode() == dns::Rcode::refused);
}

TEST_CASE("strangers take no place of those who may transfer [negative]") {
  Home home;
  Ask stranger = axfr();
  stranger.peer = "192.0.2.1";
  for (int i = 0; i < 1000; ++i) home.host.transfer(stranger);
  CHECK(records_of(home.host.transfer(axfr())).size() == 9);
}

TEST_CASE("transfers that take all readers are refused, not errors; names stay ours [negative]") {
  Home home;
  std::vector<void*> held;
  Reply last;
  for (void* stream = nullptr; held.size() < 1000; held.push_back(std::exchange(stream, nullptr))) {
    last = home.host.open(axfr(), stream);
    if (stream == nullptr) break;
  }
  REQUIRE(held.size() < 1000);
  // No error: that would count for the breaker, and cost all local names their answers.
  CHECK(last.verdict == WINDLASS_DONE);
  REQUIRE_FALSE(last.octets.empty());
  CHECK(last.rcode() == dns::Rcode::servfail);
  // A worker that comes now has no reader: its zones are its own, and SERVFAIL until there is one.
  void* late = nullptr;
  REQUIRE(auth_plugin().thread_enter(home.host.instance(), 7, &late) == 0);
  CHECK(AuthHost::match("www.home.arpa.", late) == 3);
  CHECK(AuthHost::ask({"www.home.arpa."}, late).verdict == WINDLASS_ERROR);
  for (void* stream : held) auth_plugin().stream_close(stream);
  std::int32_t verdict = WINDLASS_ERROR;
  for (int i = 0; i < 30 && verdict != WINDLASS_DONE; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    verdict = AuthHost::ask({"www.home.arpa."}, late).verdict;
  }
  CHECK(verdict == WINDLASS_DONE);
  auth_plugin().thread_leave(home.host.instance(), late);
}
