// The commands of the operator, through the built module.
#include <random>

#include <catch2/catch.hpp>
#include <sys/stat.h>

#include "auth-plugin/commands/row_block.hpp"
#include "test/unit/auth/shell_host.hpp"

using namespace windlass;
using namespace windlass::test;

namespace {
/// A host with the zone home.arpa. of home_zone.
struct Home {
  StateFolder folder;
  std::string file = folder.put("home.zone", home_zone);
  AuthHost host{folder};
  Home() {
    if (!host.command({"zone", "create", "home.arpa.", file}).ok())
      throw std::runtime_error("home.arpa. cannot be created");
  }
  Said run(std::vector<std::string> words) { return host.command(words); }
  std::uint32_t serial() { return run({"zone", "show", "home.arpa."}).rows.at(0)["serial"]; }
  /// "5m A" records as "ttl rdata", joined.
  std::string records(const std::string& owner, const std::string& type) {
    std::string out;
    for (const Json& row : run({"zone", "records", "home.arpa.", owner, type}).rows)
      out += (out.empty() ? "" : ", ") + std::to_string(row["ttl"].get<unsigned>()) + " " +
             row["rdata"].get<std::string>();
    return out;
  }
};

std::string text_of(const Said& said) {
  std::string out = said.fault.text;
  for (const Json& row : said.rows) out += "\n" + row.dump();
  return out;
}
}  // namespace

TEST_CASE("a zone is created, listed, shown and deleted") {
  StateFolder folder;
  AuthHost host(folder);
  REQUIRE(host.fault.text == "");
  CHECK(host.command({"zone", "list"}).rows.empty());
  const Said created = host.command({"zone", "create", "lab.example"});
  CAPTURE(text_of(created));
  REQUIRE(created.ok());
  CHECK(created.rows[0]["zone"] == "lab.example.");
  CHECK(created.rows[0]["records"] == 2);
  CHECK(created.rows[0]["serial"] == 1);
  const Said list = host.command({"zone", "list"});
  REQUIRE(list.rows.size() == 1);
  CHECK(list.rows[0]["zone"] == "lab.example.");
  CHECK(list.rows[0]["state"] == "serving");
  CHECK(host.match("www.lab.example.") == 3);
  const Said deleted = host.command({"zone", "delete", "lab.example.", "--yes"});
  CHECK(deleted.ok());
  CHECK(host.command({"zone", "list"}).rows.empty());
  auth_plugin().batch_begin(host.thread());
  CHECK(host.match("www.lab.example.") == 0);
  auth_plugin().batch_end(host.thread());
}

TEST_CASE("a zone created anew goes on behind its last serial and says so") {
  StateFolder folder;
  AuthHost host(folder);
  const Said first = host.command({"zone", "create", "lab.example."});
  CHECK(first.rows.at(0).contains("note") == false);
  for (const char* address : {"192.0.2.1", "192.0.2.2"})
    REQUIRE(host.command({"zone", "set", "lab.example.", "www", "A", "60", address}).ok());
  REQUIRE(host.command({"zone", "delete", "lab.example.", "--yes"}).ok());
  const Said again = host.command({"zone", "create", "lab.example."});
  CAPTURE(text_of(again));
  REQUIRE(again.ok());
  REQUIRE(again.rows.size() == 1);  // no warning
  CHECK(again.rows[0]["serial"] == 4);
  CHECK(again.rows[0]["note"] == "the serial goes on from what this name published before");
  REQUIRE(host.command({"zone", "delete", "lab.example.", "--yes"}).ok());
  const std::string file = folder.put("lab.zone", "@ 1h SOA a b 2 2 3 4 5\n@ 1h NS localhost.\n");
  const Said told = host.command({"zone", "create", "lab.example.", file});
  CHECK(told.rows.at(0)["serial"] == 2);
  CHECK(told.rows.at(0).contains("note") == false);
  CHECK_THAT(text_of(told), Catch::Contains("the serial is behind 4"));
}

TEST_CASE("a zone below a signed one that does not delegate it is warned of") {
  StateFolder folder;
  AuthHost host(folder);
  const std::string rest = " 20300101000000 20200101000000 1 sec.example. AAECAw==\n";
  const std::string file =
      folder.put("sec.zone",
                 "@ 1h SOA a b 1 2 3 4 5\n@ 1h NS localhost.\n@ 1h DNSKEY 257 3 13 AAECAw==\n"
                 "@ 1h RRSIG SOA 13 2 3600" +
                     rest + "sub 1h NS localhost.\n");
  const Said signed_zone = host.command({"zone", "create", "sec.example.", file});
  CAPTURE(text_of(signed_zone));
  REQUIRE(signed_zone.ok());
  const auto warnings = [&](const char* zone) {
    const Said said = host.command({"zone", "create", zone});
    REQUIRE(said.ok());
    std::string out;
    for (const Json& row : said.rows)
      if (row.contains("warning")) out += row["warning"].get<std::string>();
    return out;
  };
  CHECK(warnings("child.sec.example.") ==
        "sec.example. is signed and does not delegate child.sec.example.: validators refuse its "
        "answers; add NS records for it where sec.example. is signed, and `zone load` the result");
  CHECK(warnings("a.b.sec.example.") != "");
  CHECK(warnings("sub.sec.example.") == "");
  CHECK(warnings("x.sub.sec.example.") == "");
  CHECK(warnings("other.example.") == "");
  CHECK(warnings("below.other.example.") == "");
}

TEST_CASE("commands about zones refuse what they cannot do [negative]") {
  Home home;
  struct Row {
    std::vector<std::string> words;
    const char* text;
  };
  const auto row = GENERATE(values<Row>({
      {{"zone", "create", "home.arpa."}, "exists already, with 8 records"},
      {{"zone", "create", "a..b"}, "`a..b` is not a domain name"},
      {{"zone", "create", "new.example.", "no.zone"}, "no zone was created"},
      {{"zone", "show", "gone.example."}, "there is no zone gone.example."},
      {{"zone", "delete", "home.arpa."}, "add --yes"},
      {{"zone", "delete", "--yes"}, "usage: zone delete"},
      {{"zone", "delete", "gone.example.", "--yes"}, "there is no zone"},
      {{"zone", "load", "gone.example.", "x"}, "`zone create NAME FILE` makes one"},
      {{"zone", "restore", "copy"}, "add --yes"},
      {{"zone", "show"}, "usage: zone show NAME"},
      {{"zone", "show", "a", "b"}, "usage: zone show NAME"},
      {{"zone", "sho", "a"}, "unknown command `zone sho`"},
      {{"zone"}, "unknown command"},
      {{}, "unknown command"},
  }));
  const Said said = home.run(row.words);
  CHECK_FALSE(said.ok());
  CHECK_THAT(said.fault.text, Catch::Contains(row.text));
  CHECK(home.run({"zone", "list"}).rows.size() == 1);
}

TEST_CASE("a zone file replaces the records of a zone") {
  Home home;
  home.folder.put("home.zone",
                  "@ 1h SOA ns1 hostmaster 9 3600 900 604800 300\n@ 1h NS ns1\n"
                  "ns1 1h A 192.0.2.54\n");
  const Said loaded = home.run({"zone", "load", "home.arpa.", home.file});
  CAPTURE(text_of(loaded));
  REQUIRE(loaded.ok());
  CHECK(loaded.rows[0]["records"] == 3);
  CHECK(loaded.rows[0]["serial"] == 9);
  CHECK(loaded.rows[0]["added"] == 2);
  CHECK(loaded.rows[0]["removed"] == 7);
  CHECK(home.records("ns1", "A") == "3600 192.0.2.54");
  const Said again = home.run({"zone", "load", "home.arpa.", home.file});
  REQUIRE(again.ok());
  CHECK(again.rows[0]["added"] == 0);
  CHECK(again.rows[0]["removed"] == 0);
}

TEST_CASE("an older serial is taken with a warning") {
  Home home;
  home.folder.put("home.zone",
                  "@ 1h SOA ns1 hostmaster 3 3600 900 604800 300\n@ 1h NS ns1\n"
                  "ns1 1h A 192.0.2.54\n");
  const Said loaded = home.run({"zone", "load", "home.arpa.", home.file});
  CAPTURE(text_of(loaded));
  REQUIRE(loaded.ok());
  CHECK(loaded.rows[0]["serial"] == 3);
  std::size_t warnings = 0;  // one, not one of each who could say it
  for (const Json& row : loaded.rows) warnings += row.contains("warning") ? 1 : 0;
  CHECK(warnings == 1);
  CHECK_THAT(text_of(loaded), Catch::Contains("did not go forward from 7"));
}

TEST_CASE("a faulty zone file changes nothing and is named by line [negative]") {
  Home home;
  home.folder.put("home.zone",
                  "@ 1h SOA ns1 hostmaster 9 3600 900 604800 300\n@ 1h NS ns1\n"
                  "ns1 1h A 192.0.2.300\n");
  const Said syntax = home.run({"zone", "load", "home.arpa.", home.file});
  CHECK_FALSE(syntax.ok());
  CHECK_THAT(syntax.fault.text, Catch::Contains("home.zone:3:"));
  CHECK_THAT(syntax.fault.text, Catch::EndsWith("nothing was changed"));
  home.folder.put("home.zone",
                  "@ 1h SOA ns1 hostmaster 9 3600 900 604800 300\n@ 1h NS ns1\n"
                  "ns1 1h A 192.0.2.3\nwww 1h CNAME ns1\nwww 1h A 192.0.2.4\n"
                  "ftp 1h CNAME ns1\nftp 1h CNAME www\n");
  const Said lint = home.run({"zone", "load", "home.arpa.", home.file});
  CAPTURE(text_of(lint));
  CHECK_FALSE(lint.ok());
  CHECK_THAT(lint.fault.text, Catch::Contains("CNAME"));
  CHECK(lint.rows.size() >= 2);
  for (const Json& row : lint.rows) CHECK(row.size() == 1);  // fields without a break between them
  CHECK_THAT(lint.rows.at(0)["error"].get<std::string>(), Catch::Contains("home.zone:"));
  CHECK_THAT(lint.fault.text, Catch::EndsWith("nothing was changed"));
  CHECK(home.serial() == 7);
  CHECK(home.records("ns1", "A") == "3600 192.0.2.53");
}

TEST_CASE("a zone file is checked and nothing changes") {
  Home home;
  const Said good = home.run({"zone", "check", "other.example.", home.file});
  CAPTURE(text_of(good));
  REQUIRE(good.ok());
  CHECK(good.rows.back()["severity"] == "ok");
  CHECK_THAT(good.rows.back()["text"].get<std::string>(), Catch::StartsWith("8 records"));
  home.folder.put("bad.zone", "www 1h A 192.0.2.1\n");
  const Said bad = home.run({"zone", "check", "other.example.", home.folder / "bad.zone"});
  CHECK_FALSE(bad.ok());
  REQUIRE(bad.rows.size() == 2);
  CHECK(bad.rows[0]["file"] == home.folder / "bad.zone");
  CHECK(bad.rows[0]["line"] == "");
  CHECK(bad.rows[0]["column"] == "");
  home.folder.put("bad.zone", "www 1h A 192.0.2.300\nftp 1h A 192.0.2.1\nirc NOSUCH x\n");
  const Said worse = home.run({"zone", "check", "other.example.", home.folder / "bad.zone"});
  REQUIRE(worse.rows.size() == 2);
  CHECK(worse.rows[0]["line"] == 1);
  CHECK(worse.rows[0]["column"] == 10);
  CHECK(worse.rows[1]["line"] == 3);
  CHECK(worse.rows[1]["text"] == "expected a type, got `NOSUCH`");
  CHECK_THAT(worse.fault.text,
             Catch::Contains("bad.zone:1:10: ") && Catch::EndsWith("(and 1 more)"));
  CHECK(home.run({"zone", "list"}).rows.size() == 1);
}

TEST_CASE("an export reads back to the same zone") {
  Home home;
  const Said lines = home.run({"zone", "export", "home.arpa."});
  REQUIRE(lines.ok());
  CHECK(lines.rows.size() == 8);
  CHECK_THAT(lines.rows[0]["line"].get<std::string>(), Catch::Contains("SOA"));
  const Said file = home.run({"zone", "export", "home.arpa.", home.folder / "out.zone"});
  REQUIRE(file.ok());
  CHECK_THAT(file.rows[0]["line"].get<std::string>(), Catch::StartsWith("8 records"));
  std::string joined;
  for (const Json& row : lines.rows) joined += row["line"].get<std::string>() + "\n";
  CHECK(home.folder.read("out.zone") == joined);
  const Said again = home.run({"zone", "load", "home.arpa.", home.folder / "out.zone"});
  REQUIRE(again.ok());
  CHECK(again.rows[0]["added"] == 0);
  CHECK(again.rows[0]["removed"] == 0);
}

TEST_CASE("an export that cannot be written leaves no file [negative]") {
  Home home;
  CHECK_FALSE(home.run({"zone", "export", "home.arpa.", home.folder / "no/out.zone"}).ok());
  home.folder.put("out.zone.new", "");
  const Said busy = home.run({"zone", "export", "home.arpa.", home.folder / "out.zone"});
  CHECK_THAT(busy.fault.text, Catch::Contains("out.zone.new exists"));
  CHECK_FALSE(std::filesystem::exists(home.folder / "out.zone"));
}

TEST_CASE("an export replaces regular files alone, and none of the store's [negative]") {
  Home home;
  const std::string out = home.folder / "out.zone";
  const auto refused = [&](const std::string& path) {
    const Said said = home.run({"zone", "export", "home.arpa.", path});
    CHECK_FALSE(said.ok());
    return said.fault.text;
  };
  CHECK_THAT(refused(home.folder.path()), Catch::Contains("is a folder"));
  REQUIRE(::mkfifo((home.folder / "pipe").c_str(), 0600) == 0);
  CHECK_THAT(refused(home.folder / "pipe"), Catch::Contains("is a pipe"));
  std::filesystem::create_symlink(home.folder / "pipe", home.folder / "to-pipe");
  CHECK_THAT(refused(home.folder / "to-pipe"), Catch::Contains("is a pipe"));
  CHECK_THAT(refused("/dev/null"), Catch::Contains("is a device"));
  std::filesystem::create_symlink(home.folder / "gone", home.folder / "dangling");
  CHECK_THAT(refused(home.folder / "dangling"), Catch::Contains("leads nowhere"));
  for (const char* name : {"zones/zones.mdb", "zones/new.zone", "zones/../zones/lock"})
    CHECK_THAT(refused(home.folder / name), Catch::Contains("the store's own folder"));
  std::filesystem::create_symlink(home.folder / "zones/zones.mdb", home.folder / "to-store");
  CHECK_THAT(refused(home.folder / "to-store"), Catch::Contains("the store's own folder"));
  home.folder.put("out.zone", "before");
  std::filesystem::create_symlink(out, home.folder / "link");
  REQUIRE(home.run({"zone", "export", "home.arpa.", home.folder / "link"}).ok());
  CHECK(std::filesystem::is_symlink(home.folder / "link"));
  CHECK_THAT(home.folder.read("out.zone"), Catch::Contains("SOA"));
  CHECK(home.run({"store", "verify"}).ok());
}

TEST_CASE("signatures are shown and exported with the TTL they hold") {
  Home home;
  const std::string rest = " 20300101000000 20200101000000 1 home.arpa. AAECAw==\n";
  home.folder.put("home.zone", std::string(home_zone) + "www 1h TXT x\nwww RRSIG A 13 3 300" +
                                   rest + "www RRSIG TXT 13 3 3600" + rest);
  REQUIRE(home.run({"zone", "load", "home.arpa.", home.file}).ok());
  CHECK_THAT(home.records("www", "RRSIG"),
             Catch::StartsWith("300 A 13 3 300 ") && Catch::Contains(", 3600 TXT 13 3 3600 "));
  REQUIRE(home.run({"zone", "export", "home.arpa.", home.folder / "out.zone"}).ok());
  const std::string text = home.folder.read("out.zone");
  CHECK_THAT(text,
             Catch::Contains("\t300\tIN\tRRSIG\tA ") && Catch::Contains("\t3600\tIN\tRRSIG\tTXT "));
  const Said again = home.run({"zone", "load", "home.arpa.", home.folder / "out.zone"});
  CHECK(again.rows.at(0)["added"] == 0);
}

TEST_CASE("a refused edit says once that nothing was changed [negative]") {
  Home home;
  for (const char* type : {"SOA", "NS"}) {
    const std::string text = home.run({"zone", "unset", "home.arpa.", "@", type}).fault.text;
    CAPTURE(text);
    CHECK_THAT(text, Catch::EndsWith("nothing was changed"));
    CHECK(text.find("nothing was changed") == text.rfind("nothing was changed"));
  }
}

TEST_CASE("rows stop when the reader has gone") {
  Home home;
  constexpr std::size_t names = 5000;
  std::string text(home_zone);
  for (std::size_t i = 0; i < names; ++i) text += "n" + std::to_string(i) + " 1h A 192.0.2.1\n";
  home.folder.put("home.zone", text);
  REQUIRE(home.run({"zone", "load", "home.arpa.", home.file}).ok());
  for (const char* command : {"records", "export"}) {
    CAPTURE(command);
    const Said all = home.run({"zone", command, "home.arpa."});
    CHECK(all.rows.size() == names + 8);
    const Said some = home.host.command({"zone", command, "home.arpa."}, 2);
    CHECK(some.rows.size() >= 2);
    CHECK(some.rows.size() < names / 2);
    CHECK(std::equal(some.rows.begin(), some.rows.end(), all.rows.begin()));
  }
}

TEST_CASE("texts of rows are JSON, whatever is in them [negative]") {
  std::mt19937 chance(7);
  for (int i = 0; i < 5000; ++i) {
    std::string text(chance() % 20, '\0');
    const unsigned octets = i % 2 == 0 ? 0x80 : 0x100;
    for (char& c : text) c = static_cast<char>(chance() % octets);
    std::string json;
    auth::append_json_text(json, text);
    CAPTURE(json);
    const auto wanted = Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
    CHECK(Json::parse(json) == Json::parse(wanted));
    CHECK(std::none_of(json.begin(), json.end(), [](char c) { return c >= 0 && c < 0x20; }));
  }
}

TEST_CASE("records are set, added, removed, and each edit raises the serial") {
  Home home;
  const Said set = home.run({"zone", "set", "home.arpa.", "www", "A", "60", "192.0.2.99"});
  CAPTURE(text_of(set));
  REQUIRE(set.ok());
  CHECK(set.rows[0]["serial"] == 8);
  CHECK(set.rows[0]["owner"] == "www.home.arpa.");
  CHECK(home.records("www", "A") == "60 192.0.2.99");
  REQUIRE(home.run({"zone", "set", "home.arpa.", "www", "A", "60", "192.0.2.100", "--add"}).ok());
  CHECK(home.records("www", "A") == "60 192.0.2.99, 60 192.0.2.100");
  REQUIRE(home.run({"zone", "unset", "home.arpa.", "www", "A", "192.0.2.99"}).ok());
  CHECK(home.records("www", "A") == "60 192.0.2.100");
  REQUIRE(home.run({"zone", "set", "home.arpa.", "www", "TXT", "60", "two words"}).ok());
  CHECK(home.records("www", "TXT") == "60 \"two words\"");
  const Said unset = home.run({"zone", "unset", "home.arpa.", "www"});
  CAPTURE(text_of(unset));
  REQUIRE(unset.ok());
  CHECK(unset.rows[0]["removed"].get<int>() >= 2);
  CHECK_FALSE(home.run({"zone", "records", "home.arpa.", "www"}).ok());
  CHECK(home.serial() == 12);
}

TEST_CASE("values behind -- are no flags") {
  Home home;
  REQUIRE(home.run({"zone", "set", "home.arpa.", "t", "TXT", "60", "--", "--add"}).ok());
  CHECK(home.records("t", "TXT") == "60 \"--add\"");
  REQUIRE(home.run({"zone", "set", "home.arpa.", "t", "TXT", "60", "--add", "--", "--"}).ok());
  CHECK(home.records("t", "TXT") == "60 \"--\", 60 \"--add\"");
  REQUIRE(home.run({"zone", "unset", "home.arpa.", "t", "TXT", "--", "--add"}).ok());
  CHECK(home.records("t", "TXT") == "60 \"--\"");
  REQUIRE(home.run({"zone", "set", "home.arpa.", "--", "--yes", "A", "60", "192.0.2.1"}).ok());
  CHECK(home.records("--yes", "A") == "60 192.0.2.1");
}

TEST_CASE("a -- gives no flag and no missing value [negative]") {
  Home home;
  CHECK_THAT(home.run({"zone", "delete", "--", "home.arpa.", "--yes"}).fault.text,
             Catch::Contains("add --yes"));
  CHECK_THAT(home.run({"zone", "set", "home.arpa.", "t", "TXT", "60", "--"}).fault.text,
             Catch::Contains("usage: zone set"));
  CHECK(home.serial() == 7);
}

TEST_CASE("an edit that changes nothing says so") {
  Home home;
  const Said same = home.run({"zone", "set", "home.arpa.", "ns1", "A", "1h", "192.0.2.53"});
  CAPTURE(text_of(same));
  REQUIRE(same.ok());
  CHECK(same.rows[0]["note"] == "it was so already");
  const auto unset = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {"zone", "unset", "home.arpa."});
    const Said gone = home.run(words);
    REQUIRE(gone.ok());
    CHECK(gone.rows[0]["removed"] == 0);
    return gone.rows[0]["note"].get<std::string>();
  };
  CHECK(unset({"nobody"}) == "nothing at nobody.home.arpa.");
  CHECK(unset({"nobody", "A"}) == "nothing at nobody.home.arpa.");
  CHECK(unset({"nobody", "A", "192.0.2.1"}) == "nothing at nobody.home.arpa.");
  CHECK(unset({"ns1", "MX"}) == "no MX records at ns1.home.arpa.");
  CHECK(unset({"ns1", "MX", "10", "ns1"}) == "no MX records at ns1.home.arpa.");
  CHECK(unset({"ns1", "A", "192.0.2.99"}) == "no such A record at ns1.home.arpa.");
  CHECK(home.serial() == 7);
}

TEST_CASE("edits that would break the zone are refused [negative]") {
  Home home;
  struct Row {
    std::vector<std::string> words;
    const char* text;
  };
  const auto row = GENERATE(values<Row>({
      {{"set", "www", "CNAME", "60", "ns1"}, "CNAME"},
      {{"set", "www.example.org.", "A", "60", "192.0.2.1"}, "not in the zone"},
      {{"set", "www", "ANY", "60", "192.0.2.1"}, "not a type"},
      {{"set", "www", "A", "A", "192.0.2.1"}, "not a TTL"},
      {{"set", "www", "A", "60", "192.0.2.300"}, "192.0.2.300"},
      {{"set", "www", "A", "60", "--add"}, "usage: zone set"},
      {{"unset", "@", "SOA"}, "SOA"},
      {{"unset", "@"}, ""},
      {{"records", "nobody"}, "no records at nobody.home.arpa."},
      {{"records", "www", "MX"}, "no MX records at www.home.arpa."},
  }));
  std::vector<std::string> words{"zone", row.words[0], "home.arpa."};
  words.insert(words.end(), row.words.begin() + 1, row.words.end());
  const Said said = home.run(words);
  CAPTURE(words, text_of(said));
  CHECK_FALSE(said.ok());
  CHECK_THAT(said.fault.text, Catch::Contains(row.text));
  CHECK(home.serial() == 7);
}

TEST_CASE("a backup is restored") {
  Home home;
  const Said backup = home.run({"zone", "backup", home.folder / "copy"});
  CAPTURE(text_of(backup));
  REQUIRE(backup.ok());
  CHECK(backup.rows[0]["records"] == 8);
  REQUIRE(home.run({"zone", "unset", "home.arpa.", "www"}).ok());
  REQUIRE(home.run({"zone", "create", "later.example."}).ok());
  const Said restored = home.run({"zone", "restore", home.folder / "copy", "--yes"});
  CAPTURE(text_of(restored));
  REQUIRE(restored.ok());
  const std::string kept = restored.rows[0]["kept"];
  CHECK(kept.starts_with(home.folder / "zones/zones.mdb.before-restore-"));
  CHECK(std::filesystem::exists(kept));
  CHECK(home.run({"zone", "list"}).rows.size() == 1);
  CHECK(home.records("www", "A") == "300 192.0.2.80, 300 192.0.2.81");
  CHECK(home.host.ask({"www.home.arpa."}).answers() == 2);
}

TEST_CASE("a backup that is none is not restored [negative]") {
  Home home;
  const Said said = home.run({"zone", "restore", home.folder / "nothing", "--yes"});
  CHECK_FALSE(said.ok());
  CHECK_FALSE(said.fault.text.empty());
  CHECK(home.records("www", "A") == "300 192.0.2.80, 300 192.0.2.81");
}

TEST_CASE("the store is verified, rebuilt and counted") {
  Home home;
  const Said verified = home.run({"store", "verify"});
  CAPTURE(text_of(verified));
  REQUIRE(verified.ok());
  const Said rebuilt = home.run({"store", "rebuild"});
  CAPTURE(text_of(rebuilt));
  REQUIRE(rebuilt.ok());
  CHECK(home.host.ask({"www.home.arpa."}).answers() == 2);
  const Said stats = home.run({"store", "stats"});
  REQUIRE(stats.ok());
  CHECK(stats.rows[0]["zones"] == 1);
  CHECK(stats.rows[0]["records"] == 8);
  CHECK(stats.rows[0]["folder"] == home.folder / "zones");
  std::string json(4096, '\0');
  json.resize(auth_plugin().stats(home.host.instance(), json.data(), json.size()));
  CHECK(Json::parse(json)["records"] == 8);
  CHECK(auth_plugin().stats(home.host.instance(), nullptr, 0) == json.size());
}

TEST_CASE("two instances side by side share one store") {
  Home home;
  AuthHost second(home.folder);
  REQUIRE(second.fault.text == "");
  REQUIRE(second.command({"zone", "set", "home.arpa.", "new", "A", "60", "192.0.2.9"}).ok());
  CHECK(home.host.ask({"new.home.arpa."}).answers() == 1);
  auth_plugin().quiesce(home.host.instance());
  CHECK_FALSE(home.run({"zone", "unset", "home.arpa.", "new"}).ok());
  CHECK(second.ask({"new.home.arpa."}).answers() == 1);
}
