// Root hints and trust anchors: built in, or files in zone file form.
#include <algorithm>
#include <charconv>
#include <sstream>

#include "conf/embedded.hpp"
#include "conf/file_text.hpp"
#include "conf/settings.hpp"
#include "dns/ldns_bridge.hpp"

namespace windlass::conf {
namespace {
constexpr std::size_t most_octets = 4u << 20;
constexpr std::size_t most_secrets = 3;  ///< the old, the present, the next one (RFC 9018 5)

ConfError named(const Source& source, ConfError error) {
  if (!source.named_at.empty()) error.text += "; named at " + source.named_at;
  return error;
}

Loaded<std::string> text_of(const Source& source, std::string_view embedded_text) {
  if (source.embedded()) return std::string(embedded_text);
  auto text = file_text(source.file, most_octets);
  if (!text) return named(source, text.error());
  return text;
}

ConfError zone_error(const Source& source, std::size_t line, const char* code,
                     const std::string& text) {
  return named(source, {source.file, line, line == 0 ? 0u : 1u, code, text});
}

std::optional<IpAddress> address_of(const dns::ZoneRecord& record) {
  const std::span<const std::uint8_t> rdata(record.rdata);
  if (record.type == dns::Type::a && rdata.size() == 4) return IpAddress::v4(rdata.first<4>());
  if (record.type == dns::Type::aaaa && rdata.size() == 16) return IpAddress::v6(rdata.first<16>());
  return std::nullopt;
}

/// nullopt: not 32 hexadecimal digits.
std::optional<resolver::CookieSecret> secret_of(std::string_view digits) {
  resolver::CookieSecret secret{};
  if (digits.size() != 2 * secret.size()) return std::nullopt;
  for (std::size_t i = 0; i < secret.size(); ++i) {
    const char* at = digits.data() + 2 * i;
    const auto read = std::from_chars(at, at + 2, secret[i], 16);
    if (read.ec != std::errc{} || read.ptr != at + 2) return std::nullopt;
  }
  return secret;
}

/// The names of the root's NS records, without addresses yet.
std::vector<resolver::RootServer> server_names(const std::vector<dns::ZoneRecord>& records) {
  std::vector<resolver::RootServer> servers;
  for (const dns::ZoneRecord& record : records) {
    if (record.type != dns::Type::ns || !record.owner.is_root()) continue;
    if (const auto name = dns::Name::from_wire(record.rdata)) servers.push_back({*name, {}});
  }
  return servers;
}
}  // namespace

Loaded<std::vector<resolver::RootServer>> load_root_hints(const Source& source) {
  const auto text = text_of(source, embedded::root_hints);
  if (!text) return text.error();
  const auto records = dns::parse_zone_text(*text, dns::Name{}, 3'600'000);
  if (!records)
    return zone_error(source, records.error().line, "WL-CONF-010",
                      "root hints: " + records.error().what);
  auto servers = server_names(*records);
  for (const dns::ZoneRecord& record : *records) {
    const auto address = address_of(record);
    const auto server = std::find_if(servers.begin(), servers.end(),
                                     [&](auto& s) { return s.name == record.owner; });
    if (address && server != servers.end()) server->addresses.push_back(*address);
  }
  std::erase_if(servers, [](const auto& server) { return server.addresses.empty(); });
  if (servers.empty())
    return zone_error(source, 0, "WL-CONF-010",
                      "root hints without a server; expected NS records of the root, and A or AAAA "
                      "records of their names");
  return servers;
}

Loaded<std::vector<resolver::CookieSecret>> load_cookie_secrets(const Source& source) {
  std::vector<resolver::CookieSecret> secrets;
  if (source.made()) return secrets;
  const auto text = text_of(source, "");
  if (!text) return text.error();
  std::istringstream lines(*text);
  std::size_t number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    const auto end = line.find_last_not_of(" \t\r");
    if (end == std::string::npos || line.front() == '#') continue;
    const auto secret = secret_of(std::string_view(line).substr(0, end + 1));
    if (!secret)
      return zone_error(source, number, "WL-CONF-013",
                        "cookie secret: expected 32 hexadecimal digits, or a comment behind #");
    secrets.push_back(*secret);
  }
  if (secrets.empty() || secrets.size() > most_secrets)
    return zone_error(source, 0, "WL-CONF-013",
                      "cookie secrets: " + std::to_string(secrets.size()) +
                          " of them; expected 1 to " + std::to_string(most_secrets));
  return secrets;
}

Loaded<std::vector<validator::Anchor>> load_anchors(const Source& source) {
  const auto text = text_of(source, embedded::root_key);
  if (!text) return text.error();
  auto anchors = validator::TrustAnchors::parse(*text);
  if (!anchors)
    return zone_error(source, anchors.error().line, "WL-CONF-011",
                      "trust anchors: " + anchors.error().what);
  return *std::move(anchors);
}
}  // namespace windlass::conf
