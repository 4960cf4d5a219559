// Rows read without a tree: whatever is taken means what the tree says.
#include "control/plain_row.hpp"

#include <random>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "control/json_lines.hpp"

using namespace windlass::control;
using Json = nlohmann::ordered_json;

namespace {
constexpr std::array<std::string_view, 6> samples{
    R"({"owner":"www.example.org.","ttl":300,"type":"A","rdata":"192.0.2.1"})",
    R"({"line":"a\tIN\tTXT\t\"x\\\"y\" \\255 \u0001\u007f\/\b\f\n\r"})",
    R"({"a":-1,"b":0,"c":true,"d":false,"e":"","f":999999999999999999,"g":"{}[],:"})",
    R"({"progress":"3 of 5","zone":"y"})",
    R"({"ok":false,"error":"what; where"})",
    R"({"list":["a","b"],"number":1.5,"none":null,"big":12345678901234567890})"};

/// True: both read it, and to the same members.
bool agrees(const PlainRow& row, const Json& tree) {
  if (!tree.is_object() || tree.size() != row.members().size()) return false;
  auto at = tree.begin();
  for (const PlainMember& member : row.members()) {
    const Json value = member.kind == PlainMember::Kind::text     ? Json(text_of(member))
                       : member.kind == PlainMember::Kind::number ? Json(member.number)
                                                                  : Json(member.number == 1);
    if (at.key() != member.name || at.value() != value) return false;
    ++at;
  }
  return true;
}
}  // namespace

TEST_CASE("Plain rows are read", "[control][json][plain]") {
  PlainRow row;
  for (std::size_t i = 0; i < 5; ++i) {
    CAPTURE(samples[i]);
    REQUIRE(row.read(samples[i]));
    CHECK(agrees(row, Json::parse(samples[i])));
  }
  REQUIRE(row.read(samples[1]));
  CHECK(text_of(row.members()[0]) == "a\tIN\tTXT\t\"x\\\"y\" \\255 \x01\x7f/\b\f\n\r");
  CHECK(row.has("line"));
  CHECK_FALSE(row.has("lin"));
}

TEST_CASE("What is not plain is left to others, or is no JSON",
          "[control][json][plain][negative]") {
  PlainRow row;
  for (const char* json : {"",
                           "{",
                           "{}",
                           "{ }",
                           "[]",
                           "1",
                           R"({"a":})",
                           R"({"a":1)",
                           R"({"a":1}})",
                           R"({"a":1}x)",
                           R"({"a":1,})",
                           R"({,"a":1})",
                           R"({"a" :1})",
                           R"({"a": 1})",
                           R"({"a":01})",
                           R"({"a":-})",
                           R"({"a":-0})",
                           R"({"a":-01})",
                           R"({"a":1.5})",
                           R"({"a":1e3})",
                           R"({"a":+1})",
                           R"({"a":1234567890123456789})",
                           R"({"a":nul})",
                           R"({"a":null})",
                           R"({"a":tru})",
                           R"({"a":truefalse})",
                           R"({"a":[]})",
                           R"({"a":{}})",
                           R"({"a":"x)",
                           R"({"a":"\)",
                           R"({"a":"\x"})",
                           R"({"a":"\u0080"})",
                           R"({"a":"\u00"})",
                           R"({"a":"\ud800"})",
                           R"({"a":"\u00g0"})",
                           R"({"a":1,"a":2})",
                           R"({"\u0061":1})",
                           R"({a:1})",
                           R"({'a':1})",
                           "{\"a\":\"\n\"}",
                           "{\"a\":\"\xc3\xa9\"}",
                           "{\"a\":\"\xff\"}",
                           "{\"a\":1}\n"}) {
    CAPTURE(json);
    CHECK_FALSE(row.read(json));
  }
  std::string many = "{";
  for (std::size_t i = 0; i <= PlainRow::members_most; ++i)
    many += (i == 0 ? "\"" : ",\"") + std::to_string(i) + "\":1";
  CHECK_FALSE(row.read(many + "}"));
  CHECK_FALSE(row.read(std::string_view("{\"a\":\"\0\"}", 9)));
}

TEST_CASE("Spoilt rows: what is still taken is JSON and means the same",
          "[control][json][plain][negative]") {
  std::mt19937 chance(20261123);
  const auto below = [&](std::size_t most) { return chance() % most; };
  constexpr std::string_view octets = "\"\\{}[]:,0123456789-+.eEu/btfnrtrue \t\n\x01\x7f\x80\xc3";
  std::size_t taken = 0;
  for (int i = 0; i < 200'000; ++i) {
    std::string json(samples[below(samples.size())]);
    for (std::size_t edits = 1 + below(3); edits > 0 && !json.empty(); --edits) {
      const std::size_t at = below(json.size());
      switch (below(3)) {
        case 0:
          json[at] = octets[below(octets.size())];
          break;
        case 1:
          json.erase(at, 1 + below(3));
          break;
        default:
          json.insert(at, 1, octets[below(octets.size())]);
      }
    }
    PlainRow row;
    if (!row.read(json)) continue;
    ++taken;
    const Json tree = Json::parse(json, nullptr, false);
    if (!tree.is_discarded() && agrees(row, tree)) continue;
    CAPTURE(json);
    FAIL("read otherwise than its tree");
  }
  CHECK(taken > 1000);
}

TEST_CASE("A plugin's rows: one, or several with a line each", "[control][json]") {
  CHECK(row_lines_of("{\"a\":1}") == "{\"a\":1}\n");
  CHECK(row_lines_of("{\"a\":1}\n{\"b\":\"x\"}\n") == "{\"a\":1}\n{\"b\":\"x\"}\n");
  CHECK(row_lines_of("{\"a\":1}\n{ \"b\": [\"x\"] }") == "{\"a\":1}\n{\"b\":[\"x\"]}\n");
  CHECK(row_lines_of("{ \"a\": 1,\n\"b\": [\"x\"] }") == "{\"a\":1,\"b\":[\"x\"]}\n");
  CHECK(row_lines_of("{\"a\":\"\xff\"}\n{\"b\":\"\xc3\xa9\"}").has_value() == false);
  CHECK(row_lines_of("{\"b\":\"\xc3\xa9\"}") == "{\"b\":\"\xc3\xa9\"}\n");
}

TEST_CASE("One bad row among several spoils all", "[control][json][negative]") {
  for (const char* rows : {"{\"a\":1}\n\n{\"b\":1}", "{\"a\":1}\n{\"ok\":true}", "{\"a\":1}\n{",
                           "{\"a\":1}{\"b\":1}", "\n", "", "{\"a\":1}\n{\"b\":{}}\n"}) {
    CAPTURE(rows);
    CHECK_FALSE(row_lines_of(rows));
  }
}
