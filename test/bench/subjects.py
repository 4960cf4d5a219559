"""The servers that are measured, one class a kind: started pinned to the server's core, on 127.0.0.1 port 5300."""
import os
import subprocess
from contextlib import contextmanager

from ..internet import wire
from ..internet.servers import SEARCH, START_SECONDS, InternetError, die_with_parent, stop_process
from ..whole.windlass import Windlass

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
    def __init__(self, bench, folder):
        settings = {"workers": 1, "cache": {"size": f"{CACHE_MB}M"}}
        self._windlass = Windlass(bench.programs, bench.net, folder, settings, port=PORT)

    pid = property(lambda self: self._windlass.process.pid)

    def start(self):
        with on_core(SERVER_CORE):
            self._windlass.start()

    def stop(self):
        self._windlass.stop()
        self._windlass.check_log()


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


class UnboundSubject(_Process):
    def __init__(self, bench, folder, prefetch_key="no"):
        super().__init__(folder)
        with open(os.path.join(HERE, "peers", "unbound.conf"), encoding="ascii") as file:
            template = file.read()
        self._config = os.path.join(folder, "unbound.conf")
        with open(self._config, "w", encoding="ascii") as file:
            file.write(template.format(port=PORT, message_cache=CACHE_MB // 3, rrset_cache=CACHE_MB - CACHE_MB // 3,
                                       prefetch_key=prefetch_key, hints=bench.net.hints, anchor=bench.net.anchor_ds,
                                       folder=folder))

    def command(self):
        return ["unbound", "-d", "-c", self._config]


class UnboundPrefetchKey(UnboundSubject):
    def __init__(self, bench, folder):
        super().__init__(bench, folder, prefetch_key="yes")


class EchoSubject(_Process):
    """Answers with as many octets as Windlass answered with in the same workload."""

    def __init__(self, bench, folder):
        super().__init__(folder)
        self._command = [os.path.join(bench.tools, "echo"), "127.0.0.1", str(PORT), str(bench.answer_octets)]

    def command(self):
        return self._command


SUBJECTS = {"windlass": WindlassSubject, "unbound": UnboundSubject, "unbound prefetch-key": UnboundPrefetchKey,
            "echo": EchoSubject}
