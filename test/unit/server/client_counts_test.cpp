// Recursions that a client waits for: an IPv4 address is one, an IPv6 /64 is one.
#include "server/client_counts.hpp"

#include <catch2/catch.hpp>

using namespace windlass;
using server::ClientCounts;

namespace {
IpAddress ip(const char* text) {
  return *IpAddress::parse(text);
}
}  // namespace

TEST_CASE("Addresses of one /64 are one client, IPv4 addresses are one each", "[server][clients]") {
  ClientCounts counts(HashKey{1, 2});
  counts.add(ip("2001:db8::1"));
  counts.add(ip("2001:db8::ffff:2"));
  counts.add(ip("192.0.2.1"));
  CHECK(counts.waiting(ip("2001:db8::3")) == 2);
  CHECK(counts.waiting(ip("2001:db8:0:1::1")) == 0);
  CHECK(counts.waiting(ip("192.0.2.1")) == 1);
  CHECK(counts.waiting(ip("192.0.2.2")) == 0);
  counts.remove(ip("2001:db8::4"));
  counts.remove(ip("2001:db8::1"));
  CHECK(counts.waiting(ip("2001:db8::1")) == 0);
}

TEST_CASE("Who waits for nothing cannot wait for less", "[server][clients][negative]") {
  ClientCounts counts(HashKey{1, 2});
  counts.remove(ip("192.0.2.1"));
  CHECK(counts.waiting(ip("192.0.2.1")) == 0);
}
