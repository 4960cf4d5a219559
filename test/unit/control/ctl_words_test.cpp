// Words as typed: which are windlassctl's, which the command's, which nobody's.
#include "control/ctl_words.hpp"

#include <catch2/catch.hpp>

using namespace windlass::control;
using Words = std::vector<std::string>;

namespace {
const std::vector<CommandRow>& rows() {
  static const std::vector<CommandRow> all{
      {"zone list", "", 0, 0, Shape::table, ""},
      {"zone create", "NAME [FILE]", 1, 2, Shape::fields, ""},
      {"zone delete", "NAME --yes", 1, 2, Shape::fields, ""},
      {"zone set", "NAME OWNER TYPE TTL RDATA... [--add]", 5, 64, Shape::fields, ""}};
  return all;
}
std::string wrong(const Words& typed) {
  return wrong_words(rows(), sort_words(typed)).value_or("");
}
}  // namespace

TEST_CASE("windlassctl takes its own options wherever they stand", "[control][ctl]") {
  const auto behind =
      sort_words(Words{"zone", "list", "--json", "--socket", "/run/a", "--progress"});
  CHECK(behind.words == Words{"zone", "list"});
  CHECK(behind.options == Words{"--json", "--socket", "/run/a", "--progress"});
  const auto before = sort_words(Words{"--socket=/run/a", "-x", "ping", "-1", "-"});
  CHECK(before.options == Words{"--socket=/run/a", "-x"});
  CHECK(before.words == Words{"ping", "-1", "-"});
  CHECK(sort_words(Words{"ping", "--socket"}).options == Words{"--socket"});
}

TEST_CASE("Behind -- all words are the command's", "[control][ctl]") {
  const auto typed =
      sort_words(Words{"zone", "set", "z.", "n", "TXT", "1h", "--", "--json", "--", "--x"});
  CHECK(typed.options.empty());
  CHECK(typed.words == Words{"zone", "set", "z.", "n", "TXT", "1h", "--json", "--", "--x"});
  CHECK(typed.plain_from == 6);
  CHECK_FALSE(wrong_words(rows(), typed));
}

TEST_CASE("A -- in front of the command ends windlassctl's own options alone", "[control][ctl]") {
  const auto typed = sort_words(Words{"--json", "--", "zone", "delete", "z.", "--yes"});
  CHECK(typed.options == Words{"--json"});
  CHECK(typed.words == Words{"zone", "delete", "z.", "--yes"});
  CHECK(typed.plain_from == 4);
  CHECK_FALSE(wrong_words(rows(), typed));
  CHECK(wrong({"--", "zone", "list", "--json"}).starts_with("unknown option `--json`"));
  const auto set = sort_words(Words{"--", "zone", "set", "z.", "n", "TXT", "1h", "--", "--add"});
  CHECK(set.words == Words{"zone", "set", "z.", "n", "TXT", "1h", "--add"});
  CHECK(set.plain_from == 6);
}

TEST_CASE("Every value that looks like an option goes out behind a --", "[control][ctl]") {
  const std::string value =
      GENERATE("--", "--add", "--json", "--progress", "--socket", "--socket=/x", "--help",
               "--version", "--yes", "--subtree", "--x");
  for (const bool mark_first : {false, true}) {
    Words words{"zone", "set", "z.", "n", "TXT", "1h", "--", value};
    if (mark_first) words.insert(words.begin(), "--");
    const auto typed = sort_words(words);
    CHECK(typed.options.empty());
    CHECK_FALSE(wrong_words(rows(), typed));
    auto request = request_of(rows(), typed.words);
    REQUIRE(request);
    mark_values(*request, typed.plain_from - 2);
    CHECK(request->arguments == Words{"z.", "n", "TXT", "1h", "--", value});
    const auto read = arguments_of(*request);
    CHECK(read.words == Words{"z.", "n", "TXT", "1h", value});
    CHECK(read.plain_from == 4);
  }
}

TEST_CASE("Without such values a request has no --", "[control][ctl]") {
  Request request{"zone set", {"z.", "n", "TXT", "1h", "-x", "--add"}};
  mark_values(request, 6);
  CHECK(request.arguments.size() == 6);
  CHECK(arguments_of(request).plain_from == 6);
  mark_values(request, 4);
  CHECK(request.arguments == Words{"z.", "n", "TXT", "1h", "--", "-x", "--add"});
}

TEST_CASE("Options that the usage names are the command's", "[control][ctl]") {
  CHECK(wrong({"zone", "delete", "z.", "--yes"}).empty());
  CHECK(wrong({"zone", "set", "--add", "z.", "n", "A", "60", "192.0.2.1"}).empty());
  CHECK(wrong({"zone", "create", "z.", "-"}).empty());
  CHECK(wrong({"no", "such", "--thing"}).empty());  // the command is what is wrong
}

TEST_CASE("Other options and files without a name are refused", "[control][ctl][negative]") {
  CHECK(wrong({"zone", "list", "--jsn"}) ==
        "unknown option `--jsn`; usage: zone list; a value that begins with `--` stands behind a "
        "`--`");
  CHECK(wrong({"zone", "delete", "z.", "--ye"}).starts_with("unknown option `--ye`"));
  CHECK(wrong({"zone", "delete", "z.", "--yes!"}).starts_with("unknown option"));
  CHECK(wrong({"zone", "set", "z.", "n", "TXT", "1h", "--"}).empty());
  CHECK(wrong({"zone", "create", "z.", ""}) ==
        "a file or folder without a name; usage: zone create NAME [FILE]");
  CHECK(wrong({"zone", "create", "z.", "--", ""}).starts_with("a file or folder"));
}
