// A file over the defaults: what it says holds, what it does not say is the default, and every
// mistake is told with its line and column, what was expected, and the nearest right word.
#include <cstdio>
#include <fstream>

#include <catch2/catch.hpp>
#include <unistd.h>

#include "test/unit/conf/loading.hpp"

using namespace windlass;
using namespace windlass::conf;

TEST_CASE("An empty file is a working resolver on loopback", "[conf][load]") {
  const auto settings = load(GENERATE("", "# nothing\n", "access:\n", "{}"));
  REQUIRE(settings);
  REQUIRE(settings->listen.size() == 2);
  CHECK(settings->listen[0].to_text() == "127.0.0.1@5300");
  CHECK(settings->listen[1].to_text() == "::1@5300");
  CHECK(settings->workers == 0);
  CHECK(settings->access.allow.size() == 2);
  CHECK(settings->resolver.priming);
  CHECK(settings->resolver.minimisation == resolver::Minimisation::relaxed);
  CHECK(settings->resolver.deny_upstream.size() == 7);
  CHECK(settings->deny_own);
  CHECK(settings->resolver.upstream_port == 53);
  CHECK(settings->validator.validation);
  CHECK(settings->trust_anchors.embedded());
  CHECK(settings->cache.size_octets == 256u << 20);
  CHECK(settings->cache.max_ttl_s == 86'400);
  CHECK(settings->control.socket == "/var/lib/windlass/windlass.sock");
  CHECK(settings->control.mode == 0660);
  CHECK(settings->metrics.port == 9153);
  CHECK(settings->log.level == LogLevel::info);
  CHECK(settings->log.bogus);
}

TEST_CASE("Every kind of value is read", "[conf][load]") {
  const auto settings = load(R"(
listen: [{address: 192.0.2.1, port: 53}, {address: "2001:db8::1"}]
workers: 4
access: {allow: [192.0.2.0/24, "2001:db8::/32"], deny: [192.0.2.7]}
recursion:
  root_hints: hints.zone
  qname_minimisation: strict
  case_randomisation: false
  deny_upstream: [own, 192.0.2.128/25]
  local_root: [192.0.2.33, "2001:db8::33@5353"]
  upstream_port: 5353
  source_addresses: [192.0.2.9]
forward: [{zone: corp.example, servers: ["192.0.2.53", "192.0.2.54@5353"]}]
stub: [{zone: lab.example., servers: ["2001:db8::60@54"], first: true, tcp: true}]
dnssec:
  validation: off
  trust_anchors: /etc/anchors.key
  disabled_algorithms: [5, 7]
  negative_trust_anchors:
    - {name: broken.example., reason: "expired, sadly", until: 2030-12-01}
    - {name: gone.example.}
cache: {size: 64M, min_ttl: 5, max_ttl: 2h, max_negative_ttl: 10m}
plugins: [{name: auth, path: auth.so, config: {store: zones, n: 3}}, {name: b, path: ./b.so}]
control: {socket: /run/w.sock, mode: "0600"}
metrics: {address: "::1", port: 0}
state_dir: /srv/state
log: {level: debug, format: json, queries: true, bogus: false}
limits: {upstream_queries: 20, request_time: 4s, octets_received: 64k, failure_ttl: 2}
)");
  REQUIRE(settings);
  CHECK(settings->listen[1].to_text() == "2001:db8::1@53");
  CHECK(settings->workers == 4);
  CHECK(settings->access.deny[0].length_bits == 32);
  CHECK(settings->root_hints.file == "/srv/state/hints.zone");
  CHECK(settings->resolver.minimisation == resolver::Minimisation::strict);
  CHECK_FALSE(settings->resolver.case_randomisation);
  CHECK(settings->deny_own);
  CHECK(settings->resolver.deny_upstream.size() == 1);
  CHECK(settings->resolver.upstream_port == 5353);
  CHECK(settings->source_addresses[0].to_text() == "192.0.2.9");
  REQUIRE(settings->local_root.size() == 2);
  CHECK(settings->local_root[1].port == 5353);
  CHECK(settings->resolver.forwards[0].zone == dns::Name::literal("corp.example."));
  CHECK(settings->resolver.forwards[0].servers[0].port == 53);
  CHECK(settings->resolver.forwards[0].servers[1].port == 5353);
  CHECK(settings->resolver.stubs[0].servers[0].to_text() == "2001:db8::60@54");
  CHECK(settings->resolver.stubs[0].first);
  CHECK(settings->resolver.stubs[0].tcp);
  CHECK_FALSE(settings->resolver.forwards[0].first);
  CHECK_FALSE(settings->resolver.forwards[0].tcp);
  CHECK_FALSE(settings->validator.validation);
  CHECK(settings->trust_anchors.file == "/etc/anchors.key");
  CHECK(settings->validator.disabled_algorithms == std::vector<std::uint8_t>{5, 7});
  CHECK(settings->negative_anchors[0].reason == "expired, sadly");
  CHECK(settings->negative_anchors[0].until_wall_s == 1'922'313'600);
  CHECK(settings->negative_anchors[1].until_wall_s == 0);
  CHECK(settings->negative_anchors[1].configured);
  CHECK(settings->cache.size_octets == 64u << 20);
  CHECK(settings->cache.min_ttl_s == 5);
  CHECK(settings->cache.max_ttl_s == 7200);
  CHECK(settings->plugins[0].path == "auth.so");
  CHECK(settings->plugins[0].config_json == R"({"store":"zones","n":3})");
  CHECK(settings->plugins[1].path == "/srv/state/./b.so");
  CHECK(settings->plugins[1].config_json == "{}");
  CHECK(settings->control.socket == "/run/w.sock");
  CHECK(settings->control.mode == 0600);
  CHECK(settings->metrics.address.to_text() == "::1");
  CHECK(settings->metrics.port == 0);
  CHECK(settings->log.format == LogFormat::json);
  CHECK(settings->limits()[Limit::upstream_queries] == 20);
  CHECK(settings->limits()[Limit::request_time] == 4000);
  CHECK(settings->limits()[Limit::octets_received] == 65'536);
  CHECK(settings->limits()[Limit::failure_ttl] == 2);
  CHECK(settings->limits()[Limit::depth] == 8);
}

TEST_CASE("The state folder follows the user when the file is silent", "[conf][load]") {
  CHECK(load_text("", "", {true, "/x", "/y"})->state_dir == "/var/lib/windlass");
  CHECK(load_text("", "", {false, "/x", "/y"})->state_dir == "/x/windlass");
  CHECK(load_text("", "", {false, "", "/y"})->state_dir == "/y/.local/state/windlass");
  CHECK(load_text("", "", {false, "relative", "/y"})->control.socket ==
        "/y/.local/state/windlass/windlass.sock");
  CHECK(load_text("", "", {false, "", ""})->state_dir == "/var/lib/windlass");
}

TEST_CASE("serve_stale is a switch, or two limits by other names", "[conf][load]") {
  const auto standard = load_text("", "");
  CHECK(standard->resolver.serve_stale);
  CHECK(standard->limits()[Limit::stale_age] == 86'400);
  CHECK(standard->limits()[Limit::stale_after] == 1800);
  CHECK_FALSE(load_text("cache: {serve_stale: off}\n", "")->resolver.serve_stale);
  const auto set = load_text(
      "cache: {serve_stale: {max_age: 2h, client_timeout: 0s}}\nlimits: {stale_ttl: 10s}\n", "");
  REQUIRE(set);
  CHECK(set->resolver.serve_stale);
  CHECK(set->limits()[Limit::stale_age] == 7200);
  CHECK(set->limits()[Limit::stale_after] == 0);
  CHECK(set->limits()[Limit::stale_ttl] == 10);
  CHECK(load_text("cache: {serve_stale: {}}\n", "")->resolver.serve_stale);
}

TEST_CASE("What is answered here: special names, private addresses, translation, identity",
          "[conf][load]") {
  const auto standard = load_text("", "");
  CHECK(standard->resolver.special_names);
  CHECK(standard->resolver.special_names_except.empty());
  CHECK_FALSE(standard->resolver.rebinding_protection);
  CHECK_FALSE(standard->resolver.dns64.prefix);
  CHECK(standard->resolver.dns64.exclude.size() == 1);
  CHECK(standard->resolver.dns64.clients.size() == 2);
  CHECK(standard->resolver.identity.version.empty());
  const auto set = load_text(
      "recursion: {special_names_except: [test], rebinding_protection: []}\n"
      "dns64: {prefix: \"64:ff9b::/96\", clients: [\"2001:db8::/32\"]}\n"
      "identity: {version: off, name: \"off\", nsid: ns1}\n",
      "");
  REQUIRE(set);
  CHECK(set->resolver.special_names_except == std::vector{dns::Name::literal("test.")});
  REQUIRE(set->resolver.rebinding_protection);
  CHECK(set->resolver.rebinding_protection->empty());
  CHECK(set->resolver.dns64.prefix->to_text() == "64:ff9b::/96");
  CHECK(set->resolver.identity.version.empty());
  CHECK(set->resolver.identity.name == "off");
  CHECK(set->resolver.identity.nsid == "ns1");
}

TEST_CASE("Mistakes are told with place, code and what was expected", "[conf][load][negative]") {
  check_told(GENERATE(values<Mistake>({
      {"acess: {}\n", 1, 1, "WL-CONF-003", "did you mean `access`?"},
      {"workers: 1\ndnssec:\n  validaton: on\n", 3, 3, "WL-CONF-003",
       "`validaton` in `dnssec`; did you mean `validation`?"},
      {"limits: {upstream_querys: 3}\n", 1, 10, "WL-CONF-003", "did you mean `upstream_queries`?"},
      {"log: {qqqqqqqqqqqqqqq: 1}\n", 1, 7, "WL-CONF-003",
       "known here: level format queries bogus"},
      {"listen: [{adress: 192.0.2.1}]\n", 1, 11, "WL-CONF-003", "did you mean `address`?"},
      {"recursion: {serve_stale: on}\n", 1, 13, "WL-CONF-003", "unknown key `serve_stale`"},
      {"cache:\n  size: 1M\n  size: 2M\n", 3, 3, "WL-CONF-004", "first in line 2"},
      {"- a\n", 1, 1, "WL-CONF-005", "the file is a list; expected keys"},
      {"access: yes\n", 1, 9, "WL-CONF-005", "`access` is `yes`; expected keys"},
      {"recursion:\n  ipv4: maybe\n", 2, 9, "WL-CONF-006",
       "`recursion.ipv4` is `maybe`; expected true or false"},
      {"recursion: {ipv6: \"true\"}\n", 1, 19, "WL-CONF-006", "expected true or false"},
      {"recursion: {special_names_except: test.}\n", 1, 35, "WL-CONF-006",
       "a list of domain names"},
      {"recursion: {special_names_except: [a..b]}\n", 1, 36, "WL-CONF-006",
       "a list of domain names"},
      {"recursion: {rebinding_protection: on}\n", 1, 35, "WL-CONF-006", "off, or a list"},
      {"dns64: {prefix: \"64:ff9b::/95\"}\n", 1, 17, "WL-CONF-006", "an IPv6 prefix of /32"},
      {"dns64: {prefix: 192.0.2.0/24}\n", 1, 17, "WL-CONF-006", "an IPv6 prefix of /32"},
      {"dns64: {prefix: on}\n", 1, 17, "WL-CONF-006", "an IPv6 prefix of /32"},
      {"identity: {nsid: []}\n", 1, 18, "WL-CONF-006", "a text of at most 128 octets"},
      {"cache: {serve_stale: true}\n", 1, 22, "WL-CONF-006", "expected on, off, or {max_age"},
      {"cache: {serve_stale: {max_age: 8d}}\n", 1, 32, "WL-CONF-006", "from 1s to 7d"},
      {"cache: {serve_stale: {max_age: 1500ms}}\n", 1, 32, "WL-CONF-006", "in whole seconds"},
      {"cache: {serve_stale: {client_timeout: 2m}}\n", 1, 39, "WL-CONF-006", "from 0s to 1m"},
      {"cache: {serve_stale: {max_ttl: 1d}}\n", 1, 23, "WL-CONF-003", "unknown key `max_ttl`"},
      {"workers: many\n", 1, 10, "WL-CONF-006", "expected auto, or a number from 1 to 256"},
      {"workers: 0\n", 1, 10, "WL-CONF-007", "out of range"},
      {"metrics: {port: 65536}\n", 1, 17, "WL-CONF-007", "`metrics.port` is `65536`, out of range"},
      {"metrics: {port: -1}\n", 1, 17, "WL-CONF-006", "a number from 0 to 65535"},
      {"metrics: {address: localhost}\n", 1, 20, "WL-CONF-006", "an IPv4 or IPv6 address"},
      {"access: {allow: [192.0.2.0/24, 192.0.2.0/33]}\n", 1, 32, "WL-CONF-006", "`192.0.2.0/33`"},
      {"access: {allow: 192.0.2.0/24}\n", 1, 17, "WL-CONF-006", "a list of prefixes"},
      {"recursion: {deny_upstream: [owm]}\n", 1, 29, "WL-CONF-006", "the word own"},
      {"recursion: {qname_minimisation: lax}\n", 1, 33, "WL-CONF-006",
       "expected relaxed | strict | off"},
      {"recursion: {upstream_port: 0}\n", 1, 28, "WL-CONF-007", "from 1 to 65535"},
      {"forward: [{zone: example.}]\n", 1, 11, "WL-CONF-009", "`servers` is missing"},
      {"forward: [{zone: example., servers: []}]\n", 1, 37, "WL-CONF-006", "a list of addresses"},
      {"forward: [{zone: example., servers: [ns1.example]}]\n", 1, 38, "WL-CONF-006",
       "a server in `forward` is `ns1.example`; expected an address, with @port"},
      {"forward: [{zone: a., servers: [192.0.2.1, 192.0.2.1@0]}]\n", 1, 43, "WL-CONF-006",
       "`192.0.2.1@0`; expected an address, with @port"},
      {"forward: [{zone: a., servers: [192.0.2.1@65536]}]\n", 1, 32, "WL-CONF-006", "@port"},
      {"forward: [{zone: a., servers: [0.0.0.0]}]\n", 1, 32, "WL-CONF-006", "@port"},
      {"forward: [{zone: a., servers: [\"ff02::1\"]}]\n", 1, 32, "WL-CONF-006", "@port"},
      {"forward: [{zone: a., servers: [[192.0.2.1]]}]\n", 1, 32, "WL-CONF-006", "is a list"},
      {"forward: [{zone: a., servers: 192.0.2.1}]\n", 1, 31, "WL-CONF-006", "a list of addresses"},
      {"stub: [{zone: a., servers: [192.0.2.1, 192.0.2.1@53]}]\n", 1, 40, "WL-CONF-008",
       "a second time; remove one of them"},
      {"forward: [{zone: a., servers: [192.0.2.1], first: maybe}]\n", 1, 51, "WL-CONF-006",
       "true or false"},
      {"forward: [{zone: a., servers: [192.0.2.1], tcp: \"true\"}]\n", 1, 49, "WL-CONF-006",
       "true or false"},
      {"forward: [{zone: a., servers: [192.0.2.1], tls: true}]\n", 1, 44, "WL-CONF-003",
       "unknown key `tls`"},
      {"forward:\n  - {zone: a., servers: [192.0.2.1]}\n  - {zone: b., servers: [192.0.2.1, "
       "192.0.2.2]}\nlimits: {nameservers: 1}\n",
       3, 5, "WL-CONF-008", "b. has 2 servers; expected at most 1 (`limits.nameservers`)"},
      {"forward: [{zone: ., servers: [127.0.0.1@5300]}]\n", 1, 11, "WL-CONF-008",
       "where Windlass itself listens"},
      {"forward: [{zone: a..b, servers: [192.0.2.1]}]\n", 1, 18, "WL-CONF-006", "a domain name"},
      {"stub: [{zone: a., servers: [192.0.2.1]}, {zone: A, servers: [192.0.2.1]}]\n", 1, 42,
       "WL-CONF-008", "a second time"},
      {"forward: [{zone: a., servers: [192.0.2.1]}]\nstub: [{zone: A, servers: [192.0.2.1]}]\n", 2,
       8, "WL-CONF-008", "in `forward` and in `stub`"},
      {"recursion: {local_root: 192.0.2.1}\n", 1, 25, "WL-CONF-006", "a list of addresses"},
      {"recursion: {local_root: [a.root.example]}\n", 1, 26, "WL-CONF-006",
       "a server in `recursion.local_root` is `a.root.example`"},
      {"recursion: {local_root: [192.0.2.1, 192.0.2.1@53]}\n", 1, 37, "WL-CONF-008",
       "a second time"},
      {"dnssec: {disabled_algorithms: [256]}\n", 1, 32, "WL-CONF-006", "algorithm numbers"},
      {"dnssec:\n  negative_trust_anchors: [{name: a., until: soon}]\n", 2, 46, "WL-CONF-006",
       "a date"},
      {"cache: {size: 64kB}\n", 1, 15, "WL-CONF-006", "a size from 1M"},
      {"cache: {size: 64k}\n", 1, 15, "WL-CONF-007", "out of range"},
      {"cache: {max_ttl: 1500ms}\n", 1, 18, "WL-CONF-006", "in whole seconds"},
      {"cache: {min_ttl: 1h, max_ttl: 30m}\n", 1, 18, "WL-CONF-008",
       "`cache.min_ttl` is greater than `cache.max_ttl`"},
      {"limits:\n  timeout_max: 100ms\n", 2, 16, "WL-CONF-008",
       "`limits.first_timeout` is greater"},
      {"limits: {depth: 65}\n", 1, 17, "WL-CONF-007", "a number from 1 to 64"},
      {"limits: {request_time: 1h}\n", 1, 24, "WL-CONF-007", "from 100ms to 1m"},
      {"limits: {server_probe_min: 1500ms}\n", 1, 28, "WL-CONF-006", "a duration"},
      {"listen: []\n", 1, 9, "WL-CONF-006", "at least one"},
      {"listen: [{port: 53}]\n", 1, 10, "WL-CONF-009", "`address` is missing"},
      {"listen:\n  - {address: 192.0.2.1, port: 53}\n  - {address: 192.0.2.1}\n", 3, 5,
       "WL-CONF-008", "a second time"},
      {"recursion: {ipv4: false, ipv6: false}\n", 1, 32, "WL-CONF-008", "neither"},
      {"plugins: [{name: auth, path: a.so, config: [1]}]\n", 1, 44, "WL-CONF-006", "a map"},
      {"control: {mode: \"0999\"}\n", 1, 17, "WL-CONF-006", "octal"},
      {"control: {mode: \"0066\"}\n", 1, 17, "WL-CONF-006", "octal"},
      {"control: {socket: \"\"}\n", 1, 19, "WL-CONF-006", "a file name"},
      {"state_dir: relative\n", 1, 12, "WL-CONF-008", "an absolute path"},
      {"log: {level: loud}\n", 1, 14, "WL-CONF-006", "error | warning"},
      {"workers: [1\n", 2, 1, "WL-CONF-002", "not YAML"},
  })));
}

TEST_CASE("Each beginning of a file is settings or an error, never more",
          "[conf][load][negative]") {
  const std::string text =
      "listen: [{address: 192.0.2.1, port: 53}]\naccess:\n  allow: [\"::/0\"]\nlimits: {depth: "
      "3}\nlog: {level: \"info\"}\n";
  for (std::size_t length = 0; length <= text.size(); ++length) {
    const auto settings = load(text.substr(0, length));
    if (!settings) CHECK_FALSE(settings.error().text.empty());
  }
  CHECK(load(text));
}

TEST_CASE("Messages show no control characters and no endless values", "[conf][load][negative]") {
  const auto settings = load("workers: \"\\e[31m" + std::string(1000, 'x') + "\"\n");
  REQUIRE_FALSE(settings);
  CHECK(settings.error().text.find('\x1b') == std::string::npos);
  CHECK(settings.error().text.size() < 300);
}

TEST_CASE("A file that cannot be read is named with the cause", "[conf][load][negative]") {
  const auto missing = load_file("/nonexistent/windlass.yaml", at_root);
  REQUIRE_FALSE(missing);
  CHECK(missing.error().to_text() ==
        "/nonexistent/windlass.yaml: cannot be read: No such file or directory (WL-CONF-001)");
  const auto folder = load_file("/", at_root);
  REQUIRE_FALSE(folder);
  CHECK(folder.error().text == "cannot be read: not a file");
}

TEST_CASE("A difference lists what changed and what a reload cannot change", "[conf][load]") {
  const auto before = *load("");
  const auto after =
      *load("workers: 3\nlog: {level: debug}\ncache: {size: 64M}\nlimits: {depth: 4}\n");
  const auto change = difference(before, after);
  CHECK(change.file == "windlass.yaml");
  CHECK(change.changed ==
        std::vector<std::string>{"workers", "cache.size", "log.level", "limits.depth"});
  CHECK(change.needs_restart == std::vector<std::string>{"workers", "cache.size"});
  CHECK(difference(before, before).changed.empty());
}
