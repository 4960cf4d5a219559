"""Every command on zones: what it prints for people and as JSON, what it refuses, and that a refusal changes nothing."""
import json
import os
import re
import subprocess

from .config_tests import run
from .local import kept, load, rows, with_zones
from .local_zones import SHAPES, small, write
from .suite import Suite, check, equal, matches

suite = Suite("zones")
ZONE = "kept.home.arpa."
LARGE = 300_000


def make_zones(lab):
    windlass = with_zones(lab)
    lab.at_end(windlass)
    windlass.start()
    load(windlass, ZONE, small(ZONE, more='mail MX 10 www\ntxt TXT "one" "two"\n'))
    return windlass


def zones(lab):
    """One Windlass for the tests that leave its zones as they were: ZONE and no other."""
    return kept(lab, "zones", make_zones)


@suite.test("the life of a zone: create, list, show, set, records, unset, export, load, delete, each with its answer")
def _life(lab):
    zone = "life.example."
    with with_zones(lab) as windlass:
        said = windlass.commanded("zone", "create", zone)
        matches(said, rf"zone\s+{zone}", "create")
        check("warning" not in said, f"a warning about what was not asked for: {said!r}")
        reply = windlass.ask(zone, "SOA", do=False)
        equal((reply.rcode, reply.aa, len(reply.answer)), ("NOERROR", True, 1), "SOA after create")
        windlass.commanded("zone", "set", zone, "www", "A", "300", "192.0.2.80")
        windlass.commanded("zone", "set", zone, "www", "A", "300", "192.0.2.81", "--add")
        equal(len(windlass.ask(f"www.{zone}", do=False).answer), 2, "addresses after set and set --add")
        equal({row["rdata"] for row in rows(windlass, "zone", "records", zone, "www")}, {"192.0.2.80", "192.0.2.81"}, "records")
        windlass.commanded("zone", "unset", zone, "www", "A", "192.0.2.80")
        equal([r.rdata[-1] for r in windlass.ask(f"www.{zone}", do=False).answer], [81], "after unset of one record")
        exported = windlass.commanded("zone", "export", zone)
        path = write(windlass.folder, "again.zone", exported)
        windlass.commanded("zone", "unset", zone, "www")
        equal(windlass.ask(f"www.{zone}").rcode, "NXDOMAIN", "after unset of the name")
        windlass.commanded("zone", "load", zone, path)
        equal([r.rdata[-1] for r in windlass.ask(f"www.{zone}", do=False).answer], [81], "after load")
        equal(windlass.commanded("zone", "export", zone), exported, "export after load")
        windlass.commanded("zone", "delete", zone, "--yes")
        equal(rows(windlass, "zone", "list"), [], "list after delete")
        check(not windlass.ask(zone, "SOA").aa, "AA after delete")


#      command                                     what it must print
COMMANDS = (
    (("zone", "list"),                             rf"(?s)zone\s.*serial\s.*\n{ZONE}\s"),
    (("zone", "show", ZONE),                       r"serial\s+\d+"),
    (("zone", "records", ZONE),                    r"SOA\s+ns1"),
    (("zone", "records", ZONE, "mail", "MX"),      r"10 www"),
    (("zone", "export", ZONE),                     rf"{ZONE}\s+\d+\s+IN\s+SOA"),
    (("store", "stats"),                           r"zones_mdb_octets\s+\d+"),
    (("store", "verify"),                          r"sound"),
    (("status",),                                  r"(?i)auth"),
    (("stats", "plugin"),                          r"plugin_calls"),
    (("help",),                                    r"zone load NAME FILE"),
    (("help", "zone set"),                         r"zone set NAME OWNER TYPE TTL RDATA"),
)


def command(lab, row):
    words, pattern = row
    zones(lab).ask(ZONE)
    matches(zones(lab).commanded(*words), pattern, "output")
    code, out, err = zones(lab).control(*words, form=["--json"])
    equal(code, 0, f"exit code with --json; it said {err[:200]!r}")
    for line in out.splitlines():
        check(isinstance(json.loads(line), dict), f"no JSON object: {line[:100]!r}")


suite.table(COMMANDS, command, title=lambda row: " ".join(row[0]) + ", in words and in JSON")

#      command                                                       what stderr must hold
WRONG = (
    (("zone", "show", "no.home.arpa."),                              r"no zone no\.home\.arpa\."),
    (("zone", "create", ZONE),                                       r"exists"),
    (("zone", "create", "a..b"),                                     r"a\.\.b"),
    (("zone", "create", "x" * 64 + ".home.arpa."),                   r"(?i)name"),
    (("zone", "load", "no.home.arpa.", "/nonexistent.zone"),         r"no zone"),
    (("zone", "load", ZONE, "/nonexistent.zone"),                    r"/nonexistent\.zone"),
    (("zone", "load", ZONE, "/"),                                    r"/"),
    (("zone", "create", "new.home.arpa.", "/nonexistent.zone"),      r"/nonexistent\.zone"),
    (("zone", "delete", "no.home.arpa.", "--yes"),                   r"no zone"),
    (("zone", "delete", ZONE),                                       r"--yes"),
    (("zone", "set", ZONE, "www", "A", "300", "192.0.2.300"),        r"192\.0\.2\.300"),
    (("zone", "set", ZONE, "www", "A", "forever", "192.0.2.1"),      r"forever"),
    (("zone", "set", ZONE, "www", "NOTYPE", "300", "x"),             r"NOTYPE"),
    (("zone", "set", ZONE, "www", "ANY", "300", "x"),                r"ANY"),
    (("zone", "set", ZONE, "www", "CNAME", "300", "mail"),           r"CNAME"),
    (("zone", "set", ZONE, "www.example.", "A", "300", "192.0.2.1"), r"www\.example\."),
    (("zone", "set", ZONE, "mail", "MX", "300", "ten", "www"),       r"ten"),
    (("zone", "set", ZONE, "a", "TXT", "300", "x\ny"),               r"."),
    (("zone", "unset", ZONE, "@", "SOA"),                            r"SOA"),
    (("zone", "unset", ZONE, "@", "NS"),                             r"NS"),
    (("zone", "unset", ZONE, "@"),                                   r"SOA|NS"),
    (("zone", "records", ZONE, "no"),                                r"no records"),
    (("zone", "export", ZONE, "/nonexistent/file"),                  r"/nonexistent/file"),
    (("zone", "backup", "/nonexistent/folder/x"),                    r"/nonexistent"),
    (("zone", "restore", "/nonexistent", "--yes"),                   r"/nonexistent"),
)


def wrong(lab, row):
    words, pattern = row
    before = zones(lab).commanded("zone", "export", ZONE)
    code, out, err = zones(lab).control(*words)
    equal(code, 1, f"exit code; it said {(out + err).strip()[:300]!r}")
    equal(len(err.strip().splitlines()), 1, f"lines on stderr ({err!r})")
    matches(err, pattern, "stderr")
    equal(zones(lab).commanded("zone", "export", ZONE), before, "the zone afterwards")


suite.table(WRONG, wrong, title=lambda row: "refused: " + " ".join(row[0])[:80].replace("\n", "\\n"))

HEAD = "$TTL 300\n@ SOA ns1 hostmaster 9 3600 600 864000 60\n@ NS ns1\nns1 A 192.0.2.53\n"

#      title                          file                                                    line  column  words
FAULTY = (
    ("an address out of range",       HEAD + "www A 192.0.2.300\n",                           5,    r"\d+",  r"192\.0\.2\.300"),
    ("the column of the mistake",     HEAD + "www   IN   A   192.0.2.300\n",                  5,    "16",    r"192\.0\.2\.300"),
    ("an unknown type",               HEAD + "www NOTYPE x\n",                                5,    r"\d+",  "NOTYPE"),
    ("rdata missing",                 HEAD + "www MX 10\n",                                   5,    r"\d+",  "."),
    ("rdata too much",                HEAD + "www A 192.0.2.1 192.0.2.2\n",                   5,    r"\d+",  "."),
    ("a label too long",              HEAD + "x" * 64 + " A 192.0.2.1\n",                     5,    r"\d+",  "."),
    ("a name out of the zone",        HEAD + "www.example. A 192.0.2.1\n",                    5,    r"\d+",  r"www\.example"),
    ("a parenthesis never closed",    HEAD + 'www TXT ( "a"\n"b"\n',                          None, r"\d+",  "."),
    ("a quote never closed",          HEAD + 'www TXT "a\n',                                  None, r"\d+",  "."),
    ("a bad escape",                  HEAD + r"w\999w A 192.0.2.1" + "\n",                    5,    r"\d+",  "."),
    ("an unknown directive",          "$NONSENSE x\n" + HEAD,                                 1,    r"\d+",  "NONSENSE"),
    ("$GENERATE",                     HEAD + "$GENERATE 1-9 h$ A 192.0.2.$\n",                5,    r"\d+",  "GENERATE"),
    ("$INCLUDE of a file not there",  HEAD + "$INCLUDE nowhere.zone\n",                       5,    r"\d+",  r"nowhere\.zone"),
    ("$INCLUDE out of the folder",    HEAD + "$INCLUDE /etc/passwd\n",                        5,    r"\d+",  "passwd"),
    ("class CH",                      HEAD + "www CH A 192.0.2.1\n",                          5,    r"\d+",  "CH"),
    ("a TTL beyond 31 bits",          HEAD + "www 4294967296 A 192.0.2.1\n",                  5,    r"\d+",  "."),
    ("odd hexadecimal",               HEAD + "www TYPE65280 \\# 2 abc\n",                     5,    r"\d+",  "."),
    ("a NUL octet",                   HEAD + "www A 192.0.2.1\0\n",                           5,    r"\d+",  "."),
    ("no SOA",                        "$TTL 300\n@ NS ns1\n",                                 None, None,    "SOA"),
    ("no NS",                         "$TTL 300\n@ SOA a b 1 2 3 4 5\n",                      None, None,    "NS"),
    ("two SOAs",                      HEAD + "@ SOA ns1 hostmaster 10 3600 600 864000 60\n",  None, None,    "SOA"),
    ("CNAME beside other data",       HEAD + "www A 192.0.2.1\nwww CNAME ns1\n",              r"[56]", "1",  "CNAME"),
    ("two CNAMEs",                    HEAD + "www CNAME ns1\nwww CNAME ns2\n",                r"[56]", "1",  "CNAME"),
    ("an empty file",                 "",                                                     None, None,    "."),
    ("a binary file",                 "\x7fELF\x02\x01\x01\0\0\0\0\n" * 20,                   None, None,    "."),
)


def faulty(lab, row):
    _, text, line, column, words = row
    windlass = zones(lab)
    path = write(windlass.folder, "faulty.zone", text)
    before = windlass.commanded("zone", "export", ZONE)
    place = re.escape(path) + (rf":{line}" if line else "") + (f":{column}: " if column and line else "")
    for verb in ("load", "check"):
        code, _, err = windlass.control("zone", verb, ZONE, path)
        equal((code, len(err.strip().splitlines())), (1, 1), f"exit code of zone {verb} and lines of {err!r}")
        matches(err, place, f"the place, zone {verb}")
        matches(err.replace(path, ""), words, f"the words, zone {verb}")
    equal(windlass.commanded("zone", "export", ZONE), before, "the zone afterwards")


suite.table(FAULTY, faulty, title=lambda row: f"faulty zone file: {row[0]}: file, line, column; nothing changed")


@suite.test("zone check of a sound file says so and changes nothing; warnings name their line")
def _checked(lab):
    windlass = zones(lab)
    before = windlass.commanded("zone", "export", ZONE)
    path = write(windlass.folder, "sound.zone", small(ZONE, 99, "cut NS ns.cut\nns.cut A 192.0.2.1\nunder.cut TXT x\n"))
    matches(windlass.commanded("zone", "check", ZONE, path), r"ok", "output")
    found = [row for row in rows(windlass, "zone", "check", ZONE, path) if row["severity"] == "warning"]
    equal([row["line"] for row in found], [9], "lines of the warnings")
    equal(windlass.commanded("zone", "export", ZONE), before, "the zone afterwards")


@suite.test("every shape: export reads back to an equal export, by file and by stdout")
def _round_trip(lab):
    zone = "shapes.home.arpa."
    with with_zones(lab) as windlass:
        load(windlass, zone, f"$ORIGIN {zone}\n" + SHAPES)
        path = os.path.join(windlass.folder, "exported.zone")
        windlass.commanded("zone", "export", zone, path)
        first = windlass.commanded("zone", "export", zone)
        with open(path, encoding="ascii") as file:
            equal(file.read(), first, "file and stdout")
        windlass.commanded("zone", "load", zone, path)
        equal(windlass.commanded("zone", "export", zone), first, "export after load of the export")
        check(len(first.splitlines()) > 150, "hardly a record")


@suite.test(f"{LARGE} records: progress while it loads, answers meanwhile, an export of as many lines")
def _large(lab):
    zone = "large.home.arpa."
    with with_zones(lab) as windlass:
        path = write(windlass.folder, "large.zone", small(zone) + "".join(f"h{i} A 10.{i >> 16}.{i >> 8 & 255}.{i & 255}\n"
                                                                        for i in range(LARGE)))
        windlass.commanded("zone", "create", zone)
        loading = subprocess.Popen([windlass.programs.windlassctl, "--socket", windlass.settings["control"]["socket"], "--json",
                                    "--progress", "zone", "load", zone, path], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   text=True)
        answered = 0
        while loading.poll() is None:
            answered += windlass.ask(zone, "SOA").aa
        out, err = loading.communicate()
        equal(loading.returncode, 0, f"exit code; {err[-300:]!r}")
        check(answered > 10, f"only {answered} answers while it loaded")
        matches(err, r"reading .*large\.zone: [\d,]+ records, \d+ %, [\d,]+ records/s", "progress")
        lines = [json.loads(line) for line in out.splitlines()]
        equal([line["records"] for line in lines if "records" in line], [LARGE + 4], "records")
        equal(windlass.ask(f"h{LARGE - 1}.{zone}", do=False).rcode, "NOERROR", "the last name")
        equal(len(windlass.commanded("zone", "export", zone).splitlines()), LARGE + 4, "lines exported")


@suite.test("a load whose operator goes away half-way changes nothing or is whole")
def _gone(lab):
    zone = "gone.home.arpa."
    with with_zones(lab) as windlass:
        load(windlass, zone, small(zone))
        path = write(windlass.folder, "much.zone", small(zone, 2) + "".join(f"h{i} A 192.0.2.1\n" for i in range(LARGE)))
        loading = subprocess.Popen([windlass.programs.windlassctl, "--socket", windlass.settings["control"]["socket"],
                                    "zone", "load", zone, path], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            loading.wait(0.2)
        except subprocess.TimeoutExpired:
            loading.kill()
            loading.wait()
        shown = rows(windlass, "zone", "show", zone)[0]["records"]
        check(shown in (4, LARGE + 4), f"{shown} records")
        windlass.commanded("zone", "set", zone, "after", "A", "300", "192.0.2.1")
        equal(windlass.ask(f"after.{zone}", do=False).rcode, "NOERROR", "an edit afterwards")


@suite.test("zones of the configuration are imported once; the store is the truth afterwards")
def _imported(lab):
    zone = "import.home.arpa."
    windlass = lab.fresh()
    path = write(windlass.folder, "import.zone", small(zone))
    with with_zones(lab, {"zones": [{"name": zone, "file": path}, {"name": "bare.home.arpa."}]}) as windlass:
        equal(windlass.ask(f"www.{zone}", do=False).answer[0].rdata[-1], 80, "imported")
        check(windlass.ask("bare.home.arpa.", "SOA").aa, "a zone without a file")
        windlass.commanded("zone", "set", zone, "www", "A", "300", "192.0.2.99")
        windlass.stop()
        windlass.start()
        equal(windlass.ask(f"www.{zone}", do=False).answer[0].rdata[-1], 99, "after a restart")


@suite.test("a faulty zone file in the configuration: exit 1, the place in both files")
def _import_faulty(lab):
    windlass = lab.fresh()
    path = write(windlass.folder, "faulty.zone", HEAD + "www A 192.0.2.300\n")
    windlass = with_zones(lab, {"zones": [{"name": ZONE, "file": path}]})
    code, out, err = run(lab, "--config", windlass.config)
    check(code in (1, 2), f"exit code {code}; it said {(out + err)!r}")
    matches(err, re.escape(path) + r":5:\d+: .*192\.0\.2\.300", "stderr")


@suite.test("a zone file of the configuration that is not there: found by --check-config and config check, unless the store has the zone")
def _import_missing(lab):
    windlass = lab.fresh()
    path = write(windlass.folder, "import.zone", small(ZONE))
    with with_zones(lab, {"zones": [{"name": ZONE, "file": path}]}) as windlass:
        os.rename(path, path + ".gone")
        windlass.commanded("config", "check")
        windlass.commanded("zone", "delete", ZONE, "--yes")
        checked = windlass.control("config", "check")
        alone = run(lab, "--config", windlass.config, "--check-config")
        for code, out, err in (checked, alone):
            check(code != 0, f"taken: {out!r}")
            matches(out + err, re.escape(path) + r": cannot open the file: No such file .*/zones/0/file", "the fault")


@suite.test("a relative gateway is completed, and reads back from an export; an export spares what is no regular file")
def _gateway(lab):
    windlass = zones(lab)
    before = windlass.commanded("zone", "export", ZONE)
    windlass.commanded("zone", "set", ZONE, "vpn", "IPSECKEY", "60", "10 3 2 gw AQNR")
    equal([row["rdata"] for row in rows(windlass, "zone", "records", ZONE, "vpn")], [f"10 3 2 gw.{ZONE} AQNR"], "the gateway")
    pipe = os.path.join(windlass.folder, "pipe")
    os.mkfifo(pipe)
    code, _, err = windlass.control("zone", "export", ZONE, pipe)
    equal(code, 1, "exit code of an export to a pipe")
    matches(err, "is a pipe", "stderr")
    windlass.commanded("zone", "unset", ZONE, "vpn")
    equal(len(windlass.commanded("zone", "export", ZONE).splitlines()), len(before.splitlines()), "records afterwards")
