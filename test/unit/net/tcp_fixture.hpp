#pragma once
// A TcpListener with a sink that records, and answers when told to.
#include <functional>

#include <catch2/catch.hpp>

#include "net/tcp_listener.hpp"
#include "test/unit/net/support.hpp"

namespace windlass::net::test {

struct TcpRecorder final : TcpSink {
  struct Question {
    ConnectionId id;
    Peer peer;
    std::string octets;
  };
  std::function<void(TcpListener&, const Question&)> act;
  std::vector<Question> got;
  std::vector<ConnectionId> closed;

  void on_frame(TcpListener& from, ConnectionId id, const Peer& peer,
                std::span<const std::uint8_t> o) override {
    got.push_back({id, peer, text(o)});
    const Question question = got.back();
    if (act) act(from, question);
  }
  void on_closed(TcpListener&, ConnectionId id) override { closed.push_back(id); }
  void on_room(TcpListener& from, ConnectionId id) override {
    ++rooms;
    if (room) room(from, id);
  }
  std::function<void(TcpListener&, ConnectionId)> room;
  int rooms = 0;
};

struct TcpTurning : Turning {
  TcpRecorder sink;
  TcpOptions options;
  TcpListener::Owned listener;

  void listen() {
    auto made = TcpListener::listen(loop, loopback(), sink, options);
    REQUIRE(made);
    listener = *std::move(made);
  }
  Socket client() { return tcp_client(listener->endpoint()); }
  /// A client that has asked `q` and whose question has arrived.
  Socket asking(std::string_view q = "q") {
    const auto before = sink.got.size();
    Socket c = client();
    REQUIRE(until([&] { return c.send(framed(q)); }));
    REQUIRE(until([&] { return sink.got.size() == before + 1; }));
    return c;
  }
  void echo() {
    sink.act = [](TcpListener& l, const TcpRecorder::Question& q) {
      CHECK(l.send(q.id, test::octets(q.octets)));
    };
  }
};
}  // namespace windlass::net::test
