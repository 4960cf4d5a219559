"""What validation costs: one table of figures, each with the bound that is set for it (./dev bench validate).

Signatures: how many a second of CPU time Windlass verifies, beside `openssl speed` on the same core in the same run. Hostile zones: CPU
time of the server's process for single questions, one after the other.
"""
import functools
import json
import os
import statistics
import subprocess

from ..internet import InternetError, wire
from ..internet.servers import die_with_parent
from .figures import Figure
from .internet import PADDED, TRAP_NAMES, trap_name, trap_place
from .measure import cost_ms
from .subjects import PORT, SERVER_CORE, SUBJECTS, on_core

SECONDS = 1                 # of each run of openssl speed, the least it takes
ZONES = 20                  # hostile zones asked one by one
# Algorithm number: its word for openssl speed.
SIGNATURES = {8: "rsa2048", 13: "ecdsap256", 14: "ecdsap384", 15: "ed25519"}


def run_on_core(*command):
    with on_core(SERVER_CORE):
        done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120,
                              preexec_fn=die_with_parent)
    if done.returncode != 0:
        raise InternetError(f"{command[0]}: {done.stderr.strip()[-300:]}")
    return done.stdout


def parse_speed(text):
    """Verifications a second of `openssl speed -mr`: the last field of its line +F."""
    return next(float(line.rsplit(":", 1)[1]) for line in text.splitlines() if line.startswith("+F"))


def openssl_rate(algorithm):
    return parse_speed(run_on_core("openssl", "speed", "-mr", "-seconds", str(SECONDS), SIGNATURES[algorithm]))


def our_rates(bench, algorithm):
    return json.loads(run_on_core(os.path.join(bench.tools, "checks"), "--algorithm", str(algorithm), "--seconds", str(SECONDS)))


@functools.cache
def signature_runs(bench, algorithm, say):
    """[(ours, openssl's)] rates; ours between two of openssl's, so that a slow minute hits both."""
    found, before = [], openssl_rate(algorithm)
    for _ in range(bench.options.rounds):
        ours, after = our_rates(bench, algorithm), openssl_rate(algorithm)
        found.append((ours, statistics.mean((before, after))))
        say(f"{SIGNATURES[algorithm]}: openssl {before:.0f} and {after:.0f}, ours {ours['key']:.0f} and {ours['checker']:.0f} a second")
        before = after
    return found


def signature_ratios(bench, algorithm, field, say):
    return [ours[field] / theirs for ours, theirs in signature_runs(bench, algorithm, say)]


def kept_failure_us(bench, _, __, ___):
    return [our_rates(bench, 13)["kept_us"] for _ in range(bench.options.rounds)]


class Asking:
    """A fresh server, and what each question costs it."""

    def __init__(self, bench, folder):
        self.subject = SUBJECTS["windlass"](bench, folder)

    def __enter__(self):
        self.subject.start()
        for name in ("n0.z00000.bench.", "n1.z00001.bench."):
            self.cost_ms(name, "NOERROR")
        return self

    def __exit__(self, *_):
        self.subject.stop()

    def cost_ms(self, name, rcode):
        return cost_ms(self.subject.pid, lambda: self._ask(name, rcode))

    @staticmethod
    def _ask(name, rcode):
        reply = wire.ask(name, "A", "127.0.0.1", PORT, timeout=15)
        if reply.rcode != rcode:
            raise InternetError(f"{name}: {reply.rcode} instead of {rcode}")


def trap_costs(bench, place, first, _):
    """CPU ms: of the first name of each zone, or of each later one."""
    found = []
    with Asking(bench, os.path.join(bench.folder, f"trap-{place}-{first}")) as asking:
        for number in [n for n in range(bench.traps) if trap_place(n) == place][:ZONES]:
            costs = [asking.cost_ms(f"n{i}.{trap_name(number)}", "SERVFAIL") for i in range(TRAP_NAMES)]
            found += costs[:1] if first else costs[1:]
    return found


def padded_costs(bench, _, __, ___):
    with Asking(bench, os.path.join(bench.folder, "padded")) as asking:
        return [asking.cost_ms(f"no{i}.{PADDED.name}", "SERVFAIL") for i in range(ZONES)]


FIGURES = tuple(
    Figure(f"{SIGNATURES[number]}, {what}", "x openssl speed", signature_ratios, (number, field), bound)
    for number, bound in ((13, ">= 0.9"), (8, ">= 0.9"), (15, ">= 0.9"), (14, ""))
    for field, what in (("key", "PublicKey::verify"), ("checker", "a whole RRset by Checker"))
) + (
    Figure("KeyTrap beside data, first name of a zone", "CPU ms", trap_costs, ("data", True), "<= 50"),
    Figure("KeyTrap beside data, each later name", "CPU ms", trap_costs, ("data", False), "<= 1"),
    Figure("KeyTrap in the DNSKEY RRset, first name", "CPU ms", trap_costs, ("keys", True), "<= 50"),
    Figure("KeyTrap in the DNSKEY RRset, each later name", "CPU ms", trap_costs, ("keys", False), "<= 1"),
    Figure("the validator's part of a later name", "CPU us", kept_failure_us, (None, None), "<= 10"),
    Figure("150 NSEC3 records in front of a denial's own", "CPU ms", padded_costs, (None, None), "<= 50"),
)
