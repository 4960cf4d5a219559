"""Scripted servers on loopback: the benders, which change what a zone's true server says, and the relay that delv asks.

A bender asks the real server over TCP, so that it always has the whole reply, and cuts it to what the client can take itself.
"""
import socketserver
import threading

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rdatatype

from ..internet import wire
from . import replies

PORT = 53
SECONDS = 3


class _Udp(socketserver.ThreadingUDPServer):
    daemon_threads, max_packet_size = True, 65535
    block_on_close = False


class _Tcp(socketserver.ThreadingTCPServer):
    daemon_threads, allow_reuse_address, request_queue_size = True, True, 64
    block_on_close = False


class Scripted:
    """Answers on one address over UDP and TCP with reply(query): a message, or None for silence."""

    def __init__(self, address):
        answer = self._answer

        class OverUdp(socketserver.BaseRequestHandler):
            def handle(self):
                octets = answer(self.request[0], False)
                if octets:
                    self.request[1].sendto(octets, self.client_address)

        class OverTcp(socketserver.BaseRequestHandler):
            def handle(self):
                try:
                    while True:
                        octets = answer(wire.read_frame(self.request), True)
                        if octets:
                            self.request.sendall(wire.frame(octets))
                except (EOFError, OSError):
                    pass

        self.servers = [_Udp((address, PORT), OverUdp), _Tcp((address, PORT), OverTcp)]
        self.threads = [threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True) for server in self.servers]

    def reply(self, query):
        raise NotImplementedError

    def start(self):
        for thread in self.threads:
            thread.start()

    def stop(self):
        for server in self.servers:
            server.shutdown()
            server.server_close()

    def _answer(self, packet, tcp):
        try:
            query = dns.message.from_wire(packet)
            said = self.reply(query)
        except (dns.exception.DNSException, OSError, EOFError, ValueError):
            return None
        if said is None:
            return None
        said.id = query.id
        octets = said.to_wire(max_size=65535)
        room = 65535 if tcp else max(512, query.payload if query.edns >= 0 else 512)
        if len(octets) > room:
            short = dns.message.make_response(query)
            short.flags = said.flags | dns.flags.TC
            octets = short.to_wire()
        return octets


def fetch(name, rrtype, address):
    """The true reply of a real server, whole; None when it has nothing to say."""
    query = dns.message.make_query(name, rrtype, want_dnssec=True, payload=4096)
    query.flags &= ~dns.flags.RD
    try:
        said = dns.query.tcp(query, address, SECONDS, PORT)
    except (dns.exception.DNSException, OSError, EOFError):
        return None
    said.question = query.question
    return said


class Bender(Scripted):
    """Stands where a zone's servers are said to be, and bends what the true server says."""

    def __init__(self, address, build, zone):
        super().__init__(address)
        self.build, self.zone = build, zone
        self.bends = [replies.TABLE[title] for title in zone.defects if title in replies.TABLE]

    def reply(self, query):
        question = query.question[0]
        said = fetch(question.name, question.rdtype, self.build.true_address(self.zone))
        if said is None:
            return None
        for bend in self.bends:
            bend(replies.Said(self.zone, self.build.keys[self.zone.name], self.build.contents[self.zone.name], said,
                              lambda name, rrtype, zone=self.zone: fetch(name, rrtype, self.build.true_address(zone))))
        return said


class Relay(Scripted):
    """A resolver without a judgement of its own: asks the servers of the zone that holds the name, as they are announced."""

    def __init__(self, address, build):
        super().__init__(address)
        self.build = build

    def _answer(self, packet, tcp):
        try:
            name, length = dns.name.from_wire(packet, 12)
            above = int.from_bytes(packet[12 + length:14 + length], "big") == dns.rdatatype.DS
            exchange = wire.exchange_tcp if tcp else wire.exchange_udp
            said = exchange(packet, self.build.address(self.build.plan.holder(name, above)), PORT, SECONDS)
        except (dns.exception.DNSException, OSError, EOFError, ValueError):
            return None
        flags = (int.from_bytes(said[2:4], "big") | dns.flags.RA) & ~dns.flags.AA
        return said[:2] + flags.to_bytes(2, "big") + said[4:]
