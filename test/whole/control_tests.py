"""Every control command on a running server, in words and in JSON."""
import json
import os
import re
import socket
import stat
import time

from ..internet import wire
from .suite import Suite, check, equal, matches

suite = Suite("control")

#      command                                         what it must print
COMMANDS = (
    (("ping",),                                        r"pong|ok"),
    (("version",),                                     r"\d+\.\d+"),
    (("status",),                                      r"127\.0\.0\.1@\d+"),
    (("stats",),                                       r"queries_total"),
    (("stats", "cache"),                               r"cache_"),
    (("config", "show"),                               r"qname_minimisation"),
    (("config", "check"),                              r"."),
    (("anchors", "list"),                              r"(?i)\d+.*(13|ECDSA)"),
    (("nta", "list"),                                  r""),
    (("cache", "stats"),                               r"\d"),
    (("cache", "lookup", "www.p256.example.", "A"),    r"192\.0\.2\.80"),
    (("cache", "lookup", "www.p256.example."),         r"(?i)secure"),
    (("servers", "list"),                              r"127\.54\.0\.[12]"),
    (("servers", "list", "p256.example."),             r"127\.54\.2\.[12]"),
    (("resolutions",),                                 r""),
    (("ready",),                                       r""),
    (("log", "level", "debug"),                        r""),
    (("log", "level", "info"),                         r""),
    (("why", "www.p256.example.", "A"),                r"(?is)p256\.example.*secure"),
    (("why", "www.unsigned.example.", "A"),            r"(?i)insecure"),
    (("help",),                                        r"anchors"),
)


def command(lab, row):
    words, pattern = row
    lab.shared.ask("www.p256.example.")
    out = lab.shared.commanded(*words)
    if pattern:
        matches(out, pattern, "output")


suite.table(COMMANDS, command, title=lambda row: " ".join(row[0]))


def in_json(lab, row):
    words, _ = row
    lab.shared.ask("www.p256.example.")
    code, out, err = lab.shared.control(*words, form=["--json"])
    equal(code, 0, f"exit code; it said {err[:200]!r}")
    lines = [line for line in out.splitlines() if line.strip()]
    check(lines, "no output")
    for line in lines:
        check(isinstance(json.loads(line), dict), f"no JSON object: {line[:100]!r}")


suite.table([row for row in COMMANDS if row[0] != ("help",)], in_json, title=lambda row: "--json " + " ".join(row[0]))

#      command                                   exit   what stderr must hold
WRONG = (
    (("no-such-command",),                       (2,),  "no-such-command"),
    (("pong",),                                  (2,),  "ping"),
    (("cache",),                                 (2,),  "cache"),
    (("cache", "lookup"),                        (2,),  "NAME"),
    (("cache", "flush", "a.example", "--all"),   (1, 2), "cache flush NAME"),
    (("cache", "lookup", "a..b"),                (1, 2), "a\\.\\.b"),
    (("cache", "lookup", "a.example", "NOTYPE"), (1, 2), "NOTYPE"),
    (("log", "level", "loud"),                   (1, 2), "loud"),
    (("nta", "add", "x.example.", "90d"),        (1,),  "90d"),
    (("nta", "remove", "never.example."),        (1,),  "never\\.example"),
    (("why",),                                   (2,),  "NAME"),
    (("why", "a.example", "AXFR"),               (1,),  "AXFR"),
    (("config", "check", "/nonexistent.yaml"),   (1,),  "/nonexistent.yaml"),
    (("ping", "ping"),                           (2,),  "."),
    (("ping", "--jsn"),                          (2,),  "unknown option `--jsn`"),
    (("--jsn", "ping"),                          (2,),  "unknown option `--jsn`"),
    (("ping", "--", "--json"),                   (2,),  "wrong number"),
    (("config", "check", ""),                    (2,),  "without a name"),
)


def wrong(lab, row):
    words, codes, pattern = row
    code, out, err = lab.shared.control(*words)
    check(code in codes, f"exit code {code}, wanted {codes}; it said {(out + err).strip()[:200]!r}")
    matches(err, pattern, "stderr")
    check(lab.shared.alive(), "the server is gone")


suite.table(WRONG, wrong, title=lambda row: "wrong: " + " ".join(row[0]))


@suite.test("no server at the socket: exit 1, one line that names it")
def _no_server(lab):
    windlass = lab.fresh()
    code, _, err = windlass.control("ping")
    equal((code, len(err.strip().splitlines())), (1, 1), f"exit code and lines of {err!r}")
    matches(err, "control.sock", "stderr")


@suite.test("the socket's mode is 0660 and it is gone afterwards")
def _socket(lab):
    with lab.fresh() as windlass:
        path = windlass.settings["control"]["socket"]
        equal(oct(stat.S_IMODE(os.stat(path).st_mode)), "0o660", "mode")
        windlass.stop()
        check(not os.path.exists(path), "the socket is still there")


@suite.test("nta add makes a bogus zone insecure, nta remove undoes it, a short one ends by itself")
def _negative_anchor(lab):
    with lab.fresh() as windlass:
        name = "www.expired.example."
        equal(windlass.ask(name).rcode, "SERVFAIL", "at first")
        windlass.commanded("nta", "add", "expired.example.", "1h", "they forgot to sign")
        reply = windlass.ask(name)
        equal((reply.rcode, reply.ad), ("NOERROR", False), "with the anchor")
        matches(windlass.commanded("nta", "list"), r"expired\.example.*they forgot", "nta list")
        equal(windlass.metric("negative_trust_anchors"), 1, "metric")
        equal(windlass.ask("www.p256.example.").ad, True, "AD of another zone")
        windlass.commanded("nta", "remove", "expired.example.")
        equal(windlass.ask(name).rcode, "SERVFAIL", "without it")
        windlass.commanded("nta", "add", "expired.example.", "1s")
        equal(windlass.ask(name).rcode, "NOERROR", "with a short one")
        time.sleep(2.1)
        equal(windlass.ask(name).rcode, "SERVFAIL", "when it ended")


@suite.test("cache flush NAME, --subtree and flush-all make the next question go upstream")
def _flush(lab):
    with lab.fresh() as windlass:
        def upstream_of(name):
            before = windlass.metric("upstream_queries_total")
            equal(windlass.ask(name).rcode, "NOERROR", name)
            return windlass.metric("upstream_queries_total") - before

        for words in (("flush", "www.p256.example."), ("flush", "p256.example.", "--subtree"), ("flush-all",)):
            upstream_of("www.p256.example.")
            equal(upstream_of("www.p256.example."), 0, "upstream queries for a cached name")
            windlass.commanded("cache", *words)
            check(upstream_of("www.p256.example.") > 0, f"{words}: still from the cache")


@suite.test("shutdown: says so, then exit 0")
def _shutdown(lab):
    with lab.fresh() as windlass:
        windlass.commanded("shutdown")
        equal(windlass.process.wait(3), 0, "exit code")


@suite.test("log level: a bogus answer is logged at info, not at error")
def _log_level(lab):
    with lab.fresh() as windlass:
        def logged(name):
            before = len(windlass.read_log())
            equal(windlass.ask(name).rcode, "SERVFAIL", name)
            return wire.wait_until(lambda: "example" in windlass.read_log()[before:].lower(), 0.5)

        check(logged("www.expired.example."), "nothing in the log at info")
        windlass.commanded("log", "level", "error")
        check(not logged("www.forged.example."), "it is in the log at error")


def spoken(windlass, octets, seconds=2):
    """What the socket itself says to these octets, until it is silent or closes."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
        sock.settimeout(seconds)
        sock.connect(windlass.settings["control"]["socket"])
        said = b""
        try:
            sock.sendall(octets)
            while not said.endswith(b"}\n") or b'"ok"' not in said:
                part = sock.recv(65536)
                if not part:
                    break
                said += part
        except OSError:
            pass
        return said


#      what is sent                                                        what must come back
LINES = (
    (b'{"command": "ping", "arguments": []}\n',                           rb'pong.*\n\{"ok":true\}'),
    (b'{"command": "ping"}\n',                                            rb'"ok":true'),
    (b'ping\n',                                                           rb'"ok":false'),
    (b'\n',                                                               rb""),
    (b'{"command": 5}\n',                                                 rb'"ok":false'),
    (b'{"command": "ping", "arguments": [{}]}\n',                         rb'"ok":false'),
    (b'{"command": "ping", "arguments": ["a\\u0000b"]}\n',                 rb'control character 0x00'),
    (b'{"command": "ping", "else": 1}\n',                                 rb'"ok":false'),
    (b'{"command": "cache lookup", "arguments": ["' + b"a" * 300 + b'"]}\n', rb'"ok":false'),
    (b"[" * 30000 + b"\n",                                                rb'"ok":false'),
    (b"x" * 300000 + b"\n",                                               rb""),
    (bytes(range(256)) + b"\n",                                           rb""),
)


def line(lab, row):
    octets, pattern = row
    said = spoken(lab.shared, octets, seconds=2 if pattern else 0.3)
    check(re.search(pattern, said, re.DOTALL), f"it said {said[:200]!r}")
    matches(lab.shared.commanded("ping"), "pong", "ping afterwards")


suite.table(LINES, line, title=lambda row: f"socket: {row[0][:50]!r}")


@suite.test("--json and --socket behind the command are windlassctl's")
def _options_behind(lab):
    code, out, err = lab.shared.control("ping", "--json")
    equal((code, out.splitlines()[-1]), (0, '{"ok":true}'), f"it said {err!r}")
    code, _, err = lab.shared.control("ping", "--socket", "/nonexistent/socket")
    equal(code, 1, "exit code with another socket")
    matches(err, "/nonexistent/socket", "stderr")


@suite.test("connections with half a line are closed after 10 s, and above the limit a clear word is said")
def _half_lines(lab):
    with lab.fresh(limits={"control_clients": 4}) as windlass:
        held = []
        for _ in range(4):
            sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            held.append(sock)
            sock.connect(windlass.settings["control"]["socket"])
            sock.sendall(b'{"command":')
        time.sleep(0.2)
        code, _, err = windlass.control("ping")
        equal(code, 1, "exit code")
        matches(err, r"more than 4 connections \(limit control_clients\)", "stderr")
        check(wire.wait_until(lambda: windlass.control("ping")[0] == 0, 13), "still locked out after 13 s")
        matches(held[0].recv(1000).decode(), "no whole line came within 10 s", "what the half line heard")
        for sock in held:
            sock.close()


@suite.test("forty silent connections to the socket; the next command is served or refused at once")
def _silent_operators(lab):
    held = []
    try:
        for _ in range(40):
            sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            held.append(sock)
            sock.settimeout(1)
            sock.connect(lab.shared.settings["control"]["socket"])
        code, _, err = lab.shared.control("ping")
        check(code == 0 or err, "no answer and no reason")
    finally:
        for sock in held:
            sock.close()
    matches(lab.shared.commanded("ping"), "pong", "ping afterwards")
