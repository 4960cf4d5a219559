"""Lab: what the tests share: one mini-Internet, and one Windlass for all tests that leave it as it was."""
import os
import shutil
import tempfile

from ..internet import MiniInternet
from .windlass import Windlass, WindlassError


class Lab:
    """A context manager; the mini-Internet is built when first needed."""

    def __init__(self, programs):
        self.programs = programs
        self.folder = tempfile.mkdtemp(prefix="windlass-test-")
        self._net, self._shared, self._made = None, None, 0
        self.kept, self._ending = {}, []                # what several tests of one topic share, and its servers

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self._shared is not None:
            self._shared.stop()
        for windlass in self._ending:
            windlass.stop()
        if self._net is not None:
            self._net.down()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def net(self):
        if self._net is None:
            self._net = MiniInternet(os.path.join(self.folder, "internet")).__enter__()
        return self._net

    def fresh(self, **settings):
        """A Windlass of its own for one test, not yet started: use it with `with`, or launch() it."""
        self._made += 1
        return Windlass(self.programs, self.net, os.path.join(self.folder, f"windlass-{self._made}"), settings)

    @property
    def shared(self):
        """The Windlass whose state no test changes; started anew when it fell."""
        if self._shared is not None and not self._shared.alive():
            fallen, self._shared = self._shared, None
            fallen.check_log()
            raise WindlassError(f"the shared windlass is gone: {fallen.log_tail()}")
        if self._shared is None:
            self._shared = self.fresh()
            self._shared.start()
        return self._shared

    def at_end(self, windlass):
        """A Windlass that several tests use is stopped and judged with the shared one."""
        self._ending.append(windlass)

    def end_shared(self):
        """Stops the shared Windlass and those of at_end(); WindlassError when one did not end well."""
        while self._ending:
            windlass = self._ending.pop()
            windlass.stop()
            windlass.check_log()
        if self._shared is not None:
            ended, self._shared = self._shared, None
            ended.stop()
            ended.check_log()
