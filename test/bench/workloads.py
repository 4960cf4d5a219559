"""One table: what is asked. A new workload is one row and, when it asks other names, one function."""
import random
from dataclasses import dataclass
from typing import Callable

from .internet import DENIALS, TRAP_NAMES, names_of, trap_name
from .local import NAMES, every_local_name, some_local_names

FIRST = 1                   # zone 0 warms up: after it, root and TLD are known
EVERYONE = ("windlass", "unbound", "echo")
RESOLVERS = ("windlass", "unbound", "unbound prefetch-key", "knot resolver", "powerdns recursor", "bind")
AUTHORITIES = ("windlass local", "nsd", "echo")
HOT_NAMES = 1000


def some_names(zones):
    """1,000 names, ten a zone, in the order of the zones."""
    return [name for zone in range(FIRST, zones) for name in names_of(zone)][:HOT_NAMES]


def every_name(zones):
    """Ten names of each zone, mixed, the same order in each run."""
    names = [name for zone in range(FIRST, zones) for name in names_of(zone)]
    random.Random(1).shuffle(names)
    return names


def one_a_zone(zones):
    return [names_of(zone)[0] for zone in range(FIRST, zones)]


def trap_names(traps):
    """One name of each KeyTrap zone, then the next of each."""
    return [f"n{i}.{trap_name(number)}" for i in range(TRAP_NAMES) for number in range(traps)]


WARM_DENIALS, DENIED = 6_000, 20_000


def no_names(denial, first=0, count=WARM_DENIALS):
    """Random names that the zone does not hold; the same in each run."""
    return [f"{random.Random(i).getrandbits(60):015x}.{DENIALS[denial].name}" for i in range(first, first + count)]


def one_known(_):
    return names_of(0)[:1]


@dataclass(frozen=True)
class Workload:
    """warm: names asked before, until each has its answer; cached: instead the names themselves.

    count: how many are asked when cached; otherwise each is asked once.
    quiet: the workload whose p99 this one's is compared with. beside: so many names of KeyTrap zones are asked a second meanwhile.
    """
    name: str
    what: str
    names: Callable
    dnssec_ok: bool
    subjects: tuple
    window: int
    cached: bool = False
    count: int = 0
    quick_count: int = 0
    quiet: str = ""
    beside: int = 0
    warm: Callable = one_known
    wanted: str = "NOERROR"


WORKLOADS = (
    Workload("hot, DO=0", "1,000 cached names of signed zones", some_names, False, EVERYONE, 64,
             cached=True, count=200_000, quick_count=40_000),
    Workload("hot, DO=1", "the same with RRSIGs in the answer", some_names, True, EVERYONE, 64,
             cached=True, count=200_000, quick_count=40_000),
    Workload("hot + keytrap", "hot, DO=0, while 200 names a second of new KeyTrap zones are asked", some_names, False, ("windlass",), 64,
             cached=True, count=80_000, quick_count=40_000, quiet="hot, DO=0", beside=200),
    Workload("cold, ten a zone", "every name new, ten in each signed zone", every_name, True, RESOLVERS, 32),
    Workload("cold, one a zone", "every name new, every signed zone new", one_a_zone, True, RESOLVERS, 32),
    *(Workload(f"denied, {denial.upper()}", f"random names that a signed {denial.upper()} zone of 200 does not hold, "
               f"{WARM_DENIALS:,} others before", lambda _, denial=denial: no_names(denial, WARM_DENIALS, DENIED), True, RESOLVERS, 32,
               warm=lambda _, denial=denial: no_names(denial), wanted="NXDOMAIN") for denial in DENIALS),
    Workload("local, all names", f"names of an unsigned local zone of {NAMES:,}, mixed", every_local_name, False, AUTHORITIES, 64,
             cached=True, count=200_000, quick_count=100_000),
    Workload("local, hot", "1,000 of them", some_local_names, False, AUTHORITIES, 64,
             cached=True, count=200_000, quick_count=40_000),
)
