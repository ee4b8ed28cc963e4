"""How long after a run is ended, killed, stopped or breaks its units are off: `cargo xtask bench --off`.

A bench of relays that are scripts: each takes its time to switch and writes when it is done. The clock starts when the
signal is sent, once every unit is on, and stops at the last word "off". Each way out is taken several times; figures
are median and worst in seconds, and how many units were left on.
"""

import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TIMES = 5
PATIENCE = 60.0

RELAY = """#!/bin/sh
cd "$(dirname "$0")"
sleep "$3"
if [ "$2" = on ]; then touch "$1.lit"; else rm -f "$1.lit"; fi
echo "$1 $2" > told
"""

CASE = '''"""Keeps a unit on."""

case(provisions = ["5.6-1"], needs = ["power"], per = "unit", within = "10m")

def run(bench: Bench):
    bench.power.on()
    bench.idle("9m")
    check.true(True, holds = "it was on", otherwise = "it was not on")
'''

PROFILE = """[product]
maker = "Odd"
model = "One"
hardware = "A"
software = "1"
[limits]
boot = "10s"
[ics]
"5.6-1" = { support = "Y", detail = "x" }
"""


def child_of(run, word):
    """Process ids of the children of a run that were started with this word."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            line = (entry / "cmdline").read_bytes()
            parent = (entry / "stat").read_text().rsplit(")", 1)[1].split()[1]
        except (OSError, IndexError):
            continue
        if word.encode() in line and parent == str(run.pid):
            found.append(int(entry.name))
    if not found:
        raise RuntimeError(f"the run has no {word}")
    return found


def kill_all(run, word):
    for pid in child_of(run, word):
        os.kill(pid, signal.SIGKILL)


WAYS = {
    "SIGINT": lambda run: run.send_signal(signal.SIGINT),
    "SIGINT twice": lambda run: [run.send_signal(signal.SIGINT) for _ in range(2)],
    "SIGTERM": lambda run: run.send_signal(signal.SIGTERM),
    "SIGHUP": lambda run: run.send_signal(signal.SIGHUP),
    "SIGKILL": lambda run: run.send_signal(signal.SIGKILL),
    "SIGSTOP": lambda run: run.send_signal(signal.SIGSTOP),
    "abort": lambda run: run.send_signal(signal.SIGABRT),
    # The first one is taken by the runtime, which looks whether a stack overflowed.
    "segfault": lambda run: [(run.send_signal(signal.SIGSEGV), time.sleep(0.01)) for _ in range(2)],
    "its script killed": lambda run: kill_all(run, "__script-worker"),
    "its guard killed": lambda run: kill_all(run, "__guard"),
}


def lay_out(folder, suite, units, takes):
    lines = ['name = "lab"', 'profile = "profile"']
    for n in range(1, units + 1):
        relay = lambda to: f'["./relay", "box-{n}", "{to}", "{takes}"]'
        power = f'{{ driver = "command", on = {relay("on")}, off = {relay("off")} }}'
        lines += [f"[unit.box-{n}]", 'sample = "production"', f"power = {power}"]
    (folder / "bench.toml").write_text("\n".join(lines) + "\n")
    (folder / "profile").mkdir()
    (folder / "profile/profile.toml").write_text(PROFILE)
    (folder / "relay").write_text(RELAY)
    (folder / "relay").chmod(0o755)
    (folder / "suite").mkdir()
    for entry in Path(suite).iterdir():
        if entry.name not in ("cases", "tests"):
            (folder / "suite" / entry.name).symlink_to(entry.resolve())
    (folder / "suite/cases").mkdir()
    (folder / "suite/cases/stays_on.star").write_text(CASE)
    os.mkfifo(folder / "told")


class Told:
    """Words of the relays, as they come."""

    def __init__(self, folder):
        # Opened for both, so that it neither waits for a writer nor ends with one.
        self.pipe = os.open(folder / "told", os.O_RDWR | os.O_NONBLOCK)
        self.rest = b""

    def wait_for(self, wanted):
        """Seconds of the clock at which the last of the wanted words came, and which never came."""
        import select

        until, left = time.monotonic() + PATIENCE, set(wanted)
        while left and time.monotonic() < until:
            if not select.select([self.pipe], [], [], until - time.monotonic())[0]:
                break
            self.rest += os.read(self.pipe, 65536)
            *lines, self.rest = self.rest.split(b"\n")
            left -= {line.decode() for line in lines}
        return time.monotonic(), left


def once(program, suite, units, takes, way):
    with tempfile.TemporaryDirectory(prefix="off-") as name:
        folder = Path(name)
        lay_out(folder, suite, units, takes)
        told = Told(folder)
        command = [program, "run", "--bench", "bench.toml", "--suite", "suite"]
        quiet = subprocess.DEVNULL
        run = subprocess.Popen(command, cwd=folder, stdin=quiet, stdout=quiet, stderr=quiet)
        try:
            _, missing = told.wait_for(f"box-{n} on" for n in range(1, units + 1))
            if missing:
                raise RuntimeError(f"{len(missing)} units never came on")
            start = time.monotonic()
            WAYS[way](run)
            end, _ = told.wait_for(f"box-{n} off" for n in range(1, units + 1))
            return end - start, len(list(folder.glob("*.lit")))
        finally:
            run.send_signal(signal.SIGCONT)
            try:
                run.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                run.kill()
                run.wait()


def main():
    program, suite = (str(Path(p).resolve()) for p in sys.argv[1:3])
    many = [(256, "0.5", way, 2) for way in ("SIGINT twice", "SIGKILL", "SIGSTOP")]
    rows = [(3, takes, way, TIMES) for takes in ("0", "0.5", "4") for way in WAYS]
    print("units  relay    way out             median  worst  left on")
    for units, takes, way, times in rows + many:
        seen = [once(program, suite, units, takes, way) for _ in range(times)]
        took = [seconds for seconds, _ in seen]
        on = sum(left for _, left in seen)
        print(f"{units:5}  {takes:>4} s   {way:18} {statistics.median(took):5.2f} s {max(took):5.2f} s {on:6}", flush=True)


main()
