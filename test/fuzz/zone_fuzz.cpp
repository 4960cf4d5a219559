// A zone text. What is read can be written, and reads back to equal content, line for line; lint
// looks at all of it. A fault has its place.
#include <algorithm>
#include <string>

#include "auth-plugin/zone/lint.hpp"
#include "auth-plugin/zone/zone_file.hpp"
#include "test/fuzz/oracle.hpp"

namespace {
using namespace windlass;
using namespace windlass::auth;
using windlass::fuzz::require;

std::string text_of(const ZoneContent& content) {
  std::string text;
  for (std::size_t i = 0; i < content.size(); ++i) append_zone_lines(text, content[i]);
  return text;
}

void check_equal(const ZoneContent& a, const ZoneContent& b) {
  require(a.size() == b.size() && a.record_count() == b.record_count(), "no RRset is lost");
  for (std::size_t i = 0; i < a.size(); ++i) {
    const RRsetSlice x = a[i], y = b[i];
    const auto equal = [](auto p, auto q) {
      return std::equal(p.begin(), p.end(), q.begin(), q.end());
    };
    require(equal(x.key, y.key) && equal(x.owner_wire, y.owner_wire), "owners and types are kept");
    require(x.ttl == y.ttl && x.count == y.count, "TTLs and counts are kept");
    require(equal(x.rdatas, y.rdatas), "rdata is kept");
  }
}

void check_order(const ZoneContent& content) {
  for (std::size_t i = 1; i < content.size(); ++i) {
    const Octets a = content[i - 1].key, b = content[i].key;
    require(std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end()), "keys rise");
  }
}
}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto zone = dns::Name::literal("example.org.");
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  ZoneFileOptions options;
  options.max_records = 10'000;
  const auto content = read_zone_text(text, "fuzz", zone, options);
  if (!content) {
    require(content.error().line > 0 && content.error().column > 0, "a fault has its place");
    require(!content.error().text.empty(), "and its text");
    return 0;
  }
  check_order(*content);
  const std::string written = text_of(*content);
  const auto again = read_zone_text(written, "again", zone, options);
  require(bool(again), "what is written can be read");
  check_equal(*content, *again);
  require(text_of(*again) == written, "and is written the same");
  require(lint(*content, 10).size() <= 1012, "findings are bounded");
  return 0;
}
