"""What goes wrong is told: anchor files that cannot be read, the log of bogus verdicts, metrics, why."""
import json
import os
import pty
import re
import signal
import subprocess

from ..internet import wire
from .suite import Suite, check, equal, matches
from .windlass import alone

suite = Suite("failures")
GOOD, OTHER, BAD = "www.p256.example.", "www.p384.example.", "www.expired.example."
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"


def put(path, octets):
    with open(path, "wb") as file:
        file.write(octets)


def no_file(path, _):
    if os.path.isdir(path):
        os.rmdir(path)
    elif os.path.exists(path):
        os.remove(path)


def folder(path, good):
    no_file(path, good)
    os.mkdir(path)


def text(octets, keep=True):
    """Writes what was good before and then these octets."""
    def write(path, good):
        no_file(path, good)
        put(path, (good if keep else b"") + octets)
    return write


#      title                             makes the file from a good one                    line of the fault, counted behind the good ones
BROKEN = (
    ("a line of nonsense",               text(b"this is no record\n"),                     1),
    ("nonsense behind two comments",     text(b"; one\n; two\nnonsense\n"),                3),
    ("a digest cut short",               text(b". 3600 IN DS 20326 8 2 E06D44\n"),         1),
    ("an odd digit too few",             text(b". 3600 IN DS 20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8\n"), 1),
    ("a key that is none",               text(b". 3600 IN DNSKEY 257 3 8 AwEAAa==\n"),     1),
    ("a key without the zone key bit",   text(b"example. 3600 IN DNSKEY 1 3 15 l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4=\n"), 1),
    ("a record of another type",         text(b". 3600 IN TXT \"x\"\n"),                   1),
    ("octets of no text",                text(b"\x00\xff\xfe\x80\n"),                      1),
    ("no file",                          no_file,                                          None),
    ("a folder",                         folder,                                           None),
)


def good_anchors(lab):
    with open(lab.net.anchor_ds, "rb") as file:
        return file.read()


def spoiled(lab, row):
    """The path of an anchor file broken as the row says, and what names the place of its fault."""
    _, make, line = row
    good = good_anchors(lab)
    if not good.endswith(b"\n"):
        good += b"\n"
    path = os.path.join(lab.folder, "failures.anchors")
    make(path, good)
    place = re.escape(path)
    return path, place if line is None else rf"{place}:{good.count(10) + line}\b"


def at_start(lab, row):
    path, place = spoiled(lab, row)
    windlass = lab.fresh(dnssec={"trust_anchors": path})
    for words in ((), ("--check-config",)):
        done = subprocess.run([lab.programs.windlass, "--config", windlass.config, *words], capture_output=True, text=True,
                              timeout=20, stdin=subprocess.DEVNULL, preexec_fn=alone)
        check(done.returncode in (1, 2), f"exit code {done.returncode} with {words}")
        matches(done.stderr, place, f"stderr with {words}")
        equal(len(done.stderr.strip().splitlines()), 1, f"lines on stderr with {words}")
    no_file(path, b"")


suite.table(BROKEN, at_start, title=lambda row: f"anchors at start, {row[0]}: one line with the place, no start")


def listed(windlass):
    return sorted(line.split()[:3] for line in windlass.commanded("anchors", "list").splitlines()[1:])


def at_reload(lab, row):
    path = os.path.join(lab.folder, "failures.anchors")
    put(path, good_anchors(lab))
    with lab.fresh(dnssec={"trust_anchors": path}) as windlass:
        equal(windlass.ask(GOOD).ad, True, "AD before")
        before = listed(windlass)
        check(before, "no anchors are listed")
        _, place = spoiled(lab, row)
        code, out, err = windlass.control("anchors", "reload")
        equal((code, len((out + err).strip().splitlines())), (1, 1), f"exit code and lines of {out + err!r}")
        matches(out + err, place, "anchors reload")
        matches(out + err, "keeping", "what was done about it")
        code, out, err = windlass.control("config", "reload")
        equal(code, 1, "exit code of config reload")
        matches(out + err, place, "config reload")
        windlass.signal(signal.SIGHUP)
        check(wire.wait_until(lambda: re.search(place, windlass.read_log()), 3), "SIGHUP: the log does not name the place")
        equal(listed(windlass), before, "anchors in force")
        windlass.commanded("cache", "flush-all")
        equal((windlass.ask(GOOD).ad, windlass.ask(OTHER).ad), (True, True), "AD afterwards")
        equal(windlass.ask(BAD).rcode, "SERVFAIL", "a broken zone afterwards")
        spoil = path
        no_file(spoil, b"")
        put(path, good_anchors(lab))
        windlass.commanded("anchors", "reload")
    no_file(path, b"")


suite.table(BROKEN, at_reload, title=lambda row: f"anchors at reload, {row[0]}: the place is told, the old ones stay")


def bogus_lines(windlass):
    return [line for line in windlass.read_log().splitlines() if "WL-DNSSEC-001" in line]


@suite.test("log.bogus: a line for each verdict, with question, zone and reason, without the client; off: none")
def _logged(lab):
    with lab.fresh() as windlass:
        for _ in range(3):
            equal(windlass.ask(BAD).rcode, "SERVFAIL", "rcode")
        lines = bogus_lines(windlass)
        equal(len(lines), 1, f"lines: {lines}")
        matches(lines[0], r"www\.expired\.example\. A is bogus in the zone expired\.example\., EDE 7 \(Signature Expired\): "
                r"expired\.example\. DNSKEY: the RRSIG of key \d+ \(ECDSAP256SHA256\) has expired "
                rf"\({TIME} to {TIME}, now {TIME}\)", "the line")
        check("127.0.0.1" not in lines[0], f"it names the client: {lines[0]}")
        equal(windlass.metric("dnssec_bogus_total", 'reason="signature_expired"'), 1, "dnssec_bogus_total")
        check(windlass.metric("dnssec_validations_total", 'result="bogus"') >= 1, "dnssec_validations_total")
    with lab.fresh(log={"bogus": False}) as windlass:
        equal(windlass.ask(BAD).rcode, "SERVFAIL", "rcode")
        equal(bogus_lines(windlass), [], "lines")


@suite.test("log.bogus: no more than 20 lines a minute, the rest is counted")
def _limited(lab):
    with lab.fresh() as windlass:
        for number in range(40):
            windlass.ask(f"n{number}.expired.example.")
        check(1 <= len(bogus_lines(windlass)) <= 41, f"{len(bogus_lines(windlass))} lines")
        check(len(bogus_lines(windlass)) <= 2 * 20, "more than a minute's share, twice")


@suite.test("a bogus answer from the cache gives the reason of the first one")
def _same_reason(lab):
    with lab.fresh() as windlass:
        first, second = windlass.ask(BAD), windlass.ask(BAD)
        check(first.ede, "no EDE")
        equal(second.ede, first.ede, "EDE from the cache")
        equal(windlass.ask(BAD, cd=True).rcode, "NOERROR", "rcode with CD")
        equal(windlass.ask(BAD).ede, first.ede, "EDE after a CD query")


def links(windlass, name):
    code, out, err = windlass.control("why", name, "A", form=("--json",))
    equal(code, 0, f"exit code; {err}")
    rows = [json.loads(line) for line in out.splitlines() if line.strip()]
    return [row for row in rows if row.get("kind") == "chain"], rows[-1]


@suite.test("why --json: each link from the anchor down with key tag, algorithm, times and verdict; the failing one last")
def _why_json(lab):
    chain, _ = links(lab.shared, GOOD)
    equal([row["link"] for row in chain[:2]], ["anchor", "dnskey"], "the first links")
    equal([row["zone"] for row in chain if row["link"] == "ds"], ["example.", "p256.example."], "zones with a DS")
    for row in chain:
        equal(row["verdict"], "secure", f"verdict of {row}")
        if row["link"] != "anchor":
            check(isinstance(row["key_tag"], int) and row["algorithm"], f"key of {row}")
            matches(row["inception"] + row["expiration"], TIME * 2, "times")
    chain, _ = links(lab.shared, BAD)
    last = chain[-1]
    equal((last["failed"], last["link"], last["zone"], last["verdict"]), (True, "dnskey", "expired.example.", "bogus"), "the last link")
    matches(last["ede"], r"^7 \(Signature Expired\): ", "its reason")
    check(not any("failed" in row for row in chain[:-1]), "another link failed too")


@suite.test("why for people: a tree of zones, the failing link marked, no colour in a pipe")
def _why_tree(lab):
    out = lab.shared.commanded("why", GOOD, "A")
    for words in (r"(?m)^chain of trust\n\.\n\|-- trust anchor (DS|key) \d+", r"(?m)^`-- example\.$", r"(?m)^    `-- p256\.example\.$",
                  r"(?m)^        `-- www\.p256\.example\. A -> secure$", r"RRSIG by \d+ \(ECDSAP256SHA256\), " + TIME + " to " + TIME):
        matches(out, words, "the picture")
    out = lab.shared.commanded("why", BAD, "A")
    matches(out, r"`-- FAILED DNSKEY \d+ \(ECDSAP256SHA256, KSK\)", "the failing link")
    matches(out.strip().splitlines()[-1], r"^\s+7 \(Signature Expired\): expired\.example\. DNSKEY: ", "the last line")
    check("\x1b" not in out, "colour in a pipe")
    out = lab.shared.commanded("why", "nothing.p256.example.", "A")
    matches(out, r"no nothing\.p256\.example\. A: NSEC \S+ to \S+ covers nothing\.p256\.example\.", "the denial in words")


@suite.test("why on a terminal has colour")
def _why_colour(lab):

    leader, follower = pty.openpty()
    with subprocess.Popen([lab.programs.windlassctl, "--socket", lab.shared.settings["control"]["socket"], "why", BAD, "A"],
                          stdout=follower, stderr=follower, stdin=subprocess.DEVNULL) as process:
        os.close(follower)
        out = b""
        while True:
            try:
                octets = os.read(leader, 65536)
            except OSError:
                break
            if not octets:
                break
            out += octets
        process.wait(20)
    os.close(leader)
    check(b"\x1b[31mFAILED" in out, "no red mark at the failing link")
