"""python3 -m test.tidy [--root DIR] [--windlass BINARY] [--print] [--list-sources]

Prints each breach of the house rules as file:line: what, then `N passed, N failed`; exit code 1 when there is one.
With --windlass the reference documents are compared with what that binary prints; --print writes them instead.
"""
import argparse
import os
import sys

from . import banned, floors, printed, shape, unused
from .sources import CODE, files

HERE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def main():
    parser = argparse.ArgumentParser(prog="test.tidy")
    parser.add_argument("--root", default=HERE)
    parser.add_argument("--windlass")
    parser.add_argument("--print", action="store_true", dest="write")
    parser.add_argument("--list-sources", action="store_true")
    options = parser.parse_args()
    if options.list_sources:
        print("\n".join(files(options.root, CODE)))
        return 0
    if options.write:
        printed.write(options.root, options.windlass)
        return 0
    rules = (("floors", floors.check(options.root)), ("banned calls", banned.check(options.root)),
             ("printed documents", printed.check(options.root, options.windlass)), ("shape", shape.check(options.root)))
    failed = 0
    for name, findings in rules:
        findings = list(findings)
        failed += bool(findings)
        for finding in findings:
            print(finding)
        print("tidy: %s: %s" % (name, "%d findings" % len(findings) if findings else "clean"))
    print("\n".join(unused.notes(options.root)))
    print("%d passed, %d failed" % (len(rules) - failed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
