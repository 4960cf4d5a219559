"""A root whose key rolls, served by knotd: RFC 5011 with nobody's help, across restarts, reloads, broken files."""
import os
import random
import re
import signal
import time
from contextlib import contextmanager

from ..internet import wire
from .local import rows
from .rolling import NAME, RollingRoot
from .suite import Suite, check, equal, matches
from .windlass import Windlass

suite = Suite("rollover")
QUICK = {"anchor_hold_down": 2, "anchor_refresh_min": 1}      # a month and an hour, for a laboratory
WAIT = 60                                                      # generous: a busy machine


@contextmanager
def rolling(lab, dnskey_ttl=2, **settings):
    """(the root, a Windlass that follows it, not yet started)"""
    count = lab.kept["roots"] = lab.kept.get("roots", 0) + 1
    with RollingRoot(os.path.join(lab.folder, f"rolling-{count}"), dnskey_ttl) as root:
        yield root, Windlass(lab.programs, root, os.path.join(root.folder, "windlass"), {"limits": QUICK, **settings})


def states(windlass):
    """{key tag: state}"""
    return {row["key_tag"]: row["state"] for row in rows(windlass, "anchors", "list")}


def becomes(windlass, tag, state):
    """Asks until the key is in this state."""
    def there():
        windlass.control("anchors", "refresh")
        return states(windlass).get(tag) == state
    check(wire.wait_until(there, WAIT, step=0.2), f"key {tag} never was {state}: {states(windlass)}")


def secure(windlass, what):
    windlass.commanded("cache", "flush-all")
    reply = windlass.ask(NAME, "TXT")
    equal((reply.rcode, reply.ad), ("NOERROR", True), what)


def state_file(windlass):
    return os.path.join(windlass.settings["state_dir"], "trust-anchors")


def text_of(path):
    with open(path, encoding="ascii") as file:
        return file.read()


@suite.test("a root rolls its key: pending, valid, revoked; then a restart with the old file")
def _roll(lab):
    with rolling(lab) as (root, windlass):
        first, old = root.first, root.tag(root.first)
        with windlass:
            secure(windlass, "at first")
            second = root.new_key()
            new = root.tag(second)
            becomes(windlass, new, "addpend")
            becomes(windlass, new, "valid")
            equal(states(windlass)[old], "valid", "the old key")
            secure(windlass, "with both keys")
            root.revoke(first)
            becomes(windlass, old, "revoked")
            equal(states(windlass)[new], "valid", "the new key")
            secure(windlass, "with the new key alone")
            matches(windlass.metrics_text(),
                    rf'trust_anchor_state{{zone="\.",keytag="{old}",algorithm="13",state="revoked"}} 1', "metric")
            root.remove(first)
            becomes(windlass, old, "removed")
            log = windlass.read_log()
            for step in ("unknown -> addpend", "addpend -> valid", "valid -> revoked", "revoked -> removed"):
                matches(log, rf"trust anchor \. key \d+ .*{step}", "log")
        with windlass:                                  # the same file, which has the old key alone
            equal(states(windlass), {old: "removed", new: "valid"}, "after a restart")
            secure(windlass, "after a restart")
        os.remove(state_file(windlass))
        with windlass:
            equal(windlass.ask(NAME, "TXT").rcode, "SERVFAIL", "rcode without what was learnt")


@suite.test("the root is asked by itself, as often as its TTL says")
def _by_itself(lab):
    with rolling(lab) as (root, windlass), windlass:
        equal(windlass.metric("trust_anchor_last_refresh_time_seconds"), 0, "before the first question")

        def asked():
            return windlass.metric("trust_anchor_last_refresh_time_seconds") > time.time() - 30
        check(wire.wait_until(asked, 90, step=0.5), "never asked")
        new = root.tag(root.new_key())
        check(wire.wait_until(lambda: states(windlass).get(new) == "valid", WAIT, step=0.5),
              f"the new key was never trusted: {states(windlass)}")


@suite.test("refresh prints what changed; when nobody answers it fails and the keys stay")
def _refresh(lab):
    with rolling(lab) as (root, windlass), windlass:
        matches(windlass.commanded("anchors", "refresh"), r"nothing changed", "stdout")
        new = root.tag(root.new_key())
        matches(windlass.commanded("anchors", "refresh"), rf"{new}\s+13\s+unknown\s+addpend", "stdout")
        row = next(row for row in rows(windlass, "anchors", "list") if row["key_tag"] == new)
        check({"zone", "key_tag", "algorithm", "state", "since", "next_check", "trusted_from"} <= set(row), f"fields: {row}")
        before = states(windlass)
        root.stop()
        code, _, err = windlass.control("anchors", "refresh")
        equal(code, 1, "exit code with no server")
        matches(err, r"anchors stay", "stderr")
        equal(states(windlass), before, "keys")
        root.start()
        windlass.commanded("anchors", "refresh")


@suite.test("a changed file rules, learnt keys are dropped and printed, revoked ones need --force")
def _precedence(lab):
    with rolling(lab) as (root, windlass), windlass:
        first, second = root.first, root.new_key()
        old, new = root.tag(first), root.tag(second)
        becomes(windlass, new, "valid")
        matches(windlass.commanded("anchors", "reload"), rf"(?s)before.*{new}.*after.*{new}", "the unchanged file")
        equal(states(windlass), {old: "valid", new: "valid"}, "after the unchanged file")
        third = root.new_key()
        root.write_anchor(first, third)
        shown = windlass.commanded("anchors", "reload")
        matches(shown, rf"dropped\s+\.\s+{new}", "stdout")
        equal(states(windlass), {old: "valid", root.tag(third): "valid"}, "after the changed file")
        root.revoke(first)
        becomes(windlass, old, "revoked")
        root.write_anchor(first, second, third)
        shown = windlass.commanded("anchors", "reload")
        matches(shown, rf"refused\s+\.\s+{old}.*--force", "stdout")
        equal(states(windlass), {old: "revoked", new: "valid", root.tag(third): "valid"}, "after a file with the revoked key")
        root.write_anchor(first)
        code, _, err = windlass.control("anchors", "reload")
        equal(code, 1, "exit code for a file of nothing but revoked keys")
        matches(err, r"revoked.*--force.*keeping", "stderr")
        secure(windlass, "after a file of nothing but revoked keys")
        windlass.commanded("anchors", "reload", "--force")
        equal(states(windlass), {old: "valid"}, "forced")


@suite.test("an emergency roll: after reload the keys in the cache that nobody trusts are in nobody's way")
def _emergency(lab):
    with rolling(lab, dnskey_ttl=3600) as (root, windlass), windlass:
        secure(windlass, "at first")
        second = root.new_key()
        root.remove(root.first)
        root.write_anchor(second)
        windlass.commanded("anchors", "reload")
        reply = windlass.ask("absent.there.", "TXT")     # proven absent by signatures not seen yet
        equal((reply.rcode, reply.ad), ("NXDOMAIN", True), "rcode and AD")


@suite.test("auto_update off: the file alone counts, and nothing is kept")
def _off(lab):
    with rolling(lab, dnssec={"auto_update": False}) as (root, windlass), windlass:
        root.new_key()
        code, _, err = windlass.control("anchors", "refresh")
        equal(code, 1, "exit code")
        matches(err, r"dnssec\.auto_update", "stderr")
        equal(states(windlass), {root.tag(root.first): "valid"}, "keys")
        check(not os.path.exists(state_file(windlass)), "a state file was written")
        secure(windlass, "with the file's key")


@suite.test("a state file of nonsense: one warning with its line, set aside, all goes on")
def _nonsense(lab):
    with rolling(lab) as (root, windlass):
        with open(state_file(windlass), "w", encoding="ascii") as file:
            file.write("windlass-anchors 1\nsource nonsense\n")
        with windlass:
            secure(windlass, "with a broken state file")
            told = re.findall(r"trust-anchors:2: expected 64 hexadecimal digits", windlass.read_log())
            equal(len(told), 1, "warnings")
            equal(text_of(state_file(windlass) + ".bad"), "windlass-anchors 1\nsource nonsense\n", "what was set aside")
            becomes(windlass, root.tag(root.new_key()), "valid")
        with windlass:
            equal(len(states(windlass)), 2, "keys after a restart")


@suite.test("a folder that cannot be written: one warning, keys are followed in memory")
def _read_only(lab):
    with rolling(lab, state_dir="/sys/kernel") as (root, windlass):
        with windlass:
            for _ in range(3):
                windlass.commanded("anchors", "refresh")
            becomes(windlass, root.tag(root.new_key()), "valid")
            secure(windlass, "with a folder that cannot be written")
            equal(len(re.findall(r"/sys/kernel/trust-anchors", windlass.read_log())), 1, "warnings")


@suite.test("a folder that is not there and cannot be made is no reason to fail")
def _no_folder(lab):
    with rolling(lab, state_dir="/proc/windlass") as (root, windlass), windlass:
        secure(windlass, "without a folder")
        windlass.commanded("anchors", "refresh")
        equal(states(windlass), {root.tag(root.first): "valid"}, "keys")


@suite.test("killed while it writes, 40 times: what it leaves can be read, and no key is lost")
def _killed(lab):
    with rolling(lab) as (root, windlass):
        with windlass:
            becomes(windlass, root.tag(root.new_key()), "valid")
        chance = random.Random(7)
        for _ in range(40):
            windlass.start()
            windlass.control("anchors", "refresh")
            time.sleep(chance.uniform(0, 0.004))
            windlass.signal(signal.SIGKILL)
            windlass.process.wait(5)
            check(text_of(state_file(windlass)).splitlines()[-1] == "end 2", text_of(state_file(windlass)))
        with windlass:
            equal(sorted(states(windlass).values()), ["valid", "valid"], "keys")
            check(not os.path.exists(state_file(windlass) + ".bad"), "something was set aside")
