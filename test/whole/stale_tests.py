"""Stale answers (RFC 8767): a signed root by knotd and a zone by nsd, stopped, silenced and revived; judged by dig."""
import os
import signal
import time
from contextlib import contextmanager

from ..internet import wire
from .authorities import Nsd
from .clients import dig
from .rolling import ADDRESS, NAME, RollingRoot
from .suite import Suite, check, equal, matches
from .windlass import Windlass

suite = Suite("stale")
NSD_ADDRESS = "127.9.0.2"
ZONE, PLAIN = "plain.", "www.plain."
STALE_TTL = 2                          # half a minute, for a laboratory
TTL = 5                                # of the root's records and of the zone's
DELEGATION = f"{ZONE} 3600 NS ns.{ZONE}\nns.{ZONE} 3600 A {NSD_ADDRESS}\n"
RECORDS = (f"{ZONE} 3600 SOA ns.{ZONE} hostmaster.{ZONE} 1 3600 600 864000 2\n{ZONE} 3600 NS ns.{ZONE}\n"
           f"ns.{ZONE} 3600 A {NSD_ADDRESS}\n{PLAIN} {TTL} A 192.0.2.80\n")


class World:
    """knotd serves the root, nsd the zone below it; both on the same port."""

    def __init__(self, folder):
        self.root = RollingRoot(os.path.join(folder, "root"), more=DELEGATION)
        path = os.path.join(folder, "plain.zone")
        with open(path, "w", encoding="ascii") as file:
            file.write(RECORDS)
        self.nsd = Nsd(os.path.join(folder, "nsd"), self.root.port, {ZONE: path}, address=NSD_ADDRESS)

    def __enter__(self):
        self.root.__enter__()
        self.start_nsd()
        return self

    def __exit__(self, *_):
        self.nsd.stop()
        self.root.stop()

    def start_nsd(self):
        self.nsd.start()
        check(wire.wait_until(self.nsd.answers, 10), f"nsd does not answer: {self.nsd.said()}")

    def stop(self):
        self.nsd.stop()
        self.root.stop()

    def revive(self):
        self.root.start()
        self.start_nsd()

    def freeze(self, number=signal.SIGSTOP):
        """Silent, but there: nothing comes back, not even that nobody is there."""
        self.nsd.signal(number)
        self.root.process.send_signal(number)

    def thaw(self):
        self.freeze(signal.SIGCONT)


@contextmanager
def outage(lab, **settings):
    """(the world, a Windlass that has asked for both names)"""
    count = lab.kept["outages"] = lab.kept.get("outages", 0) + 1
    folder = os.path.join(lab.folder, f"outage-{count}")
    os.makedirs(folder)
    settings = {"workers": 2, "limits": {"stale_ttl": STALE_TTL}, **settings}
    with World(folder) as world, Windlass(lab.programs, world.root, os.path.join(folder, "windlass"), settings) as windlass:
        fresh(windlass.ask(NAME, "TXT"), True)
        fresh(windlass.ask(PLAIN), False)
        yield world, windlass


def fresh(reply, secure):
    equal((reply.rcode, reply.ede, reply.ad), ("NOERROR", [], secure), "a fresh answer")


def stale(reply, secure):
    equal((reply.rcode, reply.ede_codes, reply.ad), ("NOERROR", [3], secure), "a stale answer")
    check(all(record.ttl == STALE_TTL for record in reply.answer), f"TTLs {[record.ttl for record in reply.answer]}")


def is_fresh(reply):
    return reply.rcode == "NOERROR" and not reply.ede


@suite.test("servers that were stopped: answers go on, with their AD; revived: fresh within a minute")
def _stopped(lab):
    with outage(lab) as (world, windlass):
        world.stop()
        time.sleep(TTL + 1)
        for _ in range(2):
            stale(windlass.ask(NAME, "TXT"), True)
            stale(windlass.ask(PLAIN), False)
        equal(windlass.ask("other.plain.").rcode, "SERVFAIL", "a name nobody has asked for")
        equal(windlass.metric("cache_stale_served_total"), 4, "metric")
        equal(dig("dig", PLAIN, "A", "127.0.0.1", windlass.port).ede, (3,), "dig's EDE")
        world.revive()
        for name, rrtype in ((NAME, "TXT"), (PLAIN, "A")):
            check(wire.wait_until(lambda: is_fresh(windlass.ask(name, rrtype)), 60, step=0.2), f"{name} stays stale")


@suite.test("servers that are silent: nobody waits longer than stale_after, and only the first waits at all")
def _silent(lab):
    after = {"max_age": "1d", "client_timeout": "400ms"}
    with outage(lab, cache={"serve_stale": after}, limits={"stale_ttl": STALE_TTL, "timeout_min": 1000}) as (world, windlass):
        world.freeze()
        try:
            time.sleep(TTL + 1)
            stale(windlass.ask(NAME, "TXT", timeout=2), True)
            reply = windlass.ask(PLAIN, timeout=2)
            stale(reply, False)
            matches(reply.ede[0][1], r"limit stale_after \(400\) reached", "EDE text")
            limits = windlass.metric("limit_exceeded_total", "stale_after")
            check(limits >= 1, "limit stale_after is not counted")
        finally:
            world.thaw()
        check(wire.wait_until(lambda: is_fresh(windlass.ask(PLAIN)), 60, step=0.2), "it stays stale")


@suite.test("turned off by a reload, and on again")
def _reloaded(lab):
    with outage(lab) as (world, windlass):
        world.stop()
        time.sleep(TTL + 1)
        stale(windlass.ask(PLAIN), False)
        windlass.settings["cache"] = {"serve_stale": "off"}
        windlass.write_config()
        windlass.commanded("config", "reload")
        equal(windlass.ask(PLAIN).rcode, "SERVFAIL", "when it is off")
        windlass.settings["cache"] = {"serve_stale": "on"}
        windlass.write_config()
        windlass.commanded("config", "reload")
        stale(windlass.ask(PLAIN), False)


@suite.test("what was flushed is not given any more")
def _flushed(lab):
    with outage(lab) as (world, windlass):
        world.stop()
        time.sleep(TTL + 1)
        stale(windlass.ask(PLAIN), False)
        windlass.commanded("cache", "flush", PLAIN)
        equal(windlass.ask(PLAIN).rcode, "SERVFAIL", "when it was flushed")
