"""A scratch copy of the sources in which one mutant after the other is built and tested."""
import os
import re
import shutil
import subprocess

from . import table

UNIT, PLAYER = "test/unit/unit_validator", "test/scenario/player"
ABOVE = "test/unit/unit_resolver"          # built only for what the others let pass, and only where it can notice
ABOVE_FOLDERS = ("resolver/", "cache/")
TARGETS = (UNIT, PLAYER)
SIMULATE = "test/simulate/simulate"        # built only for bugs planted for it
RUN = ("--questions", "1500", "--zones", "40")
SEEDS = (*RUN, "--seed", "1", "--seeds", "40", "--until-failure")
TIMEOUT_S = 300
SIMULATION_TIMEOUT_S = 900
OPTIONS = ("-Dbuildtype=plain", "-Doptimization=0", "-Ddebug=false", "-Dwerror=false", "-Dbench_tools=false",
           "-Dcpp_args=-D_GLIBCXX_ASSERTIONS")
FAILED_CASE = re.compile(r"^-{70,}\n(.+?)\n(?:  .*\n)*-{70,}$", re.M)
FAILED_SEED = re.compile(r"^FAIL seed (\d+) workers (\d).*\n  (\w+): ", re.M)
FAILED_SCENARIO = re.compile(r"^FAIL (\S+?):", re.M)


class Broken(Exception):
    """The workshop itself does not work: nothing can be said of mutants."""


def run(words, cwd, timeout=None, env=None):
    try:
        done = subprocess.run(words, cwd=cwd, timeout=timeout, env=env, text=True, errors="replace",
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return done.returncode, done.stdout
    except subprocess.TimeoutExpired:
        return None, ""


def tracked(root):
    """Files of the work tree that are not ignored, new ones too."""
    code, out = run(["git", "ls-files", "-co", "--exclude-standard"], root)
    if code != 0:
        raise Broken("the mutants need a git work tree: " + out)
    return [path for path in out.split("\n") if path and os.path.isfile(os.path.join(root, path))]


def write_if_other(path, text):
    """Keeps the time of what is the same, so that it is not built again."""
    try:
        with open(path, "rb") as file:
            if file.read() == text:
                return
    except OSError:
        os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(text)


class Workshop:
    def __init__(self, root, number, scenarios, simulated):
        """`simulated`: it only tries bugs planted for the simulation."""
        self.root = root
        self.source = os.path.join(root, "build", "mutation", str(number), "source")
        self.build = os.path.join(root, "build", "mutation", str(number), "build")
        self.scenarios = scenarios
        self.simulated = simulated
        self.sound = os.path.join(root, "build", "mutation", str(number), "simulate")
        self.env = dict(os.environ, CCACHE_BASEDIR=self.source, CCACHE_NOHASHDIR="1")

    def prepare(self):
        """A copy of the sources as they stand, built and passing. Raises Broken."""
        wanted = tracked(self.root)
        for path in wanted:
            with open(os.path.join(self.root, path), "rb") as file:
                write_if_other(os.path.join(self.source, path), file.read())
        for folder, _, names in os.walk(self.source):
            for name in names:
                path = os.path.relpath(os.path.join(folder, name), self.source)
                if path not in set(wanted):
                    os.remove(os.path.join(folder, name))
        self.set_up()
        code, out = self.ninja((SIMULATE,) if self.simulated else TARGETS)
        if code != 0:
            raise Broken("the sources do not build:\n" + out[-4000:])
        if self.simulated:
            shutil.copy(os.path.join(self.build, SIMULATE), self.sound)
        elif killer := self.killed_by(self.scenarios):
            raise Broken("the tests fail without a mutant: " + killer)

    def set_up(self):
        if os.path.exists(os.path.join(self.build, "build.ninja")):
            return
        shutil.rmtree(self.build, ignore_errors=True)
        linker = next((name for name in ("lld", "gold") if shutil.which("ld." + name)), None)
        fast = ["-Dcpp_link_args=-fuse-ld=" + linker] if linker else []
        code, out = run(["meson", "setup", self.build, *OPTIONS, *fast], self.source, env=self.env)
        if code != 0:
            raise Broken("meson setup:\n" + out[-4000:])

    def ninja(self, targets):
        return run(["ninja", "-C", self.build, *targets], self.source, env=self.env)

    def killed_by_unit(self, program):
        code, out = run([os.path.join(self.build, program), "--abort"], self.source, TIMEOUT_S)
        if code is None:
            return "unit tests, which do not end"
        if code != 0:
            name = FAILED_CASE.search(out)
            return "unit: " + (" ".join(name.group(1).split()) if name else "ended by %d" % code)
        return None

    def found_by_seeds(self):
        """The property that does not hold, and in which run; None: all hold in all, or not even without the bug."""
        code, out = run([os.path.join(self.build, SIMULATE), *SEEDS], self.source, SIMULATION_TIMEOUT_S)
        if code == 0:
            return None
        found = FAILED_SEED.search(out)
        if found:
            seed = (*RUN, "--seed", found.group(1), "--workers", found.group(2), "--until-failure")
            if run([self.sound, *seed], self.source, SIMULATION_TIMEOUT_S)[0] != 0:
                raise Broken("seed %s fails without a mutant" % found.group(1))
            return "simulation: %s, seed %s with workers %s" % (found.group(3), found.group(1), found.group(2))
        return "simulation, which does not end" if code is None else "simulation: ended by %d" % code

    def killed_by(self, scenarios):
        """The test that fails, in words; None: all pass."""
        if killer := self.killed_by_unit(UNIT):
            return killer
        files = [os.path.join("test", "scenario", name + ".rpl") for name in scenarios]
        code, out = run([os.path.join(self.build, PLAYER), *files], self.source, TIMEOUT_S)
        if code is None:
            return "scenarios, which do not end"
        if code != 0:
            name = FAILED_SCENARIO.search(out)
            return "scenario: " + (name.group(1) if name else "ended by %d" % code)
        return None

    def try_mutant(self, mutant, own_scenarios):
        """(killer or None, trouble or None). The clause's own scenarios are played first."""
        texts = table.mutated(self.source, mutant)
        kept = {path: table.source(self.source, path) for path in texts}
        try:
            for path, text in texts.items():
                self.put(path, text)
            code, out = self.ninja((SIMULATE,) if self.simulated else TARGETS)
            if code != 0:
                return None, "does not build:\n" + out[-2000:]
            if self.simulated:
                return self.found_by_seeds(), None
            order = own_scenarios + [name for name in self.scenarios if name not in own_scenarios]
            killer = self.killed_by(order)
            if killer is None and any(path.startswith(ABOVE_FOLDERS) for path in texts):
                code, out = self.ninja((ABOVE,))
                if code != 0:
                    return None, "does not build:\n" + out[-2000:]
                killer = self.killed_by_unit(ABOVE)
            return killer, None
        finally:
            for path, text in kept.items():
                self.put(path, text)

    def put(self, path, text):
        with open(os.path.join(self.source, path), "w", encoding="utf-8") as file:
            file.write(text)
