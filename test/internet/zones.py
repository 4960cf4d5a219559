"""The two tables the mini-Internet is built from: its servers and its zones.

Every level has servers of its own, so each referral is a real one. All names are made for this laboratory.
"""
from dataclasses import dataclass

# Algorithm numbers of RFC 8624 and what ldns-keygen calls them.
ALGORITHMS = {7: "RSASHA1-NSEC3-SHA1", 8: "RSASHA256", 10: "RSASHA512", 13: "ECDSAP256SHA256", 14: "ECDSAP384SHA384",
              15: "ED25519", 16: "ED448"}
UNKNOWN_ALGORITHM = 200
UNKNOWN_DIGEST = 200
SLOW_SECONDS = 0.3        # how long the slow server thinks


@dataclass(frozen=True)
class Host:
    name: str
    address: str
    kind: str = "knot"    # knot, or one of the ill-behaved: silent, slow, garbling (odd.py), hostile, prey (hostile.py)


HOSTS = (
    Host("root-a", "127.54.0.1"),
    Host("root-b", "127.54.0.2"),
    Host("tld-a", "127.54.1.1"),
    Host("tld-b", "127.54.1.2"),
    Host("zones-a", "127.54.2.1"),
    Host("zones-b", "127.54.2.2"),
    Host("lame", "127.54.2.9"),            # holds no zone at all: REFUSED
    Host("six", "::1"),
    Host("dark", "127.54.3.1", "silent"),
    Host("slow", "127.54.3.2", "slow"),
    Host("garbling", "127.54.3.3", "garbling"),
    Host("hostile", "127.54.3.4", "hostile"),
    Host("prey", "127.54.3.5", "prey"),
)


@dataclass(frozen=True)
class Zone:
    """One zone. records: zone file lines below the apex; SOA, NS, glue, delegations and DS are added."""
    name: str
    algorithm: int = 0                      # 0: unsigned
    denial: str = "nsec"                    # nsec | nsec3 | optout
    ds: str = "sha256"                      # how the parent vouches, words joined by "+", see signing.ds_records
    defect: str = ""                        # done to it while or after signing, see signing.DEFECTS
    hosts: tuple = ("zones-a", "zones-b")
    ns: tuple = ()                          # name servers outside the zone; () means ns1, ns2 within it, with glue
    records: str = ""
    iterations: int = 0                     # NSEC3
    split_keys: bool = False                # KSK and ZSK instead of one key for both
    delegated: bool = True                  # its parent knows it


BASIC = """
@       A     192.0.2.1
www     A     192.0.2.80
www     AAAA  2001:db8::80
mail    MX    10 www
alias   CNAME www
*.wild  TXT   "from a wildcard"
a.ent   A     192.0.2.90
"""

RICH = BASIC + """
to-signed    CNAME www.p384.example.
to-unsigned  CNAME www.unsigned.example.
to-bogus     CNAME www.expired.example.
to-nothing   CNAME no-such-name.p384.example.
to-home      CNAME www.home.example.
to-home-loop CNAME loop.home.example.
*.wildalias  CNAME www.p384.example.
*.sentinel   A     192.0.2.70
*.sentinel   AAAA  2001:db8::70
moved        DNAME p384.example.
"""


def _text(strings, length):
    return " ".join(f'"{chr(ord("a") + i % 26) * length}"' for i in range(strings))


def _long_txt(owner, records, length):
    return "\n".join(f'{owner} TXT "{i:03d} {"x" * (length - 4)}"' for i in range(records))


BIG = BASIC + _long_txt("large", 10, 200) + "\n" + _long_txt("huge", 40, 240) + f"\nlong TXT {_text(30, 250)}\n"

CHAIN_LENGTH = 16


def _chain(own, other):
    """Links own, own+2, ... of a CNAME chain that changes the zone with every hop and ends in the victim zone."""
    lines = []
    for link in range(own, CHAIN_LENGTH + 1, 2):
        target = "www.victim.example." if link == CHAIN_LENGTH else f"c{link + 1:02d}.{other}"
        lines.append(f"c{link:02d} CNAME {target}")
    return BASIC + "\n".join(lines) + "\n"


ZONES = (
    Zone(".", 13, hosts=("root-a", "root-b"), split_keys=True),
    Zone("example.", 13, hosts=("tld-a", "tld-b"), split_keys=True),
    Zone("hashed.", 8, "nsec3", hosts=("tld-a", "tld-b"), split_keys=True),
    Zone("optout.", 13, "optout", hosts=("tld-a", "tld-b"), split_keys=True),
    Zone("plain.", hosts=("tld-a", "tld-b")),

    # One a signing algorithm, NSEC and NSEC3.
    Zone("p256.example.", 13, records=RICH),
    Zone("p384.example.", 14, "nsec3", records=BASIC),
    Zone("rsa256.example.", 8, records=BASIC, split_keys=True),
    Zone("rsa512.example.", 10, "nsec3", records=BASIC),
    Zone("ed25519.example.", 15, records=BASIC),
    Zone("ed448.example.", 16, "nsec3", records=BASIC),
    Zone("rsa1.example.", 7, "nsec3", records=BASIC),
    Zone("p256.hashed.", 13, "nsec3", records=BASIC, iterations=5),
    Zone("p256.optout.", 13, records=BASIC),
    Zone("sub.p256.example.", 13, records=BASIC),          # parent and child on the same servers

    # Ways to vouch.
    Zone("sha384ds.example.", 13, ds="sha384", records=BASIC),
    Zone("sha1ds.example.", 13, ds="sha1", records=BASIC),
    Zone("twods.example.", 13, ds="digest200+algorithm200+sha256", records=BASIC),

    # Insecure, each for a reason of its own.
    Zone("unsigned.example.", records=BASIC + "to-signed CNAME www.p256.example.\n"),
    Zone("unsigned.hashed.", records=BASIC),
    Zone("unsigned.optout.", records=BASIC),
    Zone("site.plain.", records=BASIC + "*.sentinel A 192.0.2.70\n"),
    Zone("island.plain.", 13, records=BASIC, ds="none"),
    Zone("newalgo.example.", 13, ds="sha256", defect="unknown-algorithm", records=BASIC),
    Zone("newdigest.example.", 13, ds="digest200", records=BASIC),
    Zone("iterations.hashed.", 13, "nsec3", iterations=300, records=BASIC),

    # Broken, each in a way of its own.
    Zone("expired.example.", 13, defect="expired", records=BASIC),
    Zone("early.example.", 13, "nsec3", defect="early", records=BASIC),
    Zone("wrongds.example.", 13, ds="wrong", records=BASIC),
    Zone("stripped.example.", 13, defect="stripped", records=BASIC),
    Zone("forged.example.", 13, defect="forged", records=BASIC),
    Zone("nodenial.example.", 13, defect="no-denial", records=BASIC),
    Zone("nokeys.example.", ds="wrong", records=BASIC),
    Zone("below.expired.example.", 13, records=BASIC),      # sound itself, under a broken parent

    # Ways to be reached.
    Zone("six.example.", 13, hosts=("six",), records=BASIC),
    Zone("hosting.plain.", records=BASIC + "ns1 A 127.54.2.1\nns2 A 127.54.2.2\n"),
    Zone("glueless.example.", 13, ns=("ns1.hosting.plain.", "ns2.hosting.plain."), records=BASIC),
    Zone("lame.example.", 13, hosts=("lame", "zones-b"), records=BASIC),
    Zone("dark.example.", hosts=("dark",)),
    Zone("slow.example.", hosts=("slow",)),
    Zone("garbled.example.", hosts=("garbling",)),
    Zone("hostile.example.", hosts=("hostile",)),
    Zone("prey.example.", hosts=("prey",)),
    Zone("big.example.", 13, records=BIG),
    Zone("hidden.plain.", delegated=False, records=BASIC),    # only who is told its servers finds it
    Zone("sub.home.example.", delegated=False, records=BASIC),  # delegated by a local zone of the server under test

    # A chain of CNAMEs longer than a request may follow, and the zone it aims at.
    Zone("chain-a.example.", records=_chain(1, "chain-b.example.")),
    Zone("chain-b.example.", records=_chain(2, "chain-a.example.")),
    Zone("victim.example.", 13, records=BASIC),
)


def host(name):
    return next(h for h in HOSTS if h.name == name)


def parent_of(zone):
    """The zone that delegates to this one: the longest other zone that is a suffix of its name."""
    if zone.name == ".":
        return None
    above = [z for z in ZONES if z.name == "." or (z is not zone and zone.name.endswith("." + z.name))]
    return max(above, key=lambda z: len(z.name))


def children_of(zone, zones=ZONES):
    return [z for z in zones if z.delegated and parent_of(z) is zone]
