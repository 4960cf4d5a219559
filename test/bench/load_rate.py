"""./dev bench --load [RECORDS]: how fast a zone file becomes a zone that is served, and how soon it is served again after SIGKILL."""
import os
import subprocess
import sys
import threading
import time

from ..internet import InternetError, wire
from ..whole.windlass import Windlass
from .local import ZONE, local_names, write_zone

LOAD_SECONDS = 600


class Loading:
    """One server with the plugin and an empty store."""

    def __init__(self, bench, folder):
        plugin = {"name": "auth", "path": bench.programs.auth, "config": {"store": "zones"}}
        self.windlass = Windlass(bench.programs, bench.net, folder, {"plugins": [plugin]})

    def command(self, *words):
        """Runs windlassctl; returns its stdout. What it says of its progress goes to our stderr."""
        done = subprocess.Popen([self.windlass.programs.windlassctl, "--socket", self.windlass.settings["control"]["socket"],
                                 *words], stdout=subprocess.PIPE, stderr=sys.stderr, text=True)
        out, _ = done.communicate(timeout=LOAD_SECONDS)
        if done.returncode != 0:
            raise InternetError(f"windlassctl {' '.join(words)}: exit {done.returncode}")
        return out

    def answered(self, name, seconds):
        def holds():
            try:
                return bool(self.windlass.ask(name, timeout=0.2).answer)
            except OSError:
                return False
        return wire.wait_until(holds, seconds, step=0.002)


class Watch:
    """Asks one name all the while: how long the slowest answer took."""

    def __init__(self, windlass, name):
        self.windlass, self.name, self.slowest, self.ended = windlass, name, 0.0, threading.Event()
        self.thread = threading.Thread(target=self._ask)

    def _ask(self):
        while not self.ended.is_set():
            began = time.monotonic()
            self.windlass.ask(self.name, timeout=10)
            self.slowest = max(self.slowest, time.monotonic() - began)
            time.sleep(0.002)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.thread.join()


def measure(bench, records, say):
    """Prints one table: load, load again, restart after SIGKILL."""
    zone_file = os.path.join(bench.folder, "large.zone")
    records = write_zone(zone_file, records)
    last = local_names(records - 3)[-1]
    loading = Loading(bench, os.path.join(bench.folder, "loading"))
    rows = []
    with loading.windlass:
        loading.command("zone", "create", ZONE)
        for what in ("first load", "the same again"):
            with Watch(loading.windlass, f"ns1.{ZONE}") as watch:
                began = time.monotonic()
                say(loading.command("zone", "load", ZONE, zone_file).strip().replace("\n", "; "))
                took = time.monotonic() - began
            if not loading.answered(last, 1):
                raise InternetError(f"{last} is not answered after the load")
            rows.append((what, took, watch.slowest))
        loading.windlass.process.kill()
        loading.windlass.process.wait()
        began = time.monotonic()
        loading.windlass.launch()
        if not loading.answered(last, 60):
            raise InternetError("does not answer after SIGKILL")
        restart = time.monotonic() - began
        store = os.path.join(loading.windlass.settings["state_dir"], "zones")
        octets = {name: os.stat(os.path.join(store, name)).st_blocks * 512 for name in sorted(os.listdir(store))
                  if name.endswith(".mdb")}
    lines = [f"{records:,} records, {os.path.getsize(zone_file) / 1e6:.0f} MB of zone file", "",
             "| | seconds | records/s | slowest answer meanwhile, ms |", "|---|---|---|---|"]
    lines += [f"| {what} | {took:.2f} | {records / took:,.0f} | {slowest * 1000:.0f} |" for what, took, slowest in rows]
    lines += [f"| restart after SIGKILL to the first answer | {restart:.2f} | | |", "",
              "store: " + ", ".join(f"{name} {size / 1e6:.0f} MB" for name, size in octets.items())]
    print("\n".join(lines))
