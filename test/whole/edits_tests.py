"""An edit is seen by the next query, on every worker, over every transport."""
import os
import random
import re
import socket
import time

from ..internet import wire
from .local import Operator, load, with_zones
from .local_zones import small
from .suite import Suite, check, equal

suite = Suite("edits")
ZONE = "edited.local.example."
WORKERS, EDITS, SOCKETS, ASKED_EACH = 4, 1000, 32, 6


class Clients:
    """Sockets with source ports of their own, so that the kernel spreads them over the workers."""

    def __init__(self, windlass, count):
        self.sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(count)]
        for sock in self.sockets:
            sock.settimeout(5)
            sock.connect(("127.0.0.1", windlass.port))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for sock in self.sockets:
            sock.close()

    def ask(self, sock, name, rrtype="A"):
        sock.send(wire.query(name, rrtype, do=False))
        return wire.parse(sock.recv(4096))


def worker_ns(windlass):
    """{name of a worker's thread: CPU time in ns}"""
    spent, tasks = {}, f"/proc/{windlass.process.pid}/task"
    for thread in os.listdir(tasks):
        with open(f"{tasks}/{thread}/comm", encoding="ascii") as file:
            name = file.read().strip()
        if re.fullmatch(r"windlass-\d+", name):
            with open(f"{tasks}/{thread}/schedstat", encoding="ascii") as file:
                spent[name] = int(file.read().split()[0])
    return spent


def address_of(number):
    return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


@suite.test(f"{EDITS} edits, {WORKERS} workers, {ASKED_EACH} clients after each acknowledgement: 0 stale answers")
def _never_stale(lab):
    rng, stale, asked = random.Random(7), [], 0
    with with_zones(lab, {"group_commit": "0ms"}, workers=WORKERS) as windlass:
        load(windlass, ZONE, small(ZONE))
        before = worker_ns(windlass)
        equal(len(before), WORKERS, "worker threads")
        with Clients(windlass, SOCKETS) as clients, Operator(windlass) as operator:
            for sock in clients.sockets:
                clients.ask(sock, "www." + ZONE)                  # every worker holds an answer
            for number in range(1, EDITS + 1):
                operator.run("zone set", ZONE, "www", "A", "300", address_of(number))
                wanted = socket.inet_aton(address_of(number))
                for sock in rng.sample(clients.sockets, ASKED_EACH):
                    reply, asked = clients.ask(sock, "www." + ZONE), asked + 1
                    if [record.rdata for record in reply.answer] != [wanted]:
                        stale.append(f"edit {number}: {reply.rcode} {[r.rdata.hex() for r in reply.answer]}")
        after = worker_ns(windlass)
        check(all(after[name] > before[name] for name in before), f"a worker was never asked: {before} {after}")
        check(not stale, f"{len(stale)} of {asked} stale: {stale[:3]}")
        equal(windlass.ask(ZONE, "SOA", do=False).answer[0].rdata[-20:-16], (EDITS + 1).to_bytes(4, "big"), "serial")


#      what changes                                          the edits, and the question with what it must give then
SEEN = (
    ("NXDOMAIN becomes an answer",       ("new", "A"),       (("set", "new", "A", "300", "192.0.2.9"),),    ("NOERROR", 1)),
    ("an answer becomes NXDOMAIN",       ("new", "A"),       (("unset", "new", "A"),),               ("NXDOMAIN", 0)),
    ("NXDOMAIN becomes a wildcard's",    ("x.w", "A"),       (("set", "*.w", "A", "300", "192.0.2.9"),),    ("NOERROR", 1)),
    ("a name hides the wildcard",        ("x.w", "A"),       (("set", "x.w", "TXT", "300", "here"),),       ("NOERROR", 0)),
    ("it goes, the wildcard is back",    ("x.w", "A"),       (("unset", "x.w"),),                    ("NOERROR", 1)),
    ("NXDOMAIN becomes an empty non-terminal", ("e", "A"),   (("set", "a.b.e", "A", "300", "192.0.2.9"),),  ("NOERROR", 0)),
    ("and NXDOMAIN again",               ("e", "A"),         (("unset", "a.b.e"),),                  ("NXDOMAIN", 0)),
    ("NODATA becomes an answer",         ("www", "TXT"),     (("set", "www", "TXT", "300", "text"),),       ("NOERROR", 1)),
    ("a CNAME appears",                  ("c", "A"),         (("set", "c", "CNAME", "300", "www"),),        ("NOERROR", 2)),
    ("a name becomes delegated",         ("x.cut", "A"),     (("set", "cut", "NS", "300", "ns1"),),         (None, 0)),
    ("a DNAME appears",                  ("x.d", "A"),       (("set", "d", "DNAME", "300", ZONE),),         ("NXDOMAIN", 2)),
)


@suite.test("every kind of change is seen by the next query, though the answer before it was cached")
def _kinds(lab):
    with with_zones(lab) as windlass, Operator(windlass) as operator:
        load(windlass, ZONE, small(ZONE))
        for what, (name, rrtype), edits, (rcode, answers) in SEEN:
            for _ in range(3):
                windlass.ask(f"{name}.{ZONE}", rrtype, rd=False)
            for verb, *words in edits:
                operator.run(f"zone {verb}", ZONE, *words)
            reply = windlass.ask(f"{name}.{ZONE}", rrtype, rd=False, do=False)
            equal((rcode and reply.rcode, len(reply.answer)), (rcode, answers), what)


@suite.test("zone load, zone delete and zone create are seen by the next query")
def _whole_zones(lab):
    with with_zones(lab) as windlass:
        ask = lambda: windlass.ask("www." + ZONE, do=False)
        check(not ask().aa, "AA before there is a zone")
        for serial in (1, 2, 3):
            load(windlass, ZONE, small(ZONE, serial, f"v TXT \"{serial}\"\n"))
            equal((ask().rcode, ask().aa), ("NOERROR", True), "after the load")
            equal(windlass.ask("v." + ZONE, "TXT").answer[0].rdata, b"\1%d" % serial, "TXT")
            windlass.commanded("zone", "delete", ZONE, "--yes")
            check(not ask().aa, "AA after it was deleted")


@suite.test("request to acknowledgement: the median of 200 edits is below 30 ms")
def _quick(lab):
    took = []
    with with_zones(lab) as windlass, Operator(windlass) as operator:
        load(windlass, ZONE, small(ZONE))
        for number in range(200):
            began = time.monotonic()
            operator.run("zone set", ZONE, f"n{number}", "A", "300", "192.0.2.1")
            took.append(time.monotonic() - began)
    took.sort()
    check(took[100] < 0.03, f"median {took[100] * 1000:.1f} ms, p99 {took[198] * 1000:.1f} ms")
