"""Random changes to valid packets, from clients and from servers: nothing falls, and good questions are answered throughout."""
import random
import socket

from ..internet import CASES, wire
from ..internet.odd import garble
from .sharing_tests import ask_together
from .suite import Suite, check, equal

suite = Suite("mutations")
SEED, BATCH = 20261, 50
UDP_PACKETS, TCP_PACKETS, GARBLED_NAMES = 12000, 8000, 1500
SENTINEL = "www.p256.example."
COOKIE = b"\0\x0a\0\x08cookie!!"
SUBNET = b"\0\x08\0\x07\0\1\x18\0\xc0\0\2"


def valid_packets():
    """Queries of every kind a client sends: all questions, with and without EDNS, options and flags."""
    packets = []
    for case in CASES:
        if "slow" in case.name:
            continue
        packets += [wire.query(case.name, case.type, edns=None), wire.query(case.name, case.type, cd=True),
                    wire.query(case.name, case.type, do=False, ad=True)]
        plain = wire.query(case.name, case.type)
        for option in (COOKIE, SUBNET, b"\0\3\0\0", b"\0\x0c\0\x20" + b"\0" * 32):
            packets.append(plain[:-2] + len(option).to_bytes(2, "big") + option)
    return packets


def still_answers(windlass, sent):
    for _ in range(3):
        try:
            reply = windlass.ask(SENTINEL, timeout=5)
            equal((reply.rcode, reply.ad), ("NOERROR", True), f"a good question after {sent} packets")
            return
        except TimeoutError:
            check(windlass.alive(), f"the server fell after {sent} packets: {windlass.log_tail()}")
    raise AssertionError(f"no answer to a good question after {sent} packets")


def drain(sock):
    """Reads what came back over UDP and counts it: each must be a well-formed message with QR set."""
    sock.setblocking(False)
    count = 0
    while True:
        try:
            octets = sock.recv(65535)
        except (BlockingIOError, ConnectionRefusedError):
            break
        check(wire.parse(octets).flags & 0x8000, "a reply without QR")
        count += 1
    sock.setblocking(True)
    return count


@suite.test(f"{UDP_PACKETS} mutated queries over UDP, seed {SEED}")
def _over_udp(lab):
    rng, packets, windlass, answered = random.Random(SEED), valid_packets(), lab.shared, 0
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        sock.connect(("127.0.0.1", windlass.port))
        for sent in range(0, UDP_PACKETS, BATCH):
            for _ in range(BATCH):
                sock.send(garble(rng, rng.choice(packets)) or b"\0")
            still_answers(windlass, sent + BATCH)
            answered += drain(sock)
    check(answered > UDP_PACKETS // 4, f"only {answered} were answered")
    check(windlass.metric("responses_total", 'rcode="FORMERR"') > 100, "hardly a FORMERR: did they arrive?")


def drain_stream(sock, seconds=3):
    """The same for a stream, until the server closes it or says nothing more."""
    sock.settimeout(seconds)
    count = 0
    try:
        while True:
            check(wire.parse(wire.read_frame(sock)).flags & 0x8000, "a reply without QR")
            count += 1
    except (EOFError, OSError):
        return count


@suite.test(f"{TCP_PACKETS} mutated queries over TCP, seed {SEED + 1}")
def _over_tcp(lab):
    rng, packets, windlass, answered = random.Random(SEED + 1), valid_packets(), lab.shared, 0
    for sent in range(0, TCP_PACKETS, BATCH):
        frames = [wire.frame(garble(rng, rng.choice(packets))) for _ in range(BATCH)]
        stream = b"".join(frames) if rng.random() < 0.7 else garble(rng, b"".join(frames))
        with socket.create_connection(("127.0.0.1", windlass.port), timeout=5) as sock:
            try:
                sock.sendall(stream)
                sock.shutdown(socket.SHUT_WR)
            except OSError:
                pass                                    # it may close on nonsense
            answered += drain_stream(sock)
        still_answers(windlass, sent + BATCH)
    check(answered > TCP_PACKETS // 8, f"only {answered} were answered")


@suite.test(f"{GARBLED_NAMES} questions to a server whose answers are garbled, then right")
def _garbled_answers(lab):
    with lab.fresh(limits={"client_inflight": 1000}) as windlass:
        right = 0
        for first in range(0, GARBLED_NAMES, 100):
            batch = [wire.query(f"g{i}.garbled.example.", id=i) for i in range(first, first + 100)]
            replies = ask_together(windlass, batch, seconds=12)
            check(windlass.alive(), f"the server fell: {windlass.log_tail()}")
            equal(len(replies), 100, f"answers of 100, names from {first}")
            right += sum(1 for reply in replies if reply.rcode == "NOERROR")
        check(right > 0, "not one came through")
        equal(windlass.ask(SENTINEL).rcode, "NOERROR", "a good question afterwards")
