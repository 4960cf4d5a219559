"""Zone transfer out (AXFR): kdig and knotd take zones; who may not is refused; who goes away harms nobody."""
import os
import socket
import tempfile
import time

import dns.name
import dns.rdata

from ..internet import wire
from ..internet.servers import Knot, tool
from ..internet.zones import Host
from .clients import run_client
from .local import load, with_zones
from .local_zones import SHAPES, small
from .suite import Suite, check, equal, matches, one_of
from .windlass import free_port

suite = Suite("transfer")
ZONE = "moved.local.example."
ALLOWED = {"transfer_allow": ["127.0.0.0/8"]}
LARGE = 20_000


def records_in(text):
    """The records of lines in presentation form, whoever wrote them; the SOA that ends a transfer counts once."""
    found = set()
    for line in text.splitlines():
        fields = line.split(None, 4)
        if len(fields) == 5 and not line.startswith(";"):
            owner, ttl, rrclass, rrtype, rdata = fields
            rdata = dns.rdata.from_text(rrclass, rrtype, rdata)
            found.add((dns.name.from_text(owner).canonicalize().to_text(), int(ttl), rrtype, rdata.to_digestable()))
    return found


def kdig_axfr(windlass, zone, *options):
    return run_client(tool("kdig"), "@127.0.0.1", "-p", str(windlass.port), zone, "AXFR", "+time=10", *options)


@suite.test("kdig AXFR of every shape equals zone export")
def _equals_export(lab):
    with with_zones(lab, ALLOWED) as windlass:
        load(windlass, ZONE, f"$ORIGIN {ZONE}\n" + SHAPES)
        exported = windlass.commanded("zone", "export", ZONE)
        moved = kdig_axfr(windlass, ZONE)
        matches(moved, r"Received \d+ B", "kdig")
        here, there = records_in(exported), records_in(moved)
        check(here == there, f"only exported: {sorted(here - there)[:4]}; only transferred: {sorted(there - here)[:4]}")
        check(len(here) > 150, f"only {len(here)} records")
        check(windlass.ask(ZONE, "AXFR").rcode != "NOERROR" or windlass.ask(ZONE, "AXFR").tc, "AXFR over UDP gives data")


REFUSALS = (
    ("nobody is allowed",           {},                                   ZONE),
    ("another prefix is allowed",   {"transfer_allow": ["192.0.2.0/24"]}, ZONE),
    ("the name of no zone",         ALLOWED,                              f"www.{ZONE}"),
)


def refused(lab, row):
    _, config, name = row
    with with_zones(lab, config) as windlass:
        load(windlass, ZONE, small(ZONE))
        said = kdig_axfr(windlass, name)
        matches(said, r"REFUSED|NOTAUTH", "kdig")
        equal(windlass.ask(f"www.{ZONE}", tcp=True).rcode, "NOERROR", "a question afterwards")


suite.table(REFUSALS, refused, title=lambda row: f"refused: {row[0]}")


class Secondary(Knot):
    """A knotd that transfers ZONE from us."""

    def __init__(self, folder, windlass):
        super().__init__(Host("secondary", "127.0.0.1"), free_port(), folder, {})
        self.primary = windlass.port

    def configuration(self):
        remote = f"remote:\n  - id: primary\n    address: 127.0.0.1@{self.primary}\n"
        zone = f"  - domain: {ZONE}\n    master: primary\n    zonefile-load: none\n    refresh-min-interval: 2\n"
        return super().configuration().replace("template:", remote + "template:") + zone

    def said(self):
        with open(self.log, encoding="utf-8", errors="replace") as log:
            return log.read().strip()[-300:]

    def ask(self, name, rrtype):
        try:
            return wire.ask(name, rrtype, "127.0.0.1", self.port, timeout=0.5, do=False)
        except OSError:
            return None


def has(secondary, name, rdata):
    reply = secondary.ask(name, "A")
    return reply is not None and [record.rdata for record in reply.answer] == [rdata]


@suite.test("knotd as secondary takes the zone, and a change of it by its refresh")
def _secondary(lab):
    with with_zones(lab, ALLOWED) as windlass, tempfile.TemporaryDirectory(dir=lab.folder) as folder:
        load(windlass, ZONE, small(ZONE).replace("3600 600", "2 1"))
        secondary = Secondary(folder, windlass)
        secondary.start()
        try:
            name = "www." + ZONE
            check(wire.wait_until(lambda: has(secondary, name, b"\xc0\0\2\x50"), 10), f"no transfer within 10 s: {secondary.said()}")
            windlass.commanded("zone", "set", ZONE, "www", "A", "300", "192.0.2.81")
            check(wire.wait_until(lambda: has(secondary, name, b"\xc0\0\2\x51"), 10), "no refresh within 10 s")
        finally:
            secondary.stop()


def begun(windlass, zone):
    sock = socket.create_connection(("127.0.0.1", windlass.port), timeout=5)
    sock.sendall(wire.frame(wire.query(zone, "AXFR", edns=None)))
    return sock


@suite.test("transfers that are abandoned half-way leave the server well; one that stalls holds up nobody")
def _abandoned(lab):
    with with_zones(lab, ALLOWED, workers=1) as windlass:
        text = small(ZONE) + "".join(f"h{i} TXT \"{'x' * 200}\"\n" for i in range(LARGE))
        load(windlass, ZONE, text)
        for octets in (2, 100, 5000, 200_000):
            with begun(windlass, ZONE) as sock:
                check(len(sock.recv(octets)) > 0, "nothing came")
        with begun(windlass, ZONE) as stalled:                    # reads nothing
            time.sleep(0.2)
            equal(windlass.ask("www." + ZONE).rcode, "NOERROR", "a question meanwhile")
            windlass.commanded("zone", "set", ZONE, "www", "A", "300", "192.0.2.99")
            equal(windlass.ask("www." + ZONE, do=False).answer[0].rdata[-1], 99, "an edit meanwhile")
            matches(kdig_axfr(windlass, ZONE), rf"Received \d+ B \(\d+ messages, {LARGE + 5} records", "another transfer")
            equal(len(stalled.recv(1)), 1, "octets of the stalled one")
        descriptors = lambda: len(os.listdir(f"/proc/{windlass.process.pid}/fd"))
        before = descriptors()
        check(wire.wait_until(lambda: descriptors() <= before, 3), f"{descriptors()} descriptors, {before} before")
        equal(windlass.ask("www." + ZONE, tcp=True).rcode, "NOERROR", "a question afterwards")


@suite.test("a transfer is one version of the zone, though it is edited meanwhile")
def _one_version(lab):
    with with_zones(lab, ALLOWED) as windlass:
        load(windlass, ZONE, small(ZONE) + "".join(f"h{i} TXT \"{'x' * 200}\"\n" for i in range(LARGE)))
        with begun(windlass, ZONE) as sock:
            first = wire.parse(wire.read_frame(sock))
            for number in range(5):
                windlass.commanded("zone", "set", ZONE, "h19999", "TXT", "300", f"edit {number}")
            count, last, soas = len(first.answer), first, 1
            while soas < 2:
                last = wire.parse(wire.read_frame(sock))
                count += len(last.answer)
                soas += sum(1 for record in last.answer if record.type == "SOA")
        equal(count, LARGE + 5, "records")
        equal(last.answer[-1].rdata[-20:], first.answer[0].rdata[-20:], "the two SOAs")


@suite.test("IXFR is answered with the whole zone or refused, as a secondary can use")
def _ixfr(lab):
    with with_zones(lab, ALLOWED) as windlass:
        load(windlass, ZONE, small(ZONE, serial=5))
        said = run_client(tool("kdig"), "@127.0.0.1", "-p", str(windlass.port), ZONE, "IXFR=3", "+time=5")
        one_of(True, ("192.0.2.80" in said, "REFUSED" in said), "kdig IXFR")


@suite.test("over UDP IXFR is the SOA alone and AXFR refused; a name of no local zone is NOTAUTH, over TCP too")
def _over_udp(lab):
    with with_zones(lab, ALLOWED) as windlass:
        load(windlass, ZONE, small(ZONE, serial=5))
        ixfr = 251
        reply = windlass.ask(ZONE, ixfr)
        equal((reply.rcode, [record.type for record in reply.answer]), ("NOERROR", ["SOA"]), "IXFR")
        equal(windlass.ask(ZONE, "AXFR").rcode, "REFUSED", "AXFR")
        for rrtype in ("AXFR", ixfr):
            for tcp in (False, True):
                one_of(windlass.ask("p256.example.", rrtype, tcp=tcp).rcode, ("NOTAUTH", "9"), f"{rrtype} of another's zone")
