"""python3 -m test.internet up|build --dir DIR [--port N]"""
import argparse
import signal
import sys
import threading

from .internet import DEFAULT_PORT, MiniInternet
from .servers import InternetError


def describe(net):
    print(f"the mini-Internet answers at port {net.port}; its root on 127.54.0.1 and 127.54.0.2")
    print(f"  dig @127.54.0.1 -p {net.port} . SOA")
    print(f"root hints       {net.hints}")
    print(f"trust anchor     {net.anchor_ds} (DS), {net.anchor_dnskey} (DNSKEY), {net.anchor_delv} (delv -a)")


def serve(net):
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    with net:
        describe(net)
        print("Ctrl-C ends it", flush=True)
        ended.wait()


def main():
    parser = argparse.ArgumentParser(prog="python3 -m test.internet")
    parser.add_argument("command", choices=("up", "build"))
    parser.add_argument("--dir", required=True, help="work folder, made when absent")
    parser.add_argument("--port", type=int, default=DEFAULT_PORT, help="0: any that is free (default: %(default)s)")
    options = parser.parse_args()
    try:
        net = MiniInternet(options.dir, options.port)
        if options.command == "up":
            serve(net)
        else:
            net.build()
            describe(net)
    except InternetError as error:
        print(f"mini-Internet: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
