"""Joined questions, the budget of a request, and that one client's trouble is not another's."""
import select
import socket
import time

from ..internet import wire
from ..internet.zones import CHAIN_LENGTH
from .suite import Suite, check, equal

suite = Suite("sharing")
CLIENTS = 100
VICTIM = "www.victim.example."
SLACK = {"client_inflight": 1000}


def ask_together(windlass, packets, seconds=8):
    """Sends each packet from a socket of its own, as fast as can be, and returns the parsed replies."""
    sockets = []
    for _ in packets:
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.connect(("127.0.0.1", windlass.port))
        sockets.append(sock)
    for sock, packet in zip(sockets, packets):
        sock.send(packet)
    replies, waiting, deadline = [], set(sockets), time.monotonic() + seconds
    while waiting and time.monotonic() < deadline:
        for sock in select.select(list(waiting), [], [], 0.2)[0]:
            replies.append(wire.parse(sock.recv(65535)))
            waiting.discard(sock)
    for sock in sockets:
        sock.close()
    return replies


def one_upstream_question(lab, workers):
    name = f"joined{workers}.slow.example."
    with lab.fresh(workers=workers, limits=SLACK) as windlass:
        windlass.ask("www.slow.example.")               # the way to the zone is known
        upstream = windlass.metric("upstream_queries_total")
        replies = ask_together(windlass, [wire.query(name, id=i) for i in range(CLIENTS)])
        equal([reply.rcode for reply in replies], ["NOERROR"] * CLIENTS, "replies")
        equal(sorted(reply.id for reply in replies), list(range(CLIENTS)), "message IDs")
        equal(lab.net.server("slow").count(name), 1, "questions the server saw")
        equal(windlass.metric("upstream_queries_total") - upstream, 1, "upstream queries counted")
        check(windlass.metric("coalesced_queries_total") >= CLIENTS - 1 - workers, "coalesced_queries_total")


suite.table((1, 4), one_upstream_question,
            title=lambda workers: f"{CLIENTS} equal questions at once, {workers} worker(s): one upstream question")


@suite.test("questions for different names in flight together do not wait for each other")
def _side_by_side(lab):
    with lab.fresh(limits=SLACK) as windlass:
        windlass.ask("www.slow.example.")
        began = time.monotonic()
        replies = ask_together(windlass, [wire.query(f"side{i}.slow.example.") for i in range(CLIENTS)])
        took = time.monotonic() - began
        equal([reply.rcode for reply in replies], ["NOERROR"] * CLIENTS, "replies")
        check(took < 3.0, f"took {took:.2f} s")


@suite.test("a chain of CNAMEs that spends the hops leaves the zone it aims at alone")
def _spent_hops(lab):
    with lab.fresh() as windlass:
        for link in range(1, CHAIN_LENGTH + 1):
            zone = "chain-a.example." if link % 2 else "chain-b.example."
            reply = windlass.ask(f"c{link:02d}.{zone}", timeout=10)
            hops = CHAIN_LENGTH - link + 1
            equal(reply.rcode, "NOERROR" if hops <= 11 else "SERVFAIL", f"a chain of {hops}")
            victim = windlass.ask(VICTIM)
            equal((victim.rcode, victim.ad), ("NOERROR", True), f"the victim after a chain of {hops}")


@suite.test("a request that runs out of upstream queries anywhere on its way leaves no failure for the next client")
def _spent_queries(lab):
    with lab.fresh(limits={"upstream_queries": 14}) as windlass:
        spent = 0
        for link in range(CHAIN_LENGTH, CHAIN_LENGTH - 11, -1):
            windlass.commanded("cache", "flush-all")
            zone = "chain-a.example." if link % 2 else "chain-b.example."
            reply = windlass.ask(f"c{link:02d}.{zone}", timeout=10)
            if reply.rcode == "SERVFAIL":
                spent += 1
                check(reply.ede, "SERVFAIL without EDE")
            victim = windlass.ask(VICTIM)
            equal((victim.rcode, victim.ad), ("NOERROR", True), f"the victim after link {link}")
        check(spent > 0, "no request was spent: this proves nothing")
        check(windlass.metric("limit_exceeded_total", 'limit="upstream_queries"', 'mode="enforce"') >= spent, "limit_exceeded_total")


@suite.test("a client that waits for a dead zone does not slow another's answers")
def _dead_zone(lab):
    with lab.fresh() as windlass:
        windlass.ask("www.p256.example.")
        socks = []
        for i in range(20):
            sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            sock.connect(("127.0.0.1", windlass.port))
            sock.send(wire.query(f"w{i}.dark.example."))
            socks.append(sock)
        began = time.monotonic()
        equal(windlass.ask("www.p384.example.").rcode, "NOERROR", "rcode")
        check(time.monotonic() - began < 1.0, f"took {time.monotonic() - began:.2f} s")
        for sock in socks:
            sock.close()


@suite.test("a failure is remembered: asked again at once, no upstream query")
def _failure_cached(lab):
    with lab.fresh() as windlass:
        name = "f.dark.example."
        equal(windlass.ask(name, timeout=12).rcode, "SERVFAIL", "first")
        before = windlass.metric("upstream_queries_total")
        began = time.monotonic()
        equal(windlass.ask(name).rcode, "SERVFAIL", "second")
        check(time.monotonic() - began < 0.5, "the second one waited")
        equal(windlass.metric("upstream_queries_total"), before, "upstream queries")


@suite.test("no more clients wait for recursion than client_inflight allows; the rest is told at once")
def _in_flight_limit(lab):
    with lab.fresh(limits={"client_inflight": 10}, workers=1) as windlass:
        windlass.ask("www.slow.example.")
        replies = ask_together(windlass, [wire.query(f"q{i}.slow.example.") for i in range(40)], seconds=3)
        answered = sum(1 for reply in replies if reply.rcode == "NOERROR")
        told = sum(1 for reply in replies if reply.rcode == "SERVFAIL" and reply.ede_codes == [14])
        equal((answered, told), (10, 30), "answered, and told that it is too much")
        check(windlass.metric("limit_exceeded_total", 'limit="client_inflight"') > 0, "limit_exceeded_total")
        equal(windlass.ask("www.p256.example.").rcode, "NOERROR", "afterwards")


@suite.test("a cache of one megabyte stays within it while 3,000 names go through")
def _cache_limit(lab):
    with lab.fresh(cache={"size": "1M"}, recursion={"aggressive_nsec": False}) as windlass:
        limit = windlass.metric("cache_limit_bytes")
        check(limit <= 1 << 20, f"cache_limit_bytes is {limit:.0f}")
        for first in range(0, 3000, 50):
            ask_together(windlass, [wire.query(f"n{i}.wild.p256.example.", "TXT") for i in range(first, first + 50)], seconds=3)
            check(windlass.metric("cache_bytes") <= limit, f"cache_bytes {windlass.metric('cache_bytes'):.0f} > {limit:.0f}")
        equal(windlass.ask("www.p256.example.").rcode, "NOERROR", "afterwards")
