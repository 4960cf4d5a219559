"""Views with real clients at several loopback addresses: forwarders of their own, local zones, policy; nothing of one
reaches another, in the cache or joined, with one worker and with four."""
import ipaddress
import select
import socket
import time

from ..internet import CASES, wire
from .forwarders import Saying
from .forwarding_tests import CORP, forward, unbound
from .local import load, rows, with_zones
from .local_zones import small
from .suite import Suite, check, equal, matches
from .windlass import free_port

suite = Suite("views")
OFFICE, GUEST, NOBODY = "127.0.0.2", "127.0.0.3", "127.0.0.4"
PATIENT = {"first_timeout": 3000}        # on a busy machine a forwarder is not overdue at once
SAYS = {OFFICE: "192.0.2.52", GUEST: "192.0.2.53"}


def with_workers(title):
    """One test with one worker, one with four."""
    def keep(function):
        for workers in (1, 4):
            suite.tests.append((f"{title}, {workers} worker(s)", lambda lab, workers=workers: function(lab, workers)))
        return function
    return keep


def view(name, client, **says):
    return {"name": name, "clients": [f"{client}/32"], **says}


def open_from(client, windlass):
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind((client, 0))
    sock.connect(("127.0.0.1", windlass.port))
    return sock


def ask_from(client, windlass, name, rrtype="A", *, tcp=False, timeout=10, **how):
    packet = wire.query(name, rrtype, **how)
    if tcp:
        with socket.create_connection(("127.0.0.1", windlass.port), timeout=timeout, source_address=(client, 0)) as sock:
            sock.sendall(wire.frame(packet))
            return wire.parse(wire.read_frame(sock))
    with open_from(client, windlass) as sock:
        sock.settimeout(timeout)
        sock.send(packet)
        return wire.parse(sock.recv(65535))


def ask_all_at_once(windlass, questions, seconds=15):
    """[(client, name)] -> {(client, name): reply}, each from a socket of its own, sent as fast as can be."""
    sockets = {open_from(client, windlass): (client, name) for client, name in questions}
    for sock, (_, name) in sockets.items():
        sock.send(wire.query(name))
    replies, deadline = {}, time.monotonic() + seconds
    while len(replies) < len(sockets) and time.monotonic() < deadline:
        for sock in select.select([s for s in sockets if sockets[s] not in replies], [], [], 0.2)[0]:
            replies[sockets[sock]] = wire.parse(sock.recv(65535))
    for sock in sockets:
        sock.close()
    return replies


def address_in(reply):
    """The one address, else the rcode."""
    found = [socket.inet_ntoa(each.rdata) for each in reply.answer if each.type == "A"]
    return found[0] if len(found) == 1 else reply.rcode


def two_forwarders(lab, workers, port, **settings):
    """A Windlass whose two views ask forwarders of their own for CORP, which the public tree denies."""
    views = [view("office", OFFICE, forward=[forward(CORP, ("127.0.0.1", port))]),
             view("guests", GUEST, forward=[forward(CORP, ("127.77.0.2", port))])]
    limits = {"client_inflight": 1000, "late_answers": 0, "response_rate": 0, **settings.pop("limits", {})}
    return lab.fresh(workers=workers, views=views, limits=limits, **settings)


@with_workers("the same names from two views and from none, cached and in turn: each hears its own")
def _in_turn(lab, workers):
    port = free_port()
    with Saying(port, SAYS[OFFICE]) as first, Saying(port, SAYS[GUEST], "127.77.0.2") as second, \
            two_forwarders(lab, workers, port, limits=PATIENT) as windlass:
        wanted = {**SAYS, NOBODY: "NXDOMAIN", "127.0.0.1": "NXDOMAIN"}
        for turn in range(3):
            for i in range(8):
                order = list(wanted)[i % 4:] + list(wanted)[:i % 4]
                for client in order:
                    reply = ask_from(client, windlass, f"turn{i}.{CORP}", tcp=(turn + i) % 3 == 0)
                    equal(address_in(reply), wanted[client], f"turn{i} for {client}, round {turn}")
        for server in (first, second):
            equal([server.count(f"turn{i}.{CORP}") for i in range(8)], [1] * 8, "questions, each once")


@with_workers("the same names from both views and from none at once: joined within a view alone")
def _at_once(lab, workers):
    port = free_port()
    with Saying(port, SAYS[OFFICE]) as first, Saying(port, SAYS[GUEST], "127.77.0.2") as second, \
            two_forwarders(lab, workers, port, limits=PATIENT) as windlass:
        wanted = {**SAYS, NOBODY: "NXDOMAIN"}
        for burst in range(3):
            names = [f"burst{burst}-{i}.{CORP}" for i in range(25)]
            replies = ask_all_at_once(windlass, [(client, name) for name in names for client in wanted])
            equal(len(replies), 75, "replies")
            wrong = [f"{client} {name}: {address_in(reply)}" for (client, name), reply in replies.items()
                     if address_in(reply) != wanted[client]]
            check(not wrong, f"{len(wrong)}: " + "; ".join(wrong)[:400])
            for server in (first, second):
                equal([server.count(name) for name in names], [1] * 25, "questions, each once")


@with_workers("one view's forwarder fails and denies: no other view hears of it, nor waits")
def _failing(lab, workers):
    port = free_port()
    limits = {"server_explore": 0, "resolution_tries": 2}
    with Saying(port, SAYS[OFFICE]) as first, Saying(port, SAYS[GUEST], "127.77.0.2"), \
            two_forwarders(lab, workers, port, limits=limits) as windlass:
        first.silent = True
        for i in range(3):
            for client, wanted in ((OFFICE, "SERVFAIL"), (GUEST, SAYS[GUEST]), (OFFICE, "SERVFAIL"), (GUEST, SAYS[GUEST])):
                equal(address_in(ask_from(client, windlass, f"fail{i}.{CORP}")), wanted, f"for {client}")
        equal(address_in(ask_from(GUEST, windlass, "www.unsigned.example.")),
              address_in(ask_from(OFFICE, windlass, "www.unsigned.example.")), "a public name")


@with_workers("all forwarded to unbound for one view, iterated for all others: both validate, neither asks the other's servers")
def _unbound(lab, workers):
    names = [(case.name, case.type, case.verdict) for case in CASES
             if case.verdict in ("secure", "insecure", "bogus") and not case.needs_ipv6][:40]
    with unbound(lab) as behind, \
            lab.fresh(workers=workers, limits={"response_rate": 0},
                      views=[view("office", OFFICE, forward=[forward(".", ("127.0.0.1", behind.port))])]) as windlass:
        for name, rrtype, verdict in names:
            office, nobody = (ask_from(client, windlass, name, rrtype, ad=True) for client in (OFFICE, NOBODY))
            equal((office.rcode, office.ad), (nobody.rcode, nobody.ad), f"{name} {rrtype}")
            equal(office.ad, verdict == "secure", f"AD of {name} {rrtype}")
        why = windlass.commanded("why", "www.p256.example.", "--view", "office")
        asked = {row["server"] for row in rows(windlass, "why", "www.p256.example.", "--client", OFFICE) if row["kind"] == "ask"}
        check(asked and all(f"127.0.0.1@{behind.port}" in server for server in asked), f"asked for the view: {asked}")
        matches(why, rf"127\.0\.0\.1@{behind.port}", "why --view")
        asked = {row["server"] for row in rows(windlass, "why", "www.p256.example.", "--client", NOBODY) if row["kind"] == "ask"}
        check(asked and not any(f"@{behind.port}" in server for server in asked), f"asked for nobody: {asked}")
        listed = {row["server"] for row in rows(windlass, "servers", "list", "www.p256.example.")}
        check(f"127.0.0.1@{behind.port}" in listed and len(listed) > 1, f"servers list NAME: {listed}")


@with_workers("local zones: one view sees all, one a few, one none; aliases and transfers give nothing away")
def _local(lab, workers):
    views = [view("office", OFFICE, local_zones=["lan.home.arpa."]), view("guests", GUEST, local_zones=[])]
    with with_zones(lab, config={"transfer_allow": ["127.0.0.0/8"]}, workers=workers, views=views) as windlass:
        load(windlass, "lan.home.arpa.", small("lan.home.arpa.", more="into CNAME www.vault.home.arpa.\nout CNAME www.p256.example.\n"
                                               "mx MX 10 www.vault.home.arpa.\n"))
        load(windlass, "vault.home.arpa.", small("vault.home.arpa."))
        for _ in range(3):
            for client, lan, vault in ((NOBODY, True, True), (OFFICE, True, False), (GUEST, False, False)):
                for zone, seen in (("lan", lan), ("vault", vault)):
                    for tcp in (False, True):
                        reply = ask_from(client, windlass, f"www.{zone}.home.arpa.", tcp=tcp)
                        equal(address_in(reply), "192.0.2.80" if seen else "NXDOMAIN", f"www.{zone} for {client}")
                reply = ask_from(client, windlass, "into.lan.home.arpa.")
                got = [each.type for each in reply.answer]
                wanted = ["CNAME", "A"] if lan and vault else ["CNAME"] if lan else []
                equal((got, reply.rcode), (wanted, "NOERROR" if lan and vault else "NXDOMAIN"), f"an alias, for {client}")
                reply = ask_from(client, windlass, "mx.lan.home.arpa.", "MX")
                hidden = [each for each in reply.additional if each.name.startswith("www.vault")]
                check(vault or not hidden, f"additional section for {client}: {hidden}")
        reply = ask_from(OFFICE, windlass, "out.lan.home.arpa.")
        equal([each.type for each in reply.answer if each.type != "RRSIG"], ["CNAME", "A"], "an alias that leads out")
        equal(ask_from(OFFICE, windlass, "out.lan.home.arpa.", rd=False).rcode, "NOERROR", "the same with RD=0")
        for client, wanted in ((NOBODY, True), (OFFICE, False), (GUEST, False)):
            reply = ask_from(client, windlass, "vault.home.arpa.", "AXFR", tcp=True, do=False)        # 9: NOTAUTH
            equal((reply.rcode, bool(reply.answer)), ("NOERROR", True) if wanted else ("9", False), f"a transfer for {client}")


@with_workers("policy: DNS64 for one view, rebinding protection for another, special names for a third")
def _policy(lab, workers):
    port = free_port()
    views = [view("office", OFFICE, dns64="64:ff9b::/96"), view("guests", GUEST, rebinding_protection=[]),
             view("lab", NOBODY, special_names_except=["test."], stub=[forward("lab.test.", ("127.77.0.2", port))])]
    with Saying(port, "10.0.0.1") as private, Saying(port, "192.0.2.66", "127.77.0.2"), \
            lab.fresh(workers=workers, views=views, forward=[forward(CORP, ("127.0.0.1", port)),
                                                             forward("six.plain.", ("127.77.0.2", port))]) as windlass:
        for _ in range(3):
            name = f"private.{CORP}"
            for client, wanted in ((OFFICE, "10.0.0.1"), (GUEST, "NOERROR"), (NOBODY, "10.0.0.1"), ("127.0.0.1", "10.0.0.1")):
                equal(address_in(ask_from(client, windlass, name)), wanted, f"{name} for {client}")
            reply = ask_from(GUEST, windlass, name)
            equal(reply.ede_codes, [15], "why it is not there")
            for client, wanted in ((OFFICE, ["64:ff9b::c000:242"]), (GUEST, []), ("127.0.0.1", [])):
                reply = ask_from(client, windlass, "host.six.plain.", "AAAA")
                made = [str(ipaddress.IPv6Address(each.rdata)) for each in reply.answer if each.type == "AAAA"]
                equal(made, wanted, f"AAAA for {client}")
            equal(ask_from(GUEST, windlass, "www.lab.test.").rcode, "NXDOMAIN", "a special name")
            reply = ask_from(NOBODY, windlass, "www.lab.test.", cd=True)
            equal(address_in(reply), "192.0.2.66", "a special name where it is none")
        equal(private.count(f"private.{CORP}"), 2, "questions: one for all whose names mean the same, one for the view `lab`")


@with_workers("a reload gives each view the other's forwarder, then none: at once, in the middle of questions")
def _reload(lab, workers):
    port = free_port()
    with Saying(port, SAYS[OFFICE]), Saying(port, SAYS[GUEST], "127.77.0.2"), two_forwarders(lab, workers, port) as windlass:
        names = [f"re{i}.{CORP}" for i in range(10)]
        wanted = dict(SAYS)
        for turn in range(4):
            for name in names:
                for client, says in wanted.items():
                    equal(address_in(ask_from(client, windlass, name)), says, f"{name} for {client}, after {turn} reloads")
            office, guests = windlass.settings["views"]
            office["forward"], guests["forward"] = guests["forward"], office["forward"]
            wanted = {OFFICE: wanted[GUEST], GUEST: wanted[OFFICE]}
            windlass.write_config()
            windlass.commanded("config", "reload")
        windlass.settings["views"] = []
        windlass.write_config()
        windlass.commanded("config", "reload")
        for client in SAYS:
            equal(address_in(ask_from(client, windlass, names[0])), "NXDOMAIN", f"without views, for {client}")


@suite.test("a reload with a broken view changes nothing, and says where it is broken; the commands show views")
def _commands(lab):
    port = free_port()
    with Saying(port, SAYS[OFFICE]), Saying(port, SAYS[GUEST], "127.77.0.2"), two_forwarders(lab, 1, port) as windlass:
        equal([row["view"] for row in rows(windlass, "views", "list")], ["office", "guests"], "views list")
        equal([row["view"] for row in rows(windlass, "views", "list", GUEST)], ["guests"], "views list ADDRESS")
        equal(rows(windlass, "views", "list", NOBODY), [], "an address in no view")
        code, _, err = windlass.control("why", CORP, "--view", "nothing")
        equal(code, 1, "exit code")
        matches(err, "there is no view `nothing`", "the words")
        code, _, err = windlass.control("why", CORP, "--vew", "office")
        equal(code, 2, "exit code")
        for client in (OFFICE, GUEST, NOBODY):
            ask_from(client, windlass, f"seen.{CORP}")
        found = {row["partition"]: row["data"] for row in rows(windlass, "cache", "lookup", f"seen.{CORP}") if row["type"] == "A"}
        equal(sorted(data[0] for data in found.values() if data), sorted(SAYS.values()), "cache lookup")
        servers = {row["server"] for row in rows(windlass, "servers", "list", f"seen.{CORP}")}
        check({f"127.0.0.1@{port}", f"127.77.0.2@{port}"} <= servers, f"servers list NAME: {servers}")
        good = windlass.settings["views"]
        windlass.settings["views"] = good + [view("boss", OFFICE)]
        windlass.write_config()
        code, _, err = windlass.control("config", "reload")
        equal(code, 1, "exit code")
        matches(err, r"windlass\.yaml:\d+:\d+: `127\.0\.0\.2/32` in `views\[2\]\.clients` is in the view office too", "the words")
        equal(address_in(ask_from(OFFICE, windlass, f"after.{CORP}")), SAYS[OFFICE], "after")
