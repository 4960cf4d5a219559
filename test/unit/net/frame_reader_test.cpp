// FrameReader cuts frames out of any division of a stream into pieces.
#include "net/frame_reader.hpp"

#include <catch2/catch.hpp>

#include "test/unit/net/support.hpp"

using namespace windlass::net;
using namespace windlass::net::test;

TEST_CASE("FrameReader hands out frames however the stream is cut", "[net][frame]") {
  Octets stream = framed("one");
  for (const auto* more : {"", "three"})
    for (const auto o : framed(more)) stream.push_back(o);
  const auto piece = GENERATE_REF(range<std::size_t>(1, stream.size() + 1));
  CAPTURE(piece);
  FrameReader reader;
  std::vector<std::string> got;
  for (std::size_t at = 0; at < stream.size(); at += piece) {
    reader.push(std::span(stream).subspan(at, std::min(piece, stream.size() - at)));
    while (const auto frame = reader.next()) got.push_back(text(*frame));
    reader.release();
  }
  CHECK(got == std::vector<std::string>{"one", "", "three"});
  CHECK(reader.empty());
}

TEST_CASE("FrameReader reads a frame of 65535 octets", "[net][frame]") {
  FrameReader reader;
  reader.push(framed(std::string(65'535, 'x')));
  const auto frame = reader.next();
  REQUIRE(frame);
  CHECK(frame->size() == 65'535);
  CHECK_FALSE(reader.has_frame());
}

TEST_CASE("FrameReader keeps back every frame that is not whole", "[net][frame][negative]") {
  const Octets whole = framed("abcdef");
  const auto length = GENERATE(range<std::size_t>(0, 8));
  CAPTURE(length);
  FrameReader reader;
  reader.push(std::span(whole).first(length));
  CHECK_FALSE(reader.next());
  CHECK(reader.empty() == (length == 0));
  reader.release();  // must not lose the part that is there
  reader.push(std::span(whole).subspan(length));
  const auto frame = reader.next();
  REQUIRE(frame);
  CHECK(text(*frame) == "abcdef");
}
