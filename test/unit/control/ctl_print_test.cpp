// What people see: aligned, coloured on request only, and never steered by what a zone holds.
#include "control/ctl_print.hpp"

#include <catch2/catch.hpp>

using namespace windlass::control;

TEST_CASE("Tables are aligned under the names of their fields", "[control][print]") {
  const std::vector<Row> rows{{field("cache", "rrset"), field("entries", 12)},
                              {field("cache", "answer"), field("entries", 3), field("more", true)}};
  CHECK(printed(Shape::table, rows, false) ==
        "cache   entries  more\n"
        "rrset   12\n"
        "answer  3        yes\n");
  CHECK(printed(Shape::table, {}, false).empty());
}

TEST_CASE("Fields and lines", "[control][print]") {
  const std::vector<Row> rows{
      {field("version", "1"), field("up", 1.5), field("at", std::vector<std::string>{"a", "b"})}};
  CHECK(printed(Shape::fields, rows, false) == "version  1\nup       1.5\nat       a, b\n");
  CHECK(printed(Shape::lines, std::vector<Row>{{field("answer", "pong")}}, false) == "pong\n");
}

TEST_CASE("why: the result, indented questions, then the chain of trust", "[control][print]") {
  const std::vector<Row> rows{
      {field("depth", 0), field("kind", "ask"), field("zone", "example.org."),
       field("server", "192.0.2.1@53"), field("rtt_ms", 1.5), field("text", "referral")},
      {field("depth", 1), field("kind", "ask"), field("zone", "org."), field("text", "answer")},
      {field("kind", "chain"), field("link", "anchor"), field("zone", "."),
       field("text", "DS 1 (RSASHA256, SHA-256)"), field("verdict", "secure")},
      {field("kind", "result"), field("rcode", "SERVFAIL"), field("security", "bogus"),
       field("ede", "7 (Signature Expired)"), field("answer", std::vector<std::string>{}),
       field("queries", 5), field("took_ms", 12.5)}};
  CHECK(printed(Shape::chain, rows, false) ==
        "result  SERVFAIL, bogus, 5 queries, 12.5 ms\n"
        "        EDE 7 (Signature Expired)\n"
        "ask     example.org. 192.0.2.1@53 (1.5 ms): referral\n"
        "  ask     org.: answer\n"
        "chain of trust\n"
        ".\n"
        "`-- trust anchor DS 1 (RSASHA256, SHA-256) -> secure\n");
}

TEST_CASE("Colour is there only when asked for", "[control][print]") {
  const std::vector<Row> rows{{field("a", 1)}};
  CHECK(printed(Shape::table, rows, true).find("\x1b[1m") != std::string::npos);
  CHECK(printed(Shape::table, rows, false).find('\x1b') == std::string::npos);
}

TEST_CASE("Control characters of others do not reach the terminal", "[control][print][negative]") {
  const std::vector<Row> rows{{field("a\x1b", "x\x1b[2Jy\n\x7f"), field("rcode", "\x1b]0;t\a")}};
  const auto shape = GENERATE(Shape::fields, Shape::table, Shape::lines, Shape::chain);
  const std::string out = printed(shape, rows, false);
  CHECK(out.find('\x1b') == std::string::npos);
  CHECK(out.find('\a') == std::string::npos);
  CHECK(out.find('\x7f') == std::string::npos);
}

TEST_CASE("A chain with fields of foreign types is still printed", "[control][print][negative]") {
  const std::vector<Row> rows{{field("depth", "deep"), field("kind", 3)},
                              {field("depth", -5)},
                              {field("depth", 1'000'000'000)},
                              {}};
  CHECK(printed(Shape::chain, rows, false).size() < 500);
}
