"""A plugin in plain C in a whole server: it answers its zone; one that is wrong keeps the server from starting."""
import os
import re
import shutil
import subprocess

from .config_tests import run
from .suite import Skipped, Suite, check, equal, matches

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
