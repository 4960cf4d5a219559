"""python3 -m test.bench [validate|cold|attacks] --windlass PATH --windlassctl PATH [--quick] [--rounds N] [--only WORD] [--load [RECORDS]]

Needs root: everything runs in a network namespace of its own, so that all resolvers find authoritative servers on port 53.
Prints a Markdown table; build/bench/result.json holds every sample and latency histogram.
"""
import argparse
import ctypes
import fcntl
import json
import os
import shutil
import signal
import socket
import struct
import sys
import tempfile
import time
from contextlib import nullcontext

from ..internet import InternetError
from ..whole.windlass import Programs, WindlassError
from . import attacks, figures, load_rate, measure, report, validate
from .internet import BenchInternet
from .subjects import LOAD_CORE, SERVER_CORE, SUBJECTS, on_core
from .workloads import WORKLOADS, trap_names


FIGURES = {"validate": validate.FIGURES, "attacks": attacks.FIGURES}


def enter_own_network():
    """From here on only a loopback of our own exists; nothing can reach a real server."""
    new_network, set_flags, is_up = 0x40000000, 0x8914, 1      # CLONE_NEWNET, SIOCSIFFLAGS, IFF_UP
    if os.geteuid() != 0 or ctypes.CDLL(None, use_errno=True).unshare(new_network) != 0:
        raise InternetError("needs root: it runs in a network namespace of its own (sudo ./dev bench)")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        fcntl.ioctl(sock, set_flags, struct.pack("16sh14x", b"lo", is_up))


def say(text):
    print(f"bench: {text}", file=sys.stderr, flush=True)


def selected(options):
    """The workloads asked for; `validate` means the one beside KeyTrap zones, and each brings the quiet one it is compared with."""
    parts = {"validate": lambda w: w.beside > 0, "cold": lambda w: w.name.startswith(("cold", "denied")), "attacks": lambda w: False}
    chosen = [w for w in WORKLOADS if parts.get(options.part, lambda w: options.only in w.name)(w)]
    quiet = {w.quiet for w in chosen}
    return [w for w in WORKLOADS if w in chosen or w.name in quiet]


class Bench:
    """One run: all workloads over all subjects, round by round."""

    def __init__(self, options, programs, folder, net):
        self.options, self.programs, self.folder, self.net = options, programs, folder, net
        self.tools = options.tools
        self.answer_octets = 0
        self.workloads = selected(options)
        self.traps = options.traps
        self.results = {w.name: {subject: [] for subject in w.subjects} for w in self.workloads}
        self.raw, self._made = [], 0

    def names_file(self, name, names):
        path = os.path.join(self.folder, f"{name}.names")
        with open(path, "w", encoding="ascii") as file:
            file.write("\n".join(names) + "\n")
        return path

    def run(self):
        for number in range(1, self.options.rounds + 1):
            for workload in self.workloads:
                self.round(workload, number)

    def round(self, workload, number):
        names = workload.names(self.options.zones)
        count = len(names) if not workload.cached else workload.quick_count if self.options.quick else workload.count
        for name in workload.subjects:
            sample, raw = self.one(workload, name, names, count)
            self.results[workload.name][name].append(sample)
            self.raw.append({"workload": workload.name, "server": name, "round": number, **raw})
            say(f"round {number}, {workload.name}, {name}: {sample.us:.1f} us, {sample.rate:.0f} queries/s, {sample.bad} bad")

    def beside(self, workload):
        """What is asked at the same time, if anything."""
        if not workload.beside:
            return nullcontext()
        names = trap_names(self.traps)
        return measure.asked_beside(self.tools, self.names_file("beside", names), 1_000_000, workload.beside)

    def one(self, workload, name, names, count):
        """A fresh server each time: no run sees the cache of another."""
        self._made += 1
        subject = SUBJECTS[name](self, os.path.join(self.folder, f"server-{self._made}"))
        names_file = self.names_file("asked", names)
        subject.start()
        try:
            if workload.cached and name != "echo":
                measure.warm(self.tools, names_file, workload, len(names))
            elif name != "echo":
                before = workload.warm(self.options.zones)
                measure.warm(self.tools, self.names_file("warm", before), workload, len(before))
            with self.beside(workload):
                sample, raw = measure.measure(subject, self.tools, names_file, workload, count)
        finally:
            subject.stop()
        if name in report.OURS:
            self.answer_octets = round(sample.octets)
        return sample, raw


def options_of(arguments):
    parser = argparse.ArgumentParser(prog="dev bench", description=__doc__.splitlines()[0])
    parser.add_argument("part", nargs="?", choices=("validate", "cold", "attacks"),
                        help="validate: only what validation costs, with the bounds set for it; cold: only what is not cached, "
                             "beside four others; attacks: only what attacks cost, with the bounds set for it")
    parser.add_argument("--windlass", required=True, help="path of the program")
    parser.add_argument("--windlassctl", required=True, help="path of the control program")
    parser.add_argument("--tools", help="folder of load and echo (default: test/bench beside the windlass given)")
    parser.add_argument("--quick", action="store_true", help="under a minute: fewer zones, rounds and queries")
    parser.add_argument("--rounds", type=int, help="how often each is measured (default: 5, quick 3)")
    parser.add_argument("--zones", type=int, help="signed zones (default: 1500, quick 300)")
    parser.add_argument("--only", default="", help="workloads whose name holds this word")
    parser.add_argument("--load", type=int, nargs="?", const=1_000_000, metavar="RECORDS",
                        help="instead: load a zone of so many records (default: 1,000,000), restart after SIGKILL")
    parser.add_argument("--out", default="build/bench", help="folder of result.json and result.md (default: %(default)s)")
    options = parser.parse_args(arguments)
    options.rounds = options.rounds or (3 if options.quick else 5)
    options.zones = max(options.zones or (300 if options.quick else 1500), 102)     # enough for the hot names
    options.traps = 0 if options.load else max([w.beside for w in selected(options)] + [0]) * (1 if options.quick else 2)
    if options.load or options.part == "validate" or options.only.startswith("local"):
        options.zones = 102                                                         # nobody asks them
    build = os.path.dirname(os.path.dirname(os.path.abspath(options.windlass)))
    options.tools = os.path.abspath(options.tools or os.path.join(build, "test", "bench"))
    return options


def write_results(options, bench, found):
    where = report.machine()
    text = report.markdown(bench.results, bench.workloads, options.rounds, where)
    if found:
        text += "\n" + figures.markdown(found)
    os.makedirs(options.out, exist_ok=True)
    with open(os.path.join(options.out, "result.json"), "w", encoding="ascii") as file:
        json.dump({"machine": where, "zones": options.zones, "quick": options.quick, "runs": bench.raw,
                   "figures": {figure.what: samples for figure, samples in found}}, file, indent=1)
    with open(os.path.join(options.out, "result.md"), "w", encoding="ascii") as file:
        file.write(text)
    print(text)


def run(options):
    programs = Programs(os.path.abspath(options.windlass), os.path.abspath(options.windlassctl))
    for name in ("load", "echo"):
        if not os.access(os.path.join(options.tools, name), os.X_OK):
            raise InternetError(f"{options.tools}/{name}: no such program; ./dev build makes it")
    if not {SERVER_CORE, LOAD_CORE} <= os.sched_getaffinity(0):
        raise InternetError(f"needs cores {SERVER_CORE} and {LOAD_CORE}: one for the server, one for the load")
    enter_own_network()
    folder, began = tempfile.mkdtemp(prefix="windlass-bench-"), time.monotonic()
    try:
        where = os.path.join(folder, "internet")
        net = attacks.internet(where) if options.part == "attacks" else BenchInternet(where, options.zones, options.traps)
        say(f"signing {len(net.zones)} zones")
        net.build()
        with on_core(LOAD_CORE):
            net.up()
        say(f"a mini-Internet of {len(net.zones)} zones after {time.monotonic() - began:.0f} s")
        bench = Bench(options, programs, folder, net)
        try:
            if options.load:
                load_rate.measure(bench, options.load, say)
                return
            found = figures.measure_all(FIGURES.get(options.part, ()), bench, say)
            bench.run()
        finally:
            net.down()
        write_results(options, bench, found)
        say(f"{time.monotonic() - began:.0f} s in all; every sample in {options.out}/result.json")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main(arguments=None):
    options = options_of(arguments)
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    try:
        run(options)
    except (InternetError, WindlassError, OSError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
