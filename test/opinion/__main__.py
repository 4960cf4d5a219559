"""python3 -m test.opinion --windlass PATH --windlassctl PATH [--seed N | --seeds FIRST COUNT] [--only "NAME [TYPE]"]

Random signed zones, sound and broken; thousands of questions; Windlass's verdict beside those of delv and unbound-host.
The last line is `N passed, N failed`: questions, and those where both are against Windlass or nobody knows why they differ.
"""
import argparse
import os
import signal
import socket
import sys
import time
from collections import Counter

from ..internet.servers import InternetError
from ..whole import ending
from ..whole.windlass import Programs, WindlassError, alone
from .classes import CLASSES, DEDUCED, NO_VERDICT
from .compare import AGAINST, AGREED, KNOWN, UNKNOWN
from .run import Seed

NO_NAMESPACE = 3          # exit code: not to be had here
MOST_SILENT = 0.15        # of the questions may stay without an opinion of one judge


class Tally:
    def __init__(self):
        self.outcomes, self.classes, self.verdicts = Counter(), Counter(), Counter()

    def count(self, case, outcome, known):
        self.outcomes[outcome] += 1
        self.verdicts[case.windlass.verdict] += 1
        for each in known:
            self.classes[each] += 1

    def tell(self, seeds, seconds):
        asked = sum(self.outcomes.values())
        print(f"\n{asked} questions of {seeds} seeds in {seconds:.0f} s; Windlass: "
              + ", ".join(f"{count} {verdict}" for verdict, count in self.verdicts.most_common()))
        print("; ".join(f"{self.outcomes[outcome]} {outcome}" for outcome in (AGREED, KNOWN, UNKNOWN, AGAINST)))
        for known in (*CLASSES, DEDUCED):
            if self.classes[known]:
                print(f"  {self.classes[known]:6} {known.who}: {known.name}: {known.reason}")
        failed = self.outcomes[AGAINST] + self.outcomes[UNKNOWN]
        silent = sum(count for known, count in self.classes.items() if known.name == NO_VERDICT)
        if silent > max(MOST_SILENT * asked, 5):
            print("too many questions without a verdict: nothing is compared on a machine this busy")
            failed += 1
        print(f"{asked - failed} passed, {failed} failed")
        return asked > 0 and failed == 0


def show(case, outcome, why):
    print(f"\n{outcome}: seed {case.seed}, {case.name} {case.type}")
    for zone in case.zones:
        print(f"    in {zone.describe()}")
    for who in ("windlass", "delv", "unbound"):
        print(f"    {who:8} {getattr(case, who)}")
    print("".join(f"    | {line}\n" for line in why().splitlines()), end="")
    print(f"    again: --seed {case.seed} --only '{case.name} {case.type}'", flush=True)


def run(options, programs):
    tally, began = Tally(), time.monotonic()
    for seed in options.seeds:
        ending.ask()
        with Seed(seed, programs, options) as one:
            if options.plan:
                print("\n".join(zone.describe() for zone in one.plan.zones))
            for case, (outcome, known), why in one.cases(CLASSES):
                ending.ask()
                tally.count(case, outcome, known)
                if outcome in (UNKNOWN, AGAINST) or options.verbose and outcome != AGREED:
                    show(case, outcome, why)
            if options.keep:
                print(f"kept: {one.folder}")
        print(f"seed {seed}: " + ", ".join(f"{count} {outcome}" for outcome, count in tally.outcomes.items()), flush=True)
    return tally.tell(len(options.seeds), time.monotonic() - began)


def parse():
    parser = argparse.ArgumentParser(prog="python3 -m test.opinion")
    parser.add_argument("--windlass", required=True)
    parser.add_argument("--windlassctl", required=True)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--seeds", type=int, nargs=2, metavar=("FIRST", "COUNT"), default=(1, 40))
    parser.add_argument("--only", default="", help="one question of the seed: NAME or 'NAME TYPE'")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 2, help="judges at work at once (default: %(default)s)")
    parser.add_argument("--plan", action="store_true", help="print the zones of each seed")
    parser.add_argument("--verbose", action="store_true", help="print explained disagreements too")
    parser.add_argument("--blind", action="store_true", help="with validation off: must be found out")
    parser.add_argument("--keep", action="store_true", help="leave the folder of each seed")
    options = parser.parse_args()
    first, count = options.seeds
    options.seeds = [options.seed] if options.seed is not None else range(first, first + count)
    return options


def main():
    options = parse()
    programs = Programs(os.path.abspath(options.windlass), os.path.abspath(options.windlassctl))
    alone()
    if [name for _, name in socket.if_nameindex()] != ["lo"]:
        print("opinion: needs a network namespace of its own, which this user may not make", file=sys.stderr)
        return NO_NAMESPACE
    ending.listen(signal.SIGINT, signal.SIGTERM)
    try:
        return 0 if run(options, programs) else 1
    except (InternetError, WindlassError) as error:
        print(f"opinion: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
