"""The servers that are measured, one class a kind: started pinned to the server's core, on 127.0.0.1 port 5300."""
import os
import subprocess
from contextlib import contextmanager

from ..internet import wire
from ..internet.servers import SEARCH, START_SECONDS, InternetError, die_with_parent, stop_process
from ..whole.windlass import Windlass
from .local import ZONE, write_zone

PORT = 5300
CACHE_MB = 256
SERVER_CORE, LOAD_CORE = 0, 1
HERE = os.path.dirname(os.path.abspath(__file__))


@contextmanager
def on_core(core):
    """What is started inside runs on this core alone."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


class WindlassSubject:
    def __init__(self, bench, folder, **more):
        settings = {"workers": 1, "cache": {"size": f"{CACHE_MB}M"}, **more}
        self._windlass = Windlass(bench.programs, bench.net, folder, settings, port=PORT)

    pid = property(lambda self: self._windlass.process.pid)

    def start(self):
        with on_core(SERVER_CORE):
            self._windlass.start()

    def stop(self):
        self._windlass.stop()
        self._windlass.check_log()


def parents():
    """[(process, its parent)]"""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
                found.append((int(pid), int(file.read().rsplit(")", 1)[1].split()[1])))
        except OSError:
            continue
    return found


def zone_file(bench):
    """The local zone, written when first needed."""
    path = os.path.join(bench.folder, "local.zone")
    if not os.path.exists(path):
        write_zone(path)
    return path


class WindlassLocal(WindlassSubject):
    """Windlass with the authoritative plugin, which imports the zone before it is ready."""

    def __init__(self, bench, folder):
        config = {"store": "zones", "zones": [{"name": ZONE, "file": zone_file(bench)}]}
        super().__init__(bench, folder, plugins=[{"name": "auth", "path": bench.programs.auth, "config": config}])


class _Process:
    """A program that says nothing when it is ready: it is up when it answers."""

    def __init__(self, folder):
        os.makedirs(folder, exist_ok=True)
        self.folder, self.process, self.log = folder, None, os.path.join(folder, "log")

    pid = property(lambda self: self.process.pid)

    def start(self):
        path = os.environ.get("PATH", "") + ":" + SEARCH
        with on_core(SERVER_CORE), open(self.log, "wb") as log:
            self.process = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            env={**os.environ, "PATH": path}, preexec_fn=die_with_parent)
        if not wire.wait_until(lambda: self._ended() or self._answers(), START_SECONDS) or self._ended():
            self.stop()
            with open(self.log, encoding="utf-8", errors="replace") as log:
                raise InternetError(f"{self.command()[0]} does not answer: {log.read().strip()[-300:]}")

    def _ended(self):
        return self.process.poll() is not None

    def _answers(self):
        try:
            wire.exchange_udp(wire.query(".", "NS"), "127.0.0.1", PORT, timeout=0.5)
        except OSError:
            return False
        return True

    def stop(self):
        stop_process(self.process)


class _Peer(_Process):
    """Another server, its configuration made from the file of that name in peers/."""

    config = ""

    def __init__(self, folder, **values):
        super().__init__(folder)
        with open(os.path.join(HERE, "peers", self.config), encoding="ascii") as file:
            template = file.read()
        self.path = os.path.join(folder, self.config)
        with open(self.path, "w", encoding="ascii") as file:
            file.write(template.format(port=PORT, folder=folder, **values))


class UnboundSubject(_Peer):
    config = "unbound.conf"

    def __init__(self, bench, folder, prefetch_key="no"):
        super().__init__(folder, message_cache=CACHE_MB // 3, rrset_cache=CACHE_MB - CACHE_MB // 3,
                         prefetch_key=prefetch_key, hints=bench.net.hints, anchor=bench.net.anchor_ds)

    def command(self):
        return ["unbound", "-d", "-c", self.path]


class UnboundPrefetchKey(UnboundSubject):
    def __init__(self, bench, folder):
        super().__init__(bench, folder, prefetch_key="yes")


class KnotResolverSubject(_Peer):
    config = "kresd.lua"

    def __init__(self, bench, folder):
        super().__init__(folder, cache=CACHE_MB, hints=bench.net.hints, anchor_dnskey=bench.net.anchor_dnskey)

    def command(self):
        return ["kresd", "-n", "-c", self.path, self.folder]


class RecursorSubject(_Peer):
    config = "recursor.conf"

    def __init__(self, bench, folder):
        super().__init__(folder, hints=bench.net.hints)
        with open(bench.net.anchor_ds, encoding="ascii") as file:
            owner, *_, tag, algorithm, digest_type, digest = file.read().split()
        with open(os.path.join(folder, "recursor.lua"), "w", encoding="ascii") as file:
            file.write(f'clearTA()\naddTA("{owner}", "{tag} {algorithm} {digest_type} {digest}")\n')

    def command(self):
        return ["pdns_recursor", f"--config-dir={self.folder}"]


class BindSubject(_Peer):
    config = "named.conf"

    def __init__(self, bench, folder):
        super().__init__(folder, cache=CACHE_MB, hints=bench.net.hints, anchor_named=bench.net.anchor_delv)

    def command(self):
        return ["named", "-f", "-4", "-n", "1", "-c", self.path]


class NsdSubject(_Peer):
    config = "nsd.conf"

    def __init__(self, bench, folder):
        super().__init__(folder, zone=ZONE, file=zone_file(bench))

    def command(self):
        return ["nsd", "-d", "-c", self.path]

    @property
    def pid(self):
        """Of the process that answers: a child of a child of the one that was started."""
        pid = self.process.pid
        while True:
            children = [child for child, parent in parents() if parent == pid]
            if not children:
                return pid
            pid = children[-1]


class EchoSubject(_Process):
    """Answers with as many octets as Windlass answered with in the same workload."""

    def __init__(self, bench, folder):
        super().__init__(folder)
        self._command = [os.path.join(bench.tools, "echo"), "127.0.0.1", str(PORT), str(bench.answer_octets)]

    def command(self):
        return self._command


SUBJECTS = {"windlass": WindlassSubject, "unbound": UnboundSubject, "unbound prefetch-key": UnboundPrefetchKey,
            "knot resolver": KnotResolverSubject, "powerdns recursor": RecursorSubject, "bind": BindSubject,
            "windlass local": WindlassLocal, "nsd": NsdSubject, "echo": EchoSubject}
