"""An outage of our own: thirteen root servers, each in a network of its own, fall silent together and come back."""
import os
import signal
import threading
import time
from contextlib import contextmanager

from ..internet import wire
from .authorities import Nsd
from .local import rows
from .suite import Suite, check, equal
from .windlass import Windlass, free_port

suite = Suite("outage")
ROOTS = [f"127.{100 + i}.0.1" for i in range(13)]
NAME, TTL = "www.there.", 5
ZONE = f". 3600 SOA a.root. hostmaster. 1 3600 600 864000 2\n{NAME} {TTL} TXT \"here\"\n"
WAIT = 60


class Roots:
    """One nsd at thirteen addresses; what a Windlass wants to know of its Internet."""

    def __init__(self, folder):
        os.makedirs(folder)
        self.port = free_port(ROOTS[0])
        self.hints, self.anchor_ds = os.path.join(folder, "root.hints"), os.path.join(folder, "anchor.ds")
        servers = [(f"{letter}.root.", address) for letter, address in zip("abcdefghijklm", ROOTS)]
        records = "".join(f". 3600000 NS {name}\n{name} 3600000 A {address}\n" for name, address in servers)
        for path, text in ((self.hints, records), (self.anchor_ds, ""), (os.path.join(folder, "root.zone"), ZONE + records)):
            with open(path, "w", encoding="ascii") as file:
                file.write(text)
        self.nsd = Nsd(os.path.join(folder, "nsd"), self.port, {".": os.path.join(folder, "root.zone")},
                       address=ROOTS[0], others=ROOTS[1:])

    def __enter__(self):
        self.nsd.start()
        check(wire.wait_until(self.nsd.answers, 10), f"nsd does not answer: {self.nsd.said()}")
        return self

    def __exit__(self, *_):
        self.nsd.stop()

    def cut_off(self):
        self.nsd.signal(signal.SIGSTOP)

    def back(self):
        self.nsd.signal(signal.SIGCONT)


@contextmanager
def world(lab, **settings):
    count = lab.kept["roots of outages"] = lab.kept.get("roots of outages", 0) + 1
    folder = os.path.join(lab.folder, f"cut-off-{count}")
    settings = {"workers": 2, "limits": {"stale_ttl": 2, "server_probe_max": 4}, **settings}
    with Roots(folder) as roots, Windlass(lab.programs, roots, os.path.join(folder, "windlass"), settings) as windlass:
        equal(windlass.ask(NAME, "TXT").rcode, "NOERROR", "before")
        yield roots, windlass


def offline(windlass):
    return windlass.metric("upstream_offline") == 1


def ask_about(windlass, count):
    """Clients that ask for names nobody knows, and get what they get."""
    def one(number):
        try:
            windlass.ask(f"n{number}.t{number}.", timeout=10)
        except OSError:
            pass
    clients = [threading.Thread(target=one, args=(number,)) for number in range(count)]
    for client in clients:
        client.start()
    return clients


def marked(windlass):
    return [row for row in rows(windlass, "servers", "list") if row["state"] == "dead"]


@suite.test("cut off: noticed, told, what is kept is given at once; back: nothing is held against any root server")
def _all(lab):
    with world(lab) as (roots, windlass):
        roots.cut_off()
        try:
            clients = ask_about(windlass, 40)
            check(wire.wait_until(lambda: offline(windlass), WAIT, step=0.1), "nobody noticed")
            for client in clients:
                client.join()
            time.sleep(TTL)
            equal(marked(windlass), [], "root servers called dead")
            reply = windlass.ask(NAME, "TXT")
            equal((reply.rcode, reply.ede_codes), ("NOERROR", [3]), "what is kept")
            check("WL-UPSTREAM-001" in windlass.read_log(), "the log says nothing")
        finally:
            roots.back()
        check(wire.wait_until(lambda: not offline(windlass), WAIT, step=0.1), "its end was not noticed")
        equal(marked(windlass), [], "root servers called dead afterwards")
        check("WL-UPSTREAM-002" in windlass.read_log(), "the log does not tell its end")
        equal(windlass.ask("n1.t1.").rcode, "NXDOMAIN", "a name that failed meanwhile")
        check(wire.wait_until(lambda: not windlass.ask(NAME, "TXT").ede, WAIT, step=0.2), "it stays stale")


@suite.test("one network that is silent is no outage: its servers are dead, the others go on")
def _one(lab):
    with world(lab, limits={"outage_networks": 64}) as (roots, windlass):
        roots.cut_off()
        try:
            clients = ask_about(windlass, 40)
            # While they wait: a mark ends with its probe time, a second or a few.
            check(wire.wait_until(lambda: marked(windlass), 12), "no server is called dead")
            for client in clients:
                client.join()
            check(not offline(windlass), "called an outage")
        finally:
            roots.back()
