// Root hints and trust anchors: the built-in ones are whole, files replace them, broken files are
// named with their line.
#include <fstream>

#include <catch2/catch.hpp>
#include <unistd.h>

#include "conf/settings.hpp"

using namespace windlass;
using namespace windlass::conf;

namespace {
/// A file that lives as long as the test.
struct TempFile {
  std::string path;
  explicit TempFile(const std::string& text) {
    char name[] = "windlass-test-XXXXXX";
    std::string at = std::string(P_tmpdir) + "/" + name;
    const int fd = ::mkstemp(at.data());
    REQUIRE(fd >= 0);
    REQUIRE(::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
    ::close(fd);
    path = at;
  }
  ~TempFile() { ::unlink(path.c_str()); }
};
}  // namespace

TEST_CASE("The built-in hints have 13 servers with two addresses each", "[conf][sources]") {
  const auto hints = load_root_hints(std::string(built_in));
  REQUIRE(hints);
  REQUIRE(hints->size() == 13);
  for (const auto& server : *hints) {
    REQUIRE(server.addresses.size() == 2);
    CHECK(server.addresses[0].family == 4);
    CHECK(server.addresses[1].family == 6);
  }
  CHECK((*hints)[0].addresses[0].to_text() == "198.41.0.4");
  CHECK((*hints)[12].addresses[1].to_text() == "2001:dc3::35");
}

TEST_CASE("The built-in anchors are 20326 and 38696 of the root", "[conf][sources]") {
  const auto anchors = load_anchors(std::string(built_in));
  REQUIRE(anchors);
  REQUIRE(anchors->size() == 1);
  CHECK((*anchors)[0].zone.is_root());
  REQUIRE((*anchors)[0].keys.size() == 2);
  CHECK((*anchors)[0].keys[0].key_tag == 20326);
  CHECK((*anchors)[0].keys[1].key_tag == 38696);
}

TEST_CASE("Hints come from a file", "[conf][sources]") {
  const TempFile file(
      ". 60 NS ns.example.\n. 60 NS other.example.\nNS.example. 60 A 192.0.2.1\nunused.example. 60 "
      "A 192.0.2.9\n");
  const auto hints = load_root_hints(file.path);
  REQUIRE(hints);
  REQUIRE(hints->size() == 1);  // a server without an address cannot be asked
  CHECK((*hints)[0].addresses[0].to_text() == "192.0.2.1");
}

TEST_CASE("An empty anchor file means no anchors", "[conf][sources]") {
  const TempFile file("");
  const auto anchors = load_anchors(file.path);
  REQUIRE(anchors);
  CHECK(anchors->empty());
}

TEST_CASE("Broken sources are named with file and line", "[conf][sources][negative]") {
  const TempFile no_servers("example. 60 A 192.0.2.1\n");
  CHECK(std::string(load_root_hints(no_servers.path).error().code) == "WL-CONF-010");
  const TempFile garbage(". 60 NS ns.example.\nns.example. 60 A 192.0.2.300\n");
  CHECK(load_root_hints(garbage.path).error().line == 2);
  const TempFile no_key("; a comment\n. 60 IN A 192.0.2.1\n");
  const auto anchors = load_anchors(no_key.path);
  REQUIRE_FALSE(anchors);
  CHECK(anchors.error().file == no_key.path);
  CHECK(anchors.error().line == 2);
  CHECK(load_anchors(std::string("/nonexistent/root.key"))
            .error()
            .to_text()
            .starts_with("/nonexistent/root.key: cannot be read"));
}

TEST_CASE("A source that cannot be read tells where it was named", "[conf][sources][negative]") {
  const auto settings =
      load_text("dnssec:\n  trust_anchors: /nonexistent/root.key\n", "windlass.yaml");
  REQUIRE(settings);
  const std::string said = load_anchors(settings->trust_anchors).error().to_text();
  CHECK(said.find("; named at windlass.yaml:2:") != std::string::npos);
  CHECK(defaults().trust_anchors.named_at.empty());
}

TEST_CASE("Cookie secrets stand in a file, one a line; auto has none", "[conf][sources]") {
  const TempFile file(
      "# first\n000102030405060708090a0b0c0d0e0F\r\n\nffffffffffffffffffffffffffffffff  \n");
  const auto secrets = load_cookie_secrets(file.path);
  REQUIRE(secrets);
  REQUIRE(secrets->size() == 2);
  CHECK((*secrets)[0][1] == 1);
  CHECK((*secrets)[0][15] == 15);
  CHECK((*secrets)[1][7] == 0xFF);
  const auto none = load_cookie_secrets(std::string(automatic));
  REQUIRE(none);
  CHECK(none->empty());
}

TEST_CASE("Broken cookie secrets are named by line and never shown", "[conf][sources][negative]") {
  for (const std::string text :
       {"000102030405060708090a0b0c0d0e0", "000102030405060708090a0b0c0d0e0g",
        "000102030405060708090a0b0c0d0e0f0", "0x0102030405060708090a0b0c0d0e0f",
        "-1010203040506070-1090a0b0c0d0e0f"}) {
    const TempFile file("# one\n" + text + "\n");
    const auto secrets = load_cookie_secrets(file.path);
    REQUIRE_FALSE(secrets);
    CHECK(secrets.error().line == 2);
    CHECK(secrets.error().to_text().find("0102") == std::string::npos);
  }
  const TempFile empty("# nothing\n");
  CHECK_FALSE(load_cookie_secrets(empty.path));
  std::string many;
  for (int i = 0; i < 4; ++i) many += "000102030405060708090a0b0c0d0e0f\n";
  const TempFile too_many(many);
  CHECK_FALSE(load_cookie_secrets(too_many.path));
}
