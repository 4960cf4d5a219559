// Reasons for clients are made from rows of the faults table alone, and fit an EDE option.
#include "dns/because.hpp"

#include <catch2/catch.hpp>

using namespace windlass;
using namespace windlass::dns;

TEST_CASE("A reason has its row's code, text and name", "[dns][ede]") {
  const Ede ede = because<Fault::key_no_zone_bit>("example.org.", "4711");
  CHECK(ede.code == EdeCode::no_zone_key_bit);
  CHECK(ede.text == "example.org. DNSKEY: key 4711 has no zone key bit");
  CHECK(ede.fault == Fault::key_no_zone_bit);
  CHECK(to_text(ede) ==
        "11 (No Zone Key Bit Set): example.org. DNSKEY: key 4711 has no zone key bit");
  CHECK(to_text(Ede{EdeCode::not_ready, ""}) == "14 (Not Ready)");
}

TEST_CASE("However long the names, times and tags stay in the text", "[dns][ede][negative]") {
  const std::string name(250, 'x');
  const Ede ede = because<Fault::signature_expired>(name + ". A", "key 4711 (RSASHA256)",
                                                    "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z",
                                                    "2026-03-01T00:00:00Z");
  CHECK(ede.text.size() <= ede_text_octets_max);
  for (const char* part : {". A:", "key 4711", "2026-02-01T00:00:00Z", "now 2026-03-01T00:00:00Z"})
    CHECK(ede.text.find(part) != std::string::npos);
}
