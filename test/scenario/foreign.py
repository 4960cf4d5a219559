"""Plays the replay scenarios of other resolvers against the real binary and compares with the kept list.

    foreign.py --scenarios DIR --windlass PATH [--keep] [--show]

DIR holds `rplrun` (the player), `deckard/` and `unbound/` (the files), and lists of them by what they are about. The
player makes a network namespace of its own, which needs root. A scenario listed in passing.txt must pass (core verdict;
one that fails is played once more, alone); each other one stands in not_passing.txt with the reason. Of each list at
least LEAST must pass. --keep adds what passes now to passing.txt; --show prints why the others fail; --times N plays
everything N times. Last line: `N passed, N failed`, where failed counts what is against this page.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
KEPT = os.path.join(HERE, "passing.txt")
REASONS = os.path.join(HERE, "not_passing.txt")
TEMPLATE = os.path.join(HERE, "windlass.yaml.j2")
SETS = (("deckard", ["--modernize"]), ("unbound", ["--modernize", "--set-aa"]))
LEAST = {"validation": 146, "iteration": 73}
PLAY_SECONDS = 600


def read_kept():
    with open(KEPT, encoding="utf-8") as file:
        return {line.strip() for line in file if line.strip() and not line.startswith("#")}


def read_reasons():
    """{"deckard/name.rpl": why it does not pass}"""
    with open(REASONS, encoding="utf-8") as file:
        lines = (line.strip() for line in file if line.strip() and not line.startswith("#"))
        return dict(line.split(": ", 1) for line in lines)


def read_list(scenarios, name):
    with open(os.path.join(scenarios, name + ".list"), encoding="utf-8") as file:
        return {line.strip() for line in file if line.strip()}


def write_kept(names):
    with open(KEPT, encoding="utf-8") as file:
        comments = [line for line in file if line.startswith("#")]
    with open(KEPT, "w", encoding="utf-8") as file:
        file.writelines(comments + [name + "\n" for name in sorted(names)])


def play(scenarios, windlass, paths, options, jobs=2):
    """{"deckard/name.rpl": result of the player} for files or folders below `scenarios`."""
    with tempfile.TemporaryDirectory(prefix="windlass-foreign-") as folder:
        out = os.path.join(folder, "results.json")
        command = [sys.executable, "-m", "rplrun", "ours", *(os.path.join(scenarios, path) for path in paths), *options,
                   "-q", "-j", str(jobs), "--tmp", folder, "--out", out,
                   "--ours-cmd", windlass + " --config {config}", "--ours-template", TEMPLATE]
        environment = {**os.environ, "PYTHONPATH": scenarios, "PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, timeout=PLAY_SECONDS)
        if not os.path.exists(out):
            raise RuntimeError("the player gave no results: " + (done.stderr or done.stdout).strip()[-1000:])
        with open(out, encoding="utf-8") as file:
            results = json.load(file)["results"]
    return {os.path.relpath(os.path.abspath(result["scenario"]), scenarios): result for result in results}


def play_set(scenarios, windlass, folder, options, kept):
    results = play(scenarios, windlass, [folder], options)
    lost = sorted(name for name in kept if name.startswith(folder + "/") and results.get(name, {}).get("core") != "pass"
                  and os.path.exists(os.path.join(scenarios, name)))
    if lost:
        print("%s: played once more: %s" % (folder, ", ".join(lost)), flush=True)
        results.update(play(scenarios, windlass, lost, options, jobs=1))
    return results


def why(result):
    return (result.get("core_reason") or result.get("reason") or "")[:300]


def report(folder, results, kept, reasons, show):
    """Prints the outcome of one set; returns (passing names, number of failures)."""
    passing = {name for name, result in results.items() if result["core"] == "pass"}
    lost = sorted(name for name in kept if name.startswith(folder + "/") and name not in passing)
    for name in lost:
        print("FAIL %s: %s" % (name, why(results[name]) if name in results else "not among the scenarios"))
    others = sorted(set(results) - passing - set(lost))
    unexplained = [name for name in others if name not in reasons]
    for name in unexplained:
        print("FAIL %s: neither kept nor in not_passing.txt: %s" % (name, why(results[name])))
    for name in others if show else ():
        print("not passing: %s: %s" % (name, why(results[name])))
    for name in sorted(passing & set(reasons)):
        print("passes, though not_passing.txt has it: %s" % name)
    print("%s: %d of %d pass, %d are kept, %d more pass now" % (folder, len(passing), len(results), len(passing & kept),
                                                              len(passing - kept)))
    return passing, len(lost) + len(unexplained)


def report_lists(scenarios, passing):
    """Prints how much of each list passes; returns how many lists fall short."""
    short = 0
    for name, least in sorted(LEAST.items()):
        listed = read_list(scenarios, name)
        good = len(listed & passing)
        short += good < least
        print("%s%s: %d of %d pass, at least %d must" % ("FAIL " if good < least else "", name, good, len(listed), least))
    return short


def play_all(scenarios, windlass, kept, reasons, show):
    """(passing names, number of failures)"""
    failed, passing = 0, set()
    for folder, play_options in SETS:
        results = play_set(scenarios, windlass, folder, play_options, kept)
        good, bad = report(folder, results, kept, reasons, show)
        passing |= good
        failed += bad
    return passing, failed + report_lists(scenarios, passing)


def main():
    parser = argparse.ArgumentParser(prog="foreign.py")
    parser.add_argument("--scenarios", required=True)
    parser.add_argument("--windlass", required=True)
    parser.add_argument("--keep", action="store_true", help="add what passes now to the kept list")
    parser.add_argument("--show", action="store_true", help="print why the others fail")
    parser.add_argument("--times", type=int, default=1, help="play everything that often")
    options = parser.parse_args()
    scenarios, windlass = os.path.abspath(options.scenarios), os.path.abspath(options.windlass)
    kept, reasons, passed, failed, always = read_kept(), read_reasons(), 0, 0, None
    for _ in range(options.times):
        passing, bad = play_all(scenarios, windlass, kept, reasons, options.show)
        passed, failed = passed + len(passing), failed + bad
        always = passing if always is None else always & passing
    if options.keep:
        write_kept(kept | always)
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
