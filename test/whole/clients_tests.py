"""What clients prove and what they get for it: DNS cookies, keepalive, rates; and cookies toward servers."""
import os
import re
import socket
import time

from ..internet import wire
from ..internet.servers import CONFIGURATION, Knot, tool
from ..internet.zones import Host
from .clients import run_client
from .suite import Suite, check, equal
from .windlass import WindlassError

suite = Suite("clients")
NAME = "www.p256.example."
COOKIE, KEEPALIVE = 10, 11
SECRET = "e5e973e5a6b2a43f48e7dc849e37bfcf"


def option(code, octets):
    return code.to_bytes(2, "big") + len(octets).to_bytes(2, "big") + octets


def with_option(code, octets, name=NAME):
    plain, added = wire.query(name), option(code, octets)
    return plain[:-2] + len(added).to_bytes(2, "big") + added


def options_in(reply):
    found, rdata = {}, next((record.rdata for record in reply.additional if record.type == "OPT"), b"")
    while len(rdata) >= 4:
        code, size = int.from_bytes(rdata[:2], "big"), int.from_bytes(rdata[2:4], "big")
        found[code], rdata = rdata[4:4 + size], rdata[4 + size:]
    return found


def cookie_of(windlass, cookie=b"clientck"):
    return options_in(wire.parse(wire.exchange_udp(with_option(COOKIE, cookie), "127.0.0.1", windlass.port)))[COOKIE]


def dig_text(windlass, *words):
    return run_client(tool("dig"), "@127.0.0.1", "-p", str(windlass.port), NAME, "+tries=1", "+time=5", *words)


@suite.test("dig and kdig find our cookie good, and it is the same when it comes again")
def _cookies(lab):
    for words in ((), ("+tcp",)):
        first = dig_text(lab.shared, *words)
        cookie = re.search(r"COOKIE: ([0-9a-f]{48}) \(good\)", first)
        check(cookie, f"dig says {first[:600]}")
        again = dig_text(lab.shared, f"+cookie={cookie.group(1)}", *words)
        check(f"{cookie.group(1)} (good)" in again, "the cookie changed")
    said = run_client(tool("kdig"), f"@127.0.0.1", "-p", str(lab.shared.port), NAME, "+cookie")
    check("status: NOERROR" in said and "COOKIE" in said, said[:300])


@suite.test("servers that share a secret believe each other's cookies; a broken file of secrets names its line")
def _shared_secret(lab):
    path = os.path.join(lab.folder, "cookies.secret")
    with open(path, "w", encoding="ascii") as file:
        file.write(f"# the first makes cookies\n{SECRET}\n")
    with lab.fresh(cookies={"secret": path}) as one, lab.fresh(cookies={"secret": path}) as other:
        equal(cookie_of(other, cookie_of(one)), cookie_of(one), "cookie")
        equal(other.metric("client_cookies_total", "proven"), 1, "proven")
        check(cookie_of(lab.shared, cookie_of(one)) != cookie_of(one), "a stranger's cookie is believed")
        with open(path, "a", encoding="ascii") as file:
            file.write(SECRET[:-1] + "\n")
        code, _, err = one.control("config", "reload")
        check(code == 1 and f"{path}:3:" in err and SECRET[:8] not in err, f"exit {code}: {err}")
        equal(cookie_of(other, cookie_of(one)), cookie_of(one), "cookie after the reload")
        try:
            with lab.fresh(cookies={"secret": path}):
                check(False, "it starts with a broken secret")
        except WindlassError as error:
            check(f"{path}:3:" in str(error), str(error))


@suite.test("response_rate: beyond it one of two gets TC, the others nothing; a cookie or TCP is free of it")
def _rate(lab):
    with lab.fresh(limits={"response_rate": 20}) as windlass:
        windlass.ask(NAME)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.connect(("127.0.0.1", windlass.port))
            for number in range(100):
                sock.send(wire.query(NAME, id=number))
            sock.settimeout(0.3)
            replies = []
            try:
                while True:
                    replies.append(wire.parse(sock.recv(4096)))
            except socket.timeout:
                pass
        full = sum(1 for reply in replies if reply.answer)
        check(15 <= full <= 40, f"{full} of 100 questions at once were answered")
        slipped = sum(1 for reply in replies if reply.tc and not reply.answer)
        check(25 <= slipped <= 45, f"{slipped} got TC")
        check(windlass.metric("queries_dropped_total", "ratelimit") >= 60, "they are counted elsewhere")
        proven = cookie_of_limited(windlass)
        for _ in range(50):
            reply = wire.parse(wire.exchange_udp(with_option(COOKIE, proven), "127.0.0.1", windlass.port))
            check(reply.answer, "a proven client is held to the rate")
        check("status: NOERROR" in dig_text(windlass, "+tcp"), "TCP is held to the rate")
        check("status: NOERROR" in dig_text(windlass, "+tries=5"), "dig does not come through with BADCOOKIE")


def cookie_of_limited(windlass):
    """Of a client that is over the rate: BADCOOKIE brings it, with one of two tries."""
    for _ in range(10):
        try:
            reply = wire.parse(wire.exchange_udp(with_option(COOKIE, b"clientck"), "127.0.0.1", windlass.port, timeout=0.2))
        except OSError:
            continue
        return options_in(reply)[COOKIE]
    raise AssertionError("no cookie in ten tries")


@suite.test("keepalive: dig is told 30 s, and such a connection outlives tcp_idle (RFC 7828)")
def _keepalive(lab):
    check("TCP KEEPALIVE: 30.0 secs" in dig_text(lab.shared, "+tcp", "+keepalive"), "dig sees no keepalive")
    check("KEEPALIVE" not in dig_text(lab.shared, "+tcp"), "unasked")
    with lab.fresh(limits={"tcp_idle": "300ms", "tcp_keepalive": "20s"}) as windlass:
        for octets, stays in ((with_option(KEEPALIVE, b""), True), (wire.query(NAME), False)):
            equal(still_open(windlass, octets, 1.5), stays, "open after 1.5 s idle")


def still_open(windlass, octets, idle_s):
    with socket.create_connection(("127.0.0.1", windlass.port), timeout=5) as sock:
        sock.sendall(wire.frame(octets))
        wire.read_frame(sock)
        time.sleep(idle_s)
        try:
            sock.sendall(wire.frame(octets))
            return bool(wire.read_frame(sock))
        except (OSError, EOFError):
            return False


@suite.test("a reload brings the bounds of TCP clients into force")
def _reload(lab):
    with lab.fresh() as windlass:
        check(still_open(windlass, wire.query(NAME), 0.8), "closed before tcp_idle")
        windlass.settings["limits"] = {"tcp_idle": "200ms"}
        windlass.write_config()
        windlass.commanded("config", "reload")
        check(not still_open(windlass, wire.query(NAME), 0.8), "open after the new tcp_idle")


class CookieKnot(Knot):
    """knotd that answers BADCOOKIE to whoever sends a cookie without its own."""

    def configuration(self):
        text = super().configuration().replace("  - id: default\n", "  - id: default\n    global-module: mod-cookies/strict\n")
        return "mod-cookies:\n  - id: strict\n    badcookie-slip: 1\n" + text


@suite.test("knotd that demands its cookie gets it with the second question, and with each one after")
def _upstream(lab):
    assert "id: default\n" in CONFIGURATION
    served = next(server for server in lab.net.servers if "p256.example." in getattr(server, "zone_files", {}))
    folder = os.path.join(lab.folder, "cookie-knot")
    os.makedirs(folder, exist_ok=True)
    knot = CookieKnot(Host("cookies", "127.54.9.1"), lab.net.port, folder, {"p256.example.": served.zone_files["p256.example."]})
    knot.start()
    try:
        check(wire.wait_until(knot.answers, 10), "knotd does not answer")
        with lab.fresh(stub=[{"zone": "p256.example.", "servers": [f"127.54.9.1@{lab.net.port}"]}]) as windlass:
            for i in range(5):
                equal(windlass.ask(f"no{i}.p256.example.").rcode, "NXDOMAIN", "rcode")
            equal(windlass.metric("upstream_responses_total", "badcookie"), 1, "BADCOOKIE replies")
            equal(windlass.metric("upstream_responses_total", "mismatch"), 0, "mismatches")
    finally:
        knot.stop()
