"""A store file that is damaged while every thread of the server reads it: an error where it is read, never the end."""
from .local import load, store_of, with_zones
from .local_zones import small
from .store_files import PAGE, cut, noise
from .suite import Suite, check, equal, one_of

suite = Suite("damage")
ZONE, OTHER = "cut.local.example.", "sound.local.example."
NAMES = 400


def damaged(lab, name, damage):
    """Two zones, served from files of which only the meta pages are left as they were."""
    windlass = with_zones(lab)
    windlass.start()
    load(windlass, ZONE, small(ZONE) + "".join(f'v{i} TXT "{"x" * 100}"\n' for i in range(NAMES)))
    load(windlass, OTHER, small(OTHER))
    equal(windlass.ask(f"v0.{ZONE}", "TXT").rcode, "NOERROR", "before")
    damage(store_of(windlass, name), 2 * PAGE)
    return windlass


def lives(windlass):
    check(windlass.alive(), f"it ended with {windlass.process.poll()}: {windlass.log_tail()}")
    equal(windlass.ask("www.p256.example.").rcode, "NOERROR", "a name of the Internet")


@suite.test("serve.mdb cut off under a running server: SERVFAIL for its zones, the Internet as before")
def serve_cut(lab):
    windlass = damaged(lab, "serve.mdb", cut)
    try:
        for number in range(1, NAMES, 7):
            one_of(windlass.ask(f"v{number}.{ZONE}", "TXT", timeout=5).rcode, ("SERVFAIL", "NOERROR"), f"v{number}")
        equal(windlass.ask(f"v{NAMES - 1}.{ZONE}", "TXT", timeout=5).rcode, "SERVFAIL", "the last name")
        lives(windlass)
        check(windlass.control("store", "verify")[0] != 0, "`store verify` finds nothing")
        lives(windlass)
    finally:
        windlass.stop()


@suite.test("zones.mdb cut off under a running server: its commands fail, its answers go on")
def truth_cut(lab):
    windlass = damaged(lab, "zones.mdb", cut)
    try:
        for words in (("zone", "export", ZONE), ("zone", "records", ZONE), ("store", "verify"),
                      ("zone", "backup", windlass.folder + "/backup")):
            code, out, err = windlass.control(*words)
            check(code != 0 and err.strip(), f"{' '.join(words)}: exit {code}, {(out + err)[-200:]!r}")
            lives(windlass)
        equal(windlass.ask(f"v1.{ZONE}", "TXT", timeout=5).rcode, "NOERROR", "its answers")
    finally:
        windlass.stop()


def healed(lab, damage):
    """`store rebuild` makes the file anew beside the damaged one; each worker's next answer is from it."""
    windlass = damaged(lab, "serve.mdb", damage)
    try:
        windlass.ask(f"v3.{ZONE}", "TXT", timeout=5)
        code, out, err = windlass.control("store", "verify")
        check(code == 1 and "serve.mdb" in out + err and "store rebuild" in out + err, f"verify: exit {code}, {(out + err)[-300:]!r}")
        code, out, err = windlass.control("zone", "set", ZONE, "new", "A", "60", "192.0.2.9")
        check(code == 1 and "store rebuild" in out + err, f"a write into it: exit {code}, {(out + err)[-300:]!r}")
        lives(windlass)
        code, out, err = windlass.control("store", "rebuild")
        equal(code, 0, f"rebuild: {(out + err)[-300:]!r}")
        for number in range(1, NAMES, 7):
            equal(windlass.ask(f"v{number}.{ZONE}", "TXT", timeout=5).rcode, "NOERROR", f"v{number} after the rebuild")
        equal(windlass.control("zone", "set", ZONE, "new", "A", "60", "192.0.2.9")[0], 0, "a write into the new file")
        equal(windlass.ask(f"new.{ZONE}", "A").rcode, "NOERROR", "what was written")
        equal(windlass.control("store", "verify")[0], 0, "verify after the rebuild")
        lives(windlass)
    finally:
        windlass.stop()


suite.table((cut, noise), healed, title=lambda damage: f"serve.mdb damaged by {damage.__name__} under a running server: "
            "verify tells, no write goes there, rebuild heals it at once")


@suite.test("noise in zones.mdb under a running server: verify tells, no write is acknowledged, its answers go on")
def truth_noise(lab):
    windlass = damaged(lab, "zones.mdb", noise)
    try:
        code, out, err = windlass.control("store", "verify")
        check(code == 1 and "backup" in out + err, f"verify: exit {code}, {(out + err)[-300:]!r}")
        code, out, err = windlass.control("zone", "set", ZONE, "new", "A", "60", "192.0.2.9")
        check(code == 1 and "zones.mdb" in out + err and "backup" in out + err, f"a write: exit {code}, {(out + err)[-300:]!r}")
        equal(windlass.ask(f"v1.{ZONE}", "TXT", timeout=5).rcode, "NOERROR", "its answers")
        lives(windlass)
    finally:
        windlass.stop()
