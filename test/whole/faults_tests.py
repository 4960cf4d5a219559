"""A bad network, servers that are killed, no descriptors left: questions are answered, and never wrongly."""
import functools
import os
import resource
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from ..internet import CASES, wire
from ..internet.relay import Faults, Relay
from .sharing_tests import ask_together
from .suite import Suite, check, equal
from .verdicts_tests import BELIEVED, right_answer

suite = Suite("faults")
SECONDS = 7               # an answer that takes longer is none
CLIENTS = 30
ONE_CLIENT = {"client_inflight": 1000, "late_answers": 0}     # all questions come from one address
SIGNED = [case for case in BELIEVED if case.verdict == "secure"]
GOOD = "www.p256.example."


@contextmanager
def behind(lab, faults, **settings):
    """(relay, windlass): it has met the servers of the root and of the TLDs, and knows no name."""
    with Relay(lab.net, faults) as relay, \
            lab.fresh(recursion={"upstream_port": relay.port}, limits=ONE_CLIENT, **settings) as windlass:
        check(wire.wait_until(lambda: windlass.ask(GOOD, timeout=10).rcode == "NOERROR", 30), "never heard of anybody")
        windlass.commanded("cache", "flush-all")
        yield relay, windlass


def tried(windlass, case):
    """None, or what came instead of the right answer in time: (was there an answer, words)."""
    began = time.monotonic()
    try:
        reply = windlass.ask(case.name, case.type, timeout=SECONDS + 5)
        if reply.rcode == "SERVFAIL" and reply.ede:
            return False, f"{case.name} {case.type}: {reply.ede}"
        right_answer(windlass, case)
        took = time.monotonic() - began
        return None if took <= SECONDS else (False, f"{case.name} {case.type}: {took:.1f} s")
    except OSError as error:
        return False, f"{case.name} {case.type}: {error}"
    except AssertionError as error:
        return True, f"{case.name} {case.type}: {error}"


def rounds(windlass, cases, least, most, share=99):
    """Asks until `least` are asked, and on to `most` while fewer than `share` % were answered; none may be wrong.

    Nothing is known when it begins; later rounds know the zones, but no name.
    """
    asked, missed = 0, []

    def too_few():
        return 100 * len(missed) > (100 - share) * asked
    while asked < least or (too_few() and asked < most):
        with ThreadPoolExecutor(CLIENTS) as pool:
            got = [each for each in pool.map(functools.partial(tried, windlass), cases) if each]
        wrong = [words for answered, words in got if answered]
        check(not wrong, f"{len(wrong)} wrong answers: " + "; ".join(wrong)[:600])
        asked, missed = asked + len(cases), missed + [words for _, words in got]
        for name in {case.name for case in cases}:
            windlass.commanded("cache", "flush", name)
    check(not too_few(), f"{len(missed)} of {asked} not answered: " + "; ".join(missed)[:600])


WORKERS = (1, 4)
NETWORKS = (
    ("30 % of the packets lost in each direction", Faults(loss=0.3), BELIEVED, 99),
    ("packets twice and out of order", Faults(duplicate=0.3, late=0.2), BELIEVED, 99),
    # A DNSKEY RRset that was changed twice is bogus for a minute, and with it all of its zone.
    ("an octet changed in each twentieth packet", Faults(corrupt=0.05), SIGNED, 90),
)


def bad_network(lab, row, workers):
    _, faults, cases, share = row
    with behind(lab, faults, workers=workers) as (_, windlass):
        rounds(windlass, cases, 150, 1200, share)


for _workers in WORKERS:
    suite.table(NETWORKS, lambda lab, row, workers=_workers: bad_network(lab, row, workers),
                title=lambda row, workers=_workers: f"{row[0]}, {workers} worker(s): {row[3]} % answered within {SECONDS} s, none wrongly")


@suite.test("one of two servers killed at each level: everything is answered as if nothing were")
def _one_killed(lab):
    with behind(lab, Faults()) as (relay, windlass):
        relay.kill("root-a", "tld-b", "zones-a")
        rounds(windlass, BELIEVED, len(BELIEVED), len(BELIEVED))


def gone_and_back(lab, level):
    with behind(lab, Faults(), cache={"serve_stale": "off"}) as (relay, windlass):
        relay.kill(*level)
        reply = windlass.ask(GOOD, timeout=SECONDS + 5)
        equal(reply.rcode, "SERVFAIL", "while nobody is there")
        check(reply.ede, "no EDE")
        relay.revive(*level)
        check(wire.wait_until(lambda: windlass.ask(GOOD, timeout=SECONDS + 5).rcode == "NOERROR", 60, step=0.2),
              "60 s after they came back they are not asked")


suite.table((("zones-a", "zones-b"), ("tld-a", "tld-b"), ("root-a", "root-b")), gone_and_back,
            title=lambda level: f"{' and '.join(level)} killed and revived: SERVFAIL with EDE meanwhile, answers within 60 s")


@suite.test("reloaded again and again in a lossy network: 99 % answered, none wrongly")
def _reloads(lab):
    with behind(lab, Faults(loss=0.15), workers=4) as (_, windlass):
        ended, count = threading.Event(), [0]

        def reload():
            while not ended.wait(0.3):
                windlass.commanded("config", "reload")
                count[0] += 1
        reloads = threading.Thread(target=reload)
        reloads.start()
        try:
            rounds(windlass, BELIEVED, 150, 600)
        finally:
            ended.set()
            reloads.join()
        check(count[0] > 3, "it was not reloaded")


def no_descriptors(lab, limit):
    with lab.fresh(limits=ONE_CLIENT) as windlass:
        windlass.ask(GOOD)
        pid = windlass.process.pid
        before, used = resource.prlimit(pid, resource.RLIMIT_NOFILE), [int(fd) for fd in os.listdir(f"/proc/{pid}/fd")]
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (limit(used), before[1]))
        streams = [socket.socket() for _ in range(20)]
        for stream in streams:
            stream.settimeout(1)
            stream.connect(("127.0.0.1", windlass.port))          # the kernel takes them
        replies = ask_together(windlass, [wire.query(f"n{i}.p384.example.") for i in range(100)], 12)
        equal(len(replies), 100, "answers")
        failed = [reply for reply in replies if reply.rcode == "SERVFAIL"]      # one or two may have found a descriptor
        check(len(failed) > 50 and all(reply.ede for reply in failed), f"{len(failed)} SERVFAIL, or one without EDE")
        equal(windlass.ask(GOOD).rcode, "NOERROR", "a cached name")
        resource.prlimit(pid, resource.RLIMIT_NOFILE, before)
        for stream in streams:
            stream.close()
        check(wire.wait_until(lambda: windlass.ask("n1.p384.example.", timeout=10).rcode == "NXDOMAIN", 15, step=0.2),
              "with room again it does not ask")
        equal(windlass.ask(GOOD, tcp=True).rcode, "NOERROR", "over TCP")


suite.table((lambda used: max(used) + 1, lambda used: 3), no_descriptors,
            title=lambda limit: ("all descriptors taken" if limit([9]) > 9 else "not one descriptor to be had")
            + ": what is cached is answered, the rest says so; with room again all is well")


@suite.test("every case of the table through a network without faults: the relay itself changes nothing")
def _no_faults(lab):
    with Relay(lab.net) as relay, lab.fresh(recursion={"upstream_port": relay.port}) as windlass:
        for case in CASES:
            if not case.needs_ipv6:
                right_answer(windlass, case)
