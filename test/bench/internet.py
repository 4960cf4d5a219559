"""The mini-Internet with one more TLD, `bench.`, and below it many small signed zones of ten names each."""
from ..internet import MiniInternet
from ..internet.signing import ds_records
from ..internet.zones import HOSTS, ZONES, Zone

TLD = Zone("bench.", 13, hosts=("tld-a", "tld-b"), split_keys=True)
NAMES_A_ZONE = 10
SERVED_BY = ("root-a", "root-b", "tld-a", "tld-b", "zones-a", "zones-b")
RECORDS = "\n".join(f"n{i} A 192.0.2.{100 + i}" for i in range(NAMES_A_ZONE)) + "\n"


def zone_name(number):
    return f"z{number:05d}.{TLD.name}"


def names_of(number):
    return [f"n{i}.{zone_name(number)}" for i in range(NAMES_A_ZONE)]


class BenchInternet(MiniInternet):
    """Root, one TLD and `count` zones signed with ECDSA P-256, on port 53: for a network namespace of its own."""

    def __init__(self, folder, count):
        super().__init__(folder, 53)
        self.hosts = [each for each in HOSTS if each.name in SERVED_BY]
        # The TLD names its children itself: a search for the parent of each would be quadratic.
        self.children = [Zone(zone_name(i), 13, records=RECORDS, delegated=False) for i in range(count)]
        self.zones = [zone for zone in ZONES if zone.name == "."] + [TLD] + self.children

    def _zone_lines(self, zone):
        lines = super()._zone_lines(zone)
        if zone is TLD:
            for child in self.children:
                lines += self._delegation(child) + ds_records(child, self.keys[child.name])
        return lines
