"""Servers that misbehave, as threads of this process: one silent, one slow, one that garbles."""
import random
import socket
import threading
import time
from dataclasses import dataclass

from . import wire
from .zones import SLOW_SECONDS


class BothTransports:
    """An address that takes datagrams and connections. Subclasses that answer say how in serve_udp(socket) and
    serve_tcp(socket), each in a thread of its own until `ended`."""

    def __init__(self, host, port):
        self.host, self.port = host, port
        self.ended, self.threads, self.sockets = False, [], []

    serve_udp = serve_tcp = None

    def start(self):
        for kind, serve in ((socket.SOCK_DGRAM, self.serve_udp), (socket.SOCK_STREAM, self.serve_tcp)):
            sock = socket.socket(socket.AF_INET, kind)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, kind == socket.SOCK_STREAM)
            sock.bind((self.host.address, self.port))
            sock.settimeout(0.02)
            if kind == socket.SOCK_STREAM:
                sock.listen(64)
            self.sockets.append(sock)
            if serve is not None:
                self.threads.append(threading.Thread(target=serve, args=(sock,), daemon=True))
                self.threads[-1].start()

    def answers(self):
        return True

    def stop(self):
        self.ended = True
        for thread in self.threads:
            thread.join()
        for sock in self.sockets:
            sock.close()

    def each_stream(self, sock, serve):
        """Accepts until the end; serve(stream, peer) runs in a thread of its own."""
        while not self.ended:
            try:
                stream, peer = sock.accept()
            except OSError:
                continue
            threading.Thread(target=serve, args=(stream, peer), daemon=True).start()


class Silent(BothTransports):
    """Takes datagrams and connections and never says a word."""


def address_reply(packet, zone, own_address):
    """The authoritative answer to one query: every name has the A record 192.0.2.5, ns1 our own; all else is NODATA."""
    name, rrtype = wire.parse(packet).question
    _, end = wire.read_name(packet, 12)
    if rrtype == "A":
        address = own_address if name.lower() == f"ns1.{zone}" else "192.0.2.5"
        record = b"\xc0\x0c\0\1\0\1" + (60).to_bytes(4, "big") + b"\0\4" + socket.inet_aton(address)
    else:
        soa = b"\xc0\x0c\xc0\x0c" + b"".join(number.to_bytes(4, "big") for number in (1, 60, 60, 600, 60))
        record = wire.encode_name(zone) + b"\0\6\0\1" + (60).to_bytes(4, "big") + len(soa).to_bytes(2, "big") + soa
    counts = bytes([0, 1, 0, rrtype == "A", 0, rrtype != "A", 0, 0])
    return packet[:2] + b"\x84\0" + counts + packet[12:end + 4] + record


@dataclass(frozen=True)
class Asked:
    """One query as a server saw it."""
    name: str
    type: str
    port: int
    query: wire.Reply
    packet: bytes


class Answering:
    """A UDP server in a thread. Each kind says in replies() what is sent for one query, and when."""

    zone = ""

    def __init__(self, host, port):
        self.host, self.port = host, port
        self.asked = []                       # [Asked], in the order they came
        self.sock, self.thread, self.ended = None, None, False

    def replies(self, packet):
        """[(seconds to wait, octets)], in the order of sending."""
        raise NotImplementedError

    def start(self):
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind((self.host.address, self.port))
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def count(self, name):
        """How often the name was asked for."""
        return sum(1 for each in list(self.asked) if each.name.lower() == name.lower())

    def answers(self):
        return True

    def stop(self):
        self.ended = True
        if self.thread is not None:
            self.thread.join()
            self.sock.close()

    def _serve(self):
        waiting = []                          # [(when, octets, peer)], in order: all wait equally long
        while not self.ended:
            self.sock.settimeout(0.005 if waiting else 0.1)
            try:
                packet, peer = self.sock.recvfrom(4096)
                query = wire.parse(packet)
                self.asked.append(Asked(*query.question, peer[1], query, packet))
                waiting += [(time.monotonic() + delay, octets, peer) for delay, octets in self.replies(packet)]
            except (OSError, ValueError, IndexError):
                pass
            while waiting and waiting[0][0] <= time.monotonic():
                _, octets, peer = waiting.pop(0)
                self.sock.sendto(octets, peer)


class Slow(Answering):
    """Thinks a while before each answer, and counts what it was asked."""

    zone = "slow.example."

    def replies(self, packet):
        return [(SLOW_SECONDS, address_reply(packet, self.zone, self.host.address))]


def garble(rng, octets):
    """One to four random changes to a message: flipped bits, cut, doubled, overwritten with ill-boding octets."""
    octets = bytearray(octets)
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(octets)) if octets else 0
        kind = rng.randrange(6)
        if kind == 0 and octets:
            octets[at] ^= 1 << rng.randrange(8)
        elif kind == 1 and octets:
            octets[at] = rng.choice((0, 1, 0x3F, 0x40, 0x7F, 0x80, 0xC0, 0xFF))
        elif kind == 2:
            del octets[at:]
        elif kind == 3:
            octets[at:at] = octets[at:at + rng.randint(1, 40)]
        elif kind == 4:
            octets[at:at + 2] = rng.choice((b"\xc0\x0c", b"\xff\xff", b"\0\0", b"\0\x29", b"\xc0" + bytes([at & 0xFF])))
        else:
            octets += rng.randbytes(rng.randint(1, 60))
    return bytes(octets)


class Garbling(Answering):
    """Sends a garbled answer or three, all but one with the right ID and question, then the right answer."""

    zone = "garbled.example."

    def __init__(self, host, port):
        super().__init__(host, port)
        self.rng = random.Random(20)

    def replies(self, packet):
        right = address_reply(packet, self.zone, self.host.address)
        body = len(packet[:12]) + len(wire.encode_name(wire.parse(packet).question[0])) + 4
        wrong = [right[:body] + garble(self.rng, right[body:]) for _ in range(self.rng.randint(1, 3))]
        return [(0, octets) for octets in (*wrong, garble(self.rng, right), right)]


ODD = {"silent": Silent, "slow": Slow, "garbling": Garbling}
