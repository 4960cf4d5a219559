"""Start, reload and end: signals, questions in flight, a broken file at reload."""
import os
import re
import signal
import threading
import time

from ..internet import wire
from .suite import Suite, check, equal, matches

suite = Suite("life")
TRUSTLESS = {"negative_trust_anchors": [{"name": "expired.example.", "reason": "a test"}]}


@suite.test("start lines: where it listens, metrics, ready, the first dig")
def _start_lines(lab):
    log = lab.shared.read_log()
    for pattern in (rf"listening on 127\.0\.0\.1@{lab.shared.port} \(udp, tcp\)", r"metrics on http://127\.0\.0\.1:\d+/metrics",
                    r"\bready\b", rf"dig @127\.0\.0\.1 -p {lab.shared.port}"):
        matches(log, pattern, "start lines")


def ended_within_two_seconds(windlass, number):
    began = time.monotonic()
    windlass.signal(number)
    windlass.process.wait(5)
    took = time.monotonic() - began
    check(took < 2.0, f"gone after {took:.2f} s")
    equal(windlass.process.returncode, 0, "exit code")


@suite.test("no place for a state folder, and so none for a control socket: a warning of each, and it runs")
def _no_place(lab):
    with lab.fresh(state_dir="/proc/windlass", control=None) as windlass:
        check(windlass.ask("www.p256.example.").ad, "AD of a secure name")
        matches(windlass.read_log(), r"WL-START-005.*/proc/windlass", "of the folder")
        matches(windlass.read_log(), r"WL-START-006.*/proc/windlass/windlass\.sock.*set control\.socket", "of the socket")


def idle(lab, number):
    with lab.fresh() as windlass:
        windlass.ask("www.p256.example.")
        ended_within_two_seconds(windlass, number)


suite.table((signal.SIGTERM, signal.SIGINT), idle, title=lambda number: f"{number.name} when idle: gone within 2 s, exit 0")


@suite.test("SIGTERM before ready")
def _early(lab):
    windlass = lab.fresh()
    windlass.launch()
    time.sleep(0.01)
    code, took = windlass.stop()
    check(took < 2.0 and code in (0, -signal.SIGTERM), f"exit code {code} after {took:.2f} s")


def ask_later(windlass, name, found, **how):
    began = time.monotonic()
    try:
        found[name] = (windlass.ask(name, timeout=8, **how), time.monotonic() - began)
    except (OSError, EOFError) as error:
        found[name] = (error, time.monotonic() - began)


@suite.test("SIGTERM with questions in flight: what can be is answered, the rest gets SERVFAIL and EDE by 1.5 s")
def _in_flight(lab):
    with lab.fresh() as windlass:
        windlass.ask("www.slow.example.")
        found, asking = {}, []
        for name, tcp in (("a.dark.example.", False), ("b.dark.example.", True), ("late.slow.example.", False)):
            asking.append(threading.Thread(target=ask_later, args=(windlass, name, found), kwargs={"tcp": tcp}))
            asking[-1].start()
        time.sleep(0.15)
        ended_within_two_seconds(windlass, signal.SIGTERM)
        for thread in asking:
            thread.join()
    for name in ("a.dark.example.", "b.dark.example."):
        reply, took = found[name]
        check(isinstance(reply, wire.Reply), f"{name}: {reply!r}")
        equal((reply.rcode, reply.ede), ("SERVFAIL", [(14, "the resolver is shutting down")]), name)
        check(took < 1.9, f"{name}: answered after {took:.2f} s")
    reply, _ = found["late.slow.example."]
    equal(getattr(reply, "rcode", reply), "NOERROR", "late.slow.example.")


@suite.test("a server that never answers: SERVFAIL with EDE in the time of a request")
def _dark(lab):
    began = time.monotonic()
    reply = lab.shared.ask("www.dark.example.", timeout=12)
    took = time.monotonic() - began
    equal(reply.rcode, "SERVFAIL", "rcode")
    check(reply.ede, "no EDE")
    check(took < 8.5, f"answered after {took:.2f} s")


@suite.test("SIGHUP: a changed configuration is in force, answers go on")
def _hangup(lab):
    with lab.fresh() as windlass:
        equal(windlass.ask("www.expired.example.").rcode, "SERVFAIL", "before")
        windlass.settings["dnssec"].update(TRUSTLESS)
        windlass.write_config()
        windlass.signal(signal.SIGHUP)
        check(wire.wait_until(lambda: windlass.ask("www.expired.example.").rcode == "NOERROR", 3), "not in force after 3 s")
        equal(windlass.metric("config_last_reload_success"), 1, "config_last_reload_success")


@suite.test("a broken configuration at reload: the command says where, the old state stays")
def _broken_reload(lab):
    with lab.fresh(dnssec=TRUSTLESS) as windlass:
        equal(windlass.ask("www.expired.example.").rcode, "NOERROR", "before")
        windlass.write_config("listen: [\nworkers: }\n")
        code, out, err = windlass.control("config", "reload")
        equal(code, 1, "exit code")
        matches(out + err, re.escape(windlass.config) + r":\d+:\d+", "the place")
        equal(windlass.metric("config_last_reload_success"), 0, "config_last_reload_success")
        windlass.signal(signal.SIGHUP)
        time.sleep(0.2)
        equal(windlass.ask("www.expired.example.").rcode, "NOERROR", "afterwards")
        windlass.write_config()
        equal(windlass.control("config", "reload")[0], 0, "exit code with the sound file")
        equal(windlass.metric("config_last_reload_success"), 1, "config_last_reload_success")


@suite.test("ten reloads under questions lose none")
def _reload_under_load(lab):
    with lab.fresh() as windlass:
        lost, ended = [], threading.Event()

        def keep_asking():
            while not ended.is_set():
                try:
                    if windlass.ask("www.p256.example.", timeout=2).rcode != "NOERROR":
                        lost.append("rcode")
                except OSError as error:
                    lost.append(str(error))

        thread = threading.Thread(target=keep_asking)
        thread.start()
        for _ in range(10):
            windlass.commanded("config", "reload")
        ended.set()
        thread.join()
        check(not lost, f"{len(lost)} lost: {lost[:3]}")


@suite.test("no free descriptor is lost over 200 questions and 50 connections")
def _descriptors(lab):
    with lab.fresh() as windlass:
        windlass.ask("www.p256.example.", tcp=True)
        count = lambda: len(os.listdir(f"/proc/{windlass.process.pid}/fd"))
        before = count()
        for i in range(200):
            windlass.ask(f"d{i}.wild.p256.example.", "TXT")
        for i in range(50):
            windlass.ask(f"e{i}.wild.p256.example.", "TXT", tcp=True)
        check(wire.wait_until(lambda: count() <= before + 12, 3), f"{before} before, {count()} after")
