"""The store when things go wrong: SIGKILL during writes, damaged and foreign files, no room, a second process.

WINDLASS_KILL_ROUNDS and WINDLASS_STORE_FLIPS make two of the tests longer than they are in ./dev test.
"""
import os
import random
import re
import shutil
import subprocess
import threading
import time

from ..internet import wire
from .config_tests import run
from .local import Operator, auth_plugin, load, rows, store_of, with_zones
from .local_zones import small, write
from .store_files import NO_THREADS, PAGE, Lmdb, cut, flip, only_table, overwrite, sample_offsets, small_disk
from .suite import Skipped, Suite, check, equal, matches, one_of

suite = Suite("store")
ZONE = "kept.local.example."
KILL_ROUNDS = int(os.environ.get("WINDLASS_KILL_ROUNDS", "20"))
FLIPS = int(os.environ.get("WINDLASS_STORE_FLIPS", "200"))
SERVES_SECONDS = 1.0
NAMES = 40


# ---- SIGKILL ----------------------------------------------------------------------------------------------------

def version_zone(number):
    """Every name of it says the same number."""
    return small(ZONE, number) + "".join(f'v{i} TXT "{number}"\n' for i in range(NAMES))


class Writer(threading.Thread):
    """Edits and loads until the server is gone. acknowledged: {name: the last value that was}; begun: one that may be."""

    def __init__(self, windlass, first, files):
        super().__init__()
        self.windlass, self.number, self.files = windlass, first, files
        self.acknowledged, self.begun, self.error = {}, {}, None

    def run(self):
        try:
            with Operator(self.windlass) as operator:
                while True:
                    self.number += 1
                    self._write(operator)
        except (OSError, EOFError):
            pass
        except Exception as error:                      # told in the main thread
            self.error = error

    def _write(self, operator):
        if self.number % 7 == 0:
            name, words = "*", ("zone load", ZONE, self._version())
        else:
            name = f"e{self.number % 5}"
            words = ("zone set", ZONE, name, "TXT", "300", str(self.number))
        self.begun = {name: self.number}
        operator.run(*words)
        self.acknowledged[name] = self.number
        if name == "*":                                 # a load takes what was edited before it away
            self.acknowledged = {"*": self.number}
        self.begun = {}

    def _version(self):
        return write(self.files, f"{self.number}.zone", version_zone(self.number))


def text_at(windlass, name):
    """The number in a TXT record; 0 when there is none."""
    reply = windlass.ask(f"{name}.{ZONE}", "TXT", do=False)
    return int(reply.answer[0].rdata[1:]) if reply.answer else 0


def lost_or_torn(windlass, writer):
    """What is wrong with what is served after a restart, in words."""
    wrong = []
    versions = {text_at(windlass, f"v{i}") for i in range(NAMES)}
    if len(versions) != 1:
        wrong.append(f"torn: versions {sorted(versions)}")
    loaded = max(versions)
    one_of(loaded, (writer.acknowledged.get("*", loaded), writer.begun.get("*", loaded)), "the version served")
    for name, value in writer.acknowledged.items():
        if name == "*" or loaded == writer.begun.get("*"):
            continue
        if text_at(windlass, name) not in (value, writer.begun.get(name, value)):
            wrong.append(f"lost: {name} {value}, served {text_at(windlass, name)}")
    return wrong


def serves_again(windlass):
    """Starts it; seconds until the zone is answered."""
    began = time.monotonic()
    windlass.launch()

    def answers():
        try:
            return windlass.ask(ZONE, "SOA", timeout=0.2).aa
        except OSError:
            return False

    check(wire.wait_until(answers, 15, step=0.005), f"not served 15 s after the restart: {windlass.log_tail()}")
    return time.monotonic() - began


@suite.test(f"{KILL_ROUNDS} x SIGKILL during writes: nothing acknowledged is lost, no zone is torn, served within 1 s")
def _killed(lab):
    rng, took, written = random.Random(11), [], 0
    windlass = with_zones(lab, {"group_commit": "1ms"})
    windlass.start()
    try:
        load(windlass, ZONE, version_zone(1))
        first, known = 1, {"*": 1}
        for number in range(KILL_ROUNDS):
            writer = Writer(windlass, first, windlass.folder)
            writer.acknowledged = dict(known)
            writer.start()
            time.sleep(rng.uniform(0.02, 0.25))
            windlass.process.kill()
            windlass.process.wait()
            writer.join()
            if writer.error:
                raise writer.error
            took.append(serves_again(windlass))
            wrong = lost_or_torn(windlass, writer)
            check(not wrong, f"round {number}: {'; '.join(wrong)}")
            wire.wait_until(lambda: os.path.exists(windlass.settings["control"]["socket"]), 5)
            written, first = written + writer.number - first, writer.number
            known = {"*": text_at(windlass, "v0")}
            known.update({f"e{i}": text_at(windlass, f"e{i}") for i in range(5) if text_at(windlass, f"e{i}")})
        check(written > KILL_ROUNDS, f"only {written} writes")
        took.sort()
        check(took[len(took) // 2] <= SERVES_SECONDS, f"served after {took[len(took) // 2]:.2f} s (median), {took[-1]:.2f} s at most")
        windlass.commanded("store", "verify")
    finally:
        windlass.stop()


# ---- files that are not what they must be -----------------------------------------------------------------------

def foreign(path):
    shutil.copyfile(__file__, path)


def meta_version(path):
    for page in (0, PAGE):
        overwrite(path, page + 20, (2).to_bytes(4, "little"))


def pipe(path):
    os.unlink(path)
    os.mkfifo(path)


def folder(path):
    os.unlink(path)
    os.makedirs(os.path.join(path, "in"))


def nowhere(path):
    os.unlink(path)
    os.symlink("/nowhere/at/all", path)


#      title                            file         what is done to it                       start     what the line must hold
BROKEN = (
    ("zones.mdb cut in half",           "zones.mdb", lambda path: cut(path, os.path.getsize(path) // PAGE // 2 * PAGE),
     False, r"zones\.mdb: .*(cut off|shorter).*(restore|backup)"),
    ("zones.mdb of 100 octets",         "zones.mdb", lambda path: cut(path, 100),     False, r"zones\.mdb: .*LMDB"),
    ("zones.mdb empty",                 "zones.mdb", lambda path: cut(path, 0),       False, r"zones\.mdb: .*(empty|backup)"),
    ("zones.mdb a text file",           "zones.mdb", foreign,                         False, r"zones\.mdb: .*LMDB"),
    ("zones.mdb of a later LMDB",       "zones.mdb", meta_version,                    False, r"zones\.mdb: .*later"),
    ("zones.mdb of a later Windlass",   "zones.mdb", only_table("zone_v2"),           False, r"zones\.mdb: .*later version of Windlass"),
    ("zones.mdb of another program",    "zones.mdb", only_table("accounts"),          False, r"zones\.mdb: .*another program.*accounts"),
    ("local.mdb a text file",           "local.mdb", foreign,                         True,  r"local\.mdb: .*LMDB.*begun anew"),
    ("local.mdb gone",                  "local.mdb", os.unlink,                       True,  r"local\.mdb: missing.*come again"),
    ("serve.mdb a text file",           "serve.mdb", foreign,                         True,  r"serve\.mdb: .*(LMDB|rebuil)"),
    ("serve.mdb cut in half",           "serve.mdb", lambda path: cut(path, os.path.getsize(path) // PAGE // 2 * PAGE),
     True, r"serve\.mdb: .*(cut|rebuil)"),
    ("serve.mdb gone",                  "serve.mdb", os.unlink,                       True,  r"rebuil"),
    ("serve.mdb a pipe",                "serve.mdb", pipe,                            True,  r"serve\.mdb: .*regular.*rebuil"),
    ("serve.mdb a folder",              "serve.mdb", folder,                          True,  r"serve\.mdb: .*regular.*rebuil"),
    ("serve.mdb a link to nowhere",     "serve.mdb", nowhere,                         True,  r"rebuil"),
    ("serve.mdb-lock a folder",         "serve.mdb-lock", folder,                     True,  r"rebuil"),
    ("a page of serve.mdb contradicting itself", "serve.mdb", lambda path: flip(path, 0x900d, 0x20), True, ""),
    ("zones.mdb a pipe",                "zones.mdb", pipe,                            False, r"zones\.mdb: .*regular.*backup"),
    ("zones.mdb a folder",              "zones.mdb", folder,                          False, r"zones\.mdb: .*regular.*backup"),
    ("local.mdb a pipe",                "local.mdb", pipe,                            True,  r"local\.mdb: .*regular.*begun anew"),
    ("zones.mdb gone",                  "zones.mdb", os.unlink,                       False, r"zones\.mdb: missing.*backup.*begin anew"),
)


def sound_store(lab):
    """A stopped Windlass whose store holds ZONE."""
    windlass = with_zones(lab)
    windlass.start()
    load(windlass, ZONE, version_zone(1))
    windlass.stop()
    windlass.check_log()
    return windlass


def broken(lab, row):
    _, name, harm, starts, words = row
    windlass = sound_store(lab)
    harm(store_of(windlass, name))
    if starts is False:
        code, out, err = run(lab, "--config", windlass.config)
        equal(code, 1, f"exit code; it said {(out + err)[-300:]!r}")
        lines = [line for line in err.strip().splitlines() if re.search(r"\.mdb", line)]
        equal(len(lines), 1, f"lines about it in {err!r}")
        matches(lines[0], words, "the line")
        return
    with windlass:
        matches(windlass.read_log(), words, "the log")
        equal(text_at(windlass, "v0"), 1, "what is served")
        windlass.commanded("zone", "set", ZONE, "v0", "TXT", "300", "2")
        equal(text_at(windlass, "v0"), 2, "what is served after an edit")
        windlass.commanded("store", "verify")


suite.table(BROKEN, broken,
            title=lambda row: f"{row[0]}: {'begun anew' if row[3] else 'exit 1, one line with file, cause and remedy'}")


@suite.test("a second process on the same store: exit 1, one line that names the first; the first goes on")
def _second(lab):
    with with_zones(lab) as first:
        load(first, ZONE, version_zone(1))
        second = lab.fresh(plugins=auth_plugin(lab, store=store_of(first).rstrip("/")))
        code, out, err = run(lab, "--config", second.config)
        equal(code, 1, f"exit code; it said {(out + err)!r}")
        matches(err, rf"zones: the store is in use by process {first.process.pid}", "stderr")
        equal(text_at(first, "v0"), 1, "what the first serves")
        first.commanded("zone", "set", ZONE, "v0", "TXT", "300", "2")


@suite.test("config reload beside itself: the same store, no other environment, answers go on")
def _reload(lab):
    with with_zones(lab) as windlass:
        load(windlass, ZONE, version_zone(1))
        for number in range(2, 6):
            windlass.commanded("config", "reload")
            windlass.commanded("zone", "set", ZONE, "v0", "TXT", "300", str(number))
            equal(text_at(windlass, "v0"), number, "what is served")


# ---- no room ----------------------------------------------------------------------------------------------------

def much(zone, count):
    return small(zone) + "".join(f'm{i} TXT "{"x" * 200}"\n' for i in range(count))


def refused_for_room(windlass, words):
    """A load too large is refused whole, in one line; what is there is served, and small edits work again."""
    path = write(windlass.folder, "much.zone", much(ZONE, 20_000))
    code, _, err = windlass.control("zone", "load", ZONE, path)
    equal((code, len(err.strip().splitlines())), (1, 1), f"exit code and lines of {err!r}")
    matches(err, words, "stderr")
    equal(windlass.ask(f"m7.{ZONE}", "TXT").rcode, "NXDOMAIN", "a name of the refused load")
    equal(text_at(windlass, "v0"), 1, "what is served")
    windlass.commanded("zone", "set", ZONE, "v0", "TXT", "300", "2")
    equal(text_at(windlass, "v0"), 2, "what is served after an edit")


@suite.test("map full: one line with file and remedy, nothing changed, answers and edits go on")
def _map_full(lab):
    with with_zones(lab, {"map_size": "1M"}) as windlass:
        load(windlass, ZONE, version_zone(1))
        refused_for_room(windlass, r"\.mdb: .*map is full.*map_size")
        windlass.stop()
        windlass.settings["plugins"] = auth_plugin(lab, map_size="256M")
        windlass.write_config()
        windlass.start()
        windlass.commanded("zone", "load", ZONE, write(windlass.folder, "much.zone", much(ZONE, 20_000)))
        equal(len(windlass.ask(f"m19999.{ZONE}", "TXT").answer), 2 - 1, "after the remedy")


def fill_up(path):
    """Writes a file until the disk takes no more."""
    with open(path, "wb", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * 4096)
        except OSError:
            return


def disk_of(windlass, octets):
    """The state folder as a disk of its own, for Windlass.before."""
    disk = small_disk(windlass.settings["state_dir"], octets)
    try:
        subprocess.run(["/bin/true"], preexec_fn=disk, check=True)
    except (OSError, subprocess.SubprocessError):
        raise Skipped("no small disk can be mounted: that needs root, and / as a mount") from None
    return disk


@suite.test("disk full: one line with file and remedy, nothing changed, answers and edits go on")
def _disk_full(lab):
    windlass = with_zones(lab)
    windlass.before = disk_of(windlass, 3 << 20)
    with windlass:
        load(windlass, ZONE, version_zone(1))
        refused_for_room(windlass, r"\.mdb: .*disk is full.*free")
        filler = f"/proc/{windlass.process.pid}/root{windlass.settings['state_dir']}/filler"
        fill_up(filler)
        more = write(windlass.folder, "more.zone", much(ZONE, 1000))
        code, _, err = windlass.control("zone", "load", ZONE, more)
        equal((code, "disk is full" in err), (1, True), f"exit code of a load on a full disk, which said {err!r}")
        equal(text_at(windlass, "v0"), 2, "what is served on a full disk")
        code, _, err = windlass.control("zone", "backup", os.path.join(windlass.settings["state_dir"], "saved"))
        equal((code, "disk is full" in err), (1, True), f"exit code of a backup on a full disk, which said {err!r}")
        equal(text_at(windlass, "v0"), 2, "what is served afterwards")
        os.unlink(filler)
        windlass.commanded("zone", "load", ZONE, more)
        equal(windlass.ask(f"m999.{ZONE}", "TXT").rcode, "NOERROR", "a name of the load when there is room again")
        windlass.commanded("store", "verify")


@suite.test("started on a disk that is wholly full: exit 1, one line that says so")
def _no_room_at_all(lab):
    windlass = with_zones(lab)
    mounted = disk_of(windlass, 1 << 20)

    def mounted_full():
        mounted()
        fill_up(os.path.join(windlass.settings["state_dir"], "filler"))
    windlass.before = mounted_full
    windlass.launch()
    check(wire.wait_until(lambda: not windlass.alive(), 15), f"it goes on: {windlass.log_tail()}")
    equal(windlass.process.returncode, 1, "exit code")
    matches(windlass.read_log(), r"zones.*: .*disk is full.*free", "the log")


@suite.test("zones.mdb removed under a running server: writes are refused, answers go on; put back, they are taken again")
def _truth_removed(lab):
    with with_zones(lab) as windlass:
        load(windlass, ZONE, version_zone(1))
        path = store_of(windlass, "zones.mdb")
        os.rename(path, path + ".away")
        code, _, err = windlass.control("zone", "set", ZONE, "v0", "TXT", "300", "2")
        equal(code, 1, "exit code of an edit")
        matches(err, r"zones\.mdb: was removed or replaced", "stderr")
        equal(text_at(windlass, "v0"), 1, "what is served")
        os.rename(path + ".away", path)
        windlass.commanded("zone", "set", ZONE, "v0", "TXT", "300", "2")
        equal(text_at(windlass, "v0"), 2, "what is served after an edit")


@suite.test("no reader's slot is free: a clear line; it serves when they are free again")
def _readers_full(lab):
    windlass = sound_store(lab)
    other = Lmdb(store_of(windlass, "serve.mdb"), NO_THREADS)
    try:
        check(other.fill_readers() > 20, "hardly a slot was there")
        windlass.launch()
        said = lambda: re.search(r"serve\.mdb: .*reader", windlass.read_log())
        check(wire.wait_until(said, 10), f"it said nothing of readers: {windlass.log_tail()}")
        wire.wait_until(lambda: not windlass.alive() or "ready; try: " in windlass.read_log(), 10)
        if windlass.alive():
            reply = windlass.ask(ZONE, "SOA")
            equal((reply.rcode, bool(reply.ede)), ("SERVFAIL", True), "an answer meanwhile")
            equal(windlass.ask("www.p256.example.").rcode, "NOERROR", "another name")
    finally:
        other.close()
    if not windlass.alive():
        windlass.start()
    check(wire.wait_until(lambda: windlass.ask(ZONE, "SOA").aa, 10), "not served when the slots are free")
    windlass.stop()


# ---- backup, rebuild --------------------------------------------------------------------------------------------

@suite.test("store verify, rebuild and stats, in words and in JSON")
def _maintained(lab):
    with with_zones(lab) as windlass:
        load(windlass, ZONE, version_zone(1))
        windlass.commanded("store", "verify")
        windlass.commanded("store", "rebuild")
        equal(text_at(windlass, "v0"), 1, "what is served")
        matches(windlass.commanded("store", "stats"), r"commits", "stats")
        check(rows(windlass, "store", "stats"), "no row")


@suite.test("a backup taken while it is written restores into another server")
def _backup(lab):
    with with_zones(lab) as windlass:
        load(windlass, ZONE, version_zone(1))
        windlass.commanded("zone", "set", ZONE, "e0", "TXT", "300", "5")
        folder = os.path.join(windlass.folder, "backup")
        windlass.commanded("zone", "backup", folder)
        windlass.commanded("zone", "set", ZONE, "e0", "TXT", "300", "6")
        exported = windlass.commanded("zone", "export", ZONE)
        windlass.commanded("zone", "restore", folder, "--yes")
        equal(text_at(windlass, "e0"), 5, "after restore in the same server")
        check(windlass.commanded("zone", "export", ZONE) != exported, "the same as before restore")
        with with_zones(lab) as other:
            other.commanded("zone", "restore", folder, "--yes")
            equal((text_at(other, "e0"), text_at(other, "v7")), (5, 1), "in another server")
            code, _, err = other.control("zone", "restore", os.path.join(folder, "nowhere"), "--yes")
            equal(code, 1, "exit code of a folder that is not there")
            matches(err, "nowhere", "stderr")
            equal(text_at(other, "e0"), 5, "afterwards")


# ---- flips ------------------------------------------------------------------------------------------------------

FLIP_NAMES = ("v0", "v39", "www", "no", "x.v1", "_")


def ask_all(windlass):
    """Asks about the zone; every answer is well-formed, and right or SERVFAIL. How many failed."""
    failed = 0
    for name in FLIP_NAMES:
        for rrtype in ("TXT", "A"):
            reply = windlass.ask(f"{name}.{ZONE}", rrtype, timeout=5)
            failed += reply.rcode == "SERVFAIL"
    return failed


def flipped(lab, name):
    """Single octets of a store file in use, turned over one at a time under the running server, and `store verify`."""
    windlass, counts, died = sound_store(lab), {"served": 0, "failed": 0, "found": 0}, []
    offsets = sample_offsets(store_of(windlass, name), FLIPS // 2, seed=5)
    sound = os.path.join(windlass.folder, "sound")
    shutil.copytree(store_of(windlass), sound)
    windlass.start()
    try:
        for offset in offsets:
            offset %= os.path.getsize(store_of(windlass, name))  # a rebuilt file is shorter
            undo = flip(store_of(windlass, name), offset)
            try:
                counts["failed" if ask_all(windlass) else "served"] += 1
                if offset % 4 == 0:
                    counts["found"] += windlass.control("store", "verify")[0] != 0
                else:
                    windlass.control("zone", "set", ZONE, "written", "A", "60", "192.0.2.9")
                if offset % 8 == 1:
                    windlass.control("store", "rebuild")
            except (OSError, EOFError) as error:
                died.append(f"{name} octet {offset}: {error}")
            if not windlass.alive():
                died.append(f"{name} octet {offset}: the process ended with {windlass.process.returncode}: {windlass.log_tail()}")
            undo()
            if died or "SERVFAIL" == windlass.ask(ZONE, "SOA").rcode:
                windlass.stop()
                shutil.rmtree(store_of(windlass))
                shutil.copytree(sound, store_of(windlass))
                windlass.start()
            check(len(died) < 5, "; ".join(died))
        check(not died, "; ".join(died))
        equal(windlass.ask("www.p256.example.").rcode, "NOERROR", "a name of the Internet")
    finally:
        windlass.stop()
    check(counts["found"] + counts["failed"] > 0, f"nothing was ever found: {counts}")


suite.table(("zones.mdb", "serve.mdb"), flipped, title=lambda name: f"{FLIPS // 2} single octets of {name} turned over under a "
            "running server: it never ends")


def started_flipped(lab, name):
    windlass = sound_store(lab)
    sound = os.path.join(windlass.folder, "sound")
    shutil.copytree(store_of(windlass), sound)
    for offset in sample_offsets(store_of(windlass, name), max(FLIPS // 16, 6), seed=6):
        shutil.rmtree(store_of(windlass))
        shutil.copytree(sound, store_of(windlass))
        flip(store_of(windlass, name), offset)
        windlass.launch()
        ready = lambda: windlass.process.poll() is not None or re.search(r"\bready; try: ", windlass.read_log())
        check(wire.wait_until(ready, 15), f"octet {offset}: neither ready nor ended: {windlass.log_tail()}")
        if windlass.alive():
            ask_all(windlass)
            check(windlass.alive(), f"octet {offset}: it ended with {windlass.process.poll()}")
            windlass.stop()
        else:
            equal(name, "zones.mdb", f"octet {offset}: the file that refuses a start; {windlass.log_tail()}")
            equal(windlass.process.returncode, 1, f"octet {offset}: exit code; {windlass.log_tail()}")
            matches(windlass.read_log(), r"\.mdb", f"octet {offset}: the log")


suite.table(("zones.mdb", "serve.mdb"), started_flipped, title=lambda name: f"started with one octet of {name} turned over: it "
            "serves, or exits 1 with a line")
