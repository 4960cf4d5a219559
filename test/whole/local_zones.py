"""Zone files of local zones for the tests: one of every shape a lookup can meet, unsigned and signed in three ways."""
import os

from ..internet import signing
from ..internet.zones import Zone

HOME = "home.example."          # its parent in the mini-Internet is signed and denies it


def _text(owner, count, length):
    return "\n".join(f'{owner} TXT "{i:03d}{"x" * length}"' for i in range(count))


# Relative names only, so that one text serves every zone.
SHAPES = r"""
$TTL 3600
@            SOA   ns1 hostmaster 7 3600 600 864000 300
@            NS    ns1
@            NS    NS2
@            NS    ns.outside.example.
@            A     192.0.2.1
@            MX    10 mail
@            MX    20 mail.outside.example.
@            CAA   0 issue "ca.example"
ns1          A     192.0.2.53
ns1          AAAA  2001:db8::53
NS2          A     192.0.2.54
mail         A     192.0.2.25
www          A     192.0.2.80
www          AAAA  2001:db8::80
www          HTTPS 1 . alpn="h2,h3"
MiXeD        A     192.0.2.81
short    60  A     192.0.2.82
two          A     192.0.2.83
two          A     192.0.2.84
svc          SVCB  1 target alpn=h2
target       A     192.0.2.85
target       AAAA  2001:db8::85
svcalias     SVCB  0 svc
_sip._tcp    SRV   0 5 5060 sip
_sip._tcp    SRV   0 5 5060 sip.outside.example.
sip          A     192.0.2.86
alias        CNAME www
alias2       CNAME alias
alias-ent    CNAME ent
alias-none   CNAME nothing
alias-out    CNAME www.outside.example.
alias-cut    CNAME www.cut
alias-wild   CNAME x.wild
alias-dname  CNAME x.dname
loop1        CNAME loop2
loop2        CNAME loop1
self         CNAME self
*.wild       TXT   "from a wildcard"
*.wild       MX    5 mail
exists.wild  A     192.0.2.87
deep.ent.wild A    192.0.2.88
*.wildalias  CNAME www
*.wildout    CNAME www.outside.example.
a.b.ent      A     192.0.2.90
star.*.mid   A     192.0.2.91
*.*.twice    A     192.0.2.92
dname        DNAME tree
dname        A     192.0.2.93
tree         A     192.0.2.94
x.tree       A     192.0.2.95
y.tree       CNAME www
dname-out    DNAME outside.example.
dname-long   DNAME aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb.cccccccccccccccccccccccccccccccccccccccccccccccccc
cut          NS    ns.cut
cut          NS    ns.cut2
cut          NS    ns.outside.example.
ns.cut       A     192.0.2.101
ns.cut       AAAA  2001:db8::101
under.cut    TXT   "occluded"
cut2         NS    ns.cut2
ns.cut2      A     192.0.2.102
vouched      NS    ns.vouched
vouched      DS    12345 13 2 5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a
ns.vouched   A     192.0.2.103
unglued      NS    ns.outside.example.
low.er.cut3  NS    ns1
a\.b         TXT   "a dot in a label"
\000zero     TXT   "NUL"
\001one      TXT   "SOH"
sp\032ace    TXT   "space"
\255high     TXT   "octet 255"
unknown      TYPE65280 \# 4 01020304
info         HINFO "box" "system"
spot         LOC   52 22 23.000 N 4 53 32.000 E -2.00m 0.00m 10000m 10m
tls._tcp     TLSA  3 1 1 5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a
ssh          SSHFP 4 2 5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a
order        NAPTR 10 20 "S" "SIP+D2U" "" _sip._tcp
back         PTR   www
""" + _text("medium", 4, 200) + "\n" + _text("large", 9, 240) + "\n" + _text("huge", 60, 240) + "\n"

QUESTION_TYPES = ("A", "TXT", "NS", "DS", "MX", "CNAME", "SOA", "DNSKEY", "NSEC", "HTTPS")

#          zone                     denial     signed
SHAPED = (("plain.local.example.", "",        False),
          ("nsec.local.example.",  "nsec",    True),
          ("nsec3.local.example.", "nsec3",   True),
          ("optout.local.example.", "optout", True))


def small(zone, serial=1, more=""):
    """A zone of a few names; `more` stands below."""
    return f"""$ORIGIN {zone}
$TTL 300
@ SOA ns1 hostmaster {serial} 3600 600 864000 60
@ NS ns1
ns1 A 192.0.2.53
www A 192.0.2.80
{more}"""


# Aliases and delegations that lead out of the zone, into the mini-Internet.
HOME_ZONE = small(HOME, more="""out     CNAME www.p256.example.
unsigned CNAME www.unsigned.example.
nowhere CNAME no.p256.example.
bogus   CNAME www.expired.example.
chain   CNAME to-bogus.p256.example.
tree    DNAME p256.example.
*.wild  CNAME www.p384.example.
loop    CNAME to-home-loop.p256.example.
sub     NS    ns1.sub
ns1.sub A     127.54.2.1
dead    NS    ns.dead
ns.dead A     127.54.3.1
""")


def write(folder, name, text):
    path = os.path.join(folder, name)
    with open(path, "w", encoding="ascii") as file:
        file.write(text)
    return path


class ZoneFiles:
    """The zones of SHAPED as files, made once; keys[zone] holds the DNSKEY of a signed one."""

    def __init__(self, folder):
        os.makedirs(folder, exist_ok=True)
        self.folder, self.paths, self.keys = folder, {}, {}
        for zone, denial, signed in SHAPED:
            path = write(folder, f"{zone}zone", f"$ORIGIN {zone}\n" + SHAPES)
            self.paths[zone] = self._signed(zone, denial, path) if signed else path

    def _signed(self, zone, denial, path):
        recipe = Zone(zone, 13, denial=denial)
        key = signing.make_key(zone, 13, self.folder, ksk=True)
        self.keys[zone] = key
        signing.sign(recipe, [key], path, path + ".signed")
        return path + ".signed"

    def anchor(self, zone):
        """Trust anchor for delv -a, as a file."""
        key = self.keys[zone]
        name, _, _, _, flags, protocol, algorithm, public = key.text.split()
        return write(self.folder, f"{zone}delv",
                     f'trust-anchors {{ {name} static-key {flags} {protocol} {algorithm} "{public}"; }};\n')
