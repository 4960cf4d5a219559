"""Attacks that exhaust a resolver or turn it on others, by a malicious authority (test/internet/hostile.py) and by clients:
what is counted is packets and answers; with one worker and with four where the attack goes through servers."""
import os
import socket
import struct
import threading
import time

from ..internet import wire
from .sharing_tests import SLACK, ask_together
from .suite import Suite, check, equal

suite = Suite("attacks")
WORKERS = (1, 4)
GOOD = "www.p256.example."


def spent(windlass, ask):
    """Upstream queries that `ask` caused, those still under way when it returns included."""
    before = windlass.metric("upstream_queries_total")
    ask()
    wire.wait_until(lambda: windlass.metric("inflight_resolutions") == 0, 10)
    return windlass.metric("upstream_queries_total") - before


# ---- amplification: title, name asked, most upstream queries, most of them to the victim, most when asked again ------------

AMPLIFIED = (
    ("NXNSAttack: 90 server names of a victim (CVE-2020-12662)", "x.a90-{n}.nxns.hostile.example.", 100, 20, 10),
    ("NXNSAttack: 500 of them", "x.a500-{n}.nxns.hostile.example.", 100, 20, 1),
    ("NRDelegationAttack: 90 servers behind silent ones (CVE-2022-3204)", "x.a90-{n}.nr.hostile.example.", 100, 0, 20),
    ("NRDelegationAttack: 1000 of them", "x.a1000-{n}.nr.hostile.example.", 100, 0, 1),
    ("TsuNAME: two zones served by each other", "x.one.tsuname.hostile.example.", 20, 0, 1),
    ("Unchained: an alias without an end, a link an answer", "c{n}000.chain.hostile.example.", 20, 0, 1),
    ("a DNAME that grows (CVE-2021-25215)", "x{n}.growing.hostile.example.", 20, 0, 1),
    ("a name of sixty labels, each an empty one", ".".join("abcdef" * 10) + "{n}.labels.hostile.example.", 14, 0, 0),
    ("CAMP: aliases, each below a cut with a dozen server names to look up", "in.x.y.z{n}.camp.hostile.example.", 100, 24, 20),
    ("a stream that brings an octet a second", "x{n}.drip.hostile.example.", 20, 0, 1),
)


def amplified(lab, row, workers):
    _, name, most, most_of_prey, most_again = row
    prey = lab.net.server("prey")
    with lab.fresh(workers=workers) as windlass:
        windlass.ask("www.hostile.example."), windlass.ask("www.prey.example.")
        before = len(prey.asked)
        replies = []
        cost = spent(windlass, lambda: replies.append(windlass.ask(name.format(n=workers), timeout=12)))
        equal(replies[0].rcode, "SERVFAIL" if "labels" not in name else "NOERROR", "rcode")
        check(replies[0].ede or "labels" in name, "no EDE")
        check(cost <= most, f"{cost} upstream queries, at most {most}")
        check(len(prey.asked) - before <= most_of_prey, f"{len(prey.asked) - before} of them to the victim")
        again = spent(windlass, lambda: windlass.ask(name.format(n=workers), timeout=12))
        check(again <= most_again, f"asked again: {again} more, at most {most_again}")
        equal(windlass.ask(GOOD).rcode, "NOERROR", "a good name afterwards")


for _workers in WORKERS:
    suite.table(AMPLIFIED, lambda lab, row, workers=_workers: amplified(lab, row, workers),
                title=lambda row, workers=_workers: f"{row[0]}, {workers} worker(s)")


def tortured(lab, workers):
    """400 names of a zone whose only server is silent, and honest questions beside them."""
    with lab.fresh(workers=workers, limits={**SLACK, "request_time": "4s", "late_answers": 0}) as windlass:
        windlass.ask(GOOD), windlass.ask("www.p384.example.")
        storms = [[wire.query(f"r{i}-{part}.dark.example.") for i in range(100)] for part in range(4)]
        honest = [f"{label}.{zone}" for zone in ("p384.example.", "rsa256.example.", "ed25519.example.", "unsigned.example.")
                  for label in ("www", "mail", "alias", "no", "any.wild")]
        said = []
        parts = [threading.Thread(target=lambda storm=storm: said.extend(ask_together(windlass, storm, 12))) for storm in storms]

        def ask():
            for part in parts:
                part.start()
                time.sleep(0.1)
            equal([windlass.ask(name, timeout=5).rcode != "SERVFAIL" for name in honest], [True] * len(honest), "honest questions")
            for part in parts:
                part.join()

        cost = spent(windlass, ask)
        equal({reply.rcode for reply in said}, {"SERVFAIL"}, "the storm's answers")
        equal(len(said), 400, "answers to the storm")
        check(cost <= 4 * 420, f"{cost} upstream queries for 420 questions")


suite.table(WORKERS, tortured, title=lambda workers: f"water torture: 400 names of a silent zone cost no honest question, {workers} worker(s)")


# ---- clients ------------------------------------------------------------------------------------------------------------


@suite.test("DNSBomb: answers that were let gather leave a few at a time (CVE-2024-33655)")
def _bomb(lab):
    with lab.fresh(limits={"stale_after": "0ms"}) as windlass:
        check(wire.wait_until(lambda: windlass.ask("x.late.hostile.example.", timeout=10).rcode == "NOERROR", 30),
              "its round trip was never learnt")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.connect(("127.0.0.1", windlass.port))
            began = time.monotonic()
            for i in range(90):
                sock.send(wire.query(f"b{i}.late.hostile.example."))
            sock.settimeout(4)
            times = []
            try:
                while True:
                    sock.recv(4096)
                    times.append(time.monotonic() - began)
            except socket.timeout:
                pass
        at_once = max((sum(1 for other in times if 0 <= other - when < 0.1) for when in times), default=0)
        check(at_once <= 10, f"{at_once} of {len(times)} answers within 100 ms")
        check(windlass.metric("limit_exceeded_total", "late_answers") >= 70, "the limit is not counted")


@suite.test("ANY is answered in 300 octets, over UDP nothing above 1232 (RFC 8482)")
def _any(lab):
    for name in ("p256.example.", "big.example.", "large.big.example."):
        reply = lab.shared.ask(name, "ANY", do=False)
        check(reply.size <= 1232, f"{name}: {reply.size} octets")
    check(lab.shared.ask("p256.example.", "ANY", do=False).size <= 300, "ANY of an apex is larger than 300 octets")


def stat_kib(windlass, key):
    with open(f"/proc/{windlass.process.pid}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith(key))


@suite.test("10,000 pipelined questions whose answers nobody reads cost 8 MiB at most (CVE-2022-0396)")
def _no_reader(lab):
    with lab.fresh() as windlass:
        windlass.ask("large.big.example.", "TXT", tcp=True)
        before = stat_kib(windlass, "VmRSS")
        with socket.create_connection(("127.0.0.1", windlass.port), timeout=5) as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            sock.setblocking(False)
            packet, sent = wire.frame(wire.query("large.big.example.", "TXT")) * 100, 0
            for _ in range(100):
                try:
                    sent += sock.send(packet)
                except BlockingIOError:
                    time.sleep(0.02)
            check(sent > len(packet), "nothing was sent")
            equal(windlass.ask(GOOD).rcode, "NOERROR", "another client's question")
            grown = stat_kib(windlass, "VmRSS") - before
            check(grown <= 8 * 1024, f"resident memory grew by {grown} KiB")


@suite.test("200 idle connections, and 64 that send half a message: UDP and TCP are answered")
def _idle(lab):
    with lab.fresh(limits={"tcp_clients_per_address": 300}) as windlass:
        held = []
        try:
            for i in range(264):
                sock = socket.create_connection(("127.0.0.1", windlass.port), timeout=5)
                held.append(sock)
                if i % 4 == 0:
                    sock.sendall(b"\0\x20half")
            equal(windlass.ask(GOOD).rcode, "NOERROR", "over UDP")
            equal(windlass.ask(GOOD, tcp=True).rcode, "NOERROR", "over TCP")
        finally:
            for sock in held:
                sock.close()


def counted_replies(windlass, packets, batch=200):
    """{rcode: count} of all answers; sends in batches and waits for each to be answered."""
    found, missing = {}, 0
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        sock.connect(("127.0.0.1", windlass.port))
        sock.settimeout(3)
        for start in range(0, len(packets), batch):
            some = packets[start:start + batch]
            for packet in some:
                sock.send(packet)
            for _ in some:
                try:
                    rcode = sock.recv(4096)[3] & 15
                    found[rcode] = found.get(rcode, 0) + 1
                except socket.timeout:
                    missing += 1
                    break
    return found, missing


@suite.test("every type in class IN, and every opcode in five classes, gets a defined answer (CVE-2018-14644)")
def _every_code(lab):
    every_type = [wire.query("example.", number, rd=False, id=number) for number in range(65536)]
    codes = [wire.query("example.", number, rd=False, opcode=opcode, rrclass=rrclass)
             for opcode in range(16) for rrclass in (0, 1, 3, 254, 255) for number in (0, 1, 6, 41, 249, 250, 251, 252, 253, 255)]
    with lab.fresh() as windlass:
        for packets in (every_type, codes):
            found, missing = counted_replies(windlass, packets)
            equal(missing, 0, "batches that were not answered")
            equal(sum(found.values()), len(packets), "answers")
            check(set(found) <= {0, 1, 4, 5}, f"RCODEs {sorted(found)}")
        equal(windlass.ask(GOOD).rcode, "NOERROR", "a good question afterwards")


@suite.test("NOTIFY, UPDATE, SIG(0) and TKEY of a stranger change nothing and cost nobody a question")
def _strangers(lab):
    with lab.fresh() as windlass:
        windlass.ask(GOOD)
        entries = windlass.metric("cache_entries")

        def ask():
            for opcode, name, rrtype in ((4, "p256.example.", 6), (5, "p256.example.", 6), (0, "tkey.example.", 249),
                                         (0, "sig.example.", 24)):
                for tcp in (False, True):
                    reply = windlass.ask(name, rrtype, opcode=opcode, rd=False, tcp=tcp)
                    check(reply.rcode in ("NOTIMP", "REFUSED", "FORMERR"), f"opcode {opcode}, type {rrtype}: {reply.rcode}")

        equal(spent(windlass, ask), 0, "upstream queries")
        equal(windlass.metric("cache_entries"), entries, "cache entries")


@suite.test("upstream sockets are connected, and gone when their answer has come (CVE-2020-25705)")
def _sockets(lab):
    with lab.fresh() as windlass:
        windlass.ask("www.slow.example.")
        asking = threading.Thread(target=lambda: windlass.ask("other.slow.example."))
        asking.start()
        seen = set()
        while asking.is_alive():
            seen |= open_sockets(windlass)
            time.sleep(0.01)
        toward = {remote for remote in seen if remote[0] == "127.54.3.2"}
        check(toward, "no connected socket toward the server was seen")
        check(wire.wait_until(lambda: not {r for r in open_sockets(windlass) if r[0] == "127.54.3.2"}, 1),
              "the socket outlives its answer")


def open_sockets(windlass):
    """Remote ends of the process's UDP sockets."""
    inodes = set()
    folder = f"/proc/{windlass.process.pid}/fd"
    for number in os.listdir(folder):
        try:
            inodes.add(os.readlink(os.path.join(folder, number)))
        except OSError:
            pass
    found = set()
    with open(f"/proc/{windlass.process.pid}/net/udp", encoding="ascii") as file:
        for line in file.readlines()[1:]:
            words = line.split()
            if f"socket:[{words[9]}]" in inodes:
                address, port = words[2].split(":")
                found.add((socket.inet_ntoa(struct.pack("<I", int(address, 16))), int(port, 16)))
    return found - {("0.0.0.0", 0)}
