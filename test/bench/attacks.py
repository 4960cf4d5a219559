"""What attacks cost (./dev bench attacks): the rows of figures that rest on CPU time, latency or memory, which no test can hold.

Names of a malicious authority (test/internet/hostile.py), hostile packets of a client, and a flood of random names in a small cache.
Counts of packets stand in the tests (test/whole/attacks_tests.py).
"""
import os
import random
import socket
import struct
import threading
import time
from contextlib import contextmanager

from ..internet import InternetError, MiniInternet, wire
from ..whole.sharing_tests import SLACK, ask_together
from ..whole.windlass import Windlass
from .figures import Figure
from .measure import cost_ms, load_command, loaded, rss_mib, udp_sent, upstream_of
from .subjects import PORT, SERVER_CORE, on_core

ZONES = 10                  # hostile names asked, one after the other
GOOD = "www.p256.example."
PACKETS, BATCH = 2_000, 50
STORM = 400
FLOOD_CACHE_MIB, FLOOD, FLOOD_SECONDS = 64, 1_000_000, 900
HOT, HOT_EVERY = 1_000, 20_000


def internet(folder):
    """The one of the tests, on port 53."""
    return MiniInternet(folder, 53)


@contextmanager
def attacked(bench, **settings):
    """A fresh Windlass with one worker on the server's core, the way to the hostile zone and its prey known."""
    bench.made = getattr(bench, "made", 0) + 1
    windlass = Windlass(bench.programs, bench.net, os.path.join(bench.folder, f"attacked-{bench.made}"), {"workers": 1, **settings},
                        port=PORT)
    try:
        with on_core(SERVER_CORE):
            windlass.start()
        for name in ("www.hostile.example.", "www.prey.example.", GOOD):
            windlass.ask(name, timeout=10)
        yield windlass
    finally:
        windlass.stop()
    windlass.check_log()


def name_costs(bench, name, rrtype, rcode, again, _):
    """CPU ms of each of ZONES names made of `name`, with nothing cached where they are one; again: of the same asked once more."""
    with attacked(bench) as windlass:
        def ask(number):
            reply = windlass.ask(name.format(n=number), rrtype, timeout=15, tcp=rrtype == "TXT")
            if reply.rcode != rcode:
                raise InternetError(f"{name}: {reply.rcode} instead of {rcode}")
        costs = []
        for number in range(1, ZONES + 1):
            if again:
                ask(number)
            elif "{n}" not in name:
                windlass.commanded("cache", "flush-all")
            costs.append(cost_ms(windlass.process.pid, lambda number=number: ask(number)))
    return costs


def packet_costs(bench, make, _):
    """CPU ms a packet of PACKETS that make(number) gives; a good question behind each batch shows that it was read."""
    with attacked(bench) as windlass, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.connect(("127.0.0.1", windlass.port))

        def send(first):
            for number in range(first, first + BATCH):
                sock.send(make(number))
            windlass.ask(GOOD)
        return [cost_ms(windlass.process.pid, lambda first=first: send(first)) / BATCH for first in range(0, PACKETS, BATCH)]


def many_options(number):
    """600 EDNS options, empty ones of code 65001."""
    packet = wire.query(GOOD, id=number & 0xFFFF)
    return packet[:-2] + struct.pack("!H", 600 * 4) + struct.pack("!HH", 65001, 0) * 600


def pointer_chain(number):
    """A question whose name is a chain of compression pointers through the rest of the message, each to the one before."""
    head = struct.pack("!6H", number & 0xFFFF, 0x0100, 1, 0, 0, 1)
    first = len(head) + 6                                           # behind a root name as question
    chain = b"".join(struct.pack("!H", 0xC000 | max(first + 2 * (i - 1), 12)) for i in range(2_000))
    return head + struct.pack("!H", 0xC000 | (first + 2 * 1_999)) + struct.pack("!2H", 1, 1) + chain


def noise(number):
    return random.Random(number).randbytes(12 + number % 500)


def changed(number):
    """A good question with three octets changed."""
    chance, packet = random.Random(number), bytearray(wire.query(GOOD, id=number & 0xFFFF))
    for _ in range(3):
        packet[chance.randrange(len(packet))] = chance.randrange(256)
    packet[2] |= 0x80 if number % 2 else 0                          # every other is a reply: dropped, and nothing is resolved
    return bytes(packet)


def sig_of_a_client(number):
    return wire.query("sig.example.", 24, rd=False, id=number & 0xFFFF)


def tkey_of_a_client(number):
    return wire.query("tkey.example.", 249, rd=False, id=number & 0xFFFF)


def honest_latencies(bench, _):
    """ms that honest questions take while STORM names of a zone whose server is silent are asked."""
    honest = [f"{label}.{zone}" for zone in ("p384.example.", "rsa256.example.", "ed25519.example.", "unsigned.example.")
              for label in ("www", "mail", "alias", "no", "any.wild")]
    with attacked(bench, limits={**SLACK, "request_time": "4s", "late_answers": 0}) as windlass:
        windlass.ask("www.p384.example.")
        parts = [threading.Thread(target=ask_together, args=(windlass, [wire.query(f"r{i}-{part}.dark.example.") for i in range(100)], 12))
                 for part in range(STORM // 100)]
        for part in parts:
            part.start()
        found = []
        for name in honest:
            began = time.monotonic()
            if windlass.ask(name, timeout=5).rcode == "SERVFAIL":
                raise InternetError(f"{name}: SERVFAIL beside the storm")
            found.append((time.monotonic() - began) * 1000)
        for part in parts:
            part.join()
    return [max(found)]


def flood(bench, say):
    """(share of the hot set that is still cached, resident MiB) after FLOOD random names; the hot set is asked now and then."""
    if hasattr(bench, "flooded"):
        return bench.flooded
    hot = [f"hot{i}.sentinel.site.plain." for i in range(HOT)]
    names = list(hot)
    for first in range(0, FLOOD, HOT_EVERY):
        names += [f"{random.Random(i).getrandbits(60):015x}.sentinel.site.plain." for i in range(first, first + HOT_EVERY)] + hot
    files = bench.names_file("flood", names), bench.names_file("hot", hot)
    with attacked(bench, cache={"size": f"{FLOOD_CACHE_MIB}M"}) as windlass:
        said = loaded(load_command(bench.tools, files[0], len(names), 64, FLOOD_SECONDS), FLOOD_SECONDS)
        say(f"flood: {said['answered']} of {len(names)} answered in {said['seconds']:.0f} s, evictions "
            f"{windlass.metric('cache_evictions_total'):.0f}")
        sent = udp_sent()
        again = loaded(load_command(bench.tools, files[1], HOT, 8))
        missed = upstream_of(udp_sent() - sent, again["sent"], again["answered"], 1)
        bench.flooded = 1 - missed / HOT, rss_mib(windlass.process.pid)
    return bench.flooded


def flooded_share(bench, say):
    return [flood(bench, say)[0]]


def flooded_rss(bench, say):
    return [flood(bench, say)[1]]


def name_row(what, name, bound, rrtype="A", rcode="SERVFAIL", again=False):
    return Figure(what, "CPU ms", name_costs, (name, rrtype, rcode, again), bound)


DEEP = ".".join("abcdefghijklmnopqrst")
FIGURES = (
    name_row("NXNSAttack, 500 server names (CVE-2020-12662)", "x.a500-{n}.nxns.hostile.example.", "<= 50"),
    name_row("NRDelegationAttack, 1000 server names (CVE-2022-3204)", "x.a1000-{n}.nr.hostile.example.", "<= 50"),
    name_row("TsuNAME, first name", "x{n}.one.tsuname.hostile.example.", "<= 50"),
    name_row("Unchained, an alias a link", "c{n}000.chain.hostile.example.", "<= 50"),
    name_row("a DNAME that grows (CVE-2021-25215)", "x{n}.growing.hostile.example.", "<= 50"),
    name_row("a name of sixty labels", ".".join("abcdef" * 10) + "{n}.labels.hostile.example.", "<= 50", rcode="NOERROR"),
    name_row("CAMP, a dozen server names a link", "in.x.y.z{n}00.camp.hostile.example.", "<= 100"),
    name_row("NSEC3 with 300 iterations, a name of 20 labels (CVE-2023-50868)", DEEP + "{n}.iterations.hashed.", "<= 50",
             rcode="NXDOMAIN"),
    name_row("NSEC3 with 5 iterations, a name of 20 labels", DEEP + "{n}.p256.hashed.", "<= 20", rcode="NXDOMAIN"),
    name_row("an RRset of 10 kB, nothing cached (CVE-2024-1737)", "huge.big.example.", "<= 20", "TXT", "NOERROR"),
    name_row("the same, cached", "huge.big.example.", "<= 5", "TXT", "NOERROR", again=True),
    *(Figure(what, "CPU ms a packet", packet_costs, (make,), bound) for what, make, bound in (
        ("a query of 600 EDNS options (CVE-2026-41292)", many_options, "<= 2"),
        ("a chain of 2000 compression pointers", pointer_chain, "<= 1"),
        ("random octets", noise, "<= 1"),
        ("a question with three octets changed", changed, "<= 1"),
        ("SIG(0) (CVE-2024-1975)", sig_of_a_client, "<= 0.1"),
        ("TKEY", tkey_of_a_client, "<= 0.1"))),
    Figure(f"water torture: the slowest of 20 honest questions beside {STORM} names of a silent zone", "ms", honest_latencies, (),
           "<= 500"),
    Figure(f"{FLOOD:,} random names in {FLOOD_CACHE_MIB} MiB: share of {HOT:,} hot names still cached", "", flooded_share, (), ">= 0.95"),
    Figure("the same: resident memory", "MiB", flooded_rss, (), f"<= {1.25 * FLOOD_CACHE_MIB + 36:.0f}"),
)
