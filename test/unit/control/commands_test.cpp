// The command table: rows that stand by themselves, words that find them, and help for words that
// do not.
#include "control/commands.hpp"

#include <set>

#include <catch2/catch.hpp>

#include "control/nearest.hpp"
#include "test/support/fake_house.hpp"
#include "test/support/kept_reply.hpp"

using namespace windlass;
using namespace windlass::control;
using Words = std::vector<std::string>;

TEST_CASE("Each command has a name of its own, help and a handler", "[control][commands]") {
  std::set<std::string_view> names;
  for (const Command& row : command_table()) {
    CAPTURE(row.name);
    CHECK(names.insert(row.name).second);
    CHECK(row.help.ends_with("."));
    CHECK(row.run != nullptr);
    CHECK(row.least <= row.most);
    CHECK((row.arguments.empty()) == (row.most == 0));
  }
}

TEST_CASE("Words become a request: the longest name first", "[control][commands]") {
  const auto words = [](std::vector<std::string> list) { return request_of(command_rows(), list); };
  CHECK(words({"ping"})->command == "ping");
  const auto flush = words({"cache", "flush", "example.org", "--subtree"});
  REQUIRE(flush);
  CHECK(flush->command == "cache flush");
  CHECK(flush->arguments == std::vector<std::string>{"example.org", "--subtree"});
  CHECK(words({"stats", "queries"})->arguments.size() == 1);
}

TEST_CASE("Wrong words are answered with the nearest right ones", "[control][commands][negative]") {
  const auto [words, says] = GENERATE(table<Words, const char*>({
      {Words{}, "no command"},
      {Words{"statsu"}, "did you mean `stats`?"},
      {Words{"pong"}, "did you mean `ping`?"},
      {Words{"cache"}, "there are: cache stats, cache lookup, cache flush, cache flush-all"},
      {Words{"cache", "drop"}, "there are: cache stats"},
      {Words{"anchor", "list"}, "did you mean `anchors list`?"},
      {Words{"ping", "me"}, "usage: ping"},
      {Words{"why"}, "usage: why NAME [TYPE]"},
      {Words{"why", "a", "A", "--view", "b", "c"}, "usage: why NAME [TYPE] [--view VIEW]"},
      {Words{"xyzzyxyzzyxyzzy"}, "`help` lists all"},
  }));
  CAPTURE(words);
  const auto request = request_of(command_rows(), words);
  REQUIRE_FALSE(request);
  CHECK(request.error().text.find(says) != std::string::npos);
}

TEST_CASE("The daemon checks names and arguments itself", "[control][commands][negative]") {
  test::FakeHouse house;
  CHECK(test::run(house, "pink")->error == "unknown command `pink`; did you mean `ping`?");
  CHECK(test::run(house, "ping", {"x"})->error == "wrong number of arguments; usage: ping");
  CHECK(test::run(house, std::string(100'000, 'x'))->error.size() < 200);
  CHECK(house.told.empty());
}

TEST_CASE("Behind -- an argument is a value, however it begins", "[control][commands]") {
  test::FakeHouse house;
  const Words names{"--subtree.", "--x", "--"};
  for (const std::string& name : names) {
    const auto reply = test::run(house, "cache flush", {"--", name});
    CAPTURE(name, reply->error);
    CHECK(reply->ok);
  }
  CHECK(test::run(house, "cache flush", {"--subtree", "--", "--x"})->ok);
}

TEST_CASE("A -- adds no argument and hides no missing one", "[control][commands][negative]") {
  test::FakeHouse house;
  CHECK(test::run(house, "ping", {"--"})->ok);
  CHECK(test::run(house, "ping", {"--", "--"})->error == "wrong number of arguments; usage: ping");
  CHECK(test::run(house, "cache flush", {"--"})->error.find("usage: cache flush") !=
        std::string::npos);
  CHECK_FALSE(test::run(house, "cache flush", {"example.org", "--", "--subtree"})->ok);
}

TEST_CASE("nearest() wants few edits for the length of the word", "[control][nearest]") {
  constexpr std::array<std::string_view, 3> words{"allow", "deny", "snoop"};
  CHECK(nearest("alow", words) == "allow");
  CHECK(nearest("denny", words) == "deny");
  CHECK(nearest("", words).empty());
  CHECK(nearest("completely-else", words).empty());
  CHECK(nearest(std::string(1000, 'a'), words).empty());
}

TEST_CASE("A reply ends once, whatever its handler does", "[control][commands][negative]") {
  auto kept = std::make_shared<test::KeptReply>();
  const Reply reply(kept);
  reply.line({field("a", 1)});
  reply.done();
  reply.line({field("b", 2)});
  reply.fail("late");
  CHECK(kept->rows.size() == 1);
  CHECK(kept->ok);
  const Reply orphan{std::weak_ptr<ReplySink>{}};
  orphan.line({field("a", 1)});
  orphan.fail("nobody");
}
TEST_CASE("The host's names win over a plugin's, and files are found by the usage",
          "[control][commands]") {
  using windlass::control::CommandRow;
  using windlass::control::Shape;
  const std::vector<CommandRow> brought{
      {"ping", "NAME", 1, 1, Shape::table, ""},
      {"zone load", "ZONE [--force] FILE", 2, 3, Shape::fields, ""},
      {"store copy", "[FOLDER]", 0, 1, Shape::lines, ""}};
  const auto rows = windlass::control::command_rows(brought);
  CHECK(windlass::control::find_row(rows, "ping")->most == 0);
  const CommandRow& load = *windlass::control::find_row(rows, "zone load");
  using Places = std::vector<std::size_t>;
  const auto files = [](const CommandRow& row, std::vector<std::string> words) {
    const windlass::control::Arguments typed = windlass::control::arguments_of({"", words});
    return windlass::control::file_arguments(row, typed.words, typed.plain_from);
  };
  CHECK(files(load, {"a.", "x"}) == Places{1});
  CHECK(files(load, {"a.", "--force", "x"}) == Places{2});
  CHECK(files(load, {"a.", "-"}).empty());
  CHECK(files(load, {"a.", "--", "--force"}) == Places{1});
  CHECK(files(load, {"--force", "--", "a.", "x"}) == Places{2});
  CHECK(files(*windlass::control::find_row(rows, "store copy"), {"x"}) == Places{0});
  CHECK(files(*windlass::control::find_row(rows, "cache flush"), {"x"}).empty());
  const std::vector<std::string> words{"zone", "load", "a.", "x"};
  const auto request = windlass::control::request_of(rows, words);
  REQUIRE(request);
  CHECK(request->command == "zone load");
  CHECK(request->arguments.size() == 2);
}
