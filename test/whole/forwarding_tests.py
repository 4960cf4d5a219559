"""Forward and stub zones with real servers: unbound and nsd; dead, silent and lying ones; with one worker and with four."""
import os
import socket
import time

from ..internet import CASES, wire
from ..internet.zones import host
from .authorities import Nsd
from .forwarders import Saying, SayingOverTcp, Unbound, record
from .local import rows
from .sharing_tests import ask_together
from .suite import Suite, check, equal, matches
from .verdicts_tests import BELIEVED, right_answers
from .windlass import free_port

suite = Suite("forwarding")
CORP = "corp.plain."                     # below an unsigned zone that does not know it
DEAD = "127.77.0.1"                      # nobody is there
EXPLORE = {"server_explore": 0}          # choices as they are most of the time


def with_workers(title):
    """One test with one worker, one with four."""
    def keep(function):
        for workers in (1, 4):
            suite.tests.append((f"{title}, {workers} worker(s)", lambda lab, workers=workers: function(lab, workers)))
        return function
    return keep


def unbound(lab):
    count = lab.kept["unbounds"] = lab.kept.get("unbounds", 0) + 1
    return Unbound(os.path.join(lab.folder, f"unbound-{count}"), lab.net, free_port())


def forward(zone, *servers, **more):
    return {"zone": zone, "servers": [f"{address}@{port}" for address, port in servers], **more}


def answers(windlass, name, **how):
    """The addresses in the answer."""
    reply = windlass.ask(name, timeout=10, **how)
    equal(reply.rcode, "NOERROR", f"rcode of {name} ({reply.ede})")
    return [socket.inet_ntoa(each.rdata) for each in reply.answer if each.type == "A"]


@with_workers("all forwarded to unbound: every case as ever, validated here, no authority asked")
def _everything(lab, workers):
    with unbound(lab) as behind, \
            lab.fresh(workers=workers, forward=[forward(".", ("127.0.0.1", behind.port))]) as windlass:
        right_answers(windlass, BELIEVED)
        for case in CASES:
            if case.verdict == "bogus" and not case.needs_ipv6:
                reply = windlass.ask(case.name, case.type, timeout=10)
                equal((reply.rcode, bool(reply.ede)), ("SERVFAIL", True), f"{case.name} {case.type}")
        asked = {row["server"] for row in rows(windlass, "servers", "list")}
        equal(asked, {f"127.0.0.1@{behind.port}"}, "servers asked")


@with_workers("one signed zone forwarded: its chain of trust begins at the public tree and ends behind the forwarder")
def _one_zone(lab, workers):
    with unbound(lab) as behind, \
            lab.fresh(workers=workers, forward=[forward("p256.example.", ("127.0.0.1", behind.port))]) as windlass:
        for name in ("www.p256.example.", "www.sub.p256.example.", "www.p384.example."):
            equal(windlass.ask(name).ad, True, f"AD of {name}")
        equal((lambda reply: (reply.rcode, reply.ad))(windlass.ask("no.p256.example.")), ("NXDOMAIN", True), "a denial")
        why = windlass.commanded("why", "www.p256.example.", "A")
        matches(why, rf"127\.0\.0\.1@{behind.port}", "the way")
        check(f"{host('zones-a').address}@" not in why and f"{host('zones-b').address}@" not in why, "asked past it: " + why)


@with_workers("the first is silent: the second is asked beside it, soon nobody waits, and back it is asked again")
def _silent(lab, workers):
    port = free_port()
    limits = {**EXPLORE, "server_probe_max": 2}
    with Saying(port, "192.0.2.51") as first, Saying(port, "192.0.2.52", "127.77.0.2") as second, \
            lab.fresh(workers=workers, limits=limits,
                      forward=[forward(CORP, ("127.0.0.1", port), ("127.77.0.2", port))]) as windlass:
        first.silent = True
        number = iter(range(10_000))

        def is_dead():
            equal(answers(windlass, f"silent{next(number)}.{CORP}"), ["192.0.2.52"], "the second's answer")
            return [row["server"] for row in rows(windlass, "servers", "list") if row["state"] == "dead"] == [f"127.0.0.1@{port}"]

        check(wire.wait_until(is_dead, 30, step=0.2), "nobody calls it dead")
        before = len(first.asked)
        ask_together(windlass, [wire.query(f"many{i}.{CORP}") for i in range(50)])
        check(len(first.asked) - before <= 2, f"{len(first.asked) - before} questions to a dead server")
        first.silent = False
        check(wire.wait_until(lambda: answers(windlass, f"back{next(number)}.{CORP}") == ["192.0.2.51"], 30, step=0.1),
              "it is not asked again")
        check(second.asked, "the second was never asked")


@with_workers("nobody listens at the first, the second answers; nobody at either: SERVFAIL that says who")
def _dead(lab, workers):
    port = free_port()
    with Saying(port, "192.0.2.52", "127.77.0.2"), \
            lab.fresh(workers=workers, forward=[forward(CORP, (DEAD, port), ("127.77.0.2", port)),
                                                forward("gone.plain.", (DEAD, port), ("127.77.0.3", port))]) as windlass:
        for i in range(5):
            equal(answers(windlass, f"dead{i}.{CORP}"), ["192.0.2.52"], "the second's answer")
        reply = windlass.ask("www.gone.plain.", timeout=10)
        equal(reply.rcode, "SERVFAIL", "rcode")
        check(set(reply.ede_codes) & {22, 23}, f"EDE {reply.ede}")
        matches(reply.ede[0][1], r"127\.77\.0\.", "its text")


@with_workers("a lying forwarder reaches no name outside its zone (MaginotDNS)")
def _lying(lab, workers):
    evil = socket.inet_aton("192.0.2.66")

    def lies(name):
        if name.startswith("alias"):
            return ((record(name, "CNAME", wire.encode_name("www.p256.example.")),
                     record("www.p256.example.", "A", evil)), (), ())
        return ((record("www.p384.example.", "A", evil), record("www.unsigned.example.", "A", evil)),
                (record("example.", "NS", wire.encode_name("ns.evil.plain.")), record(".", "NS", wire.encode_name("ns.evil.plain.")),
                 record("plain.", "NS", wire.encode_name("ns.evil.plain."))),
                (record("ns.evil.plain.", "A", socket.inet_aton("127.77.0.9")), record("ns1.nic.example.", "A", evil)))

    port = free_port()
    with Saying(port, "192.0.2.51", lies=lies), Saying(lab.net.port, "192.0.2.66", "127.77.0.9") as trap, \
            lab.fresh(workers=workers, forward=[forward(CORP, ("127.0.0.1", port))]) as windlass:
        for i in range(10):
            equal(answers(windlass, f"lie{i}.{CORP}"), ["192.0.2.51"], "its own name")
        reply = windlass.ask(f"alias.{CORP}")
        equal([each.type for each in reply.answer if each.type != "RRSIG"], ["CNAME", "A"], "an alias that leads out")
        check(all(each.rdata != evil for each in reply.answer), "the forwarder's word of a name outside")
        for name in ("www.p256.example.", "www.p384.example.", "www.unsigned.example.", "www.hidden2.plain."):
            reply = windlass.ask(name)
            check(all(each.rdata != evil for each in reply.answer), f"{name} is poisoned")
        equal(len(trap.asked), 0, "questions to the liar's name server")


@with_workers("over TCP alone: many questions, few connections")
def _tcp(lab, workers):
    port = free_port()
    with SayingOverTcp(port, "192.0.2.51") as server, \
            lab.fresh(workers=workers, forward=[forward(CORP, ("127.0.0.1", port), tcp=True)]) as windlass:
        equal(answers(windlass, f"tcp.{CORP}"), ["192.0.2.51"], "answer")
        over_udp = windlass.metric("upstream_queries_total", 'proto="udp"')     # whether the zone is signed
        for i in range(39):
            equal(answers(windlass, f"tcp{i}.{CORP}"), ["192.0.2.51"], "answer")
        equal(server.questions, 40, "questions")
        check(server.connections <= workers, f"{server.connections} connections of {workers} worker(s)")
        equal(windlass.metric("upstream_queries_total", 'proto="udp"'), over_udp, "questions over UDP")
        replies = ask_together(windlass, [wire.query(f"burst{i}.{CORP}") for i in range(60)])
        equal({reply.rcode for reply in replies}, {"NOERROR"}, "sixty at once")
        check(server.connections <= 11 * workers, f"{server.connections} connections of {workers} worker(s)")


@with_workers("first: when no forwarder answers the public tree does, and validates; else what they deny is denied")
def _first(lab, workers):
    port = free_port()
    with Saying(port, "192.0.2.51", "127.77.0.2") as silent, \
            lab.fresh(workers=workers, limits=EXPLORE,
                      forward=[forward("p256.example.", ("127.77.0.2", port), first=True),
                               forward("p384.example.", ("127.77.0.3", port), first=True)]) as windlass:
        silent.silent = True
        for zone in ("p256", "p384"):
            reply = windlass.ask(f"www.{zone}.example.", timeout=10)
            equal((reply.rcode, reply.ad), ("NOERROR", True), zone)
        for i in range(3):
            windlass.ask(f"dead{i}.p256.example.", timeout=10)
        began = time.monotonic()
        equal(windlass.ask("mail.p256.example.", "MX", timeout=10).ad, True, "when it is known to be dead")
        check(time.monotonic() - began < 5, "it is waited for though it is known to be dead")
        check(silent.asked, "it was never asked")


@with_workers("a private zone at nsd: as a stub zone below a denied name it needs a negative trust anchor")
def _private(lab, workers):
    folder, port = os.path.join(lab.folder, f"private-{workers}"), free_port()
    os.makedirs(folder)
    path = os.path.join(folder, "lab.zone")
    with open(path, "w", encoding="ascii") as file:
        file.write("lab.test. 3600 SOA ns.lab.test. h.lab.test. 1 3600 600 864000 60\nlab.test. 3600 NS ns.lab.test.\n"
                   "ns.lab.test. 3600 A 127.0.0.1\nwww.lab.test. 3600 A 192.0.2.80\nto.lab.test. 3600 CNAME www.p256.example.\n")
    nsd = Nsd(os.path.join(folder, "nsd"), port, {"lab.test.": path})
    nsd.start()
    try:
        check(wire.wait_until(nsd.answers, 10), f"nsd does not answer: {nsd.said()}")
        with lab.fresh(workers=workers, stub=[forward("lab.test.", ("127.0.0.1", port))]) as windlass:
            equal(windlass.ask("else.test.").rcode, "NXDOMAIN", "a name beside it")
            reply = windlass.ask("www.lab.test.")
            equal((reply.rcode, bool(reply.ede)), ("SERVFAIL", True), "unproven below a signed root")
            windlass.commanded("nta", "add", "lab.test.", "1h", "private")
            equal(answers(windlass, "www.lab.test."), ["192.0.2.80"], "with a negative trust anchor")
            equal(windlass.ask("no.lab.test.").rcode, "NXDOMAIN", "what nsd denies")
            check("192.0.2.80" in answers(windlass, "to.lab.test."), "an alias that leads out")
            windlass.commanded("nta", "remove", "lab.test.")
            equal(windlass.ask("www.lab.test.").rcode, "SERVFAIL", "without it again")
    finally:
        nsd.stop()


@with_workers("a reload to another forwarder: its answers at once, none of the old one's, and back to the public tree")
def _reload(lab, workers):
    port = free_port()
    with Saying(port, "192.0.2.51"), Saying(port, "192.0.2.52", "127.77.0.2"), \
            lab.fresh(workers=workers, forward=[forward("p256.plain.", ("127.0.0.1", port))]) as windlass:
        names = [f"{name}.p256.plain." for name in ("www", "mail", "other")]
        for name in names:
            equal(answers(windlass, name), ["192.0.2.51"], "before")
        for zones, wanted in (([forward("p256.plain.", ("127.77.0.2", port))], "192.0.2.52"),
                              ([forward("p256.plain.", ("127.0.0.1", port))], "192.0.2.51")):
            windlass.settings["forward"] = zones
            windlass.write_config()
            windlass.commanded("config", "reload")
            for name in names:
                equal(answers(windlass, name), [wanted], "after")
        windlass.settings["forward"] = []
        windlass.write_config()
        windlass.commanded("config", "reload")
        equal(windlass.ask(names[0]).rcode, "NXDOMAIN", "the public tree's word")


@suite.test("a reload with a broken forward zone changes nothing, and says where it is broken")
def _broken(lab):
    port = free_port()
    with Saying(port, "192.0.2.51"), lab.fresh(forward=[forward(CORP, ("127.0.0.1", port))]) as windlass:
        equal(answers(windlass, f"a.{CORP}"), ["192.0.2.51"], "before")
        windlass.settings["forward"] = [forward(CORP, ("127.0.0.1", port)), {"zone": "b.", "servers": ["192.0.2.1@0"]}]
        windlass.write_config()
        code, _, err = windlass.control("config", "reload")
        equal(code, 1, "exit code")
        matches(err, r"windlass\.yaml:\d+:\d+: a server in `forward` is `192\.0\.2\.1@0`", "the words")
        equal(answers(windlass, f"b.{CORP}"), ["192.0.2.51"], "after")
