"""What windlassctl prints arrives whole, or the exit code and one line say that it did not."""
import os
import subprocess

from .local import kept, load, rows, with_zones
from .local_zones import small, write
from .store_files import small_disk
from .suite import Skipped, Suite, check, equal, matches

suite = Suite("streams")
ZONE = "stream.home.arpa."
NAMES, LARGE = 20_000, 250_000
FULL = "windlassctl: standard output: No space left on device\n"


def make_zone(lab):
    windlass = with_zones(lab)
    lab.at_end(windlass)
    windlass.start()
    load(windlass, ZONE, small(ZONE) + "".join(f"h{i} A 10.0.{i >> 8}.{i & 255}\n" for i in range(NAMES)))
    return windlass


def zone(lab):
    """One Windlass for all tests here, which leave ZONE as it was."""
    return kept(lab, "streams", make_zone)


def ctl(windlass, *words):
    return [windlass.programs.windlassctl, "--socket", windlass.settings["control"]["socket"], *words]


def into(path, command, **more):
    """(exit code, stderr) of a command whose standard output is this file."""
    with open(path, "wb") as file:
        done = subprocess.run(command, stdout=file, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, timeout=20, **more)
    return done.returncode, done.stderr.decode()


#      a few octets and a great many, in each form
PRINTING = (
    ("zone", "list"), ("--json", "zone", "list"), ("status",), ("help",), ("--help",), ("--version",),
    ("zone", "export", ZONE), ("zone", "records", ZONE), ("--json", "zone", "records", ZONE),
)


def full(lab, words):
    equal(into("/dev/full", ctl(zone(lab), *words)), (1, FULL), "exit code and stderr on a full device")
    matches(zone(lab).commanded("ping"), "pong", "ping afterwards")


suite.table(PRINTING, full, title=lambda words: "a full disk is said, exit code 1: " + " ".join(words))


@suite.test("an export to a disk that fills up half-way: exit code 1 and the reason; with room it is whole")
def _fills_up(lab):
    if os.geteuid() != 0:
        raise Skipped("a small disk needs root")
    windlass = zone(lab)
    folder = os.path.join(windlass.folder, "small")
    os.makedirs(folder, exist_ok=True)
    for octets, wanted in ((256 << 10, (1, FULL)), (64 << 20, (0, ""))):
        script = 'file=$1; shift; "$@" > "$file"; code=$?; wc -c < "$file"; exit $code'
        run = subprocess.Popen(["sh", "-c", script, "sh", os.path.join(folder, "out.zone"), *ctl(windlass, "zone", "export", ZONE)],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=small_disk(folder, octets))
        said, err = run.communicate(timeout=20)
        size = int(said)
        equal((run.returncode, err.decode()), wanted, f"exit code and stderr with {octets} octets")
        check(size > octets // 2 if wanted[0] else size > NAMES * 20, f"{size} octets were written")


@suite.test("a refusal is what is said, though its rows did not go out")
def _refused(lab):
    code, err = into("/dev/full", ctl(zone(lab), "zone", "check", ZONE, write(zone(lab).folder, "no.zone", "x y z\n")))
    equal(code, 1, "exit code")
    check("no.zone:1" in err or err == FULL, f"stderr {err!r}")


@suite.test("a reader that has gone is nothing to complain of")
def _gone(lab):
    for ignored in (False, True):
        reading = subprocess.Popen(["head", "-n", "1"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        done = subprocess.run(ctl(zone(lab), "zone", "export", ZONE), stdout=reading.stdin, stderr=subprocess.PIPE,
                              timeout=20, restore_signals=not ignored)
        reading.stdin.close()
        check(b"SOA" in reading.stdout.read(), "the first line")
        reading.wait()
        check(done.returncode != 0, "exit code 0 though most was not taken")
        equal(done.stderr, b"", f"stderr, SIGPIPE {'ignored' if ignored else 'as usual'}")


@suite.test("a closed standard output is said, and no socket takes its number")
def _closed(lab):
    run = subprocess.run(["sh", "-c", '"$@" >&-', "sh", *ctl(zone(lab), "zone", "list")], stderr=subprocess.PIPE, timeout=20)
    equal((run.returncode, run.stderr), (1, b"windlassctl: standard output: Bad file descriptor\n"), "exit code and stderr")


@suite.test("a long export shows how far it has come where --progress asks for it, and is whole either way")
def _progress(lab):
    windlass, large = zone(lab), "large.home.arpa."
    load(windlass, large, small(large) + "".join(f"h{i} A 10.{i >> 16}.{i >> 8 & 255}.{i & 255}\n" for i in range(LARGE)))
    for verb, doing in (("export", "writing"), ("records", "reading")):
        for form in ((), ("--json",)):
            quiet, live = (subprocess.run(ctl(windlass, *form, *more, "zone", verb, large), capture_output=True, timeout=60)
                           for more in ((), ("--progress",)))
            equal((quiet.returncode, quiet.stderr, live.returncode), (0, b"", 0), f"zone {verb}, unasked: exit code, stderr")
            matches(live.stderr.decode(), rf"{doing}: 200,000 records, \d+ %", f"stderr of --progress zone {verb}")
            equal(live.stdout, quiet.stdout, f"stdout of zone {verb}, with --progress and without")
            equal(len(quiet.stdout.splitlines()), LARGE + 4 + (verb == "records" and not form) + bool(form), "lines")
    windlass.commanded("zone", "delete", large, "--yes")


@suite.test("every line of --json is one object, and holds what the zone file says")
def _objects(lab):
    path = os.path.join(zone(lab).folder, "by-file.zone")
    zone(lab).commanded("zone", "export", ZONE, path)
    with open(path, encoding="ascii") as file:
        wanted = file.read().splitlines()
    equal([row["line"] for row in rows(zone(lab), "zone", "export", ZONE)], wanted, "lines of the export")
    records = rows(zone(lab), "zone", "records", ZONE)
    equal([f"{row['owner']}\t{row['ttl']}\tIN\t{row['type']}\t{row['rdata']}" for row in records], wanted, "records")


#      values that look like options of windlassctl's, of the command's, or like the mark itself
VALUES = ("--", "--add", "--json", "--socket", "--socket=/nowhere", "--progress", "--help", "--version", "--yes", "-x")


def value(lab, word):
    windlass = zone(lab)
    for first in ((), ("--",)):
        windlass.commanded(*first, "zone", "set", ZONE, "value", "TXT", "300", "--", word)
        equal([row["rdata"] for row in rows(windlass, "zone", "records", ZONE, "value")], [f'"{word}"'], "the record")
        windlass.commanded(*first, "zone", "unset", ZONE, "value", "TXT", "--", word)
        equal(windlass.control("zone", "records", ZONE, "value")[0], 1, "exit code for a name that is gone")


suite.table(VALUES, value, title=lambda word: f"a value behind --: {word}")
