// Addresses, endpoints and prefixes in and out of text, and what a prefix contains.
#include "base/address.hpp"

#include <catch2/catch.hpp>

using namespace windlass;

TEST_CASE("Addresses survive text", "[base][address]") {
  CHECK(IpAddress::parse("192.0.2.1")->family == 4);
  CHECK(IpAddress::parse("192.0.2.1")->size_octets() == 4);
  CHECK(IpAddress::parse("192.0.2.1")->to_text() == "192.0.2.1");
  CHECK(IpAddress::parse("2001:DB8:0::1")->family == 6);
  CHECK(IpAddress::parse("2001:DB8:0::1")->size_octets() == 16);
  CHECK(IpAddress::parse("2001:DB8:0::1")->to_text() == "2001:db8::1");
}

TEST_CASE("Addresses are made from octets", "[base][address]") {
  const std::array<std::uint8_t, 4> four{192, 0, 2, 1};
  CHECK(IpAddress::v4(four) == IpAddress::parse("192.0.2.1"));
  std::array<std::uint8_t, 16> six{0x20, 0x01, 0x0d, 0xb8};
  six[15] = 1;
  CHECK(IpAddress::v6(six) == IpAddress::parse("2001:db8::1"));
  CHECK(IpAddress::v4(four) != IpAddress::parse("::c000:201"));
}

TEST_CASE("What is no address is refused", "[base][address][negative]") {
  const char* text =
      GENERATE("", "192.0.2", "192.0.2.256", "192.0.2.1 ", "2001:db8::1::", "localhost",
               "fe80::1%eth0", "192.0.2.1/32", "0x7f.1");
  CAPTURE(text);
  CHECK_FALSE(IpAddress::parse(text));
}

TEST_CASE("Endpoints carry a port behind @", "[base][address]") {
  CHECK(Endpoint::parse("192.0.2.1")->port == 53);
  CHECK(Endpoint::parse("192.0.2.1", 853)->port == 853);
  CHECK(Endpoint::parse("192.0.2.1@5353", 853)->port == 5353);
  CHECK(Endpoint::parse("2001:db8::1@65535")->to_text() == "2001:db8::1@65535");
}

TEST_CASE("Ports out of range are refused", "[base][address][negative]") {
  const char* text = GENERATE("192.0.2.1@", "192.0.2.1@0", "192.0.2.1@65536", "192.0.2.1@-1",
                              "192.0.2.1@53x", "192.0.2.1@ 53", "@53", "192.0.2.1:53");
  CAPTURE(text);
  CHECK_FALSE(Endpoint::parse(text));
}

TEST_CASE("A prefix contains what agrees in its bits", "[base][address]") {
  struct Row {
    const char *prefix, *address;
    bool inside;
  };
  const auto row = GENERATE(values<Row>({
      {"192.0.2.0/24", "192.0.2.255", true},
      {"192.0.2.0/24", "192.0.3.0", false},
      {"192.0.2.128/25", "192.0.2.127", false},
      {"192.0.2.128/25", "192.0.2.129", true},
      {"192.0.2.1", "192.0.2.1", true},
      {"192.0.2.1", "192.0.2.0", false},
      {"0.0.0.0/0", "203.0.113.9", true},
      {"0.0.0.0/0", "2001:db8::1", false},
      {"::/0", "192.0.2.1", false},
      {"2001:db8::/33", "2001:db8:7fff::1", true},
      {"2001:db8::/33", "2001:db8:8000::1", false},
      {"::1/128", "::1", true},
      {"::1/128", "::2", false},
      {"192.0.2.99/24", "192.0.2.1", true},
  }));
  CAPTURE(row.prefix, row.address);
  CHECK(Prefix::parse(row.prefix)->contains(*IpAddress::parse(row.address)) == row.inside);
}

TEST_CASE("Prefixes survive text", "[base][address]") {
  CHECK(Prefix::parse("192.0.2.0/24")->to_text() == "192.0.2.0/24");
  CHECK(Prefix::parse("192.0.2.1")->to_text() == "192.0.2.1/32");
  CHECK(Prefix::parse("2001:db8::1")->to_text() == "2001:db8::1/128");
}

TEST_CASE("What is no prefix is refused", "[base][address][negative]") {
  const char* text = GENERATE("", "/8", "192.0.2.0/", "192.0.2.0/33", "2001:db8::/129",
                              "192.0.2.0/-1", "192.0.2.0/8x", "192.0.2/24", "192.0.2.0/256");
  CAPTURE(text);
  CHECK_FALSE(Prefix::parse(text));
}

TEST_CASE("A network has no bits behind its length", "[base][address]") {
  struct Row {
    const char *address, *network;
    std::uint8_t length_bits;
  };
  const auto row = GENERATE(values<Row>({
      {"192.0.2.129", "192.0.2.0/24", 24},
      {"192.0.2.129", "192.0.2.128/25", 25},
      {"192.0.2.129", "192.0.2.129/32", 32},
      {"192.0.2.129", "0.0.0.0/0", 0},
      {"2001:db8:ffff::1", "2001:db8:8000::/33", 33},
      {"2001:db8:ffff::1", "2001:db8:ffff::1/128", 128},
  }));
  CAPTURE(row.address, row.network);
  const Prefix network = Prefix::of(*IpAddress::parse(row.address), row.length_bits);
  CHECK(network == *Prefix::parse(row.network));
  CHECK(network.to_text() == row.network);
}

TEST_CASE("A list holds what any of its prefixes holds", "[base][address]") {
  const std::vector<Prefix> list{*Prefix::parse("192.0.2.0/24"), *Prefix::parse("2001:db8::/32")};
  CHECK(any_contains(list, *IpAddress::parse("2001:db8::5")));
  CHECK(any_contains(list, *IpAddress::parse("192.0.2.5")));
  CHECK_FALSE(any_contains(list, *IpAddress::parse("198.51.100.5")));
  CHECK_FALSE(any_contains({}, *IpAddress::parse("192.0.2.5")));
}
