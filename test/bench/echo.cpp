// echo ADDRESS PORT OCTETS: answers each datagram with its own octets, QR set, filled up with zeros
// to OCTETS. It knows no DNS: what it costs is what the kernel takes for a datagram each way. Ends
// by SIGTERM.
#include <algorithm>
#include <csignal>
#include <exception>
#include <iostream>
#include <string>

#include "test/bench/udp.hpp"

namespace windlass::bench {
namespace {
volatile std::sig_atomic_t ended = 0;

void echo(const std::string& address, std::uint16_t port, std::size_t octets) {
  UdpSocket socket;
  socket.bind_to(address, port);
  std::cout << "ready" << std::endl;
  Batch batch;
  batch.answer_peers();
  while (!ended) {
    socket.wait_readable(100);
    for (unsigned count = batch.receive(socket); count > 0; count = batch.receive(socket)) {
      for (unsigned i = 0; i < count; ++i) {
        batch.data(i)[2] |= 0x80;
        batch.data(i)[3] |= 0x20;
        batch.resize(i, std::max(octets, batch.size(i)));
      }
      batch.send(socket, count);
    }
  }
}
}  // namespace
}  // namespace windlass::bench

int main(int count, char** words) try {
  if (count != 4) {
    std::cerr << "usage: echo ADDRESS PORT OCTETS\n";
    return 2;
  }
  std::signal(SIGTERM, [](int) { windlass::bench::ended = 1; });
  const std::size_t octets =
      std::min(std::stoul(words[3]), windlass::bench::Batch::datagram_octets);
  windlass::bench::echo(words[1], static_cast<std::uint16_t>(std::stoul(words[2])), octets);
  return 0;
} catch (const std::exception& error) {
  std::cerr << "echo: " << error.what() << "\n";
  return 1;
}
