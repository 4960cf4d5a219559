"""A mini-Internet on loopback: signed root, TLDs, zones good and broken, served by Debian's knotd.

One generator for the demo, the whole-system tests and the benchmark:

    zones.py     which servers and zones there are (two tables)
    cases.py     what a right validating resolver answers (one table)
    signing.py   keys, signatures and DS records, and how a zone is broken on purpose
    servers.py   starting and stopping knotd
    odd.py       servers that misbehave: silent, slow, garbling
    hostile.py   servers that attack the resolver, or others through it
    relay.py     a bad network in front of the servers: loss, delay, duplicates, corruption
    wire.py      just enough of the DNS wire form to ask and to judge
    internet.py  MiniInternet: build, up, down, roll_root_key
"""
from .cases import CASES, BROKEN_LINKS, Case
from .internet import MiniInternet
from .servers import InternetError

__all__ = ["MiniInternet", "InternetError", "Case", "CASES", "BROKEN_LINKS"]
