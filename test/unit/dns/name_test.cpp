// Name in wire form and in text, the relations between names, and the order of RFC 4034
// section 6.1. Method: octets by hand; long names built to sit exactly on the bounds.
#include "dns/name.hpp"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "base/rng.hpp"
#include "test/unit/dns/hex.hpp"

using namespace windlass;
using namespace windlass::dns;
using windlass::dns::test::hex;

namespace {
Errc fault_of_text(std::string_view text) {
  const auto name = Name::from_text(text);
  REQUIRE_FALSE(name);
  return name.error().code;
}

Errc fault_of_wire(const std::vector<std::uint8_t>& octets) {
  const auto name = Name::from_wire(octets);
  REQUIRE_FALSE(name);
  return name.error().code;
}

/// 255 octets: three labels of 63, one of 61, the root.
std::string longest_text() {
  const std::string label(63, 'a');
  return label + "." + label + "." + label + "." + std::string(61, 'b') + ".";
}

Name operator""_name(const char* text, std::size_t size) {
  return Name::literal({text, size});
}

constexpr HashKey key{0x0706050403020100u, 0x0f0e0d0c0b0a0908u};
}  // namespace

TEST_CASE("A name is read from wire form and knows its size", "[dns][name]") {
  const auto octets = hex("03 'www' 07 'example' 03 'org' 00 ff ff");
  const auto name = Name::from_wire(octets);
  REQUIRE(name);
  CHECK(name->size_octets() == 17);
  CHECK(name->label_count() == 3);
  CHECK(name->to_text() == "www.example.org.");
  CHECK(std::vector(name->wire().begin(), name->wire().end()) ==
        std::vector(octets.begin(), octets.end() - 2));
}

TEST_CASE("Wire form is refused at every length short of whole", "[dns][name][negative]") {
  const auto octets = hex("03 'www' 07 'example' 03 'org' 00");
  for (std::size_t length = 0; length < octets.size(); ++length) {
    CAPTURE(length);
    CHECK(fault_of_wire({octets.begin(), octets.begin() + static_cast<std::ptrdiff_t>(length)}) ==
          Errc::truncated);
  }
}

TEST_CASE("Label types other than plain are refused", "[dns][name][negative]") {
  CHECK(fault_of_wire(hex("c0 00")) == Errc::bad_label);
  CHECK(fault_of_wire(hex("40 00")) == Errc::bad_label);
  CHECK(fault_of_wire(hex("80 00")) == Errc::bad_label);
  CHECK(fault_of_wire(hex("01 'a' ff")) == Errc::bad_label);
}

TEST_CASE("255 octets are a name, 256 are none", "[dns][name]") {
  const auto longest = Name::from_text(longest_text());
  REQUIRE(longest);
  CHECK(longest->size_octets() == Name::max_octets);
  CHECK(Name::from_wire(longest->wire())->same_case(*longest));

  std::vector<std::uint8_t> longer(longest->wire().begin(), longest->wire().end());
  longer[192] = 62;
  longer.insert(longer.begin() + 193, 'b');
  REQUIRE(longer.size() == 256);
  CHECK(fault_of_wire(longer) == Errc::name_too_long);
  CHECK(fault_of_text("b" + longest_text()) == Errc::name_too_long);
  CHECK(fault_of_text("b." + longest_text()) == Errc::name_too_long);
}

TEST_CASE("127 labels are the most", "[dns][name]") {
  std::string text;
  for (int i = 0; i < 127; ++i) text += "a.";
  const Name name = Name::literal(text);
  CHECK(name.label_count() == Name::max_labels);
  CHECK(name.size_octets() == 255);
  CHECK(name.common_labels(name) == 127);
  CHECK((name.canonical_order(name.parent()) > 0));
  CHECK(fault_of_text("a." + text) == Errc::name_too_long);
}

TEST_CASE("The final dot may be left out", "[dns][name]") {
  CHECK(Name::literal("example.org").same_case("example.org."_name));
  CHECK(Name::literal(".").is_root());
  CHECK(Name{}.is_root());
  CHECK(Name{}.to_text() == ".");
  CHECK(Name{}.label_count() == 0);
}

TEST_CASE("Escapes are read and written", "[dns][name]") {
  const auto name = Name::from_text("a\\.b\\\\.\\\"c\\000\\255.\\100\\e.");
  REQUIRE(name);
  const auto expected = hex("04 'a.b' 5c 04 '\"c' 00 ff 02 'de' 00");
  CHECK(std::vector(name->wire().begin(), name->wire().end()) == expected);
  CHECK(name->to_text() == "a\\.b\\\\.\\\"c\\000\\255.de.");
}

TEST_CASE("Every octet survives text", "[dns][name]") {
  for (unsigned value = 0; value < 256; ++value) {
    const std::vector<std::uint8_t> wire{1, static_cast<std::uint8_t>(value), 0};
    const auto name = Name::from_wire(wire);
    REQUIRE(name);
    const auto again = Name::from_text(name->to_text());
    REQUIRE(again);
    CHECK(again->same_case(*name));
  }
}

TEST_CASE("Text that is no name is refused", "[dns][name][negative]") {
  CHECK(fault_of_text("") == Errc::bad_text);
  CHECK(fault_of_text("..") == Errc::bad_text);
  CHECK(fault_of_text(".example") == Errc::bad_text);
  CHECK(fault_of_text("a..b") == Errc::bad_text);
  CHECK(fault_of_text("a..") == Errc::bad_text);
  CHECK(fault_of_text("a b.") == Errc::bad_text);
  CHECK(fault_of_text("\xC3\xA4.example") == Errc::bad_text);
  CHECK(fault_of_text("a\\") == Errc::bad_label);
  CHECK(fault_of_text("a\\1") == Errc::bad_label);
  CHECK(fault_of_text("a\\12") == Errc::bad_label);
  CHECK(fault_of_text("a\\12x") == Errc::bad_label);
  CHECK(fault_of_text("a\\256") == Errc::bad_label);
  CHECK(fault_of_text(std::string(64, 'a')) == Errc::name_too_long);
  CHECK(Name::from_text(std::string(63, 'a')));
}

TEST_CASE("Names are equal without ASCII case, and hash alike", "[dns][name]") {
  const Name lower_case = "www.a-much-longer-label.example.org."_name;
  const Name mixed_case = "WwW.A-muCH-longer-laBel.EXAMPLE.oRG."_name;
  CHECK(lower_case == mixed_case);
  CHECK_FALSE(lower_case.same_case(mixed_case));
  CHECK(lower_case.same_case(mixed_case.lowercase()));
  CHECK(lower_case.hash(key) == mixed_case.hash(key));
  CHECK(lower_case.hash(key) != "www.a-much-longer-label.example.com."_name.hash(key));
  CHECK(lower_case.hash(key) != lower_case.hash({1, 2}));
}

TEST_CASE("Only A to Z have case", "[dns][name]") {
  // Octets beside the alphabet, and letters with bit 7 set, differ by 32 and are still different.
  for (unsigned value = 0; value < 256; ++value)
    for (const std::size_t fill : {0u, 5u, 20u}) {
      std::vector<std::uint8_t> wire{static_cast<std::uint8_t>(fill + 1)};
      wire.insert(wire.end(), fill, 'x');
      wire.push_back(static_cast<std::uint8_t>(value));
      wire.push_back(0);
      const Name name = *Name::from_wire(wire);
      wire[wire.size() - 2] ^= 0x20;
      const Name flipped = *Name::from_wire(wire);
      const unsigned folded = value | 0x20u;
      const bool letter = folded >= 'a' && folded <= 'z';
      CAPTURE(value, fill);
      CHECK((name == flipped) == letter);
      CHECK((name.hash(key) == flipped.hash(key)) == letter);
      CHECK((name.canonical_order(flipped) == 0) == letter);
    }
}

TEST_CASE("A difference in any one octet is seen", "[dns][name][negative]") {
  for (std::size_t labels = 1; labels <= 12; ++labels) {
    std::string text;
    for (std::size_t i = 0; i < labels; ++i) text += "ab.";
    const Name name = Name::literal(text);
    std::vector<std::uint8_t> wire(name.wire().begin(), name.wire().end());
    for (std::size_t i = 0; i < wire.size(); ++i) {
      if (wire[i] < 'a') continue;
      wire[i] ^= 1;
      CHECK_FALSE(*Name::from_wire(wire) == name);
      wire[i] ^= 1;
    }
  }
}

TEST_CASE("Parents, suffixes and first labels", "[dns][name]") {
  const Name name = "www.example.org."_name;
  CHECK(name.parent() == "example.org."_name);
  CHECK("org."_name.parent().is_root());
  CHECK(Name{}.parent().is_root());
  CHECK(name.suffix(2) == "example.org."_name);
  CHECK(name.suffix(0).is_root());
  CHECK(name.suffix(3) == name);
  const auto label = name.first_label();
  CHECK(std::string(label.begin(), label.end()) == "www");
  CHECK(Name{}.first_label().empty());
}

TEST_CASE("Wildcards and labels in front", "[dns][name]") {
  const Name name = "example.org."_name;
  CHECK(name.wildcard()->to_text() == "*.example.org.");
  CHECK(name.wildcard()->is_wildcard());
  CHECK(Name{}.wildcard()->is_wildcard());
  CHECK_FALSE(name.is_wildcard());
  CHECK_FALSE("**.example.org."_name.is_wildcard());
  CHECK_FALSE("a.*.org."_name.is_wildcard());
  CHECK(name.with_label(hex("'a.b'"))->to_text() == "a\\.b.example.org.");
}

TEST_CASE("Labels that do not fit are refused", "[dns][name][negative]") {
  const Name longest = Name::literal(longest_text());
  CHECK(longest.wildcard().error().code == Errc::name_too_long);
  CHECK(longest.parent().with_label(std::vector<std::uint8_t>(63, 'x')));
  CHECK(longest.parent().with_label({}).error().code == Errc::bad_label);
  CHECK(Name{}.with_label(std::vector<std::uint8_t>(64, 'x')).error().code == Errc::bad_label);
}

TEST_CASE("A DNAME's rewriting keeps what is in front", "[dns][name]") {
  const Name name = "a.b.example.org."_name;
  CHECK(name.rebased("example.org."_name, "example.com."_name)->to_text() == "a.b.example.com.");
  CHECK(name.rebased("ORG."_name, Name{})->to_text() == "a.b.example.");
  CHECK(name.rebased(Name{}, "x."_name)->to_text() == "a.b.example.org.x.");
  CHECK(name.rebased("org."_name, Name::literal(longest_text())).error().code ==
        Errc::name_too_long);
}

TEST_CASE("Below is decided at label boundaries", "[dns][name]") {
  const Name zone = "example.org."_name;
  CHECK(zone.is_at_or_below(zone));
  CHECK(zone.is_at_or_below("EXAMPLE.ORG."_name));
  CHECK("www.Example.org."_name.is_at_or_below(zone));
  CHECK(zone.is_at_or_below(Name{}));
  CHECK(Name{}.is_at_or_below(Name{}));
  CHECK("www.example.org."_name.is_below(zone));
  CHECK_FALSE(zone.is_below(zone));
  CHECK_FALSE("org."_name.is_at_or_below(zone));
  CHECK_FALSE("badexample.org."_name.is_at_or_below(zone));
  CHECK_FALSE("example.com."_name.is_at_or_below(zone));
  CHECK_FALSE(Name{}.is_at_or_below(zone));
}

TEST_CASE("Octets that look like a suffix inside a label are none", "[dns][name][negative]") {
  // One label whose octets are the wire form of example.org: the last octets agree, the boundary
  // does not.
  const auto name = Name::from_wire(hex("0e 'xx' 07 'example' 03 'org' 00"));
  REQUIRE(name);
  REQUIRE(name->label_count() == 1);
  CHECK_FALSE(name->is_at_or_below("example.org."_name));
  CHECK(name->common_labels("example.org."_name) == 0);
}

TEST_CASE("Common labels are counted from the root", "[dns][name]") {
  CHECK("a.example.org."_name.common_labels("b.EXAMPLE.org."_name) == 2);
  CHECK("a.example.org."_name.common_labels("example.org."_name) == 2);
  CHECK("a.example.org."_name.common_labels("a.example.com."_name) == 0);
  CHECK(Name{}.common_labels("org."_name) == 0);
}

TEST_CASE("The canonical order is that of RFC 4034 6.1", "[dns][name]") {
  const std::vector<Name> ordered{Name{},
                                  "example."_name,
                                  "a.example."_name,
                                  "yljkjljk.a.example."_name,
                                  "Z.a.example."_name,
                                  "zABC.a.EXAMPLE."_name,
                                  "z.example."_name,
                                  "\\001.z.example."_name,
                                  "*.z.example."_name,
                                  "\\200.z.example."_name};
  for (std::size_t i = 0; i < ordered.size(); ++i)
    for (std::size_t j = 0; j < ordered.size(); ++j) {
      CAPTURE(ordered[i].to_text(), ordered[j].to_text());
      CHECK((ordered[i].canonical_order(ordered[j]) == (i <=> j)));
    }
}

TEST_CASE("Random names agree with the plain definitions", "[dns][name]") {
  SeededRng random(4034);
  const auto draw = [&random](std::uint32_t bound) { return random.below(bound); };
  const auto random_name = [&] {
    std::string text;
    for (unsigned labels = draw(4); labels > 0; --labels) {
      for (unsigned octets = 1 + draw(9); octets > 0; --octets) text += "aAbB"[draw(4)];
      text += '.';
    }
    return Name::literal(text.empty() ? "." : text);
  };
  for (int round = 0; round < 20'000; ++round) {
    const Name a = random_name(), b = random_name();
    const std::string a_text = a.lowercase().to_text(), b_text = b.lowercase().to_text();
    const bool equal = a_text == b_text;
    const bool below =
        b.is_root() || equal ||
        (a_text.size() > b_text.size() &&
         a_text.compare(a_text.size() - b_text.size() - 1, std::string::npos, "." + b_text) == 0);
    if ((a == b) != equal || (a.hash(key) == b.hash(key)) != equal ||
        (a.canonical_order(b) == 0) != equal || a.is_at_or_below(b) != below ||
        (a.common_labels(b) == b.label_count()) != below)
      FAIL(a_text << " and " << b_text);
  }
  SUCCEED();
}
