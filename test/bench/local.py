"""The local zone of the benchmark: many names, unsigned, one file for every server."""
import random

ZONE = "local.bench."
NAMES = 100_000
HEAD = f"""$ORIGIN {ZONE}
$TTL 3600
@ SOA ns1 hostmaster 1 3600 600 864000 300
@ NS ns1
ns1 A 192.0.2.53
"""


def local_names(count=NAMES):
    return [f"host{i:07d}.{ZONE}" for i in range(count)]


def write_zone(path, count=NAMES):
    """One A record a name; returns the records in all."""
    with open(path, "w", encoding="ascii") as file:
        file.write(HEAD)
        file.writelines(f"host{i:07d} A 10.{i >> 16 & 255}.{i >> 8 & 255}.{i & 255}\n" for i in range(count))
    return count + 3


def every_local_name(_):
    """All names of the zone, mixed, the same order in each run."""
    names = local_names()
    random.Random(2).shuffle(names)
    return names


def some_local_names(_):
    return every_local_name(_)[:1000]
