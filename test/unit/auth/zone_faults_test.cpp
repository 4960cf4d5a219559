// Every complaint of the zone file reader: file, line, column, and what was expected.
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <catch2/catch.hpp>
#include <sys/stat.h>

#include "auth-plugin/zone/zone_file.hpp"

using namespace windlass;
using namespace windlass::auth;

namespace {
const dns::Name zone = dns::Name::literal("example.org.");

std::string fault_of(std::string_view text, const ZoneFileOptions& options = {}) {
  const auto content = read_zone_text(text, "z", zone, options);
  return content ? "none" : content.error().to_text();
}

/// A folder of its own that goes with it.
class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "windlass-zone-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) FAIL("no temporary folder");
    path_ = name;
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  std::string file(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories((path_ / name).parent_path());
    std::ofstream(path_ / name, std::ios::binary) << text;
    return (path_ / name).string();
  }
  std::string path(const std::string& name) const { return (path_ / name).string(); }
  /// The fault without the folder's own name.
  std::string fault(const std::string& name) const {
    const auto content = read_zone_file(path(name), zone, {});
    if (content) return "none";
    std::string text = content.error().to_text();
    for (std::size_t at; (at = text.find(path_.string() + '/')) != text.npos;)
      text.erase(at, path_.string().size() + 1);
    return text;
  }

 private:
  std::filesystem::path path_;
};
}  // namespace

TEST_CASE("A fault names file, line and column, and what stood there", "[auth][zone][negative]") {
  const auto row = GENERATE(table<std::string, std::string>({
      {"a A 192.0.2.300\n", "z:1:5: expected an IPv4 address, got `192.0.2.300`"},
      {"a A 192.0.2.01\n", "z:1:5: expected an IPv4 address, got `192.0.2.01`"},
      {"a A 192.0.2\n", "z:1:5: expected an IPv4 address, got `192.0.2`"},
      {"a A\n", "z:1:4: expected an IPv4 address, got the end of the record"},
      {"a A \"192.0.2.1\"\n", "z:1:6: expected an IPv4 address without quotes, got `192.0.2.1`"},
      {"a A 192.0.2.1 x\n", "z:1:15: expected the end of the record, got `x`"},
      {"\n; c\n\ta AAAA ::1\n", "z:3:2: expected an owner name: the file begins with a blank one"},
      {"a AAAA 1::2::3\n", "z:1:8: expected an IPv6 address, got `1::2::3`"},
      {"a AAAA 192.0.2.1\n", "z:1:8: expected an IPv6 address, got `192.0.2.1`"},
      {"a MX mail\n", "z:1:6: expected a number of at most 65535, got `mail`"},
      {"a MX 65536 m\n", "z:1:6: expected a number of at most 65535, got `65536`"},
      {"a MX 10\n", "z:1:8: expected a domain name, got the end of the record"},
      {"a NS b..c\n", "z:1:6: expected a domain name without empty labels, got `b..c`"},
      {"a NS \\25\n",
       "z:1:6: expected \\ and a character, or \\ and three digits up to 255, got "
       "`\\25`"},
      {"a NS \\256\n",
       "z:1:6: expected \\ and a character, or \\ and three digits up to 255, got "
       "`\\256`"},
      {"a NS b\xC3\xBC"
       "c\n",
       "z:1:6: expected a name in printable ASCII, other octets as \\DDD, got `b\\195\\188c`"},
      {"a SOA ns host (\n 1 2\n  x 4 5 )\n",
       "z:3:3: expected a period: seconds, or numbers with s, m, h, d, w, got `x`"},
      {"a SOA ns host (\n 1 2 3 4 )\n",
       "z:2:9: expected a period: seconds, or numbers with s, m, h, d, w, got the end of the "
       "record"},
      {"a TXT\n", "z:1:6: expected a character-string, got the end of the record"},
      {"a TXT x\"y z\"\n", "z:1:7: expected quotes around the whole string, got `x\"y z\"`"},
      {"a TXT \"open\nb A 192.0.2.1\n", "z:1:7: expected a closing quote in the same line"},
      {"a TXT \"open", "z:1:7: expected a closing quote"},
      {"a TXT \"\\999\"\n",
       "z:1:8: expected \\ and a character, or \\ and three digits up to 255, "
       "got `\\999`"},
      {"a TXT (\n\"x\"\nb A 192.0.2.1\n", "z:1:7: expected a closing parenthesis"},
      {"a TXT x )\n", "z:1:9: expected no closing parenthesis: none is open"},
      {"a TXT x \\\n", "z:1:9: expected a character behind the backslash"},
      {"a\n", "z:1:2: expected a type, got the end of the record"},
      {"a NOSUCH x\n", "z:1:3: expected a type, got `NOSUCH`"},
      {"a TYPE65536 \\# 0\n", "z:1:3: expected a type, got `TYPE65536`"},
      {"a TYPE0 \\# 0\n", "z:1:3: expected a type, got `TYPE0`"},
      {"a 1 2 A 192.0.2.1\n", "z:1:5: expected a type, got `2`"},
      {"a IN IN A 192.0.2.1\n", "z:1:6: expected a type, got `IN`"},
      {"a CH TXT x\n", "z:1:3: expected class IN, got `CH`"},
      {"a CLASS7 TXT x\n", "z:1:3: expected class IN, got `CLASS7`"},
      {"a 2147483648 A 192.0.2.1\n",
       "z:1:3: expected a TTL of at most 2147483647: seconds, or numbers with s, m, h, d, w, got "
       "`2147483648`"},
      {"a 1y A 192.0.2.1\n",
       "z:1:3: expected a TTL of at most 2147483647: seconds, or numbers with s, m, h, d, w, got "
       "`1y`"},
      {"$TTL\n",
       "z:1:5: expected a TTL of at most 2147483647: seconds, or numbers with s, m, h, "
       "d, w, got the end of the record"},
      {"$TTL 1 2\n", "z:1:8: expected the end of the line, got `2`"},
      {"$ORIGIN a..b.\n", "z:1:9: expected a domain name without empty labels, got `a..b.`"},
      {"$GENERATE 1-2 a A 192.0.2.$\n",
       "z:1:1: expected $ORIGIN, $TTL or $INCLUDE, got "
       "`$GENERATE`"},
      {"$INCLUDE x\n", "z:1:1: expected no $INCLUDE in a text that is no file, got `$INCLUDE`"},
      {"a A 192.0.2.1\nb.example.net. A 192.0.2.1\n",
       "z:2:1: expected an owner in the zone example.org., got `b.example.net.`"},
      {std::string("a A 192.0.2.1\nb\0 A 192.0.2.2\n", 29),
       "z:2:2: expected text, got a NUL octet"},
      {std::string("a TXT \"\\\0\"\n", 11), "z:1:9: expected text, got a NUL octet"},
      {"a TYPE65280 x\n",
       "z:1:13: expected the rdata of TYPE65280, got `x`; \\# length hex is read "
       "for every type"},
      {"a LOC 91 N 4 E 10m\n",
       "z:1:7: expected degrees, minutes and seconds, then N, S, E or W, "
       "got `91`"},
      {"a LOC 90 1 N 4 E 10m\n", "z:1:12: expected a place on the globe, got `N`"},
      {"a LOC 52 N 4 E 42949673m\n",
       "z:1:16: expected metres within the bounds of RFC 1876, got "
       "`42949673m`"},
      {"a LOC 52 N 4 E 1m 1m 1m 1m x\n", "z:1:28: expected the end of the record, got `x`"},
      {"a TYPE65280 \\# 2 01\n", "z:1:16: expected 2 octets, got 1"},
      {"a TYPE65280 \\# 1 0\n", "z:1:18: expected an even number of hex digits, got `0`"},
      {"a TYPE65280 \\# 1 0g\n", "z:1:18: expected hex digits, got `0g`"},
      {"a TYPE65280 \\#\n", "z:1:15: expected the number of octets, got the end of the record"},
      {"a A \\# 3 c00002\n", "z:1:5: expected octets that have the shape of A"},
      {"a SVCB \\# 3 000140\n", "z:1:8: expected octets that have the shape of SVCB"},
      {"a AMTRELAY 10 2 0 .\n", "z:1:15: expected the discovery bit: 0 or 1, got `2`"},
      {"a AMTRELAY 10 0 4 .\n",
       "z:1:17: expected a kind of gateway: 0 none, 1 IPv4, 2 IPv6, 3 a name, got `4`"},
      {"a IPSECKEY 10 0 2 gw AQID\n", "z:1:19: expected a dot: no gateway, got `gw`"},
      {"a IPSECKEY 10 1 2 ::1 AQID\n", "z:1:19: expected an IPv4 address, got `::1`"},
      {"a DS 1 8 2 xyz\n", "z:1:12: expected hex digits, got `xyz`"},
      {"a DS 1 8 2\n", "z:1:11: expected hex digits, got the end of the record"},
      {"a DS 1 NOALG 2 00\n", "z:1:8: expected a DNSSEC algorithm, got `NOALG`"},
      {"a DNSKEY 256 3 8 AQI\n", "z:1:18: expected whole base64 groups of four, got `AQI`"},
      {"a DNSKEY 256 3 8 AQ=I\n", "z:1:18: expected base64, got `AQ=I`"},
      {"a NSEC b A FOO\n", "z:1:12: expected a type, got `FOO`"},
      {"a NSEC3 1 0 0 - 1x A\n", "z:1:17: expected base32hex for 1 to 255 octets, got `1x`"},
      {"a NSEC3PARAM 1 0 0 abc\n",
       "z:1:20: expected pairs of hex digits for at most 255 octets, got `abc`"},
      {"a RRSIG A 13 2 3600 20241301000000 20240101000000 1 b AQID\n",
       "z:1:21: expected a time: YYYYMMDDHHmmSS, or seconds since 1970, got `20241301000000`"},
      {"a CAA 0 is-sue x\n",
       "z:1:9: expected a tag of at most 255 letters and digits, got "
       "`is-sue`"},
  }));
  CAPTURE(std::get<0>(row));
  CHECK(fault_of(std::get<0>(row)) == std::get<1>(row));
}

TEST_CASE("What ldns refuses has its place and a way out", "[auth][zone][negative]") {
  const auto row = GENERATE(table<std::string, std::string>({
      {"\na EUI48 00-00\n", "z:2:9: expected the rdata of EUI48"},
      {"a SVCB 1 . port=x\n", "z:1:8: expected the rdata of SVCB"},
      {"a APL 3:x\n", "z:1:7: expected the rdata of APL"},
  }));
  const std::string fault = fault_of(std::get<0>(row));
  CAPTURE(fault);
  CHECK(fault.starts_with(std::get<1>(row)));
  CHECK(fault.ends_with("; \\# length hex is read for every type"));
}

TEST_CASE("Nothing in a text is larger than its bound", "[auth][zone][negative]") {
  CHECK(fault_of("a TXT \"" + std::string(256, 'x') + "\"\n")
            .starts_with("z:1:8: expected a character-string of at most 255 octets"));
  CHECK(fault_of(std::string(64, 'x') + " A 192.0.2.1\n")
            .starts_with("z:1:1: expected labels of at most 63 octets"));
  std::string name;
  for (int i = 0; i < 125; ++i) name += "x.";
  CHECK(fault_of(name + "x A 192.0.2.1\n")
            .starts_with("z:1:1: expected a name of at most 255 octets"));
  CHECK(fault_of(std::string(300, '.') + " A 192.0.2.1\n")
            .starts_with("z:1:1: expected a domain name without empty labels"));
  std::string strings = "a TXT";
  for (int i = 0; i < 300; ++i) strings += " \"" + std::string(255, 'y') + '"';
  CHECK(fault_of(strings + '\n') == "z:1:8: expected rdata of at most 65535 octets, got 76800");
  std::string words = "a TXT (";
  for (int i = 0; i < 140'000; ++i) words += " x";
  CHECK(fault_of(words).starts_with("z:1:1: expected a record or comment of at most"));
  CHECK(fault_of("\n;" + std::string(1u << 21, 'c') + '\n')
            .starts_with("z:2:1: expected a record or comment of at most"));
  CHECK(fault_of(std::string(200'000, '(')) == "z:1:1: expected a closing parenthesis");
  ZoneFileOptions two;
  two.max_records = 2;
  CHECK(fault_of("a A 192.0.2.1\nb A 192.0.2.1\nc A 192.0.2.1\n", two) ==
        "z:3:1: expected at most 2 records");
  ZoneFileOptions stopping;
  stopping.progress = [](auto...) { return false; };
  std::string many;
  for (int i = 0; i < 40'000; ++i) many += "a A 192.0.2.1\n";
  CHECK(fault_of(many, stopping) == "z: stopped");
}

TEST_CASE("Included files have their own origin, owner and TTL", "[auth][zone]") {
  const Folder folder;
  folder.file("main.zone",
              "$TTL 60\na A 192.0.2.1\n$INCLUDE sub/one.zone in\n TXT \"a again\"\nb A 192.0.2.2\n"
              "$INCLUDE \"sub/two words.zone\"\n");
  folder.file("sub/one.zone", "@ A 192.0.2.3\n$TTL 90\nx A 192.0.2.4\n$INCLUDE three.zone\n");
  folder.file("sub/three.zone", "y A 192.0.2.5\n");
  folder.file("sub/two words.zone", " TXT \"of b\"");
  const auto content = read_zone_file(folder.path("main.zone"), zone, {});
  if (!content) FAIL(content.error().to_text());
  std::string text;
  for (std::size_t i = 0; i < content->size(); ++i) append_zone_lines(text, (*content)[i]);
  CHECK(text ==
        "a.example.org.\t60\tIN\tA\t192.0.2.1\n"
        "a.example.org.\t60\tIN\tTXT\t\"a again\"\n"
        "b.example.org.\t60\tIN\tA\t192.0.2.2\n"
        "b.example.org.\t60\tIN\tTXT\t\"of b\"\n"
        "in.example.org.\t60\tIN\tA\t192.0.2.3\n"
        "x.in.example.org.\t90\tIN\tA\t192.0.2.4\n"
        "y.in.example.org.\t90\tIN\tA\t192.0.2.5\n");
}

TEST_CASE("Includes stay in the folder, and within their depth", "[auth][zone][negative]") {
  const Folder folder;
  folder.file("outside.zone", "a A 192.0.2.1\n");
  folder.file("z/up.zone", "\n$INCLUDE ../outside.zone\n");
  CHECK(folder.fault("z/up.zone") ==
        "z/up.zone:2:10: expected a file below the folder of the zone "
        "file, got `../outside.zone`");
  folder.file("z/abs.zone", "$INCLUDE /etc/hostname\n");
  CHECK(folder.fault("z/abs.zone").find(":1:10: expected a file below the folder") !=
        std::string::npos);
  std::filesystem::create_symlink(folder.path("outside.zone"), folder.path("z/link"));
  folder.file("z/linked.zone", "$INCLUDE link\n");
  CHECK(folder.fault("z/linked.zone").starts_with("z/linked.zone:1:10: expected a file below"));
  folder.file("z/missing.zone", "$INCLUDE none\n");
  CHECK(folder.fault("z/missing.zone") ==
        "z/missing.zone:1:10: expected a file (No such file or directory), got `none`");
  folder.file("z/self.zone", "a A 192.0.2.1\n$INCLUDE self.zone\n");
  CHECK(folder.fault("z/self.zone") == "z/self.zone:2:10: z/self.zone includes itself");
  folder.file("z/one.zone", "$INCLUDE two.zone\n");
  folder.file("z/two.zone", "\n$INCLUDE ./one.zone\n");
  CHECK(folder.fault("z/one.zone") ==
        "z/two.zone:2:10: z/one.zone includes itself, by way of z/two.zone");
  for (int i = 0; i < 10; ++i)
    folder.file("z/deep" + std::to_string(i), "$INCLUDE deep" + std::to_string(i + 1) + '\n');
  CHECK(folder.fault("z/deep0") ==
        "z/deep8:1:10: expected files included at most 8 deep, got `deep9`");
  folder.file("z/bad/in.zone", "\n\na A 1\n");
  folder.file("z/inner.zone", "$INCLUDE bad/in.zone\n");
  CHECK(folder.fault("z/inner.zone") == "z/bad/in.zone:3:5: expected an IPv4 address, got `1`");
}

TEST_CASE("A load includes a bounded number of files, and can be stopped at each",
          "[auth][zone][negative]") {
  const Folder folder;
  for (int i = 0; i < 6; ++i) {
    std::string text;
    for (int k = 0; k < 1000; ++k) text += "$INCLUDE b" + std::to_string(i + 1) + '\n';
    folder.file("b" + std::to_string(i), text);
  }
  folder.file("b6", "");
  CHECK(folder.fault("b0") == "b5:996:10: expected at most 1,000 files included in all");
  unsigned calls = 0;
  ZoneFileOptions options;
  options.progress = [&](auto...) { return ++calls < 7; };
  const auto content = read_zone_file(folder.path("b0"), zone, options);
  REQUIRE_FALSE(content);
  CHECK(content.error().text == "stopped");
  CHECK(calls == 7);
}

TEST_CASE("Directives alone are counted for progress, too", "[auth][zone][negative]") {
  ZoneFileOptions stopping;
  stopping.progress = [](auto...) { return false; };
  std::string many;
  for (int i = 0; i < 40'000; ++i) many += "$TTL 1\n";
  CHECK(fault_of(many, stopping) == "z: stopped");
}

TEST_CASE("Reading goes on behind a fault when more are wanted", "[auth][zone][negative]") {
  const Folder folder;
  const auto faults = [&](const std::string& text) {
    std::vector<InputFault> more;
    ZoneFileOptions options;
    options.more_faults = &more;
    folder.file("in/main", text);
    const auto content = read_zone_file(folder.path("in/main"), zone, options);
    std::vector<std::string> out;
    if (!content) more.insert(more.begin(), content.error());
    for (const InputFault& fault : more)
      out.push_back(std::filesystem::path(fault.file).filename().string() + ':' +
                    std::to_string(fault.line) + ':' + std::to_string(fault.column));
    return out;
  };
  using Places = std::vector<std::string>;
  folder.file("in/sub", "a A 1\nb A 192.0.2.1\nc A 2\n");
  CHECK(faults("a A 192.0.2.1\n").empty());
  CHECK(faults("a A x\nb A 192.0.2.1\n MX (\n x )\n$INCLUDE sub\n$INCLUDE none\nc NOSUCH x\n") ==
        Places{"main:1:5", "main:4:2", "sub:1:5", "sub:3:5", "main:6:10", "main:7:3"});
  CHECK(faults("a A x\nb TXT \"open\nc A x\n") == Places{"main:1:5", "main:2:7"});
  std::string many;
  for (int i = 0; i < 100; ++i) many += "a A x\n";
  CHECK(faults(many).size() == ZoneFileOptions::faults_most);
}

TEST_CASE("Only regular files are read", "[auth][zone][negative]") {
  const Folder folder;
  CHECK(folder.fault("none") == "none: cannot open the file: No such file or directory");
  folder.file("dir/x", "");
  CHECK(folder.fault("dir") == "dir: expected a regular file");
  REQUIRE(::mkfifo(folder.path("pipe").c_str(), 0600) == 0);
  CHECK(folder.fault("pipe") == "pipe: expected a regular file");
  folder.file("includes", "$INCLUDE pipe\n");
  CHECK(folder.fault("includes") ==
        "includes:1:10: expected a file (expected a regular file), got `pipe`");
}

TEST_CASE("A file longer than a window is read whole, its faults at their place", "[auth][zone]") {
  const Folder folder;
  std::string text = "\xEF\xBB\xBF$TTL 60\n";
  std::size_t lines = 1;
  for (; text.size() < 1'000'000; ++lines)
    text += lines % 50 == 0 ? "t TXT ( \"" + std::string(200, 'x') + "\"\n \"" +
                                  std::to_string(lines++) + "\" ) ; two lines\n"
                            : "h" + std::to_string(lines) + " A 192.0.2.1\n";
  folder.file("good", text);
  const auto from_file = read_zone_file(folder.path("good"), zone, {});
  const auto from_text = read_zone_text(text, "x", zone, {});
  REQUIRE(from_file);
  REQUIRE(from_text);
  CHECK(from_file->record_count() == from_text->record_count());
  CHECK(from_file->record_count() > 40'000);
  folder.file("bad", text + "bad A x\n");
  CHECK(folder.fault("bad") ==
        "bad:" + std::to_string(lines + 1) + ":7: expected an IPv4 address, got `x`");
  folder.file("open", text + "bad TXT (\n" + text + text);
  CHECK(folder.fault("open").starts_with("open:" + std::to_string(lines + 1) +
                                         ":1: expected a record"
                                         " or comment of at most"));
}

TEST_CASE("read_rdata() reads one rdata relative to the zone", "[auth][zone]") {
  const auto mx = read_rdata(dns::Type::mx, "10 mail", zone);
  REQUIRE(mx);
  CHECK(rdata_to_text(dns::Type::mx, *mx) == "10 mail.example.org.");
  const auto txt = read_rdata(dns::Type::txt, " \"a;b\" ( c ) ; comment", zone);
  REQUIRE(txt);
  CHECK(rdata_to_text(dns::Type::txt, *txt) == "\"a;b\" \"c\"");
  CHECK(read_rdata(dns::Type::naptr, "1 2 \"\" \"\" \"\" .", zone));
}

TEST_CASE("read_rdata() tells the column in the text", "[auth][zone][negative]") {
  const auto fault = [](dns::Type type, std::string_view text) {
    const auto rdata = read_rdata(type, text, zone);
    return rdata ? "none" : rdata.error().to_text();
  };
  CHECK(fault(dns::Type::mx, "x") == "1:1: expected a number of at most 65535, got `x`");
  CHECK(fault(dns::Type::mx, "10 a b") == "1:6: expected the end of the record, got `b`");
  CHECK(fault(dns::Type::a, "") == "1:1: expected an IPv4 address, got the end of the record");
  CHECK(fault(dns::Type::a, "192.0.2.1\n192.0.2.2") == "2:1: expected the rdata of one record");
  CHECK(fault(dns::Type::txt, "\"x") == "1:1: expected a closing quote");
}
