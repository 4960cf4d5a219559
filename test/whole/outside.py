"""A public zone of the test's own: knotd serves a signed root, nsd an unsigned zone below it, and a Windlass asks them."""
import os

from ..internet import wire
from .authorities import Nsd
from .local import auth_plugin, load
from .rolling import RollingRoot
from .suite import check
from .windlass import Windlass

ADDRESS, ZONE = "127.9.0.3", "outside."
HEAD = f"{ZONE} 3600 SOA ns.{ZONE} hostmaster.{ZONE} 1 3600 600 864000 60\n{ZONE} 3600 NS ns.{ZONE}\nns.{ZONE} 3600 A {ADDRESS}\n"
LOCAL = "lab.home.arpa."


class Outside:
    """A context manager that gives the Windlass. records: of ZONE, besides its head; local: records of a local zone LOCAL;
    root: further records of the root."""

    def __init__(self, lab, records, local="", root="", **settings):
        count = lab.kept["outsides"] = lab.kept.get("outsides", 0) + 1
        folder = os.path.join(lab.folder, f"outside-{count}")
        os.makedirs(folder)
        self.root = RollingRoot(os.path.join(folder, "root"),
                                more=f"{ZONE} 3600 NS ns.{ZONE}\nns.{ZONE} 3600 A {ADDRESS}\n" + root)
        path = os.path.join(folder, "outside.zone")
        with open(path, "w", encoding="ascii") as file:
            file.write(HEAD + records)
        self.nsd = Nsd(os.path.join(folder, "nsd"), self.root.port, {ZONE: path}, address=ADDRESS)
        self.local = local
        self.windlass = Windlass(lab.programs, self.root, os.path.join(folder, "windlass"),
                                 {"workers": 2, "plugins": auth_plugin(lab), **settings})

    def __enter__(self):
        self.root.__enter__()
        self.nsd.start()
        check(wire.wait_until(self.nsd.answers, 10), f"nsd does not answer: {self.nsd.said()}")
        self.windlass.__enter__()
        if self.local:
            load(self.windlass, LOCAL, "@ 3600 SOA ns h 1 3600 600 864000 50\n@ 3600 NS ns\nns 3600 A 192.0.2.1\n" + self.local)
        return self.windlass

    def __exit__(self, *failure):
        try:
            self.windlass.__exit__(*failure)
        finally:
            self.nsd.stop()
            self.root.stop()
