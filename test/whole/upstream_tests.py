"""What Windlass sends to servers, and whom it asks: as seen by a server, and with forward and stub zones."""
import struct

from ..internet import wire
from ..internet.zones import host
from .sharing_tests import ask_together
from .suite import Skipped, Suite, check, equal
from .verdicts_tests import BELIEVED, right_answers

suite = Suite("upstream")
SLACK = {"client_inflight": 1000}


def seen_by_server(lab, windlass, names):
    """The queries the slow server saw for A of these names."""
    server = lab.net.server("slow")
    first = len(server.asked)
    windlass.ask("www.slow.example.")
    replies = ask_together(windlass, [wire.query(name) for name in names])
    equal([reply.rcode for reply in replies], ["NOERROR"] * len(names), "replies")
    wanted = {name.lower() for name in names}
    return [each for each in server.asked[first:] if each.name.lower() in wanted and each.type == "A"]


@suite.test("EDNS 1232 with DO, RD=0, one question")
def _form(lab):
    with lab.fresh() as windlass:
        for each in seen_by_server(lab, windlass, ["form.slow.example."]):
            opts = [record for record in each.query.additional if record.type == "OPT"]
            equal(len(opts), 1, "OPT records")
            number, size, ttl, _ = struct.unpack("!HHIH", each.packet[-10:] if not opts[0].rdata else
                                                 each.packet[-10 - len(opts[0].rdata):-len(opts[0].rdata)])
            equal((number, size, ttl), (41, 1232, 0x8000), "OPT: type, size, DO")
            equal(each.query.flags & 0x7900, 0, "opcode and RD")


@suite.test("letter case is drawn afresh for each question (0x20); off: as asked")
def _letter_case(lab):
    names = [f"case{i}lettersenough.slow.example." for i in range(20)]
    with lab.fresh(limits=SLACK) as windlass:
        seen = {each.name for each in seen_by_server(lab, windlass, names)}
        check(sum(1 for name in seen if name != name.lower()) >= 19, f"mixed case in few of {sorted(seen)[:3]}")
    with lab.fresh(limits=SLACK, recursion={"case_randomisation": False}) as windlass:
        seen = {each.name for each in seen_by_server(lab, windlass, names)}
        equal(seen, set(names), "names asked")


@suite.test("a random port and ID for each question")
def _random(lab):
    with lab.fresh(limits=SLACK) as windlass:
        seen = seen_by_server(lab, windlass, [f"random{i}.slow.example." for i in range(100)])
    check(len({each.port for each in seen}) >= 95, "ports are reused")
    check(len({each.query.id for each in seen}) >= 95, "IDs are reused")
    ids = [each.query.id for each in seen]
    check(sum(1 for a, b in zip(ids, ids[1:]) if b - a == 1) < 5, "IDs count up")
    check(max(each.port for each in seen) - min(each.port for each in seen) > 20000, "ports are close together")


@suite.test("QNAME minimisation: a server is first asked one label more, off: at once the whole name")
def _minimised(lab):
    for setting, first in (("relaxed", "d.slow.example."), ("strict", "d.slow.example."), ("off", "a.b.c.d.slow.example.")):
        with lab.fresh(recursion={"qname_minimisation": setting}) as windlass:
            server = lab.net.server("slow")
            before = len(server.asked)
            equal(windlass.ask("a.b.c.d.slow.example.", timeout=8).rcode, "NOERROR", f"rcode with {setting}")
            below = [each.name.lower() for each in server.asked[before:] if each.name.lower().endswith("d.slow.example.")]
            equal(below[0], first, f"first name asked with {setting}")


@suite.test("addresses of deny_upstream are never asked: SERVFAIL with EDE, no packet")
def _denied(lab):
    with lab.fresh(recursion={"deny_upstream": ["127.54.0.0/16"]}) as windlass:
        reply = windlass.ask("www.p256.example.", timeout=10)
        equal((reply.rcode, bool(reply.ede)), ("SERVFAIL", True), "rcode and EDE")
        equal(windlass.metric("upstream_queries_total"), 0, "upstream queries")


@suite.test("ipv6: false keeps IPv6 servers unasked")
def _no_ipv6(lab):
    if not lab.net.ipv6:
        raise Skipped("no IPv6 here")
    with lab.fresh(recursion={"ipv6": False}) as windlass:
        equal(windlass.ask("www.six.example.", timeout=10).rcode, "SERVFAIL", "rcode")
        equal(windlass.metric("upstream_queries_total", 'family="6"'), 0, "upstream queries over IPv6")
        equal(windlass.ask("www.p256.example.").rcode, "NOERROR", "a zone with IPv4")


@suite.test("a stub zone is asked at its servers though nobody delegates to it")
def _stub(lab):
    equal(lab.shared.ask("www.hidden.plain.").rcode, "NXDOMAIN", "without a stub zone")
    servers = [f"{host(name).address}@{lab.net.port}" for name in ("zones-a", "zones-b")]
    with lab.fresh(stub=[{"zone": "hidden.plain.", "servers": servers}]) as windlass:
        reply = windlass.ask("www.hidden.plain.")
        equal((reply.rcode, len(reply.answer)), ("NOERROR", 1), "rcode and answers")
        equal(windlass.ask("www.p256.example.").ad, True, "AD of another zone")


@suite.test("all forwarded to a second Windlass: the same answers, validated here")
def _forward(lab):
    with lab.fresh() as behind, lab.fresh(forward=[{"zone": ".", "servers": [f"127.0.0.1@{behind.port}"]}]) as windlass:
        right_answers(windlass, BELIEVED)
        equal(windlass.ask("www.expired.example.").rcode, "SERVFAIL", "a bogus zone")
        check(windlass.metric("response_source_total", 'source="forward"') > 0, "response_source_total")


@suite.test("a stopped server: its partner answers for it, and it is found again")
def _partner(lab):
    with lab.fresh() as windlass:
        windlass.ask("www.p256.example.")
        server = lab.net.server("zones-a")
        server.stop()
        try:
            for zone in ("p384", "rsa256", "ed25519", "twods"):
                reply = windlass.ask(f"www.{zone}.example.", timeout=8)
                equal((reply.rcode, reply.ad), ("NOERROR", True), zone)
        finally:
            server.start()
            check(wire.wait_until(server.answers, 10), "the server did not come back")
        equal(windlass.ask("www.rsa512.example.", timeout=8).rcode, "NOERROR", "afterwards")
