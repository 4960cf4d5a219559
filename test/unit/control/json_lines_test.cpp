// The language of the control socket, both ways, and what it refuses.
#include "control/json_lines.hpp"

#include <catch2/catch.hpp>

using namespace windlass::control;

TEST_CASE("Rows keep the order and types of their fields", "[control][json]") {
  const Row row{field("z", "text"), field("a", 12), field("f", 1.5), field("b", true),
                field("l", std::vector<std::string>{"x", "y"})};
  const std::string line = row_line(row);
  CHECK(line == "{\"z\":\"text\",\"a\":12,\"f\":1.5,\"b\":true,\"l\":[\"x\",\"y\"]}\n");
  const auto reply = parse_reply(line);
  REQUIRE(reply);
  CHECK_FALSE(reply->last);
  CHECK(reply->row == row);
}

TEST_CASE("The last line says ok or why not", "[control][json]") {
  CHECK(parse_reply(ok_line())->ok);
  const auto error = parse_reply(error_line("no \"such\" thing\n"));
  REQUIRE(error);
  CHECK(error->last);
  CHECK_FALSE(error->ok);
  CHECK(error->error == "no \"such\" thing\n");
}

TEST_CASE("A line is one line and UTF-8, whatever the text", "[control][json][negative]") {
  const std::string line = row_line({field("x", std::string("a\nb\xff\xfe\0c", 7))});
  CHECK(line.find('\n') == line.size() - 1);
  CHECK(line.find('\xff') == std::string::npos);
  CHECK(parse_reply(line));
}

TEST_CASE("Requests are read and written", "[control][json]") {
  const auto request = parse_request(request_line({"cache flush", {"example.org", "--subtree"}}));
  REQUIRE(request);
  CHECK(request->command == "cache flush");
  CHECK(request->arguments.size() == 2);
  CHECK(parse_request("{\"command\":\"ping\"}")->arguments.empty());
}

TEST_CASE("What is no request is refused", "[control][json][negative]") {
  const auto line = GENERATE("", "ping", "[]", "{}", "\"ping\"", "{\"command\":1}",
                             "{\"command\":\"\"}", "{\"command\":\"ping\",\"arguments\":\"x\"}",
                             "{\"command\":\"ping\",\"arguments\":[1]}",
                             "{\"command\":\"ping\",\"argument\":[]}", "{\"command\":\"ping\"} x",
                             "{\"command\":\"ping\"", "{\"command\":\"\\ud800\"}", "\xff");
  CAPTURE(line);
  const auto request = parse_request(line);
  REQUIRE_FALSE(request);
  CHECK_FALSE(request.error().text.empty());
}

TEST_CASE("A control character in a word is refused, not cut at", "[control][json][negative]") {
  const auto error = [](std::string_view line) {
    const auto request = parse_request(line);
    return request ? std::string("taken") : request.error().text;
  };
  CHECK(error(R"({"command":"zone delete","arguments":["c.example.\u0000.harmless.","--yes"]})") ==
        "argument 1 holds the control character 0x00; nothing was done");
  CHECK(error(R"({"command":"zone\u0000 list"})") ==
        "the command holds the control character 0x00; nothing was done");
  CHECK(error(R"({"command":"a","arguments":["b","\u001b[2J"]})") ==
        "argument 2 holds the control character 0x1B; nothing was done");
  CHECK(error(R"({"command":"a","arguments":["\u007f"]})").find("0x7F") != std::string::npos);
  CHECK(error(R"({"command":"a","arguments":["a\tb\nc","\u00e9"]})") == "taken");
}

TEST_CASE("Every beginning of a request and a deep nest are refused", "[control][json][negative]") {
  const std::string line = "{\"command\": \"cache flush\", \"arguments\": [\"a\"]}";
  for (std::size_t length = 0; length < line.size(); ++length)
    CHECK_FALSE(parse_request(line.substr(0, length)));
  CHECK(parse_request(line));
  CHECK_FALSE(parse_request(std::string(60'000, '[')));
  CHECK_FALSE(parse_reply(std::string(30'000, '[') + std::string(30'000, ']')));
}
TEST_CASE("A plugin's table of commands is read row by row", "[control][json][commands]") {
  const auto rows = windlass::control::parse_commands(
      R"([{"name":"zone load","arguments":"ZONE FILE","least":2,"most":2,"shape":"fields","help":"h"},
          {"name":"store stats","shape":"table"}])");
  REQUIRE(rows);
  REQUIRE(rows->size() == 2);
  CHECK((*rows)[0].name == "zone load");
  CHECK((*rows)[0].most == 2);
  CHECK((*rows)[1].shape == windlass::control::Shape::table);
  CHECK((*rows)[1].most == 0);
}

TEST_CASE("A table of commands that is wrong says which row and why",
          "[control][json][commands][negative]") {
  struct Row {
    const char *json, *cause;
  };
  const auto row =
      GENERATE(Row{"", "no JSON array"}, Row{"{}", "no JSON array"},
               Row{"[1]", "row 1 of its table"}, Row{R"([{"shape":"lines"}])", "no `name`"},
               Row{R"([{"name":"Zone","shape":"lines"}])", "no `name`"},
               Row{R"([{"name":"a b c d","shape":"lines"}])", "no `name`"},
               Row{R"([{"name":"a  b","shape":"lines"}])", "no `name`"},
               Row{R"([{"name":"-a","shape":"lines"}])", "no `name`"},
               Row{R"([{"name":"a","shape":"chain"}])", "no `shape`"},
               Row{R"([{"name":"a","shape":"lines","least":2,"most":1}])", "no numbers"},
               Row{R"([{"name":"a","shape":"lines","most":65}])", "no numbers"},
               Row{R"([{"name":"a","shape":"lines","most":-1}])", "no numbers"},
               Row{R"([{"name":"a","shape":"lines"},{"name":"a","shape":"lines"}])", "twice"});
  const auto rows = windlass::control::parse_commands(row.json);
  REQUIRE_FALSE(rows);
  CHECK_THAT(rows.error().text, Catch::Matchers::Contains(row.cause));
}

TEST_CASE("A row of a plugin is one line of plain values, or none", "[control][json][negative]") {
  using windlass::control::row_lines_of;
  CHECK(row_lines_of("{ \"a\": 1,\n\"b\": [\"x\"] }") == "{\"a\":1,\"b\":[\"x\"]}\n");
  for (const char* json : {"", "{", "[]", "1", R"({"a":{}})", R"({"a":[1]})", R"({"a":null})",
                           R"({"ok":true})", R"({"a":1}{"b":2})"})
    CHECK_FALSE(row_lines_of(json));
}

TEST_CASE("A progress line has no row; a row with more than progress is one", "[control][json]") {
  const auto line = windlass::control::parse_reply(windlass::control::progress_line("3 of 5"));
  REQUIRE(line);
  CHECK(line->progress == "3 of 5");
  CHECK(line->row.empty());
  const auto row = windlass::control::parse_reply(R"({"progress":"x","zone":"y"})");
  REQUIRE(row);
  CHECK(row->progress.empty());
  CHECK(row->row.size() == 2);
}
