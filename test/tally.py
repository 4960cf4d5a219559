"""Counts test cases in a meson testlog.json and prints a line a suite, then `N passed, N failed`.

A test program that ends in `N passed, N failed`, or in Catch2's or unittest's own summary, counts as that many;
any other counts as one. A program that failed counts at least one failure, whatever it printed, and is told in lines
that begin with FAIL.
"""
import json
import re
import sys

PLAIN = re.compile(r"^(\d+) passed, (\d+) failed", re.M)
CATCH_ALL = re.compile(r"^All tests passed \(.* in (\d+) test cases?\)", re.M)
CATCH_SOME = re.compile(r"^test cases:\s*(\d+) \|.*$", re.M)
UNITTEST = re.compile(r"^Ran (\d+) tests? in", re.M)
REASONS = (  # (what begins a failure, what it is called) in the output of each runner
    re.compile(r"^FAIL (?P<what>.*)$", re.M),
    re.compile(r"^-{79}\n(?P<what>[^\n]+(?:\n {2}[^\n]+)*)\n-{79}\n(?P<how>(?:(?!^[-=]{79}).)*?(?:FAILED:|No assertions in).*?)(?=^-{79}|^={79}|\Z)", re.M | re.S),
    re.compile(r"^(?:FAIL|ERROR): (?P<what>[^\n]*)\n-{70}\n(?P<how>.*?)(?=^={70}|^-{70}|\Z)", re.M | re.S),
    re.compile(r"^(?P<what>.*(?:ERROR: \w+Sanitizer|runtime error|WARNING: ThreadSanitizer).*)$", re.M),
)
TOLD_MAX = 600  # octets of one failure


def part(line, word):
    found = re.search(r"(\d+) " + word, line)
    return int(found.group(1)) if found else 0


def counts(output):
    """(passed, failed) as the program itself printed it, or None."""
    if found := PLAIN.findall(output):
        return tuple(map(int, found[-1]))
    if found := CATCH_ALL.findall(output):
        return int(found[-1]), 0
    if found := CATCH_SOME.search(output):
        return part(found.group(0), "passed"), part(found.group(0), "failed")
    if found := UNITTEST.search(output):
        bad = sum(map(int, re.findall(r"(?:failures|errors)=(\d+)", output)))
        return int(found.group(1)) - bad, bad
    return None


def of_test(entry):
    """(passed, failed) of one line of the log; a skipped test is neither."""
    if entry["result"] == "SKIP":
        return 0, 0
    good = entry["result"] in ("OK", "EXPECTEDFAIL")
    passed, failed = counts(entry.get("stdout", "") + entry.get("stderr", "")) or (int(good), 0)
    return passed, failed if good else max(failed, 1)


def failures(output):
    """A line for each failure in the output of a program that failed; without one its last lines."""
    told = []
    for pattern in REASONS:
        for found in pattern.finditer(output):
            how = found.groupdict().get("how") or ""
            told.append(": ".join(" ".join(re.sub(r"\.{9,}", "", part).split()) for part in (found["what"], how) if part)[:TOLD_MAX])
    return told or [" ".join(output.split())[-TOLD_MAX:] or "it printed nothing"]


def main(path):
    try:
        with open(path, encoding="utf-8") as log:
            entries = [json.loads(line) for line in log if line.strip()]
    except OSError as error:
        print("tally: no test log: %s" % error)
        entries = []
    total = [0, 0]
    for entry in entries:
        passed, failed = of_test(entry)
        total = [total[0] + passed, total[1] + failed]
        print("%-52s %-8s %5d passed, %d failed" % (entry["name"], entry["result"], passed, failed))
        for line in failures(entry.get("stdout", "") + "\n" + entry.get("stderr", "")) if failed else ():
            print("FAIL %s: %s" % (entry["name"], line))
    if sum(total) == 0:
        total[1] = 1  # nothing ran: that is no pass
    print("%d passed, %d failed" % tuple(total))
    return 1 if total[1] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
