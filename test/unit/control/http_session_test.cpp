// HTTP octets in, octets out: keep-alive, pipelining, and a status for everything else.
#include "control/http_session.hpp"

#include <catch2/catch.hpp>

using namespace windlass::control;

namespace {
HttpPage page(std::string_view target) {
  if (target == "/metrics") return {200, "text/plain", "up 1\n"};
  return {404, "text/plain", "nothing here\n"};
}
HttpSession::Step feed(HttpSession& session, std::string_view text) {
  return session.feed({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}
bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}
}  // namespace

TEST_CASE("GET is answered and the connection kept", "[control][http]") {
  HttpSession session(page);
  for (int i = 0; i < 3; ++i) {
    const auto step = feed(session, "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK(step.out.starts_with("HTTP/1.1 200 OK\r\n"));
    CHECK(has(step.out, "Content-Length: 5\r\n"));
    CHECK(step.out.ends_with("\r\n\r\nup 1\n"));
    CHECK_FALSE(step.close);
    CHECK_FALSE(session.in_request());
  }
}

TEST_CASE("Pieces and pipelined requests", "[control][http]") {
  HttpSession session(page);
  const std::string request = "GET /metrics HTTP/1.1\r\nHost: x\r\nAccept: */*\r\n\r\n";
  for (std::size_t i = 0; i + 1 < request.size(); ++i)
    CHECK(feed(session, request.substr(i, 1)).out.empty());
  CHECK(session.in_request());
  CHECK(has(feed(session, request.substr(request.size() - 1)).out, "200 OK"));
  const std::string both = feed(session, request + request).out;
  CHECK(both.find("200 OK") != both.rfind("200 OK"));
}

TEST_CASE("HEAD has the length but no body", "[control][http]") {
  HttpSession session(page);
  const auto step = feed(session, "HEAD /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(has(step.out, "Content-Length: 5\r\n"));
  CHECK(step.out.ends_with("\r\n\r\n"));
  CHECK(has(feed(session, "GET /metrics HTTP/1.1\r\n\r\n").out, "up 1"));
}

TEST_CASE("A client that wants the connection closed gets it so", "[control][http]") {
  HttpSession session(page);
  const auto request = GENERATE("GET /metrics HTTP/1.0\r\n\r\n",
                                "GET /metrics HTTP/1.1\r\nConnection: close\r\n\r\n");
  const auto step = feed(session, request);
  CHECK(has(step.out, "200 OK"));
  CHECK(step.close);
  CHECK(feed(session, "GET /metrics HTTP/1.1\r\n\r\n").out.empty());
}

TEST_CASE("Everything else has its status", "[control][http][negative]") {
  const auto [request, status, close] = GENERATE(table<std::string, const char*, bool>({
      {"GET /other HTTP/1.1\r\n\r\n", "404", false},
      {"GET / HTTP/1.1\r\n\r\n", "404", false},
      {"DELETE /metrics HTTP/1.1\r\n\r\n", "405", false},
      {"POST /metrics HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc", "413", true},
      {"GET /metrics HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", "413",
       true},
      {"GET /metrics HTTP/9.9\r\n\r\n", "505", true},
      {"GET\r\n\r\n", "400", true},
      {"\x16\x03\x01\x02\x00\x01\r\n\r\n", "400", true},
      {"GET /metrics HTTP/1.1\r\nbad header\r\n\r\n", "400", true},
      {"GET /" + std::string(20'000, 'x') + " HTTP/1.1\r\n\r\n", "431", true},
      {"GET /metrics HTTP/1.1\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n", "431", true},
  }));
  CAPTURE(request.substr(0, 60));
  HttpSession session(page);
  const auto step = feed(session, request);
  CHECK(step.out.starts_with(std::string("HTTP/1.1 ") + status));
  CHECK(step.close == close);
}

TEST_CASE("A head that never ends is refused while it grows", "[control][http][negative]") {
  HttpSession session(page);
  HttpSession::Step step = feed(session, "GET /metrics HTTP/1.1\r\n");
  for (int i = 0; i < 2000 && !step.close; ++i) step = feed(session, "X-Filler: yyyyyyyy\r\n");
  CHECK(step.close);
  CHECK(has(step.out, "431"));
}
