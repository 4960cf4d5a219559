"""A plugin in plain C in a whole server: it answers its zone; one that is wrong keeps the server from starting."""
import os
import re
import shutil
import socket
import struct
import subprocess
import threading
import time

from .config_tests import run
from ..internet import wire
from .suite import Skipped, Suite, check, equal, matches, within

suite = Suite("plugin")

ZONE = "home.example."


def scripted(lab, flaw=""):
    """A copy of the scripted plugin in a folder that nobody else can write; its path."""
    built = os.path.join(os.path.dirname(lab.programs.windlass), f"scripted_plugin{flaw}.so")
    check(os.path.exists(built), f"{built} is not built")
    copy = os.path.join(lab.folder, os.path.basename(built))
    shutil.copyfile(built, copy)
    os.chmod(copy, 0o755)
    return copy


def one_plugin(path, **config):
    return {"plugins": [{"name": "play", "path": path, "config": {"zone": ZONE, **config}}]}


#      title                                             flaw        settings of the plugin   what the line must hold
START_ERRORS = (
    ("wrong plugin ABI version",                         "_abi2",    {},                      "speaks plugin ABI 2.0, this windlass speaks 1.0"),
    ("a module without the plugin symbol",               "_symbol",  {},                      "exports no windlass_plugin_v1"),
    ("a plugin that refuses this host",                  "_refuses", {},                      "refuses plugin ABI 1.0"),
    ("a descriptor cut off",                             "_short",   {},                      r"descriptor has \d+ octets"),
    ("a table of commands that is wrong",                "_commands", {},                     "table of commands"),
    ("a configuration that the plugin refuses",          "",         {"zone": "a..b"},        r"no zone name \(at /zone, line \d+, column \d+\)"),
    ("a plugin that cannot start",                       "",         {"refuse": "no store"},  "cannot start: no store"),
)


def start_error(lab, row):
    _, flaw, config, words = row
    path = scripted(lab, flaw)
    code, out, err = run(lab, "--config", lab.fresh(**one_plugin(path, **config)).config)
    equal(code, 1, f"exit code; it said {err!r}")
    equal(len((out + err).strip().splitlines()), 1, f"lines said ({err!r})")
    matches(err, re.escape(path) + ": .*" + words, "stderr")


suite.table(START_ERRORS, start_error, title=lambda row: row[0] + ": exit 1, one line with file and cause")


@suite.test("a plugin file that others can write: exit 1, one line with file and cause")
def _writable(lab):
    path = scripted(lab)
    os.chmod(path, 0o777)
    code, _, err = run(lab, "--config", lab.fresh(**one_plugin(path)).config)
    equal(code, 1, f"exit code; it said {err!r}")
    matches(err, re.escape(path) + ".*writable by others", "stderr")


@suite.test("the zone of a plugin is answered with AA, seen by dig; other names are resolved")
def _answers(lab):
    if shutil.which("dig") is None:
        raise Skipped("no dig here")
    with lab.fresh(**one_plugin(scripted(lab))) as windlass:
        for transport in ("+notcp", "+tcp"):
            done = subprocess.run(["dig", "@127.0.0.1", "-p", str(windlass.port), transport, "+norecurse", "WWW." + ZONE, "A"],
                                  capture_output=True, text=True, timeout=15)
            matches(done.stdout, r"status: NOERROR", "dig")
            matches(done.stdout, r"flags:[^;]* aa\b", "dig")
            matches(done.stdout, r"WWW\.home\.example\.\s+60\s+IN\s+A\s+192\.0\.2\.53", "dig")
        equal(windlass.metric("plugin_calls_total", 'verdict="done"'), 2, "plugin_calls_total")
        equal(windlass.metric("response_source_total", 'source="local_zone"'), 2, "response_source_total")
        reply = windlass.ask("www.p256.example.")
        equal((reply.rcode, reply.aa), ("NOERROR", False), "a name of the Internet")
        matches(windlass.commanded("status"), r"play: scripted 1\.2\.3", "status")


@suite.test("a plugin that errs: SERVFAIL with EDE, the breaker opens, other names go on")
def _breaker(lab):
    with lab.fresh(workers=1, **one_plugin(scripted(lab), act="long")) as windlass:
        for _ in range(12):
            reply = windlass.ask(ZONE)
            equal(reply.rcode, "SERVFAIL", "rcode")
            check(reply.ede, "SERVFAIL without EDE")
        equal(windlass.metric("plugin_calls_total", 'verdict="error"'), 8, "calls until the breaker opened")
        equal(windlass.metric("plugin_breaker_open"), 1, "plugin_breaker_open")
        equal(windlass.ask("www.p256.example.").rcode, "NOERROR", "a name of the Internet")


@suite.test("workers enter and leave a plugin on their own threads; it ends after them")
def _life(lab):
    trace = os.path.join(lab.folder, "trace")
    with lab.fresh(workers=2, **one_plugin(scripted(lab), trace=trace)) as windlass:
        windlass.ask(ZONE)
    with open(trace, encoding="ascii") as file:
        lines = [line.split() for line in file]
    calls = {call: sorted(thread for name, thread in lines if name == call) for call, _ in lines}
    equal(calls["enter"], ["windlass-0", "windlass-1"], "threads that entered")
    equal(calls["leave"], ["windlass-0", "windlass-1"], "threads that left")
    equal([name for name, _ in lines][-2:], ["quiesce", "destroy"], "the end")
    equal((len(calls["begin"]), len(calls["end"])), (1, 1), "batches")


# ---- commands

@suite.test("a plugin's commands stand in help, print in their shape, take files as absolute paths")
def _commands(lab):
    with lab.fresh(**one_plugin(scripted(lab))) as windlass:
        matches(windlass.commanded("help"), r"play say WORD \[FILE\]\s+Says its words", "help")
        matches(windlass.commanded("play", "say", "hello", "x.zone"), r"word\s+hello\nfile\s+/.*/x\.zone\n", "fields")
        matches(windlass.commanded("play", "count", "3"), r"row +text\n0 +row number 0\n1", "table")
        code, out, _ = windlass.control("play", "count", "2", form=["--json"])
        equal((code, out.splitlines()[1]), (0, '{"row":1,"text":"row number 1"}'), "--json")
        equal(len(windlass.commanded("play", "count", "20000").splitlines()), 20001, "lines of a long reply")
        matches(windlass.commanded("ping"), "pong", "the host's own command")


#      words                          exit   what stderr must hold
WRONG_COMMANDS = (
    (("play", "say", "no"),           1,     "it will not say no"),
    (("play", "torn"),                1,     "no JSON object"),
    (("play", "say"),                 2,     r"play say WORD \[FILE\]"),
    (("play", "sing"),                2,     "play count"),
    (("plai",),                       2,     "unknown command"),
)


@suite.test("wrong commands of a plugin: exit code and one line")
def _wrong_commands(lab):
    with lab.fresh(**one_plugin(scripted(lab))) as windlass:
        for words, wanted, pattern in WRONG_COMMANDS:
            code, _, err = windlass.control(*words)
            equal((code, len(err.strip().splitlines())), (wanted, 1), f"exit code and lines of {words}: {err!r}")
            matches(err, pattern, "stderr")


@suite.test("two plugins with commands of one name: the first has them, the log names both")
def _collision(lab):
    first = one_plugin(scripted(lab))["plugins"][0]
    second = {**first, "name": "replay", "config": {"zone": "other.example."}}
    with lab.fresh(plugins=[first, second]) as windlass:
        matches(windlass.read_log(), r"plugin replay: its commands `play say`.* cannot be reached: plugin play", "log")
        equal(windlass.read_log().count("cannot be reached"), 1, "lines")


@suite.test("a command that takes long shows how far it is and keeps neither clients nor commands waiting")
def _progress(lab):
    with lab.fresh(**one_plugin(scripted(lab))) as windlass:
        done = []
        thread = threading.Thread(target=lambda: done.append(windlass.control("play", "wait", "2500")))
        thread.start()
        time.sleep(0.3)
        within(1, windlass.commanded, "ping")
        equal(within(1, windlass.ask, "www." + ZONE).rcode, "NOERROR", "a client meanwhile")
        thread.join()
        code, out, err = done[0]
        equal((code, out), (0, "worked\n"), f"it said {err!r}")
        lines = err.splitlines()
        check(1 <= len(lines) <= 3, f"a plain line a second, not {lines!r}")
        matches(lines[0], r"^\d+ of 2500 ms$", "progress")
        matches(windlass.control("play", "wait", "200", form=["--progress"])[2], r"\d+ of 200 ms\x1b\[K", "a live line")


@suite.test("the client of a command goes: the plugin is told; others need not wait for that")
def _client_gone(lab):
    trace = os.path.join(lab.folder, "trace-gone")
    with lab.fresh(**one_plugin(scripted(lab), trace=trace)) as windlass:
        ctl = subprocess.Popen([windlass.programs.windlassctl, "--socket", windlass.settings["control"]["socket"],
                                "play", "wait", "60000"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(0.5)
        ctl.kill()
        ctl.wait()
        within(5, windlass.commanded, "play", "say", "next")
        check(wire.wait_until(lambda: "gone" in open(trace, encoding="ascii").read(), 5), "the plugin was not told")


# ---- verdicts and streams

@suite.test("a local alias is followed to a name of the Internet, in one answer")
def _chase(lab):
    with lab.fresh(**one_plugin(scripted(lab), act="chase", alias="www.p256.example.")) as windlass:
        reply = windlass.ask("www." + ZONE, do=False)
        equal((reply.rcode, [record.type for record in reply.answer]), ("NOERROR", ["CNAME", "A"]), "RCODE and records")


@suite.test("an answer that comes later is sent, once; one that never comes is SERVFAIL at its time")
def _pending(lab):
    limits = {"limits": {"plugin_pending_time": "500ms"}}
    with lab.fresh(**one_plugin(scripted(lab), act="twice"), **limits) as windlass:
        for form in ({}, {"tcp": True}):
            equal(windlass.ask("www." + ZONE, **form).rcode, "NOERROR", f"asked {form}")
    with lab.fresh(**one_plugin(scripted(lab), act="mistaken"), **limits) as windlass:
        equal(windlass.ask("www." + ZONE).rcode, "SERVFAIL", "completed with another ID")
        matches(windlass.read_log(), r"plugin play: complete\(\): its reply has another ID", "log")
    with lab.fresh(**one_plugin(scripted(lab), act="mute"), **limits) as windlass:
        reply = within(2, windlass.ask, "www." + ZONE)
        equal(reply.rcode, "SERVFAIL", "never answered")
        equal(windlass.metric("limit_exceeded_total", 'limit="plugin_pending_time"'), 1, "counted")


def framed_axfr(windlass, ident=7):
    question = struct.pack(">HHHHHH", ident, 0, 1, 0, 0, 0) + b"\4home\7example\0" + struct.pack(">HH", 252, 1)
    sock = socket.create_connection(("127.0.0.1", windlass.port), timeout=10)
    sock.sendall(struct.pack(">H", len(question)) + question)
    return sock


def frames_of(sock, most):
    file, sizes = sock.makefile("rb"), []
    while len(sizes) < most:
        head = file.read(2)
        if len(head) < 2:
            break
        sizes.append(len(file.read(struct.unpack(">H", head)[0])))
    return sizes


@suite.test("AXFR over TCP: all messages come, the plugin makes them as the client reads")
def _transfer(lab):
    trace = os.path.join(lab.folder, "trace-transfer")
    with lab.fresh(**one_plugin(scripted(lab), messages=1000, octets=60000, trace=trace)) as windlass:
        with framed_axfr(windlass) as sock:
            time.sleep(0.5)                       # nobody reads
            equal(windlass.ask("www." + ZONE).rcode, "NOERROR", "another client meanwhile")
            equal(frames_of(sock, 1000), [60000] * 1000, "sizes of the messages")
        with framed_axfr(windlass):               # goes away in the middle
            time.sleep(0.2)
        check(wire.wait_until(lambda: open(trace, encoding="ascii").read().count("close ") == 2, 5), "a stream was not closed")


@suite.test("AXFR that fails in the middle closes the connection; a slow one ends at its time; UDP gets none")
def _transfer_fails(lab):
    with lab.fresh(**one_plugin(scripted(lab), act="broken")) as windlass:
        with framed_axfr(windlass) as sock:
            equal(len(frames_of(sock, 5)), 1, "messages before the end")
        check(windlass.ask(ZONE, "AXFR").rcode != "NOERROR", "AXFR over UDP")
        equal(windlass.ask("www.p256.example.").rcode, "NOERROR", "a name of the Internet")
    slow = {"limits": {"plugin_stream_time": 1}}
    with lab.fresh(**one_plugin(scripted(lab), messages=10000, octets=60000), **slow) as windlass:
        with framed_axfr(windlass) as sock:
            time.sleep(2.5)
            check(len(frames_of(sock, 10000)) < 10000, "the whole transfer came")
        equal(windlass.metric("limit_exceeded_total", 'limit="plugin_stream_time"'), 1, "counted")


# ---- kept answers

@suite.test("a changed zone is seen by the next query on every worker: 1,000 changes, no stale answer")
def _generations(lab):
    with lab.fresh(workers=4, **one_plugin(scripted(lab), keep=3600, address="10.0.0.0")) as windlass:
        control = socket.socket(socket.AF_UNIX)
        control.connect(windlass.settings["control"]["socket"])
        lines = control.makefile("rb")
        stale = 0
        for change in range(1, 1001):
            control.sendall(b'{"command": "play bump"}\n')
            while b'"ok"' not in lines.readline():
                pass
            for _ in range(4):                    # each from a port of its own, so from any worker
                reply = windlass.ask("www." + ZONE)
                stale += [record.rdata for record in reply.answer] != [bytes((10, 0, 0, change % 256))]
        equal(stale, 0, "stale answers")
        check(windlass.metric("cache_hits_total", 'cache="answer"') > 0, "nothing came from the cache")


# ---- reload

def reload(windlass, *plugins):
    windlass.settings["plugins"] = list(plugins)
    windlass.write_config()
    return windlass.control("config", "reload")


@suite.test("config reload with other settings: a new instance beside the old, in force on every worker")
def _reload(lab):
    trace = os.path.join(lab.folder, "trace-reload")
    path = scripted(lab)
    play = one_plugin(path, trace=trace)["plugins"][0]
    with lab.fresh(workers=2, plugins=[play]) as windlass:
        other = {**play, "config": {**play["config"], "address": "192.0.2.99", "unready": 3}}
        code, _, err = reload(windlass, other)
        equal(code, 0, f"exit code; it said {err!r}")
        for _ in range(20):
            equal([record.rdata for record in windlass.ask("www." + ZONE).answer], [bytes((192, 0, 2, 99))], "answer")
        with open(trace, encoding="ascii") as file:
            calls = [line.split()[0] for line in file]
        equal(calls.count("create"), 2, "instances made")
        check(wire.wait_until(lambda: "destroy" in open(trace, encoding="ascii").read(), 5), "the old one was not ended")
        equal(reload(windlass)[0], 0, "all taken away")
        check(windlass.ask("www." + ZONE).rcode != "NOERROR", "the zone is gone")


#      what the new settings are                                     what stderr must hold
REFUSED_RELOADS = (
    ({"config": {"zone": "a..b"}},                                   "no zone name"),
    ({"config": {"zone": ZONE, "refuse": "no store"}},               "no store"),
    ({"config": {"zone": ZONE, "unready": 1000000}},                 "not ready within 1 s"),
    ({"path": "/nonexistent/other.so"},                              "needs a restart"),
)


@suite.test("a reload that a plugin refuses keeps the old instance and says why")
def _refused_reload(lab):
    path = scripted(lab)
    play = one_plugin(path)["plugins"][0]
    with lab.fresh(plugins=[play], limits={"plugin_ready_time": 1}) as windlass:
        for changes, words in REFUSED_RELOADS:
            code, _, err = reload(windlass, {**play, **changes})
            equal(code, 1, f"exit code; it said {err!r}")
            matches(err, words + ".*kept", "stderr")
            equal(windlass.ask("www." + ZONE).rcode, "NOERROR", "the zone afterwards")


@suite.test("--check-config asks the plugins, and makes no instance")
def _check_config(lab):
    trace = os.path.join(lab.folder, "trace-check")
    path = scripted(lab)
    good = lab.fresh(**one_plugin(path, trace=trace)).config
    equal(run(lab, "--config", good, "--check-config")[0], 0, "exit code of a good one")
    check(not os.path.exists(trace), "an instance was made")
    code, _, err = run(lab, "--config", lab.fresh(**one_plugin(path, zone="a..b")).config, "--check-config")
    equal(code, 2, f"exit code; it said {err!r}")
    matches(err, r"no zone name \(at /zone, line", "stderr")
