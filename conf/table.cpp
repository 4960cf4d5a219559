#include "conf/table.hpp"

#include <deque>

#include "conf/forms.hpp"

namespace windlass::conf {
namespace {
struct Minimisations {
  static constexpr std::array<std::string_view, 3> words{"relaxed", "strict", "off"};
};
struct Levels {
  static constexpr std::array<std::string_view, 5> words{"error", "warning", "notice", "info",
                                                         "debug"};
};
struct LogFormats {
  static constexpr std::array<std::string_view, 2> words{"text", "json"};
};

/// A row from a form and a captureless lambda that finds the field.
template <class Form, class Find>
Row row(std::string_view path, Takes takes, std::string help, Find) {
  return {path,
          takes,
          Form::text(),
          std::move(help),
          [](Reader& reader, const Value& value, Settings& settings, const Row&) {
            return Form::read(reader, value, Find{}(settings));
          },
          [](const Settings& settings, const Row&) {
            return Form::show(Find{}(const_cast<Settings&>(settings)));  // only read
          }};
}

// clang-format off
#define FIELD(member) [](Settings& s) -> auto& { return s.member; }
constexpr auto reload = Takes::reload;
constexpr auto restart = Takes::restart;
constexpr std::int64_t day_s = 86'400, week_s = 7 * day_s;

std::vector<Row> own_rows() {
  return {
    row<Listeners>("listen", restart, "Addresses and ports where clients ask, over UDP and TCP; without a port 53.", FIELD(listen)),
    row<CountOrAuto<256>>("workers", restart, "Threads that answer; auto is one a core.", FIELD(workers)),
    row<Prefixes>("access.allow", reload, "Clients that are served; others get REFUSED.", FIELD(access.allow)),
    row<Prefixes>("access.deny", reload, "Clients that are not served although `allow` holds them.", FIELD(access.deny)),
    row<Prefixes>("access.snoop", reload, "Clients that may ask for cached data with RD=0.", FIELD(access.snoop)),
    row<FileName>("recursion.root_hints", reload, "`built-in`, or a file in root hints form (zone file form).", FIELD(root_hints)),
    row<ServerList>("recursion.local_root", reload, "Servers that give the root zone away (AXFR), asked in turn. A copy that is verified (ZONEMD, RFC 8976) answers in place of the root servers (RFC 8806); none: they are asked.", FIELD(local_root)),
    row<OnOff>("recursion.priming", reload, "The root servers themselves are asked for their names and addresses (RFC 8109).", FIELD(resolver.priming)),
    row<Choice<Minimisations>>("recursion.qname_minimisation", reload, "Servers see no more of a name than they must (RFC 9156); strict gives up where a server errs, relaxed shows it the name.", FIELD(resolver.minimisation)),
    row<OnOff>("recursion.case_randomisation", reload, "Letters of questions change case at random and must come back so (0x20).", FIELD(resolver.case_randomisation)),
    row<OnOff>("recursion.aggressive_nsec", reload, "Names and types are denied from proven NSEC and NSEC3 records in the cache, and proven wildcards answer for other names (RFC 8198).", FIELD(resolver.aggressive_nsec)),
    row<OnOff>("recursion.prefetch", reload, "What clients ask for in the last part of its life (`limits.prefetch`) is fetched anew before it ends.", FIELD(resolver.prefetch)),
    row<OnOff>("recursion.special_names", reload, "Special names (`localhost.`, `home.arpa.`, reverse zones of private addresses, ...: docs/reference/special_names.md) are answered here and asked of nobody, but for those in a local zone, a forward or stub zone, or below a trust anchor of their own.", FIELD(resolver.special_names)),
    row<Names>("recursion.special_names_except", reload, "Names at or below these are resolved like any other, although they are special.", FIELD(resolver.special_names_except)),
    row<NamesOrOff>("recursion.rebinding_protection", reload, "Private addresses are taken out of answers, but for names at or below these (`[]`: none) and in local zones; names that lead there by alias count too. `off`: all names may hold them.", FIELD(resolver.rebinding_protection)),
    row<OnOff>("recursion.ipv4", reload, "Servers are asked over IPv4.", FIELD(resolver.ipv4)),
    row<OnOff>("recursion.ipv6", reload, "Servers are asked over IPv6.", FIELD(resolver.ipv6)),
    row<Addresses>("recursion.source_addresses", reload, "Addresses from which servers are asked; none: the system chooses.", FIELD(source_addresses)),
    row<DenyList>("recursion.deny_upstream", reload, "Addresses that are never asked; `own` stands for those we listen on.",
        [](Settings& s) { return DenyField{s.resolver.deny_upstream, s.deny_own}; }),
    row<Count<1, 65535>>("recursion.upstream_port", reload, "Port at which authoritative servers are asked; another than 53 only in laboratories.", FIELD(resolver.upstream_port)),
    row<OnOff>("cookies.answer", reload, "Clients that send a DNS cookie get one (RFC 7873); who sends ours back is not held to `limits.response_rate`.", FIELD(resolver.cookies.answer)),
    row<OnOff>("cookies.ask", reload, "Servers are asked with DNS cookies; a reply without the cookie that the server is known to give counts as forged.", FIELD(resolver.cookies.ask)),
    row<FileName>("cookies.secret", reload, "`auto`: drawn at start; or a file with 32 hexadecimal digits a line, for servers that share an address: the first makes cookies, each is believed (RFC 9018).", FIELD(cookie_secret)),
    row<Zones>("forward", reload, "Zones for which recursive servers are asked, the first of them first where they are equally fast; without @port at port 53. `first: true`: when none of them answers the public tree is asked; `tcp: true`: over TCP alone.", FIELD(resolver.forwards)),
    row<Zones>("stub", reload, "Zones whose authoritative servers are named here; the rest as with `forward`.", FIELD(resolver.stubs)),
    row<ViewList>("views", reload, "Settings for `clients` at some prefixes, the longest prefix counts; what a view does not say is as at top level. `local_zones`: local zones at or below these names are there for them (`all`: all); `dns64`: as `dns64.prefix`, for all of them; `rate_limits: false`: `limits.response_rate` and `limits.late_answers` do not count for them; the rest as the settings of these names.", FIELD(resolver.views)),
    row<TranslationPrefix>("dns64.prefix", reload, "Prefix of a translator to IPv4 (RFC 6052): names without an AAAA get one made of their A (RFC 6147), and reverse names below it lead to those of their IPv4 addresses.", FIELD(resolver.dns64.prefix)),
    row<Prefixes>("dns64.exclude", reload, "AAAA in these prefixes count as none.", FIELD(resolver.dns64.exclude)),
    row<Prefixes>("dns64.clients", reload, "Clients that get addresses made so.", FIELD(resolver.dns64.clients)),
    row<TextOrOff<255>>("identity.version", reload, "What `version.bind.` and `version.server.` say (TXT of class CH); off: REFUSED.", FIELD(resolver.identity.version)),
    row<TextOrOff<255>>("identity.name", reload, "What `hostname.bind.` and `id.server.` say (TXT of class CH, RFC 4892); off: REFUSED.", FIELD(resolver.identity.name)),
    row<TextOrOff<128>>("identity.nsid", reload, "What clients are told that ask with the EDNS option NSID (RFC 5001); off: nothing.", FIELD(resolver.identity.nsid)),
    row<OnOff>("dnssec.validation", reload, "Answers are validated; off: no answer is ever secure or bogus.", FIELD(validator.validation)),
    row<FileName>("dnssec.trust_anchors", reload, "`built-in`, or a file of DS or DNSKEY records in zone file form, of any zones; an empty file means no anchors.", FIELD(trust_anchors)),
    row<OnOff>("dnssec.auto_update", reload, "Keys of trust anchors' zones are followed as they change (RFC 5011), and what is learnt is kept in `state_dir`; off: the trust anchor file alone counts.", FIELD(auto_update)),
    row<OnOff>("dnssec.key_tag_signal", reload, "Servers of a trust anchor's zone are told the key tags trusted here, when they are asked for its keys (RFC 8145).", FIELD(validator.key_tag_signal)),
    row<OnOff>("dnssec.sentinel", reload, "Names that begin with `root-key-sentinel-is-ta-` or `-not-ta-` tell which keys of the root are trusted here (RFC 8509).", FIELD(validator.sentinel)),
    row<Algorithms>("dnssec.disabled_algorithms", reload, "Algorithms treated as unsupported: insecure, never bogus.", FIELD(validator.disabled_algorithms)),
    row<Negatives>("dnssec.negative_trust_anchors", reload, "Names below which nothing is validated (RFC 7646); without `until` as long as they stand here.", FIELD(negative_anchors)),
    row<Octets<1 << 20, std::int64_t{1} << 40>>("cache.size", restart, "Memory that all caches together may hold.", FIELD(cache.size_octets)),
    row<Seconds<0, 3600>>("cache.min_ttl", restart, "Least TTL of data in the cache.", FIELD(cache.min_ttl_s)),
    row<Seconds<1, week_s>>("cache.max_ttl", restart, "Greatest TTL of data in the cache.", FIELD(cache.max_ttl_s)),
    row<Seconds<0, day_s>>("cache.max_negative_ttl", restart, "Greatest TTL of denials in the cache.", FIELD(cache.max_negative_ttl_s)),
    row<ServeStale>("cache.serve_stale", reload, "When fresh data cannot be had, what is kept is given although its TTL is over (RFC 8767), for `max_age`; a client waits for `client_timeout` before. The same as `limits.stale_age` and `limits.stale_after`; what stands further down in the file counts.",
        [](Settings& s) { return StaleField{s.resolver.serve_stale, s.resolver.limits}; }),
    row<Plugins>("plugins", reload, "Plugins in the order they are asked; a path without a slash is looked up in the plugin directory. Another path for a plugin that runs needs a restart.", FIELD(plugins)),
    row<FileName>("control.socket", restart, "The control socket.", FIELD(control.socket)),
    row<Mode>("control.mode", restart, "Permissions of the control socket.", FIELD(control.mode)),
    row<Address>("metrics.address", restart, "Address where GET /metrics is answered.", FIELD(metrics.address)),
    row<Count<0, 65535>>("metrics.port", restart, "Its port; 0: any free one, printed at start.", FIELD(metrics.port)),
    row<FileName>("state_dir", restart, "Folder that relative file names are below; `auto`: /var/lib/windlass for root, else $XDG_STATE_HOME/windlass or ~/.local/state/windlass.", FIELD(state_dir)),
    row<Choice<Levels>>("log.level", reload, "Lines of this level and more severe ones are logged.", FIELD(log.level)),
    row<Choice<LogFormats>>("log.format", reload, "Text, or one JSON object a line.", FIELD(log.format)),
    row<OnOff>("log.queries", reload, "One line for each client query.", FIELD(log.queries)),
    row<OnOff>("log.bogus", reload, "One line for each bogus answer, with the reason.", FIELD(log.bogus)),
  };
}
#undef FIELD
// clang-format on

/// Milliseconds in one unit of a limit; 0: not a time.
std::int64_t unit_ms(Unit unit) {
  if (unit == Unit::milliseconds) return 1;
  return unit == Unit::seconds ? 1000 : 0;
}

std::string limit_value_text(Unit unit, std::int64_t value) {
  if (unit_ms(unit) != 0) return duration_text(value * unit_ms(unit));
  return unit == Unit::octets ? octets_text(value) : std::to_string(value);
}

std::string limit_form(const LimitRow& limit) {
  constexpr std::array<std::string_view, 6> kinds{"a number",   "a size",       "a duration",
                                                  "a duration", "a percentage", "a number of bits"};
  return std::string(kinds[static_cast<std::size_t>(limit.unit)]) + " from " +
         limit_value_text(limit.unit, limit.least) + " to " +
         limit_value_text(limit.unit, limit.most);
}

/// A bare number counts in the unit of the limit's row.
std::optional<std::int64_t> parse_limit(Unit unit, std::string_view text) {
  if (unit == Unit::octets) return parse_octets(text);
  const std::int64_t ms = unit_ms(unit);
  if (ms == 0) return parse_number(text);
  const auto read = parse_duration_ms(text, ms);
  if (!read || *read % ms != 0) return std::nullopt;
  return *read / ms;
}

bool read_limit(Reader& reader, const Value& value, Settings& settings, const Row& row) {
  const LimitRow& limit = row_of(row.limit);
  const auto number = value.is_scalar() ? parse_limit(limit.unit, value.text) : std::nullopt;
  if (!number) return reader.wrong(value, row.form);
  if (!settings.resolver.limits.set(row.limit, *number))
    return reader.fail(
        value, "WL-CONF-007",
        "`" + reader.path() + "` is " + described(value) + ", out of range; expected " + row.form);
  return true;
}

std::string show_limit(const Settings& settings, const Row& row) {
  return limit_value_text(row_of(row.limit).unit, settings.limits()[row.limit]);
}

/// Sockets are given their bounds when they are opened.
Takes takes_of(Limit limit) {
  const bool at_opening = limit == Limit::control_clients || limit == Limit::control_line_octets ||
                          limit == Limit::metrics_clients;
  return at_opening ? restart : reload;
}

std::vector<Row> all_rows() {
  static std::deque<std::string> paths;  // what the rows' paths point into
  std::vector<Row> rows = own_rows();
  for (const LimitRow& limit : limit_table()) {
    const auto& path = paths.emplace_back("limits." + std::string(limit.key));
    rows.push_back({path, takes_of(limit.id), limit_form(limit),
                    "Greatest: " + std::string(limit.help) + ".", read_limit, show_limit,
                    limit.id});
  }
  return rows;
}
}  // namespace

std::span<const Row> settings_table() {
  static const std::vector<Row> rows = all_rows();
  return rows;
}

std::string settings_reference() {
  const control::Place place{true, "", ""};
  const Settings standard = defaults(place);
  std::string out =
      "# Settings\n\nKeys of the configuration file, written `section: {key: value}`. Durations: "
      "`1800ms 30s 10m 1h 1d`, a bare\n"
      "number counts in seconds (of a limit: in the unit of its row in [limits](limits.md)). "
      "Sizes: `64k 256M 2G`.\n"
      "A setting marked *restart* keeps its old value at a reload.\n\n"
      "| key | expected | default | changed by | what it does |\n|---|---|---|---|---|\n";
  for (const Row& row : settings_table()) {
    const std::string shown = row.path == "state_dir" ? "auto" : row.show(standard, row);
    std::string form = row.form;
    for (std::size_t at = 0; (at = form.find('|', at)) != form.npos; at += 2) form.insert(at, "\\");
    out.append("| `")
        .append(row.path)
        .append("` | ")
        .append(form)
        .append(" | `")
        .append(shown)
        .append("` | ");
    out.append(row.takes == Takes::restart ? "restart" : "reload")
        .append(" | ")
        .append(row.help)
        .append(" |\n");
  }
  return out;
}
}  // namespace windlass::conf
