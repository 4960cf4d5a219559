"""Mistakes in the configuration and on the command line: exit code, place, and words a person can act on."""
import os
import re
import subprocess

from .suite import Suite, check, equal, matches
from .windlass import alone

suite = Suite("config")

#      title                           file                                                           line  what the message must hold
MISTAKES = (
    ("unknown key",                    "workers: 1\nacess: {allow: []}\n",                            2,    "acess.*access"),
    ("unknown key inside",             "recursion:\n  priming: true\n  qname_minimization: off\n",    3,    "qname_minimi[sz]ation"),
    ("a word where a number belongs",  "listen:\n  - {address: 127.0.0.1, port: many}\n",             2,    "port"),
    ("a port out of range",            "listen: [{address: 127.0.0.1, port: 70000}]\n",               1,    "port"),
    ("no address",                     "listen: [{address: 300.1.1.1, port: 5300}]\n",                1,    "address"),
    ("a list where a map belongs",     "cache: [1, 2]\n",                                             1,    "cache"),
    ("not YAML",                       "listen: [\nworkers: }\n",                                     None, "."),
    ("a tab",                          "cache:\n\tsize: 1M\n",                                        2,    "."),
    ("not one of the words",           "recursion: {qname_minimisation: sometimes}\n",                1,    "relaxed.*strict"),
    ("a size without sense",           "cache: {size: lots}\n",                                       1,    "size"),
    ("a duration without sense",       "cache: {max_ttl: 5parsecs}\n",                                1,    "max_ttl"),
    ("a limit that is none",           "limits: {upstream_querys: 5}\n",                              1,    "upstream_queries"),
    ("a limit out of range",           "limits: {cname_hops: 0}\n",                                   1,    "cname_hops"),
    ("a prefix too long",              "access: {allow: [127.0.0.0/33]}\n",                           1,    "127.0.0.0/33"),
    ("a key twice",                    "workers: 1\nworkers: 2\n",                                    2,    "workers"),
    ("a bad zone name",                'forward: [{zone: "a..b", servers: [192.0.2.1]}]\n',           1,    "a\\.\\.b"),
    ("a forwarder with a name",        'forward:\n  - {zone: a.,\n     servers: [ns.example.org]}\n', 3,    "ns.example.org.*an address, with @port"),
    ("a forwarder's port 0",           'forward: [{zone: a., servers: ["192.0.2.1@0"]}]\n',           1,    "192.0.2.1@0.*@port"),
    ("a zone without servers",         "stub: [{zone: a., servers: []}]\n",                           1,    "servers.*list of addresses"),
    ("a zone without its servers",     "stub: [{zone: a.}]\n",                                        1,    "servers.*missing"),
    ("a zone twice",                   "forward:\n  - {zone: a., servers: [192.0.2.1]}\n  - {zone: A, servers: [192.0.2.2]}\n", 3, "second time"),
    ("a server twice",                 "forward: [{zone: a., servers: [192.0.2.1, 192.0.2.1@53]}]\n", 1,    "second time"),
    ("forward and stub",               "forward: [{zone: a., servers: [192.0.2.1]}]\nstub:\n  - {zone: a., servers: [192.0.2.1]}\n", 3, "forward.*stub"),
    ("too many forwarders",            "limits: {nameservers: 1}\nforward:\n  - {zone: a., servers: [192.0.2.1, 192.0.2.2]}\n", 3, "2 servers.*at most 1.*limits.nameservers"),
    ("itself as forwarder",            "forward: [{zone: ., servers: [127.0.0.1@5300]}]\n",           1,    "Windlass itself"),
)


def run(lab, *arguments, apart=alone):
    try:
        done = subprocess.run([lab.programs.windlass, *arguments], capture_output=True, text=True, timeout=5,
                              stdin=subprocess.DEVNULL, preexec_fn=apart)
    except subprocess.TimeoutExpired as went_on:
        raise AssertionError("it went on running") from went_on
    return done.returncode, done.stdout, done.stderr


def mistake(lab, row):
    _, text, line, words = row
    windlass = lab.fresh()
    windlass.write_config(text)
    for how in (["--check-config", "--config", windlass.config], ["--config", windlass.config]):
        code, _, err = run(lab, *how)
        equal(code, 2, f"exit code of {how[0]}; it said {err.strip()[:200]!r}")
        place = re.escape(windlass.config) + (rf":{line}:\d+: " if line else r":\d+:\d+: ")
        matches(err, place, "the place")
        matches(err.split(": ", 1)[-1], words, "the words")
        equal(len(err.strip().splitlines()), 1, f"lines on stderr ({err!r})")


suite.table(MISTAKES, mistake, title=lambda row: row[0])


@suite.test("--check-config of a sound file: exit 0, nothing listens")
def _sound(lab):
    windlass = lab.fresh()
    code, _, err = run(lab, "--check-config", "--config", windlass.config)
    equal(code, 0, f"exit code; it said {err!r}")


@suite.test("the default configuration is sound")
def _default(lab):
    code, _, err = run(lab, "--check-config")
    equal(code, 0, f"exit code; it said {err!r}")


@suite.test("a file that is not there: exit 2, names it")
def _absent(lab):
    code, _, err = run(lab, "--config", "/nonexistent/windlass.yaml")
    equal(code, 2, "exit code")
    matches(err, "/nonexistent/windlass.yaml", "stderr")


@suite.test("an unknown option: exit 2")
def _option(lab):
    equal(run(lab, "--no-such-option")[0], 2, "exit code")


@suite.test("--version: exit 0, one line")
def _version(lab):
    code, out, _ = run(lab, "--version")
    equal((code, len(out.strip().splitlines())), (0, 1), "exit code and lines")
    matches(out, r"\d+\.\d+", "a version")


def reference(lab, topic):
    code, out, err = run(lab, "--print-reference", topic)
    equal(code, 0, f"exit code; it said {err[:200]!r}")
    check(len(out.splitlines()) > 10, f"only {len(out.splitlines())} lines")


suite.table(("settings", "commands", "metrics", "limits", "responses", "failures"), reference,
            title=lambda topic: f"--print-reference {topic}")


#      title                                  settings                                              what stderr must hold
START_ERRORS = (
    ("trust anchor file that is not there",   {"dnssec": {"trust_anchors": "/nonexistent/root.key"}}, "/nonexistent/root.key"),
    ("trust anchor file of nonsense",         {"dnssec": {"trust_anchors": "FOLDER/nonsense"}},       r"nonsense:2"),
    ("trust anchor file with an A record",    {"dnssec": {"trust_anchors": "FOLDER/address"}},        r"address:1.*DS"),
    ("root hints that are not there",         {"recursion": {"root_hints": "/nonexistent/hints"}},    "/nonexistent/hints"),
    ("root hints of nonsense",                {"recursion": {"root_hints": "FOLDER/nonsense"}},       "nonsense"),
    ("control socket in no folder",           {"control": {"socket": "/nonexistent/a.sock"}},         "/nonexistent/a.sock"),
    ("plugin that is not there",              {"plugins": [{"name": "auth", "path": "/nonexistent/p.so"}]}, "/nonexistent/p.so"),
    ("plugin that is no library",             {"plugins": [{"name": "auth", "path": "FOLDER/nonsense"}]}, "nonsense"),
)


def in_folder(value, folder):
    if isinstance(value, dict):
        return {key: in_folder(inner, folder) for key, inner in value.items()}
    if isinstance(value, list):
        return [in_folder(inner, folder) for inner in value]
    return value.replace("FOLDER", folder) if isinstance(value, str) else value


def start_error(lab, row):
    _, settings, words = row
    with open(os.path.join(lab.folder, "nonsense"), "w", encoding="ascii") as file:
        file.write("; a comment\nthis is no record\n")
    with open(os.path.join(lab.folder, "address"), "w", encoding="ascii") as file:
        file.write(". 3600 IN A 192.0.2.1\n")
    windlass = lab.fresh(**in_folder(settings, lab.folder))
    code, out, err = run(lab, "--config", windlass.config)
    check(code in (1, 2), f"exit code {code}; it said {(out + err)!r}")
    matches(err, words, "stderr")


suite.table(START_ERRORS, start_error, title=lambda row: row[0])


@suite.test("a taken port: exit 1 within 2 s, one line with address and cause")
def _taken_port(lab):
    windlass = lab.fresh()
    windlass.settings["listen"][0]["port"] = lab.shared.port
    windlass.write_config()
    code, _, err = run(lab, "--config", windlass.config, apart=None)
    equal(code, 1, "exit code")
    matches(err, rf"127\.0\.0\.1@{lab.shared.port}.*in use", "stderr")
    equal(lab.shared.ask("www.p256.example.").rcode, "NOERROR", "who held the port")
