"""The mini-Internet with one more TLD, `bench.`, and below it many small signed zones of ten names each; hostile ones on demand."""
from ..internet import MiniInternet
from ..internet.signing import ds_records
from ..internet.traps import KeyTraps, Padding, nsec3_records
from ..internet.zones import HOSTS, ZONES, Host, Zone, host

TLD = Zone("bench.", 13, hosts=("tld-a", "tld-b"), split_keys=True)
NAMES_A_ZONE = 10
SERVED_BY = ("root-a", "root-b", "tld-a", "tld-b", "zones-a", "zones-b")
RECORDS = "\n".join(f"n{i} A 192.0.2.{100 + i}" for i in range(NAMES_A_ZONE)) + "\n"
TRAP_NAMES = 5
PADDED_RECORDS = 150
PADDED = Zone("padded.bench.", 13, denial="nsec3", delegated=False,
              records="\n".join(f"n{i} A 192.0.2.80" for i in range(2 * PADDED_RECORDS)) + "\n")
# Zones that are asked for what they do not hold, by the names of the workloads.
DENIALS = {denial: Zone(f"{denial}.bench.", 13, denial=denial, delegated=False,
                        records="\n".join(f"n{i} A 192.0.2.80" for i in range(200)) + "\n") for denial in ("nsec", "nsec3")}
PADDING = Host("padding", "127.54.3.9", "padding")


def zone_name(number):
    return f"z{number:05d}.{TLD.name}"


def names_of(number):
    return [f"n{i}.{zone_name(number)}" for i in range(NAMES_A_ZONE)]


def trap_name(number):
    """Every fourth has its trap in the DNSKEY RRset, the others beside their data."""
    return f"t{number:04d}.{TLD.name}"


def trap_place(number):
    return "keys" if number % 4 == 3 else "data"


class BenchInternet(MiniInternet):
    """Root, one TLD and `count` zones signed with ECDSA P-256, on port 53: for a network namespace of its own.

    traps: KeyTrap zones, and with them one whose denials are padded with NSEC3 records.
    """

    def __init__(self, folder, count, traps=0):
        super().__init__(folder, 53)
        self.hosts = [each for each in HOSTS if each.name in SERVED_BY]
        # The TLD names its children itself: a search for the parent of each would be quadratic.
        self.children = [Zone(zone_name(i), 13, records=RECORDS, delegated=False) for i in range(count)]
        self.children += DENIALS.values()
        self.traps = {trap_name(i): trap_place(i) for i in range(traps)}
        if traps:
            self.makes = KeyTraps()
            self.hosts.append(PADDING)
            self.children += [PADDED] + [Zone(name, delegated=False) for name in self.traps]
        self.zones = [zone for zone in ZONES if zone.name == "."] + [TLD] + self.children

    def _servers_of(self, zone):
        return [(f"ns1.{zone.name}", PADDING)] if zone is PADDED else super()._servers_of(zone)

    def _zone_lines(self, zone):
        if zone.name in self.traps:
            servers = [(name, at.address) for name, at in self._servers_of(zone)]
            hosts = [f"n{i}" for i in range(TRAP_NAMES)]
            return self.makes.zone_lines(zone.name, servers, hosts, self.traps[zone.name])
        lines = super()._zone_lines(zone)
        if zone is TLD:
            for child in self.children:
                lines += self._delegation(child) + self._vouched(child)
        return lines

    def _vouched(self, zone):
        if zone.name in self.traps:
            return self.makes.ds_lines(zone.name, self.traps[zone.name])
        return ds_records(zone, self.keys[zone.name])

    def _server(self, each):
        if each is not PADDING:
            return super()._server(each)
        signed = self._zone_file(PADDED)
        return Padding(each, self.port, host("zones-a").address, lambda: nsec3_records(signed, PADDED_RECORDS))
