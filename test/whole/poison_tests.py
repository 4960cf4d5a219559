"""Attacks that make a resolver believe what is not so: forged replies, and servers that say more than they may
(test/internet/hostile.py); with one worker and with four."""
import socket
import time

from ..internet import wire
from ..internet.hostile import EXTRAS, GHOST_TTL, GHOSTS, NO_SERVERS, OWN, POISON, RIGHT, WRONG
from .attacks_tests import GOOD, WORKERS
from .sharing_tests import SLACK, ask_together
from .suite import Suite, check, equal

suite = Suite("poison")


def addresses(reply):
    return [socket.inet_ntoa(record.rdata) for record in reply.answer if record.type == "A"]


# ---- forged replies ----------------------------------------------------------------------------------------------------------


def forged(lab, workers):
    with lab.fresh(workers=workers) as windlass:
        windlass.ask("www.hostile.example.")
        for kind in WRONG:
            reply = windlass.ask(f"{kind}.poison.hostile.example.", timeout=8)
            equal((reply.rcode, addresses(reply)), ("NOERROR", [RIGHT]), kind)
        names = [f"after{i}.hostile.example." for i in range(20)]
        first = len(lab.net.server("hostile").asked)
        equal([windlass.ask(name).rcode for name in names], ["NOERROR"] * 20, "honest questions afterwards")
        for each in lab.net.server("hostile").asked[first:]:
            check(any(record.type == "OPT" for record in each.query.additional), "a server is held to have no EDNS")


suite.table(WORKERS, forged, title=lambda workers: f"{len(WRONG)} kinds of wrong replies, one of them 500: none is believed, "
                                                   f"the right answer is, {workers} worker(s)")


def entropy(lab, workers):
    server = lab.net.server("hostile")
    with lab.fresh(workers=workers, limits=SLACK, recursion={"qname_minimisation": "off"}) as windlass:
        windlass.ask("www.hostile.example.")
        first = len(server.asked)
        for batch in range(10):
            ask_together(windlass, [wire.query(f"e{batch}-{i}.random-ids.hostile.example.") for i in range(100)])
        seen = server.asked[first:]
    check(len(seen) >= 1000, f"only {len(seen)} questions arrived")
    ports, ids = [each.port for each in seen], [each.query.id for each in seen]
    check(len(set(ports)) >= 0.9 * len(seen), f"{len(set(ports))} ports in {len(seen)} questions")
    check(len(set(ids)) >= 0.95 * len(seen), f"{len(set(ids))} IDs in {len(seen)} questions")
    check(max(ports) - min(ports) >= 24000, "the ports lie together")
    for what, values in (("port", ports), ("ID", ids)):
        rising = sum(1 for a, b in zip(values, values[1:]) if b > a)
        check(0.4 < rising / len(values) < 0.6, f"the next {what} can be told from the last")
    for each in seen:
        opt = next(record for record in each.query.additional if record.type == "OPT")
        at = len(each.packet) - len(opt.rdata) - 8      # it stands last; behind its class: TTL and length
        equal(int.from_bytes(each.packet[at:at + 2], "big"), 1232, "EDNS size")


suite.table(WORKERS, entropy, title=lambda workers: f"1000 questions: ports and IDs tell nothing of the next, {workers} worker(s)")


def foreign_records(lab, workers):
    with lab.fresh(workers=workers) as windlass:
        for kind in EXTRAS:
            reply = windlass.ask(f"{kind}.extras.hostile.example.")
            equal(addresses(reply), [RIGHT], f"{kind}: its own answer")
            for _, owner, _, _ in EXTRAS[kind]:
                check(not any(record.name.lower() == owner for record in reply.answer + reply.authority), f"{kind}: handed on")
        for name in (GOOD, "www.unsigned.example.", "www.p384.example."):
            reply = windlass.ask(name)
            equal((reply.rcode, POISON in addresses(reply)), ("NOERROR", False), name)
        for name, rrtype in (("unsigned.example.", "SOA"), ("unsigned.example.", "NS"), ("example.", "NS"), (".", "NS"),
                             ("p256.example.", "DS")):
            text = str(windlass.ask(name, rrtype).answer)
            check("hostile" not in text and "\\xab\\xab" not in text, f"{name} {rrtype} is poisoned: {text}")
        equal(windlass.ask("alias.unsigned.example.").rcode, "NOERROR", "alias.unsigned.example.")


suite.table(WORKERS, foreign_records,
            title=lambda workers: f"{len(EXTRAS)} kinds of records about others' names poison nothing, {workers} worker(s)")


# ---- what a server says of itself ---------------------------------------------------------------------------------------


def promiscuous(lab, workers):
    """A reply that was forged with luck is believed about its own name; nothing in it moves the zone to other servers."""
    prey = lab.net.server("prey")
    with lab.fresh(workers=workers) as windlass:
        windlass.ask("www.hostile.example.")
        for kind in OWN:
            windlass.ask(f"{kind}.own.hostile.example.")
            before = len(prey.asked)
            for name in (f"after-{kind}.hostile.example.", f"{kind}.deep.hostile.example.", f"w.{kind}.own.hostile.example."):
                reply = windlass.ask(name)
                equal((reply.rcode, addresses(reply)), ("NOERROR", [RIGHT]), f"{kind}: {name}")
            equal([each.name for each in prey.asked[before:]], [], f"{kind}: asked of the server it named")


suite.table(WORKERS, promiscuous, title=lambda workers: f"{len(OWN)} ways to name other servers in an answer: the zone's stay "
                                                        f"(CVE-2025-11411), {workers} worker(s)")


def ghost(lab, kind):
    """The parent takes its delegation away; whatever the child says of itself meanwhile, it ends with the delegation's TTL."""
    parent, child = lab.net.server("hostile"), lab.net.server("prey")
    zone = f"{kind}.ghost.hostile.example."
    with lab.fresh() as windlass:
        count = iter(range(10**6))

        def visit():
            for name, rrtype in ((f"n{next(count)}.{zone}", "A"), (zone, "NS"), (f"ns.{zone}", "A")):
                last = windlass.ask(name, rrtype)
                if rrtype == "A" and name.startswith("n") and not name.startswith("ns."):
                    rcode = last.rcode
            return rcode
        equal(visit(), "NOERROR", "while it is delegated")
        parent.revoked.add(kind)
        end = time.monotonic() + GHOST_TTL + 2
        while time.monotonic() < end:
            visit()
            time.sleep(0.1)
        before = len(child.asked)
        equal([visit() for _ in range(3)], ["NXDOMAIN"] * 3, f"{GHOST_TTL + 2} s after its end")
        equal([each.name for each in child.asked[before:]], [], "asked of the child's server")
    parent.revoked.discard(kind)


suite.table(GHOSTS, ghost, title=lambda kind: f"ghost domain, the child {GHOSTS[kind]}: dead with its parent's TTL (CVE-2012-1033, CVE-2022-30698)")


@suite.test("glue that leads to nobody or to ourselves: no packet goes there, SERVFAIL with EDE within 3 s (CVE-2026-50251)")
def _no_servers(lab):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", lab.net.port))
        sock.setblocking(False)
        with lab.fresh(recursion={"deny_upstream": ["0.0.0.0/8", "127.0.0.0/24", "::/96", "::ffff:0:0/96", "224.0.0.0/4"]}) as windlass:
            windlass.ask("www.hostile.example.")
            for kind in NO_SERVERS:
                reply = windlass.ask(f"w.{kind}.nobody.hostile.example.", timeout=3)
                equal((reply.rcode, bool(reply.ede)), ("SERVFAIL", True), kind)
        try:
            check(False, f"it was asked: {sock.recv(4096).hex()}")
        except BlockingIOError:
            pass
