#include "resolver/ask.hpp"

#include <catch2/catch.hpp>

#include "test/support/wire.hpp"

using namespace windlass;
using resolver::Ask;
using resolver::Match;
using resolver::match;
using test::Bytes;

namespace {
Ask ask_for(std::string_view name, dns::Type type = dns::Type::a) {
  Ask ask;
  ask.question = {dns::Name::literal(name), type, dns::Class::in};
  return ask;
}

/// The response to what encode() wrote: the same octets with QR set.
Bytes response_to(Bytes octets) {
  octets[2] |= 0x80;
  return octets;
}
}  // namespace

TEST_CASE("a question goes out with a random ID, random case and DO") {
  SeededRng rng(7);
  Ask first = ask_for("some.long.name.example.org."), second = first;
  const Bytes one = encode(first, {}, rng), two = encode(second, {}, rng);
  CHECK(first.message_id != second.message_id);
  CHECK_FALSE(first.question.name.same_case(second.question.name));
  const auto seen = test::decode(one);
  REQUIRE(seen);
  CHECK(seen->header.id == first.message_id);
  CHECK(seen->question.name.same_case(first.question.name));
  CHECK(seen->question.name == dns::Name::literal("some.long.name.example.org."));
  CHECK(seen->edns);
  CHECK(seen->dnssec_ok);
  CHECK(seen->payload_octets == 1232);
  CHECK_FALSE(seen->header.rd);
}

TEST_CASE("style decides about case, EDNS, RD and CD") {
  SeededRng rng(7);
  Ask ask = ask_for("Kept.Example.org.");
  ask.edns = false;
  ask.recursive = true;
  const auto seen =
      test::decode(encode(ask, {.randomise_case = false, .checking_disabled = true}, rng));
  REQUIRE(seen);
  CHECK(seen->question.name.same_case(dns::Name::literal("kept.example.org.")));
  CHECK_FALSE(seen->edns);
  CHECK(seen->header.rd);
  CHECK(seen->header.cd);
}

TEST_CASE("the answer to a question is known by ID, QR, opcode and the question itself") {
  SeededRng rng(7);
  Ask ask = ask_for("www.example.org.");
  const Bytes query = encode(ask, {}, rng);
  const Bytes good = response_to(query);
  const auto changed = [&](std::size_t at, std::uint8_t mask) {
    Bytes octets = good;
    octets[at] = static_cast<std::uint8_t>(octets[at] ^ mask);
    return match(ask, octets);
  };
  CHECK(match(ask, good) == Match::yes);
  CHECK(match(ask, query) == Match::wrong);  // no response
  CHECK(changed(0, 1) == Match::wrong);      // ID
  CHECK(changed(1, 1) == Match::wrong);
  CHECK(changed(2, 0x10) == Match::wrong);  // opcode
  CHECK(changed(5, 3) == Match::wrong);     // two questions
  CHECK(changed(13, 0x20) == Match::case_lost);
  CHECK(changed(13, 1) == Match::wrong);  // another name
  const std::size_t type_at = 12 + ask.question.name.size_octets();
  CHECK(changed(type_at + 1, 28) == Match::wrong);
  CHECK(changed(type_at + 3, 2) == Match::wrong);
}

TEST_CASE("a bare header is an answer only when it tells an error") {
  SeededRng rng(7);
  Ask ask = ask_for("www.example.org.");
  Bytes header = response_to(encode(ask, {}, rng));
  header.resize(12);
  std::fill(header.begin() + 4, header.end(), std::uint8_t{0});
  CHECK(match(ask, header) == Match::wrong);
  header[3] = 1;  // FORMERR
  CHECK(match(ask, header) == Match::yes);
}

TEST_CASE("a message cut short matches only when its question is whole", "[negative]") {
  SeededRng rng(7);
  Ask ask = ask_for("www.example.org.");
  const Bytes good = response_to(encode(ask, {}, rng));
  const std::size_t question_end = 12 + ask.question.name.size_octets() + 4;
  for (std::size_t size = 0; size < good.size(); ++size) {
    const Bytes cut(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size));
    CAPTURE(size);
    CHECK(match(ask, cut) == (size < question_end ? Match::wrong : Match::yes));
  }
}
