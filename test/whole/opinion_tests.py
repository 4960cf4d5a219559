"""A second opinion, in short: random signed zones of fixed seeds; delv and unbound-host judge the same questions.

The long run is ./dev opinion.
"""
import os
import re
import subprocess
import sys

from .suite import Skipped, Suite, check

suite = Suite("opinion")
SEEDS = (1, 11)
SECONDS = 240
NO_NAMESPACE = 3


def run(lab, *options):
    """(exit code, output) of one run of test.opinion."""
    done = subprocess.run([sys.executable, "-m", "test.opinion", "--windlass", lab.programs.windlass,
                           "--windlassctl", lab.programs.windlassctl, *options],
                          capture_output=True, text=True, timeout=SECONDS, stdin=subprocess.DEVNULL,
                          env={**os.environ, "TMPDIR": lab.folder})
    if done.returncode == NO_NAMESPACE:
        raise Skipped(done.stderr.strip())
    return done.returncode, done.stdout + done.stderr


def nobody_differs(lab, seed):
    code, said = run(lab, "--seed", str(seed))
    check(code == 0, said[-1500:])


suite.table(SEEDS, nobody_differs, title=lambda seed: f"seed {seed}: no verdict that delv and unbound-host both reject")


@suite.test("[negative] a Windlass that does not validate is found out")
def _blind(lab):
    code, said = run(lab, "--seed", str(SEEDS[0]), "--only", ".", "--blind")
    check(code == 1, f"exit {code}: {said[-600:]}")
    check(re.search(r"\n[1-9]\d* passed, |\n0 passed, [1-9]", said), "nothing was asked")
