"""Plays the replay scenarios of other resolvers against the real binary and compares with the kept list.

    foreign.py --scenarios DIR --windlass PATH [--keep] [--show]

DIR holds `rplrun` (the player), `deckard/` and `unbound/` (the files). The player makes a network namespace of its own,
which needs root. A scenario listed in passing.txt must pass (core verdict; one that fails is played once more, alone);
others are reported. --keep adds what passes now to the list; --show prints why the others fail. Last line:
`N passed, N failed`, where passed counts all that pass and failed the listed ones that do not.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
KEPT = os.path.join(HERE, "passing.txt")
TEMPLATE = os.path.join(HERE, "windlass.yaml.j2")
# Folder, options of the player, and how many must pass at the least.
SETS = (("deckard", ["--modernize"], 60), ("unbound", ["--modernize", "--set-aa"], 75))
PLAY_SECONDS = 600


def read_kept():
    with open(KEPT, encoding="utf-8") as file:
        return {line.strip() for line in file if line.strip() and not line.startswith("#")}


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


def report(folder, results, kept, least, show):
    """Prints the outcome of one set; returns (passing names, number of failures)."""
    passing = {name for name, result in results.items() if result["core"] == "pass"}
    lost = sorted(name for name in kept if name.startswith(folder + "/") and name not in passing)
    for name in lost:
        print("FAIL %s: %s" % (name, (results[name].get("core_reason") or results[name].get("reason") or "")[:300]
                               if name in results else name + ": not among the scenarios"))
    if show:
        for name in sorted(set(results) - passing - set(lost)):
            result = results[name]
            print("not yet: %s: %s %s" % (name, result["core"],
                                          (result.get("core_reason") or result.get("reason") or "")[:300]))
    fresh = sorted(passing - kept)
    print("%s: %d of %d pass, %d are kept, %d more pass now" % (folder, len(passing), len(results),
                                                              len(passing & kept), len(fresh)))
    if len(passing) < least:
        print("FAIL %s: fewer than %d pass" % (folder, least))
    return passing, len(lost) + (len(passing) < least)


def main():
    parser = argparse.ArgumentParser(prog="foreign.py")
    parser.add_argument("--scenarios", required=True)
    parser.add_argument("--windlass", required=True)
    parser.add_argument("--keep", action="store_true", help="add what passes now to the kept list")
    parser.add_argument("--show", action="store_true", help="print why the others fail")
    options = parser.parse_args()
    scenarios, windlass = os.path.abspath(options.scenarios), os.path.abspath(options.windlass)
    kept, passed, failed, all_passing = read_kept(), 0, 0, set()
    for folder, play_options, least in SETS:
        results = play_set(scenarios, windlass, folder, play_options, kept)
        passing, bad = report(folder, results, kept, least, options.show)
        all_passing |= passing
        passed, failed = passed + len(passing), failed + bad
    if options.keep:
        write_kept(kept | all_passing)
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
