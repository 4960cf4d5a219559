// The settings table: each row has help and a default, and what it shows reads back as what it
// showed.
#include "conf/table.hpp"

#include <set>

#include <catch2/catch.hpp>

#include "conf/embedded.hpp"
#include "test/unit/conf/loading.hpp"

using namespace windlass::conf;

namespace {
/// `path: value` as a file would write it.
std::string as_file(std::string_view path, const std::string& value) {
  std::string text;
  std::size_t depth = 0;
  for (std::size_t dot; (dot = path.find('.')) != path.npos; path.remove_prefix(dot + 1), ++depth)
    text.append(depth * 2, ' ').append(path.substr(0, dot)).append(":\n");
  return text.append(depth * 2, ' ').append(path).append(": ").append(value).append("\n");
}
}  // namespace

TEST_CASE("The built-in default is a good file", "[conf][table]") {
  const auto settings = load_text(embedded::default_yaml, "default.yaml", at_root);
  if (!settings) FAIL(settings.error().to_text());
  CHECK(difference(*settings, defaults(at_root)).changed.empty());
}

TEST_CASE("Each row has a path of its own, a form and help", "[conf][table]") {
  std::set<std::string_view> paths;
  for (const Row& row : settings_table()) {
    CAPTURE(row.path);
    CHECK(paths.insert(row.path).second);
    CHECK_FALSE(row.form.empty());
    CHECK(row.help.ends_with("."));
  }
  CHECK(paths.size() == 54 + windlass::limit_table().size());
}

TEST_CASE("What a row shows reads back as the same value", "[conf][table]") {
  const auto settings = load_text(R"(
listen: [{address: "2001:db8::1", port: 53}]
access: {deny: [192.0.2.0/24], snoop: ["::1"]}
recursion: {deny_upstream: [own, "::/127"], root_hints: "/a b/c: d", special_names_except: [a., ip6.arpa], rebinding_protection: [corp.example.]}
dns64: {prefix: "2001:db8:64::/96"}
views: [{name: a, clients: [192.0.2.1], stub: [{zone: ., servers: [192.0.2.2]}], dns64: off}]
identity: {version: "off", name: "a: \"b\"", nsid: ns1}
forward: [{zone: 'we\.ird.example', servers: ["192.0.2.1@54", "2001:db8::2"], tcp: true}]
stub: [{zone: ., servers: [192.0.2.2], first: true}]
dnssec: {negative_trust_anchors: [{name: a., reason: "say \"no\"\n\\", until: 2030-12-01}, {name: ., reason: "on"}]}
plugins: [{name: "true", path: x.so, config: {a: [1, {b: "c"}]}}]
log: {level: debug}
)",
                                  "f", at_root);
  if (!settings) FAIL(settings.error().to_text());
  for (const Settings& one : {*settings, defaults(at_root)}) {
    for (const Row& row : settings_table()) {
      const std::string text = as_file(row.path, row.show(one, row));
      CAPTURE(text);
      const auto again = load_text(text, "f", at_root);
      if (!again) FAIL(again.error().to_text());
      CHECK(row.show(*again, row) == row.show(one, row));
    }
  }
}

TEST_CASE("No row takes a value of a foreign form", "[conf][table][negative]") {
  for (const Row& row : settings_table()) {
    const std::string text = as_file(row.path, "{no_such_member: [[]]}");
    CAPTURE(text);
    CHECK_FALSE(load_text(text, "f", at_root));
  }
}

TEST_CASE("shown() and the reference hold every row", "[conf][table]") {
  const auto views = shown(defaults(at_root));
  const std::string reference = settings_reference();
  CHECK(views.size() == settings_table().size());
  for (const Row& row : settings_table())
    CHECK(reference.find("| `" + std::string(row.path) + "` |") != std::string::npos);
  CHECK(reference.find(
            "| `cache.size` | a size from 1M to 1024G (64k, 256M, 2G) | `256M` | restart |") !=
        std::string::npos);
}
