"""./dev demo as it is: exit code 0 and nothing left behind, whether it ends by itself or is ended."""
import os
import signal
import subprocess
import sys
import tempfile
import time

from .suite import Suite, check, equal, matches

suite = Suite("demonstration")
SECONDS = 60


def hear_signals():
    """A shell's background job is born deaf to SIGINT, and so would be what it starts."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def start(lab, folder, *options):
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    return subprocess.Popen([sys.executable, "-B", "-m", "test.whole.demo", "--windlass", lab.programs.windlass,
                             "--windlassctl", lab.programs.windlassctl, *options], cwd=root, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env={**os.environ, "TMPDIR": folder},
                            preexec_fn=hear_signals)


def left_behind(folder):
    """Processes whose command line names the folder, and files in it."""
    found = os.listdir(folder)
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                if folder.encode() in file.read():
                    found.append(f"process {pid}")
        except OSError:
            continue
    return found


@suite.test("all rows hold, and it leaves nothing behind")
def _whole(lab):
    with tempfile.TemporaryDirectory(prefix="windlass-outer-") as folder:
        demo = start(lab, folder)
        try:
            out, _ = demo.communicate(timeout=SECONDS)
        except subprocess.TimeoutExpired:
            demo.kill()
            raise
        failed = [line for line in out.splitlines() if line.startswith("FAIL")]
        check(demo.returncode == 0 and not failed, f"exit code {demo.returncode}: {'; '.join(failed)[:800] or out[-400:]}")
        matches(out, r"\n\d+ passed, 0 failed\s*$", "last line")
        equal(left_behind(folder), [], "left behind")


def ended_by(lab, number):
    with tempfile.TemporaryDirectory(prefix="windlass-outer-") as folder:
        demo = start(lab, folder)
        time.sleep(2.0)
        demo.send_signal(number)
        demo.communicate(timeout=15)
        check(demo.returncode != 0, "exit code 0 though it was ended")
        equal(left_behind(folder), [], "left behind")


suite.table((signal.SIGINT, signal.SIGTERM), ended_by, title=lambda number: f"ended by {number.name}: nothing left behind")
