#include "dns/rdata_layout.hpp"

#include <catch2/catch.hpp>

#include "dns/rrtype_table.hpp"
#include "test/unit/dns/hex.hpp"

namespace windlass::dns {
namespace {
struct Case {
  std::string_view layout, hex;
};
}  // namespace

TEST_CASE("fields of a layout fill the rdata", "[dns][rdata]") {
  const auto row = GENERATE(Case{"A", "c0000201"}, Case{"6", "20010db8000000000000000000000001"},
                            Case{"2N", "000a016100"}, Case{"N2", "00ffff"},
                            Case{"SS", "0161026262"}, Case{"T", "01610162"}, Case{"B", ""},
                            Case{"112LLB",
                                 "01000001"
                                 "02aabb"
                                 "01cc"
                                 "000140"},
                            Case{"*", "0badc0de"}, Case{"*", ""});
  CAPTURE(row.layout, row.hex);
  CHECK(has_layout(row.layout, test::hex(row.hex)));
}

TEST_CASE("rdata of another shape than its layout [negative]", "[dns][rdata]") {
  const auto row =
      GENERATE(Case{"A", "c00002"}, Case{"A", "c000020100"}, Case{"N", ""}, Case{"N", "0161"},
               Case{"N", "4061"}, Case{"N", "c00c"}, Case{"S", "0261"}, Case{"T", ""},
               Case{"T", "016102"}, Case{"L", ""}, Case{"B", "0000"}, Case{"B", "000121ff"},
               Case{"B",
                    "010140"
                    "000140"});
  CAPTURE(row.layout, row.hex);
  CHECK_FALSE(has_layout(row.layout, test::hex(row.hex)));
}
}  // namespace windlass::dns
