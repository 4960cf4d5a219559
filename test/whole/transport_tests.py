"""UDP sizes, truncation, TCP framing and pipelining."""
import socket
import time

from ..internet import wire
from ..internet.servers import has_ipv6
from .clients import dig
from .suite import Skipped, Suite, check, equal, within

suite = Suite("transport")
LARGE, HUGE = "large.big.example.", "huge.big.example."


def connected(windlass):
    return socket.create_connection(("127.0.0.1", windlass.port), timeout=8)


#      title                              edns   most octets
SIZES = (
    ("no EDNS: at most 512",              None,  512),
    ("EDNS 0 counts as 512",              0,     512),
    ("EDNS 512",                          512,   512),
    ("EDNS 1232",                         1232,  1232),
    ("EDNS 4096 is cut to our 1232",      4096,  1232),
    ("EDNS 65535 too",                    65535, 1232),
)


def truncated(lab, row):
    _, edns, most = row
    reply = lab.shared.ask(LARGE, "TXT", edns=edns, timeout=10)
    check(reply.tc, "TC not set")
    check(reply.size <= most, f"{reply.size} octets")
    equal(reply.rcode, "NOERROR", "rcode")


suite.table(SIZES, truncated, title=lambda row: f"truncated answer, {row[0]}")


@suite.test("dig follows TC to TCP and gets all of 10 kB")
def _dig_retries(lab):
    answer = dig("dig", HUGE, "TXT", "127.0.0.1", lab.shared.port)
    equal((answer.rcode, answer.ad), ("NOERROR", True), "rcode and AD")
    equal(sum(1 for line in answer.text.splitlines() if "\tTXT\t" in line), 40, "TXT records")


@suite.test("TCP: ten questions in one write, ten answers")
def _pipelining(lab):
    names = [f"any{i}.wild.p256.example." for i in range(10)]
    with connected(lab.shared) as sock:
        sock.sendall(b"".join(wire.frame(wire.query(name, "TXT", id=i)) for i, name in enumerate(names)))
        replies = [wire.parse(wire.read_frame(sock)) for _ in names]
    equal(sorted(reply.id for reply in replies), list(range(10)), "message IDs")
    for reply in replies:
        equal((reply.question[0], reply.rcode), (names[reply.id], "NOERROR"), "question and rcode")


@suite.test("TCP: a slow answer does not hold up a quick one behind it")
def _out_of_order(lab):
    lab.shared.ask("www.p256.example.")
    with connected(lab.shared) as sock:
        sock.sendall(wire.frame(wire.query(f"t{time.monotonic_ns()}.slow.example.", id=1))
                     + wire.frame(wire.query("www.p256.example.", id=2)))
        order = [wire.parse(wire.read_frame(sock)).id for _ in range(2)]
    equal(order, [2, 1], "order of answers")


@suite.test("TCP: a question one octet at a time")
def _octet_by_octet(lab):
    with connected(lab.shared) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for octet in wire.frame(wire.query("www.p256.example.", id=7)):
            sock.sendall(bytes([octet]))
        equal(wire.parse(wire.read_frame(sock)).id, 7, "message ID")


@suite.test("TCP: half a frame holds nobody up")
def _half_frame(lab):
    with connected(lab.shared) as lazy:
        lazy.sendall(b"\0\x30\x12")
        equal(within(1.0, lab.shared.ask, "www.p256.example.", tcp=True).rcode, "NOERROR", "rcode")


@suite.test("TCP: a client that goes away before its answer")
def _gone(lab):
    for i in range(20):
        with connected(lab.shared) as sock:
            sock.sendall(wire.frame(wire.query(f"g{i}x{time.monotonic_ns()}.slow.example.")))
    equal(lab.shared.ask("www.p256.example.", tcp=True).rcode, "NOERROR", "the next one")


@suite.test("TCP: an empty frame harms nobody")
def _empty_frame(lab):
    with connected(lab.shared) as sock:
        sock.sendall(b"\0\0")
    equal(lab.shared.ask("www.p256.example.", tcp=True).rcode, "NOERROR", "the next one")


@suite.test("TCP: more connections than an address may have; UDP and the next TCP client are served")
def _many(lab):
    with lab.fresh(limits={"tcp_clients_per_address": 8}) as windlass:
        held = [connected(windlass) for _ in range(20)]
        time.sleep(0.1)
        equal(windlass.ask("www.p256.example.").rcode, "NOERROR", "over UDP")
        for sock in held:
            sock.close()
        time.sleep(0.1)
        equal(windlass.ask("www.p256.example.", tcp=True).rcode, "NOERROR", "over TCP")


@suite.test("an idle TCP connection is closed after tcp_idle")
def _idle(lab):
    with lab.fresh(limits={"tcp_idle": 300}) as windlass, connected(windlass) as sock:
        began = time.monotonic()
        equal(sock.recv(1), b"", "end of stream")
        check(0.2 < time.monotonic() - began < 2.0, f"closed after {time.monotonic() - began:.2f} s")


@suite.test("listening on ::1")
def _ipv6(lab):
    if not has_ipv6():
        raise Skipped("no IPv6 here")
    windlass = lab.fresh()
    windlass.settings["listen"].append({"address": "::1", "port": windlass.port})
    windlass.write_config()
    with windlass:
        for tcp in (False, True):
            reply = wire.ask("www.p256.example.", "A", "::1", windlass.port, tcp=tcp)
            equal((reply.rcode, reply.ad), ("NOERROR", True), "rcode and AD")
