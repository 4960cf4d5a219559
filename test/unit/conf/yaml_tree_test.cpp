// The tree knows where each value stands, and the door to yaml-cpp lets no exception and no bomb
// through.
#include "conf/yaml_tree.hpp"

#include <catch2/catch.hpp>

#include "conf/json_text.hpp"

using namespace windlass::conf;

TEST_CASE("A tree holds values in the order written, with line and column", "[conf][yaml]") {
  const auto tree = parse_yaml("a: 1\nb:\n  - x\n  - {c: \"2\"}\nd:\n", "f");
  REQUIRE(tree);
  REQUIRE(tree->items.size() == 3);
  CHECK(tree->items[0].key == "a");
  CHECK(tree->items[0].text == "1");
  CHECK(tree->items[0].line == 1);
  CHECK(tree->items[0].column == 4);
  const Value& list = tree->items[1];
  REQUIRE(list.items.size() == 2);
  CHECK(list.key_line == 2);
  CHECK(list.items[0].line == 3);
  CHECK(list.items[0].column == 5);
  CHECK(list.items[1].items[0].key == "c");
  CHECK(list.items[1].items[0].quoted);
  CHECK(tree->items[2].is_null());
}

TEST_CASE("Quotes may hold quotes, and a byte order mark is passed over", "[conf][yaml]") {
  const auto tree = parse_yaml("\xEF\xBB\xBF\xC3\xA4: \"x\\\"y\"\nb: 'it''s'\n\"c\": \"\"\n", "f");
  REQUIRE(tree);
  CHECK(tree->items[0].text == "x\"y");
  CHECK(tree->items[1].text == "it's");
  CHECK(tree->items[2].text.empty());
}

TEST_CASE("An empty text is a null value", "[conf][yaml]") {
  const auto text = GENERATE("", "\n", "# only a comment\n", "---\n");
  const auto tree = parse_yaml(text, "f");
  REQUIRE(tree);
  CHECK(tree->is_null());
}

TEST_CASE("What is no YAML is refused at its place", "[conf][yaml][negative]") {
  const auto [text, line, column] = GENERATE(table<const char*, std::size_t, std::size_t>({
      {"a: [1, 2\n", 2, 1},
      {"a: 1\n  b: 2\n", 2, 4},
      {"a: \"x\nb: 1\n", 1, 4},
      {"a: 'x''\nb: 1\n", 1, 4},
      {"a: \"x\\\"\n", 1, 4},
      {"\ta: 1\n", 1, 3},
      {"a: 1\na: 2\n", 2, 1},
      {"a: &x 1\n", 1, 4},
      {"a: *x\n", 1, 4},
      {"a: 1\n---\nb: 2\n", 2, 1},
      {"? [a, b]\n: 1\n", 1, 3},
  }));
  CAPTURE(text);
  const auto tree = parse_yaml(text, "f");
  REQUIRE_FALSE(tree);
  CHECK(tree.error().file == "f");
  CHECK(tree.error().line == line);
  CHECK(tree.error().column == column);
}

TEST_CASE("Bombs are refused: depth, number of values, size, aliases, NUL",
          "[conf][yaml][negative]") {
  CHECK(parse_yaml(std::string(Value::max_depth, '[') + std::string(Value::max_depth, ']'), "f"));
  CHECK_FALSE(parse_yaml(
      std::string(Value::max_depth + 1, '[') + std::string(Value::max_depth + 1, ']'), "f"));
  CHECK_FALSE(parse_yaml(std::string(100'000, '['), "f"));
  CHECK_FALSE(parse_yaml(std::string(100'000, '{'), "f"));
  std::string many;
  for (std::size_t i = 0; i <= Value::max_values; ++i) many += "- 1\n";
  CHECK_FALSE(parse_yaml(many, "f"));
  CHECK_FALSE(parse_yaml(std::string(Value::max_octets + 1, '#'), "f"));
  CHECK_FALSE(parse_yaml("a: &a [1]\nb: [*a, *a]\n", "f"));
  CHECK_FALSE(parse_yaml(std::string("a: \0b", 5), "f"));
}

TEST_CASE("JSON for plugins keeps types and says where each value stands", "[conf][json]") {
  const auto tree = parse_yaml(
      "s: zones\nn: 12\nf: -1.5\nq: \"12\"\nb: true\nz:\nl: [{x/y: 1}]\nt: \"a\\\"\\n\"\n", "f");
  REQUIRE(tree);
  const JsonText json = json_of(*tree);
  CHECK(
      json.text ==
      R"({"s":"zones","n":12,"f":-1.5,"q":"12","b":true,"z":null,"l":[{"x/y":1}],"t":"a\"\u000a"})");
  const auto at = [&](const std::string& pointer) {
    for (const auto& position : json.positions)
      if (position.pointer == pointer) return std::pair{position.line, position.column};
    return std::pair<std::size_t, std::size_t>{0, 0};
  };
  CHECK(at("/n") == std::pair<std::size_t, std::size_t>{2, 4});
  CHECK(at("/l/0/x~1y") == std::pair<std::size_t, std::size_t>{7, 11});
}

TEST_CASE("Scalars that only look like numbers stay text in JSON", "[conf][json][negative]") {
  const auto text = GENERATE("01", "1.", ".5", "1e5", "+1", "-a", "0x1", "1_000", "nan");
  const auto tree = parse_yaml(std::string("v: ") + text, "f");
  REQUIRE(tree);
  CHECK(json_of(*tree).text == std::string(R"({"v":")") + text + "\"}");
}
