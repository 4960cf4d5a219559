"""What a seed means: a tree of zones, how each is signed, vouched for, served and broken. Pure chance from one seed."""
import random
from dataclasses import dataclass, field

import dns.name

ROOT = dns.name.root
LABELS = ("a", "b", "m", "z", "www", "host", "MiXed", "xn--e1afmkfd", "_tcp", "0", "zz", "a-b", r"\001", r"\200x", "A", "mail")
ZONE_LABELS = ("alpha", "beta", "gamma", "delta", "kappa", "lambda", "omega", "sigma", "Theta", "x", "y", "zeta")
ALGORITHMS = (13, 13, 13, 8, 8, 15, 14, 16, 10, 7, 5)
ITERATIONS = (0, 0, 0, 0, 1, 5, 12, 49, 50, 51, 100, 150, 151, 300)
SALTS = ("", "", "", "ab", "aabbccdd", "00", "ff" * 16)
BIND_ITERATIONS = 150                    # more dnssec-signzone will not do
SIGNERS = ("knot", "ldns", "bind")
SOUND_DS = ("sha256",) * 6 + ("sha384", "sha384", "sha1", "sha256 sha384", "sha1 sha256", "all", "zsk")
MIXED_DS = ("alg99 sha256", "digest99 sha256", "badsha1 sha256", "badsha256 sha256", "badsha384 sha256",
            "sha384 badsha256", "othertag sha256", "sha1 alg99", "sha384 digest99", "gost sha256")
ODD_DS = ("none", "none", "digest99", "alg99", "gost", "alg1", "alg12", "alg99 digest99", "sha1 badsha256", "badsha256",
          "badsha384", "badsha1", "othertag", "othertag digest99", "wrongalg", "alg0", "lost")
SERVERS = {0: "knot", 1: "knot", 2: "nsd"}
HIDDEN_KNOT, HIDDEN_NSD = 10, 20         # behind benders: a server for each depth


@dataclass
class ZonePlan:
    """One zone. Everything but `name` may be changed by hand when a case is narrowed down."""
    name: dns.name.Name
    parent: "ZonePlan" = None
    children: list = field(default_factory=list)
    signer: str = ""                     # knot, ldns, bind; "": unsigned
    algorithms: tuple = ()
    split: bool = False                  # KSK and ZSK, else one key
    standby: bool = False                # one more key, published, signs nothing
    denial: str = "nsec"
    iterations: int = 0
    salt: str = ""
    optout: bool = False
    ds: str = "sha256"                   # words of vouching.py
    defects: tuple = ()                  # names of breakage.py and replies.py
    server: int = 0
    seed: str = ""                       # chance of its contents and defects

    signed = property(lambda self: bool(self.signer))

    def rng(self, purpose):
        return random.Random(f"{self.seed} {self.name} {purpose}")

    def describe(self):
        if not self.signed:
            return f"{self.name}: unsigned, DS {self.ds}" + "".join(f", {defect}" for defect in self.defects)
        denial = self.denial if self.denial == "nsec" else f"nsec3 {self.iterations} {self.salt or '-'}"
        return (f"{self.name}: {self.signer}, algorithms {'+'.join(map(str, self.algorithms))}"
                f"{' split' if self.split else ''}{' standby' if self.standby else ''}, {denial}"
                f"{' opt-out' if self.optout else ''}, DS {self.ds}" + "".join(f", {defect}" for defect in self.defects))


@dataclass
class Plan:
    seed: int
    zones: list                          # parents before children; the root first
    servers: dict                        # {number: knot or nsd}

    def zone(self, name):
        return next(zone for zone in self.zones if zone.name == name)

    def holder(self, name, above=False):
        """The deepest zone that holds `name`; above: the parent's, as for DS."""
        held = [zone for zone in self.zones if name.is_subdomain(zone.name) and not (above and zone.name == name)]
        return max(held or [self.zones[0]], key=lambda zone: len(zone.name))


def _sign_somehow(zone, rng):
    zone.algorithms = (rng.choice(ALGORITHMS),)
    if rng.random() < 0.12:
        other = rng.choice(ALGORITHMS)
        zone.algorithms = tuple(sorted({zone.algorithms[0], other}))
    zone.signer = rng.choice(SIGNERS)
    if len(zone.algorithms) > 1 and zone.algorithms[-1] <= 10:
        zone.signer = "ldns"                           # knot's key store takes two of one RSA pair for one key
    zone.split = rng.random() < 0.5
    zone.standby = rng.random() < 0.15
    if 5 not in zone.algorithms and rng.random() < 0.55:
        zone.denial = "nsec3"
        zone.iterations = rng.choice(ITERATIONS)
        zone.salt = rng.choice(SALTS)
        zone.optout = rng.random() < 0.4
        if zone.iterations > BIND_ITERATIONS and zone.signer == "bind":
            zone.signer = "ldns"


def _break_somehow(zone, rng, tables, leaf):
    """Leaves are broken more often than what others hang from."""
    if rng.random() < (0.55 if leaf else 0.2):
        zone.defects = tuple(rng.choice(tables[rng.choice(sorted(tables))]) for _ in range(1 if rng.random() < 0.85 else 2))


def _vouch_somehow(zone, rng, leaf):
    roll = rng.random()
    if roll < (0.2 if leaf else 0.08):
        zone.ds = rng.choice(ODD_DS)
    elif roll < 0.35:
        zone.ds = rng.choice(MIXED_DS)
    else:
        zone.ds = rng.choice(SOUND_DS)


def _place(zone, plan, tables):
    """Not everything broken loads in nsd. What is bent stands behind its bender, on a server without parents or children."""
    bent = [title for title in zone.defects if title in tables["replies"]]
    loads = len(bent) == len(zone.defects)
    if bent:
        zone.server = (HIDDEN_NSD if loads else HIDDEN_KNOT) + len(zone.name)
        plan.servers[zone.server] = "nsd" if loads else "knot"
    elif not loads:
        zone.server %= 2


def _names(rng):
    """(name, is a leaf) of every zone but the root, parents before children."""
    made = []
    tlds = rng.sample(ZONE_LABELS, 3)
    for tld in tlds:
        made.append((dns.name.from_text(tld + "."), False))
    for _ in range(rng.randint(7, 10)):
        parent = rng.choice([name for name, _ in made if len(name) < 5])
        labels = (rng.choice(ZONE_LABELS),)
        if rng.random() < 0.2:                         # a cut two labels down: an empty non-terminal between
            labels += (rng.choice(("in", "ent")),)
        name = dns.name.Name(tuple(label.encode() for label in labels) + parent.labels)
        if all(name != other for other, _ in made):
            made.append((name, True))
    parents = [parent for name, _ in made for parent, _ in made if name != parent and name.is_subdomain(parent)]
    return [(name, name not in parents and len(name) > 2) for name, _ in made]


def make(seed, tables):
    """The plan of a seed. tables: {kind: names of defects} from breakage.py and replies.py."""
    rng = random.Random(f"opinion {seed}")
    root = ZonePlan(ROOT, seed=str(seed))
    _sign_somehow(root, rng)
    root.algorithms = (13,) if root.algorithms[0] == 16 else root.algorithms
    root.algorithms, root.iterations, root.ds = root.algorithms[:1], min(root.iterations, 50), "sha256"
    plan = Plan(seed, [root], dict(SERVERS))
    for name, leaf in _names(rng):
        zone = ZonePlan(name, plan.holder(name), seed=str(seed), server=rng.randrange(3))
        if rng.random() < 0.88:
            _sign_somehow(zone, rng)
        if not leaf:
            zone.algorithms = tuple(13 if each == 16 else each for each in zone.algorithms)   # see classes.py: no Ed448
            zone.iterations = min(zone.iterations, rng.choice((50, 50, 50, 300)))
        _vouch_somehow(zone, rng, leaf)
        if not zone.signed and zone.ds not in ("none", "lost") and rng.random() < 0.8:
            zone.ds = "none"
        if zone.signed:
            _break_somehow(zone, rng, tables, leaf)
            _place(zone, plan, tables)
        zone.parent.children.append(zone)
        plan.zones.append(zone)
    return plan
