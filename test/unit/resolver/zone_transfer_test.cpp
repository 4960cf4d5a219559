// The messages of an AXFR: whole ones, and every way they can be wrong.
#include "resolver/zone_transfer.hpp"

#include <array>

#include <catch2/catch.hpp>

#include "dns/message_builder.hpp"
#include "dns/message_view.hpp"

using namespace windlass;
using namespace windlass::resolver;
using dns::Name;
using Word = ZoneTransfer::Word;

namespace {
constexpr std::uint16_t id = 4711;
const std::string soa = ". 60 SOA a. h. 7 1 2 3 4\n", other_soa = ". 60 SOA a. h. 8 1 2 3 4\n";

std::vector<std::uint8_t> message(const std::string& text, std::uint16_t its_id = id,
                                  dns::Rcode rcode = dns::Rcode::noerror) {
  std::vector<std::uint8_t> out(65'535);
  dns::MessageBuilder builder(out, out.size());
  builder.header({.id = its_id, .qr = true, .aa = true, .rcode = rcode});
  const auto records = dns::parse_zone_text(text, Name{}, 60);
  REQUIRE(records);
  for (const auto& one : *records)
    REQUIRE(builder.add_record(dns::Section::answer, one.owner, one.type, one.klass, one.ttl,
                               one.rdata));
  const auto octets = builder.finish();
  return {octets.begin(), octets.end()};
}
ZoneTransfer transfer(std::size_t most = 100'000) {
  return ZoneTransfer(Name{}, id, most);
}
}  // namespace

TEST_CASE("A zone comes in one message or in many", "[transfer]") {
  auto one = transfer();
  CHECK(one.take(message(soa + "a. 60 A 192.0.2.1\n" + soa)) == Word::done);
  const auto records = one.take_records();
  REQUIRE(records.size() == 2);
  CHECK(records[0].type == dns::Type::soa);
  auto many = transfer();
  CHECK(many.take(message(soa)) == Word::more);
  CHECK(many.take(message("")) == Word::more);
  CHECK(many.take(message("a. 60 A 192.0.2.1\nb. 60 NS a.\n")) == Word::more);
  CHECK(many.take(message(soa)) == Word::done);
  CHECK(many.take_records().size() == 3);
  CHECK(many.trouble().empty());
}

TEST_CASE("Its question asks for the whole zone", "[transfer]") {
  const auto octets = transfer().question();
  const auto view = dns::MessageView::parse(octets);
  REQUIRE(view);
  CHECK(view->question().type == dns::Type::axfr);
  CHECK(view->question().name.is_root());
  CHECK(view->header().id() == id);
}

TEST_CASE("What is no transfer of this zone is refused", "[transfer][negative]") {
  struct Case {
    std::vector<std::vector<std::uint8_t>> messages;
    const char* says;
  };
  const std::string a = "a. 60 A 192.0.2.1\n";
  const std::vector<Case> cases{
      {{message(soa + a + soa, id + 1)}, "no reply to the question"},
      {{transfer().question()}, "no reply to the question"},
      {{message("", id, dns::Rcode::refused)}, "refused: REFUSED"},
      {{message(a + soa)}, "begin and end with the zone's SOA"},
      {{message("a. 60 SOA a. h. 7 1 2 3 4\n")}, "begin and end with the zone's SOA"},
      {{message(soa), message(other_soa)}, "two SOAs that differ"},
      {{message(soa + soa + a)}, "records behind the last SOA"},
      {{message(soa + soa), message(a)}, "a message behind the last one"},
      {{message(soa), {1, 2, 3}}, "a malformed message"},
  };
  for (const Case& one : cases) {
    CAPTURE(one.says);
    auto reading = transfer();
    Word word = Word::more;
    for (const auto& octets : one.messages) word = reading.take(octets);
    CHECK(word == Word::failed);
    CHECK(reading.trouble().find(one.says) != std::string::npos);
    CHECK(reading.take_records().empty());
  }
}

TEST_CASE("The serial of an SOA alone is read, and nothing else's", "[transfer]") {
  CHECK(serial_in(message(soa), Name{}, id) == 7);
  CHECK_FALSE(serial_in(message(soa), Name{}, id + 1));
  CHECK_FALSE(serial_in(message(soa), Name::literal("a."), id));
  CHECK_FALSE(serial_in(message("a. 60 A 192.0.2.1\n"), Name{}, id));
  CHECK_FALSE(serial_in(soa_question(Name{}, id), Name{}, id));
  const auto whole = message(soa);
  for (std::size_t size = 0; size < whole.size(); ++size)
    CHECK_FALSE(serial_in(std::span(whole).first(size), Name{}, id));
}

TEST_CASE("Records of another zone are refused", "[transfer][negative]") {
  ZoneTransfer reading(Name::literal("example."), id, 100'000);
  CHECK(reading.take(message("example. 60 SOA a. h. 7 1 2 3 4\nexample.org. 60 A 192.0.2.1\n")) ==
        Word::failed);
  CHECK(reading.trouble().find("belongs into no zone of this name") != std::string::npos);
}

TEST_CASE("A transfer ends at its bound", "[transfer][negative]") {
  const auto first = message(soa), next = message("a. 60 A 192.0.2.1\n");
  auto exact = transfer(3 * sizeof(dns::ZoneRecord));
  CHECK(exact.take(first) == Word::more);
  CHECK(exact.take(next) == Word::more);
  CHECK(exact.take(next) == Word::failed);
  CHECK(exact.trouble().find("limit root_copy_octets") != std::string::npos);
}

TEST_CASE("A message cut short anywhere is refused", "[transfer][negative]") {
  const auto whole = message(soa + "a. 60 A 192.0.2.1\n" + soa);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    auto reading = transfer();
    CHECK(reading.take(std::span(whole).first(size)) == Word::failed);
  }
}
