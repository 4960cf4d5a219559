"""NSD and knotd beside Windlass: the same zone files, so that answers can be compared."""
import os
import subprocess

from ..internet import wire
from ..internet.servers import InternetError, Knot, die_with_parent, stop_process, tool
from ..internet.zones import Host

NSD_CONFIGURATION = """server:
{addresses}
    username: ""
    chroot: ""
    zonesdir: "{folder}"
    logfile: "{folder}/nsd.log"
    pidfile: "{folder}/nsd.pid"
    xfrdfile: "{folder}/xfrd.state"
    xfrdir: "{folder}"
    zonelistfile: "{folder}/zone.list"
    database: ""
    server-count: 1
    ipv4-edns-size: {payload}
    minimal-responses: yes
    hide-version: yes
    round-robin: no
remote-control:
    control-enable: no
"""


class Nsd:
    """One nsd process on a port of one address, serving {zone: file}."""

    def __init__(self, folder, port, zone_files, payload=1232, address="127.0.0.1", others=()):
        """others: further addresses, the same port."""
        os.makedirs(folder, exist_ok=True)
        self.folder, self.port, self.zone_files, self.process = folder, port, zone_files, None
        self.address = address
        self.config = os.path.join(folder, "nsd.conf")
        with open(self.config, "w", encoding="ascii") as file:
            file.write(NSD_CONFIGURATION.format(folder=folder, port=port, payload=payload, addresses="\n".join(
                f"    ip-address: {each}@{port}" for each in (address, *others))))
            for zone, path in zone_files.items():
                file.write(f'zone:\n    name: "{zone}"\n    zonefile: "{path}"\n')

    def start(self):
        self.process = subprocess.Popen([tool("nsd"), "-d", "-c", self.config], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=die_with_parent)

    def answers(self):
        if self.process.poll() is not None:
            raise InternetError(f"nsd ended: {self.said()}")
        try:
            replies = [wire.ask(zone, "SOA", self.address, self.port, timeout=0.3) for zone in self.zone_files]
        except (OSError, ValueError):
            return False
        return all(reply.rcode == "NOERROR" for reply in replies)

    def said(self):
        try:
            with open(os.path.join(self.folder, "nsd.log"), encoding="utf-8", errors="replace") as log:
                return log.read().strip()[-400:]
        except OSError:
            return "nothing in its log"

    def signal(self, number):
        """To all its processes: those that answer are children of the one that was started."""
        for pid in self._family(self.process.pid):
            os.kill(pid, number)

    def _family(self, pid):
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            children = [int(word) for word in file.read().split()]
        return [pid] + [each for child in children for each in self._family(child)]

    def stop(self):
        if self.process is not None:
            stop_process(self.process)


def knot(folder, port, zone_files):
    return Knot(Host("peer", "127.0.0.1"), port, folder, zone_files)


class Peers:
    """A context manager: NSD and knotd with the same zones; ports by name."""

    def __init__(self, folder, zone_files, free_port):
        self.servers = {"nsd": Nsd(os.path.join(folder, "nsd"), free_port(), zone_files),
                        "knot": knot(os.path.join(folder, "knot"), free_port(), zone_files)}

    def __enter__(self):
        try:
            for name, server in self.servers.items():
                server.start()
            for name, server in self.servers.items():
                if not wire.wait_until(server.answers, 10):
                    raise InternetError(f"{name} does not serve the zones: {getattr(server, 'said', str)()}")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for server in self.servers.values():
            server.stop()

    def port(self, name):
        return self.servers[name].port
