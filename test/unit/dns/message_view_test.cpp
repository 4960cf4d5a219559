// MessageView proves the whole structure of a message, and refuses every broken one (RFC 1035
// section 4.1, RFC 6891 section 6.1). Method: octets by hand. `message()` puts a header with the
// given counts in front; offset 12 is 0c.
#include "dns/message_view.hpp"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "test/unit/dns/hex.hpp"

using namespace windlass;
using namespace windlass::dns;
using windlass::dns::test::hex;

namespace {
using Bytes = std::vector<std::uint8_t>;

struct Counts {
  std::uint8_t questions = 0, answers = 0, authority = 0, additional = 0;
};

Bytes message(Counts counts, const Bytes& body) {
  Bytes octets = hex("be ef 84 00");
  for (const std::uint8_t count :
       {counts.questions, counts.answers, counts.authority, counts.additional}) {
    octets.push_back(0);
    octets.push_back(count);
  }
  octets.insert(octets.end(), body.begin(), body.end());
  return octets;
}

Bytes message(Counts counts, std::string_view body) {
  return message(counts, hex(body));
}

void put16(Bytes& octets, std::size_t value) {
  octets.push_back(static_cast<std::uint8_t>(value >> 8));
  octets.push_back(static_cast<std::uint8_t>(value));
}

/// A question for example.org A, then one answer under it with this type, class IN and rdata.
Bytes with_answer(unsigned type, const Bytes& rdata, unsigned klass = 1) {
  Bytes octets = message({1, 1, 0, 0}, "07 'example' 03 'org' 00 0001 0001 c00c");
  put16(octets, type);
  put16(octets, klass);
  put16(octets, 0), put16(octets, 300);
  put16(octets, rdata.size());
  octets.insert(octets.end(), rdata.begin(), rdata.end());
  return octets;
}

/// A message of nothing but an OPT with these options.
Bytes with_options(const Bytes& options, std::string_view ttl = "00 00 8000") {
  Bytes octets = message({0, 0, 0, 1}, "00 0029 04d0" + std::string(ttl));
  put16(octets, options.size());
  octets.insert(octets.end(), options.begin(), options.end());
  return octets;
}

Errc fault_of(const Bytes& octets) {
  const auto view = MessageView::parse(octets);
  REQUIRE_FALSE(view);
  return view.error().code;
}

Bytes expanded(const Bytes& octets) {
  const auto view = MessageView::parse(octets);
  REQUIRE(view);
  Bytes out(65'535);
  const auto size = (*view->records(Section::answer).begin()).expand_rdata(out);
  REQUIRE(size);
  out.resize(*size);
  return out;
}

std::size_t count_of(const MessageView& view, Section section) {
  std::size_t count = 0;
  for (const RecordView& record : view.records(section)) count += record.message.empty() ? 0 : 1;
  return count;
}

const Bytes& response() {
  static const Bytes octets = message({1, 2, 1, 2},
                                      "03 'www' 07 'example' 03 'org' 00 0001 0001"     // 12
                                      "c00c 0005 0001 00000e10 0006 03 'web' c010"      // 33
                                      "03 'Web' c010 0001 0001 0000003c 0004 c0000201"  // 51
                                      "c010 0002 0001 00015180 0005 02 'ns' c010"       // 71
                                      "02 'ns' c010 001c 0001 00015180 0010"            // 88
                                      "20010db8 00000000 00000000 00000001"             // 103
                                      "00 0029 1000 01 00 8000 0006 000a 0002 abcd");
  return octets;
}
}  // namespace

TEST_CASE("The header's fields are read", "[dns][header]") {
  const Bytes octets = hex("be ef 87 b3 0001 0002 0003 0004");
  const auto header = HeaderView::parse(octets);
  REQUIRE(header);
  CHECK(header->id() == 0xBEEF);
  CHECK((header->qr() && header->aa() && header->tc() && header->rd() && header->ra()));
  CHECK((header->ad() && header->cd()));
  CHECK(header->opcode() == Opcode::query);
  CHECK(header->rcode_low() == 3);
  CHECK(header->qdcount() == 1);
  CHECK(header->ancount() == 2);
  CHECK(header->nscount() == 3);
  CHECK(header->arcount() == 4);
  CHECK(HeaderView::parse(hex("0000 2800 0000 0000 0000 0000"))->opcode() == Opcode::update);
}

TEST_CASE("A header is refused under 12 octets", "[dns][header][negative]") {
  for (std::size_t length = 0; length < 12; ++length)
    CHECK(HeaderView::parse(Bytes(length, 0xFF)).error().code == Errc::truncated);
}

TEST_CASE("A whole response is read", "[dns][message]") {
  const auto view = MessageView::parse(response());
  REQUIRE(view);
  CHECK(view->question().name.to_text() == "www.example.org.");
  CHECK(view->question().type == Type::a);
  CHECK(view->question().klass == Class::in);

  auto answer = view->records(Section::answer).begin();
  CHECK((*answer).owner().to_text() == "www.example.org.");
  CHECK((*answer).type() == Type::cname);
  CHECK((*answer).ttl == 3600);
  CHECK((*answer).rdata_name().to_text() == "web.example.org.");
  ++answer;
  CHECK((*answer).owner().to_text() == "Web.example.org.");
  CHECK((*answer).raw_rdata().size() == 4);
  CHECK((*answer).raw_rdata()[0] == 192);
  ++answer;
  CHECK(answer == view->records(Section::answer).end());

  const RecordView ns = *view->records(Section::authority).begin();
  CHECK(ns.owner().to_text() == "example.org.");
  CHECK(ns.rdata_name().to_text() == "ns.example.org.");
  CHECK(count_of(*view, Section::authority) == 1);
  CHECK(count_of(*view, Section::additional) == 2);
}

TEST_CASE("The OPT is found, its code joined to the header's", "[dns][message][edns]") {
  const auto view = MessageView::parse(response());
  REQUIRE(view);
  const auto opt = view->opt();
  REQUIRE(opt);
  CHECK(opt->payload_octets == 4096);
  CHECK(opt->extended_rcode == 1);
  CHECK(opt->version == 0);
  CHECK(opt->dnssec_ok);
  CHECK(Bytes(opt->options.begin(), opt->options.end()) == hex("000a 0002 abcd"));
  CHECK(view->rcode() == Rcode::badvers);
}

TEST_CASE("Every shorter length of a response is refused", "[dns][message][negative]") {
  for (std::size_t length = 0; length < response().size(); ++length) {
    CAPTURE(length);
    // A copy of its own, so that the address sanitizer sees every octet read behind it.
    const Bytes cut(response().begin(), response().begin() + static_cast<std::ptrdiff_t>(length));
    CHECK(fault_of(cut) == Errc::truncated);
  }
}

TEST_CASE("Octets behind the last record are refused", "[dns][message][negative]") {
  Bytes octets = response();
  octets.push_back(0);
  CHECK(fault_of(octets) == Errc::trailing);
  CHECK(fault_of(message({0, 0, 0, 0}, "00")) == Errc::trailing);
}

TEST_CASE("More than 65535 octets are no message", "[dns][message][negative]") {
  Bytes octets = with_answer(10, Bytes(65'494, 0));
  REQUIRE(octets.size() == 65'535);
  CHECK(MessageView::parse(octets));
  octets.push_back(0);
  CHECK(fault_of(octets) == Errc::trailing);
}

TEST_CASE("None, one or many questions are walked", "[dns][message]") {
  CHECK(MessageView::parse(message({0, 0, 0, 0}, "")));
  CHECK_FALSE(MessageView::parse(message({0, 0, 0, 0}, ""))->opt());
  const Bytes octets = message({2, 1, 0, 0},
                               "01 'a' 00 0001 0001 01 'b' c00c 001c 0003"
                               "c013 0001 0001 00000000 0004 c0000201");
  const auto view = MessageView::parse(octets);
  REQUIRE(view);
  CHECK(view->question().name.to_text() == "a.");
  CHECK((*view->records(Section::answer).begin()).owner().to_text() == "b.a.");
}

TEST_CASE("Pointers lead strictly backward", "[dns][message][negative]") {
  const auto owner = [](std::string_view name) {
    return fault_of(message({1, 0, 0, 0}, std::string(name) + "0001 0001"));
  };
  CHECK(owner("c00c") == Errc::bad_pointer);         // to itself
  CHECK(owner("01 'a' c00c") == Errc::bad_pointer);  // to its own start: an endless name
  CHECK(owner("c00e 00") == Errc::bad_pointer);      // forward
  CHECK(owner("01 'a' c00e") == Errc::bad_pointer);  // to itself, behind a label
  CHECK(owner("c000") == Errc::bad_pointer);         // into the header
  CHECK(owner("c00b") == Errc::bad_pointer);
  CHECK(owner("ffff") == Errc::bad_pointer);  // behind the message
}

TEST_CASE("Pointers in rdata lead before their own run of labels", "[dns][message][negative]") {
  CHECK(fault_of(with_answer(2, hex("01 'a' c029"))) == Errc::bad_pointer);  // its own start, 41
  CHECK(fault_of(
            with_answer(6, hex("c02b 01 'a' 00 00000000 00000000 00000000 00000000 00000000"))) ==
        Errc::bad_pointer);  // to the name behind it
  CHECK(expanded(with_answer(2, hex("01 'a' c00c"))) == hex("01 'a' 07 'example' 03 'org' 00"));
}

TEST_CASE("Label types of 01 and 10 are refused", "[dns][message][negative]") {
  CHECK(fault_of(message({1, 0, 0, 0}, "40 00 0001 0001")) == Errc::bad_label);
  CHECK(fault_of(message({1, 0, 0, 0}, "01 'a' 80 00 0001 0001")) == Errc::bad_label);
}

TEST_CASE("128 pointers in one name are followed, 129 are not", "[dns][message]") {
  // The root at 12, then pointers, each to the one before it; read_name starts at the last.
  Bytes octets = message({0, 0, 0, 0}, "00");
  const auto add_pointer = [&octets](std::size_t to) { put16(octets, 0xC000u | to); };
  add_pointer(12);
  for (std::size_t hops = 2; hops <= 129; ++hops) add_pointer(octets.size() - 2);
  const auto most = read_name(octets, octets.size() - 4);
  REQUIRE(most);
  CHECK(most->first.is_root());
  CHECK(most->second == 2);
  CHECK(read_name(octets, octets.size() - 2).error().code == Errc::bad_pointer);
}

TEST_CASE("A name of 255 octets may be put together by pointers, one of 256 not",
          "[dns][message]") {
  const std::string label = "3f '" + std::string(63, 'x') + "'";
  const std::string tail = label + label + label + "3c '" + std::string(60, 'y') + "' 00";  // 254
  CHECK(read_name(message({}, tail + "c00c"), 12 + 254)->first.size_octets() == 254);
  const std::string short_tail = label + label + label + "3b '" + std::string(59, 'y') + "' 00";
  CHECK(read_name(message({}, short_tail + "01 'a' c00c"), 12 + 253)->first.size_octets() == 255);
  CHECK(read_name(message({}, short_tail + "02 'ab' c00c"), 12 + 253).error().code ==
        Errc::name_too_long);
}

TEST_CASE("read_name keeps case and tells the octets used in place", "[dns][message]") {
  const Bytes octets = message({}, "03 'OrG' 00 07 'eXample' c00c ff");
  const auto name = read_name(octets, 17);
  REQUIRE(name);
  CHECK(name->first.to_text() == "eXample.OrG.");
  CHECK(name->second == 10);
  CHECK(read_name(octets, octets.size()).error().code == Errc::truncated);
  CHECK(read_name(octets, 100'000).error().code == Errc::truncated);
}

TEST_CASE("Rdata of known types has its shape", "[dns][message]") {
  struct Row {
    unsigned type;
    const char* rdata;
  };
  const auto row = GENERATE(values<Row>({
      {1, "c0000201"},
      {2, "c00c"},
      {6, "c00c 01 'h' c00c 00000001 00000002 00000003 00000004 00000005"},
      {10, ""},
      {13, "03 'cpu' 02 'os'"},
      {15, "000a 01 'm' c00c"},
      {16, "00"},
      {16, "01 'a' 03 'bcd' 00"},
      {28, "20010db8 00000000 00000000 00000001"},
      {33, "0000 0001 0035 01 's' c00c"},
      {35, "0001 0002 01 's' 03 'E2U' 00 c00c"},
      {43, "1234 08 02 abcdef"},
      {46, "0001 08 02 00000e10 66000000 65000000 1234 07 'example' 03 'org' 00 abcdef"},
      {46, "0001 08 02 00000e10 66000000 65000000 1234 c00c abcdef"},
      {47, "01 'b' c00c 0001 40"},
      {47, "00 0006 400000000003 0101 40"},
      {48, "0101 03 08 abcdef"},
      {50, "01 00 0000 00 01 aa"},
      {50, "01 01 000a 04 aabbccdd 02 eeff 0006 400000000002"},
      {51, "01 00 0000 02 aabb"},
      {64, "0001 00"},
      {65, "0001 01 's' 00 0001 0003 02 'h2'"},
      {257, "00 05 'issue' 'ca.example'"},
      {65280, ""},
      {65280, "0102030405"},
  }));
  CAPTURE(row.type, row.rdata);
  CHECK(MessageView::parse(with_answer(row.type, hex(row.rdata))));
}

TEST_CASE("Rdata without its type's shape is refused", "[dns][message][negative]") {
  struct Row {
    unsigned type;
    const char* rdata;
    Errc fault;
  };
  const auto row = GENERATE(values<Row>({
      {1, "c00002", Errc::bad_rdata},
      {1, "c000020100", Errc::bad_rdata},
      {1, "", Errc::bad_rdata},
      {2, "", Errc::truncated},
      {2, "c00c 00", Errc::bad_rdata},
      {2, "01 'a'", Errc::truncated},
      {2, "c0", Errc::truncated},
      {6, "00 00 00000001 00000002 00000003 00000004 000000", Errc::bad_rdata},
      {13, "03 'cpu'", Errc::bad_rdata},
      {13, "03 'cpu' 03 'os'", Errc::bad_rdata},
      {15, "00", Errc::bad_rdata},
      {15, "000a", Errc::truncated},
      {16, "", Errc::bad_rdata},
      {16, "02 'a'", Errc::bad_rdata},
      {28, "c0000201", Errc::bad_rdata},
      {46, "0001 08 02 00000e10 66000000 65000000 12", Errc::bad_rdata},
      {47, "00 00", Errc::bad_rdata},
      {47, "00 0000", Errc::bad_rdata},
      {47, "00 0021 000000000000000000000000000000000000000000000000000000000000000040",
       Errc::bad_rdata},
      {47, "00 0002 40", Errc::bad_rdata},
      {47, "00 0101 40 0001 40", Errc::bad_rdata},
      {47, "00 0001 40 0001 40", Errc::bad_rdata},
      {50, "01 00 0000 04 aa", Errc::bad_rdata},
      {64, "0001 c00c", Errc::bad_rdata},
      {65, "0001 01 's' c00c", Errc::bad_rdata},
      {257, "00 05 'iss'", Errc::bad_rdata},
  }));
  CAPTURE(row.type, row.rdata);
  CHECK(fault_of(with_answer(row.type, hex(row.rdata))) == row.fault);
}

TEST_CASE("A name in rdata does not run on into the next record", "[dns][message][negative]") {
  // NS whose RDLENGTH of 2 ends inside the label; the octets behind would complete it.
  CHECK(fault_of(message({0, 2, 0, 0},
                         "00 0002 0001 00000000 0002 03 'a'"
                         "'bc' 00 0001 0001 00000000 0004 c0000201")) == Errc::truncated);
}

TEST_CASE("Rdata is opaque outside class IN", "[dns][message]") {
  CHECK(MessageView::parse(with_answer(1, hex("01 'a' 00 0102"), 3)));
  CHECK(expanded(with_answer(2, hex("c00c"), 3)) == hex("c00c"));
  CHECK(MessageView::parse(with_answer(1, {}, 255)));
}

TEST_CASE("Names in rdata are expanded, their case kept", "[dns][message]") {
  CHECK(expanded(with_answer(
            6, hex("02 'NS' c00c c00c 00000001 00000002 00000003 00000004 00000005"))) ==
        hex("02 'NS' 07 'example' 03 'org' 00 07 'example' 03 'org' 00"
            "00000001 00000002 00000003 00000004 00000005"));
  CHECK(expanded(with_answer(15, hex("000a c014"))) == hex("000a 03 'org' 00"));
  CHECK(expanded(with_answer(46, hex("0001 08 02 00000e10 66000000 65000000 1234 c014 abcd"))) ==
        hex("0001 08 02 00000e10 66000000 65000000 1234 03 'org' 00 abcd"));
  CHECK(expanded(with_answer(1, hex("c0000201"))) == hex("c0000201"));
  CHECK(expanded(with_answer(65280, hex("c00c"))) == hex("c00c"));
  CHECK(expanded(with_answer(10, {})).empty());
}

TEST_CASE("Rdata that does not fit the caller's space is refused", "[dns][message][negative]") {
  const Bytes octets = with_answer(15, hex("000a c00c"));
  const auto view = MessageView::parse(octets);
  REQUIRE(view);
  const RecordView mx = *view->records(Section::answer).begin();
  for (std::size_t size = 0; size < 15; ++size) {
    Bytes out(size);
    CHECK(mx.expand_rdata(out).error().code == Errc::no_space);
  }
  Bytes out(15);
  CHECK(*mx.expand_rdata(out) == 15);
}

TEST_CASE("The name at an offset of the rdata is read", "[dns][message]") {
  const Bytes octets = with_answer(15, hex("000a 01 'm' c014"));
  const auto view = MessageView::parse(octets);
  REQUIRE(view);
  CHECK((*view->records(Section::answer).begin()).rdata_name(2).to_text() == "m.org.");
}

TEST_CASE("There is one OPT, under the root, in the additional section",
          "[dns][message][edns][negative]") {
  const std::string opt = "00 0029 04d0 00000000 0000";
  CHECK(MessageView::parse(message({0, 0, 0, 1}, opt)));
  CHECK(fault_of(message({0, 0, 0, 2}, opt + opt)) == Errc::bad_edns);
  CHECK(fault_of(message({0, 1, 0, 0}, opt)) == Errc::bad_edns);
  CHECK(fault_of(message({0, 0, 1, 0}, opt)) == Errc::bad_edns);
  CHECK(fault_of(message({0, 0, 0, 1}, "01 'a' 00 0029 04d0 00000000 0000")) == Errc::bad_edns);
}

TEST_CASE("The OPT may stand anywhere among the additional records", "[dns][message][edns]") {
  const Bytes octets = message({0, 0, 0, 3},
                               "00 0001 0001 00000000 0004 c0000201"
                               "00 0029 04d0 00000000 0000"
                               "00 0001 0001 00000000 0004 c0000202");
  const auto view = MessageView::parse(octets);
  REQUIRE(view);
  CHECK(view->opt()->payload_octets == 1232);
  CHECK_FALSE(view->opt()->dnssec_ok);
  CHECK(count_of(*view, Section::additional) == 3);
}

TEST_CASE("An OPT's class is no class: class 1 is a payload size", "[dns][message][edns]") {
  const Bytes octets = message({0, 0, 0, 1}, "00 0029 0001 00000000 0004 0003 0000");
  const auto view = MessageView::parse(octets);
  REQUIRE(view);
  CHECK(view->opt()->payload_octets == 1);
}

TEST_CASE("EDNS options fill their space", "[dns][message][edns][negative]") {
  CHECK(MessageView::parse(with_options(hex("000a 0002 abcd 0003 0000"))));
  for (const char* options :
       {"00", "0003", "000300", "0003 0001", "000a 0008 abcdef", "0003 0000 00", "0003 ffff 00"}) {
    CAPTURE(options);
    CHECK(fault_of(with_options(hex(options))) == Errc::bad_edns);
  }
}

TEST_CASE("32 options are read, 33 are too many", "[dns][message][edns][negative]") {
  Bytes options;
  for (int i = 0; i < 32; ++i) put16(options, 65'001), put16(options, 0);
  CHECK(MessageView::parse(with_options(options)));
  put16(options, 65'001), put16(options, 0);
  CHECK(fault_of(with_options(options)) == Errc::limit_reached);
}

TEST_CASE("Another EDNS version can be told, its options are not looked at",
          "[dns][message][edns]") {
  const Bytes octets = with_options(hex("010203"), "00 01 0000");
  const auto view = MessageView::parse(octets);
  REQUIRE(view);
  CHECK(view->opt()->version == 1);
  CHECK(view->opt()->options.empty());
}

TEST_CASE("Counts beyond the records are refused", "[dns][message][negative]") {
  Bytes octets = message({0, 1, 0, 0}, "00 0001 0001 00000000 0004 c0000201");
  CHECK(MessageView::parse(octets));
  octets[6] = 0xFF;
  CHECK(fault_of(octets) == Errc::truncated);
  CHECK(fault_of(hex("0000 0000 ffff ffff ffff ffff")) == Errc::truncated);
}
