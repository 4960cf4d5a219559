// What an answer of SVCB or HTTPS brings along (RFC 9460 4.1). Goes wrong when it fails: a client
// asks once more for what the server knew, or gets records twice.
#include <catch2/catch.hpp>

#include "test/unit/auth/answer_world.hpp"

using namespace windlass;
using namespace windlass::test;

TEST_CASE("The target of a service brings its own SVCB or HTTPS, each RRset once",
          "[auth][answer]") {
  AnswerWorld world;
  world.add("example.org.", R"($ORIGIN example.org.
@ 60 SOA a b 1 1 1 1 1
@ 60 NS ns.example.net.
www 60 HTTPS 1 pool alpn=h2
www 60 HTTPS 2 pool alpn=h3
www 60 HTTPS 3 . alpn=h3
www 60 HTTPS 4 www port=8443
www 60 A 192.0.2.1
pool 60 HTTPS 1 deep
pool 60 SVCB 1 .
pool 60 A 192.0.2.2
deep 60 HTTPS 1 .
deep 60 A 192.0.2.3
one 60 SVCB 0 two
two 60 SVCB 0 one
three 60 SVCB 1 four
four 60 SVCB 1 three
four 60 AAAA 2001:db8::4
five 60 SVCB 0 three
)");
  const std::pair<const char*, const char*> rows[] = {
      {"www.example.org. HTTPS",
       "NOERROR aa | www.example.org. 60 HTTPS 1 pool.example.org. alpn=h2; "
       "www.example.org. 60 HTTPS 2 pool.example.org. alpn=h3; "
       "www.example.org. 60 HTTPS 3 . alpn=h3; "
       "www.example.org. 60 HTTPS 4 www.example.org. port=8443 | | "
       "pool.example.org. 60 A 192.0.2.2; "
       "pool.example.org. 60 HTTPS 1 deep.example.org.; "
       "www.example.org. 60 A 192.0.2.1"},
      {"one.example.org. SVCB",
       "NOERROR aa | one.example.org. 60 SVCB 0 two.example.org. | | "
       "two.example.org. 60 SVCB 0 one.example.org."},
      {"three.example.org. SVCB",
       "NOERROR aa | three.example.org. 60 SVCB 1 four.example.org. | | "
       "four.example.org. 60 AAAA 2001:db8::4; "
       "four.example.org. 60 SVCB 1 three.example.org."},
      {"five.example.org. SVCB",
       "NOERROR aa | five.example.org. 60 SVCB 0 three.example.org. | | "
       "three.example.org. 60 SVCB 1 four.example.org.; "
       "four.example.org. 60 AAAA 2001:db8::4; "
       "four.example.org. 60 SVCB 1 three.example.org."},
  };
  for (const auto& [question, expected] : rows) {
    CAPTURE(question);
    CHECK(world.said(question) == expected);
  }
}
