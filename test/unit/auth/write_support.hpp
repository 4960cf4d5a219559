#pragma once
// What the tests of write/ share: a folder that goes away, zones from a few lines, a store's answer
// to "what stands there".
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <unistd.h>

#include "auth-plugin/store/node.hpp"
#include "auth-plugin/write/depot.hpp"
#include "auth-plugin/zone/zone_file.hpp"
namespace windlass::auth::test {

using Bytes = std::vector<std::uint8_t>;

class Folder {
 public:
  Folder() {
    std::string pattern = "/tmp/windlass-write-XXXXXX";
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

inline dns::Name name(std::string_view text) {
  return dns::Name::literal(text);
}

/// A zone text; `$ORIGIN` is the zone, the TTL 300 where none is said.
inline ZoneContent zone_of(std::string_view zone, std::string_view lines) {
  ZoneFileOptions options;
  options.default_ttl = 300;
  auto content = read_zone_text(lines, "test.zone", name(zone), options);
  if (!content) FAIL(content.error().to_text());
  return *std::move(content);
}

inline constexpr std::string_view apex_lines =
    "@ SOA ns hostmaster 7 3600 900 604800 300\n@ NS ns\nns A 192.0.2.1\n";

inline Bytes rdata(dns::Type type, std::string_view text, std::string_view zone = "example.org.") {
  auto octets = read_rdata(type, text, name(zone));
  if (!octets) FAIL(octets.error().to_text());
  return *std::move(octets);
}

inline Edit set(std::string_view owner, dns::Type type, std::vector<Bytes> rdatas,
                std::uint32_t ttl = 300) {
  return {name(owner), type, ttl, Edit::Way::replace, std::move(rdatas)};
}

inline DepotOptions options_for(const Folder& folder) {
  DepotOptions options;
  options.folder = folder.path();
  options.map_octets = std::uint64_t{1} << 30;
  options.group_commit_ms = 0;
  return options;
}

inline std::shared_ptr<Depot> open(const DepotOptions& options) {
  auto depot = Depot::open(options, {});
  if (!depot) FAIL(depot.error().text);
  return *std::move(depot);
}

template <class T>
T must(StoreResult<T> result) {
  if (!result) FAIL(result.error().text);
  return *std::move(result);
}

/// The zone as the truth has it, a line a record.
inline std::string text_of(const Depot& depot, std::string_view zone) {
  std::string out;
  must(depot.each_rrset(
      name(zone), [&out](const RRsetSlice& rrset) { return append_zone_lines(out, rrset), true; }));
  return out;
}

/// A node's value as serve.mdb has it; empty: there is none.
inline Bytes node_of(Depot& depot, std::string_view zone, std::string_view owner) {
  auto reader = must(depot.reader());
  must(reader->begin());
  const auto key = Key::node(zid_of(name(zone)), name(zone), name(owner));
  const Row row = must(reader->seek(Table::node, Seek::exact, key->octets()));
  Bytes out;
  if (row.found) out.assign(row.value.begin(), row.value.end());
  reader->end();
  return out;
}

/// The only rdata of an RRset in serve.mdb; empty: it is not there.
inline Bytes served(Depot& depot, std::string_view zone, std::string_view owner, dns::Type type) {
  const Bytes value = node_of(depot, zone, owner);
  if (value.empty()) return {};
  const auto node = NodeView::parse(value);
  REQUIRE(node);
  const auto found = node->find(type);
  if (!found || found->rdata.empty()) return {};
  const auto first = found->rdata.front();
  return {first.begin(), first.end()};
}

/// All rows of serve.mdb's node table of one zone, as octets: for "the same as compiled anew".
inline Bytes all_nodes(Depot& depot, std::string_view zone) {
  auto reader = must(depot.reader());
  must(reader->begin());
  const Key front(zid_of(name(zone)));
  Bytes out;
  for (Row row = must(reader->seek(Table::node, Seek::at_or_next, front.octets())); row.found;
       row = must(reader->seek(Table::node, Seek::next, front.octets()))) {
    out.insert(out.end(), row.key.begin(), row.key.end());
    out.insert(out.end(), row.value.begin(), row.value.end());
    reader->release();
  }
  reader->end();
  return out;
}
}  // namespace windlass::auth::test
