// Which questions the answer cache knows again, and what it must not take for the same.
#include "resolver/answer_cache.hpp"

#include <catch2/catch.hpp>

#include "dns/name.hpp"
#include "test/unit/octets.hpp"

namespace {
using namespace windlass;
using resolver::AnswerCache;
using test::Bytes;
using Question = AnswerCache::Question;

constexpr HashKey key{1, 2};
constexpr std::int64_t age_ms = 1000, life_ms = 60'000;

/// A query with the flags 0x0100 (RD) unless told otherwise; `more` goes behind the question.
Bytes query(const std::string& name, std::uint8_t type = 1, const std::string& flags = "0100",
            const std::string& more = "") {
  Bytes out =
      test::from_hex("abcd " + flags + " 0001 0000 0000 " + (more.empty() ? "0000" : "0001"));
  const auto wire = dns::Name::literal(name);
  out.insert(out.end(), wire.wire().begin(), wire.wire().end());
  for (const std::uint8_t octet : {std::uint8_t{0}, type, std::uint8_t{0}, std::uint8_t{1}})
    out.push_back(octet);
  const Bytes behind = test::from_hex(more);
  out.insert(out.end(), behind.begin(), behind.end());
  return out;
}

/// The query as its own answer: QR set, `fill` octets behind it.
Bytes answer_to(Bytes message, std::size_t fill = 16) {
  message[2] |= 0x80;
  message.resize(message.size() + fill, 0x5A);
  return message;
}

const std::string edns = "00 0029 04d0 00000000 0000", edns_do = "00 0029 04d0 00008000 0000";

struct Shelf {
  AnswerCache cache{1u << 16, key};
  void keep(const Bytes& q, std::size_t limit = 1232, AnswerCache::Tag tag = {0, 3, 2, 7}) {
    const auto question = Question::read(q, limit);
    REQUIRE(question);
    cache.keep(*question, answer_to(q), tag, life_ms, age_ms);
  }
  bool knows(const Bytes& q, std::size_t limit = 1232, std::int64_t at_ms = age_ms) const {
    const auto question = Question::read(q, limit);
    return question && cache.find(*question, at_ms);
  }
};

TEST_CASE("a kept answer comes back with the ID and the case of the new question",
          "[resolver][answer_cache]") {
  Shelf shelf;
  shelf.keep(query("www.example."));
  Bytes again = query("wWW.eXample.");
  again[0] = 0x12, again[1] = 0x34;
  const auto question = Question::read(again, 1232);
  REQUIRE(question);
  const auto kept = shelf.cache.find(*question, age_ms);
  REQUIRE(kept);
  CHECK(kept->tag.slot == 3);
  CHECK(kept->tag.labels == 2);
  CHECK(kept->tag.generation == 7);
  Bytes out(512);
  out.resize(AnswerCache::copy(*kept, *question, out));
  CHECK(out == answer_to(again));
  Bytes narrow(20);
  CHECK(AnswerCache::copy(*kept, *question, narrow) == 0);
}

TEST_CASE("a question that differs in anything but case and ID is another",
          "[resolver][answer_cache][negative]") {
  Shelf shelf;
  shelf.keep(query("www.example.", 1, "0100", edns));
  REQUIRE(shelf.knows(query("WWW.example.", 1, "0100", edns)));
  CHECK_FALSE(shelf.knows(query("ww.example.", 1, "0100", edns)));
  CHECK_FALSE(shelf.knows(query("www.example.", 28, "0100", edns)));
  CHECK_FALSE(shelf.knows(query("www.example.", 1, "0000", edns)));  // RD
  CHECK_FALSE(shelf.knows(query("www.example.", 1, "0110", edns)));  // CD
  CHECK_FALSE(shelf.knows(query("www.example.", 1, "0120", edns)));  // AD
  CHECK_FALSE(shelf.knows(query("www.example.", 1, "0100")));        // no EDNS
  CHECK_FALSE(shelf.knows(query("www.example.", 1, "0100", edns_do)));
  CHECK_FALSE(shelf.knows(query("www.example.", 1, "0100", edns), 512));
  CHECK_FALSE(shelf.knows(query("www.example.", 1, "0100", edns), 65'535));
}

TEST_CASE("letters of type and class have no case", "[resolver][answer_cache][negative]") {
  Shelf shelf;
  shelf.keep(query("www.example.", 'a'));
  CHECK(shelf.knows(query("www.example.", 'a')));
  CHECK_FALSE(shelf.knows(query("www.example.", 'A')));
}

TEST_CASE("a cookie is no reason to miss; other options, more options and records are",
          "[resolver][answer_cache][negative]") {
  const auto with = [](const std::string& behind) {
    return Question::read(query("www.example.", 1, "0100", behind), 1232).has_value();
  };
  CHECK(with("00 0029 04d0 00000000 000c 000a 0008 0102030405060708"));
  CHECK_FALSE(with("00 0029 04d0 00000000 0004 0003 0000"));            // NSID
  CHECK_FALSE(with("00 0029 04d0 00000000 0008 000a 0000 000a 0000"));  // two
  CHECK_FALSE(with("00 0029 04d0 00000000 0004 000a 0004"));            // overruns
  CHECK_FALSE(with("00 0029 04d0 00000000 0003 000a 00"));              // cut
  CHECK_FALSE(with("00 0001 0001 00000000 0004 7f000001"));             // no OPT
  CHECK_FALSE(with("00 0029 04d0 00000000 0000 00"));                   // left over
  Bytes twice = query("www.example.", 1, "0100", edns + edns);
  twice[11] = 2;
  CHECK_FALSE(Question::read(twice, 1232));
  Bytes behind = query("www.example.");
  behind.push_back(0);
  CHECK_FALSE(Question::read(behind, 1232));
}

TEST_CASE("every short length is no question", "[resolver][answer_cache][negative]") {
  const Bytes whole = query("www.example.", 1, "0100", edns);
  REQUIRE(Question::read(whole, 1232));
  for (std::size_t octets = 0; octets < whole.size(); ++octets)
    CHECK_FALSE(Question::read(std::span(whole).first(octets), 1232));
}

TEST_CASE("an answer ends with its life", "[resolver][answer_cache][negative]") {
  Shelf shelf;
  shelf.keep(query("www.example."));
  CHECK(shelf.knows(query("www.example."), 1232, age_ms + life_ms - 1));
  CHECK_FALSE(shelf.knows(query("www.example."), 1232, age_ms + life_ms));
}

TEST_CASE("a newer answer takes the older one's place", "[resolver][answer_cache]") {
  Shelf shelf;
  shelf.keep(query("www.example."), 1232, {0, 0, 2, 1});
  shelf.keep(query("www.example."), 1232, {0, 0, 2, 2});
  const auto kept = shelf.cache.find(*Question::read(query("www.example."), 1232), age_ms);
  REQUIRE(kept);
  CHECK(kept->tag.generation == 2);
  shelf.cache.clear();
  CHECK_FALSE(shelf.knows(query("www.example.")));
}

TEST_CASE("the ring holds its size whatever is kept, and what it still holds is whole",
          "[resolver][answer_cache][negative]") {
  AnswerCache cache(8192, key);
  const std::size_t octets = cache.memory_octets();
  CHECK(octets <= 8192);
  const auto name = [](int i) { return "n" + std::to_string(i) + ".example."; };
  for (int i = 0; i < 2000; ++i) {
    const Bytes q = query(name(i));
    cache.keep(*Question::read(q, 512), answer_to(q, static_cast<std::size_t>(i % 700)),
               {0, 0, 0, static_cast<std::uint64_t>(i)}, life_ms, age_ms);
    int held = 0;
    for (int j = std::max(0, i - 40); j <= i; ++j) {
      const Bytes asked = query(name(j));
      const auto question = Question::read(asked, 512);
      const auto kept = cache.find(*question, age_ms);
      if (!kept) continue;
      ++held;
      CHECK(kept->tag.generation == static_cast<std::uint64_t>(j));
      Bytes out(4096);
      out.resize(AnswerCache::copy(*kept, *question, out));
      CHECK(out == answer_to(asked, static_cast<std::size_t>(j % 700)));
    }
    CHECK(held > 0);
  }
  CHECK(cache.memory_octets() == octets);
}

TEST_CASE("answers to another question, too large or without life are not kept",
          "[resolver][answer_cache][negative]") {
  Shelf shelf;
  const Bytes q = query("www.example.");
  const auto question = Question::read(q, 1232);
  shelf.cache.keep(*question, answer_to(query("ww2.example.")), {}, life_ms, age_ms);
  CHECK_FALSE(shelf.knows(q));
  shelf.cache.keep(*question, answer_to(q, 1u << 15), {}, life_ms, age_ms);
  CHECK_FALSE(shelf.knows(q));
  shelf.cache.keep(*question, answer_to(q), {}, 0, age_ms);
  CHECK_FALSE(shelf.knows(q));
  shelf.cache.keep(*question, test::from_hex("abcd"), {}, life_ms, age_ms);
  CHECK_FALSE(shelf.knows(q));
}

TEST_CASE("a cache of no octets keeps nothing", "[resolver][answer_cache][negative]") {
  AnswerCache none(0, key);
  const Bytes q = query("www.example.");
  none.keep(*Question::read(q, 1232), answer_to(q), {}, life_ms, age_ms);
  CHECK_FALSE(none.find(*Question::read(q, 1232), age_ms));
  CHECK(none.memory_octets() == 0);
}
}  // namespace
