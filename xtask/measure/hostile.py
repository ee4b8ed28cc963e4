"""What devices that lie can do to a run: `cargo xtask bench --hostile`.

Each device serves on a loopback address of its own and on a console, behind an honest page
(hostile_devices/product.py), and is met by a real run with the cases of the suite that touch its channel
(hostile_devices/roster.py). Of each run is measured how long it took, the most memory that a process of it had, and the
size of its folder.

What must hold of each: it ends by itself in time, with an exit code of the table; it takes no more memory and disk than
below; nothing passes that this device makes unknowable; its reports can be read; its record is whole and comes out the
same when it is judged again; and nothing of the device reaches the terminal that a terminal would obey. Else this ends
with 1 and says where. Honest devices come first, and must pass: where nothing can pass, that nothing does means
nothing.

    python3 xtask/measure/hostile.py PROOFHOUSE SUITE [--only WORDS] [--at-once N] [--keep DIR]
"""

import argparse
import concurrent.futures
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

# Nothing is to be left in the tree.
sys.dont_write_bytecode = True
from hostile_devices import product, roster, serve  # noqa: E402

MOST_MIB = 512
MOST_FOLDER_MIB = 200
RECORD_WITHIN = 120
AT_ONCE = 6
CODES = (0, 1, 2, 3, 4)
# What a terminal obeys or hides: C0 but tab and line ends, DEL, C1, and what turns or hides text.
OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


@dataclass
class Result:
    device: roster.Device
    seconds: float = 0.0
    mib: float = 0.0
    folder_kib: int = 0
    code: int | None = None
    outcome: str = ""
    faults: list = field(default_factory=list)


def tree_of(root):
    """A process and all below it."""
    below = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
            except (OSError, IndexError, ValueError):
                continue
            below.setdefault(parent, []).append(int(entry.name))
    found, look = [], [root]
    while look:
        found.append(look.pop())
        look += below.get(found[-1], [])
    return found


def peak_kib(pid):
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    found = re.search(r"^VmHWM:\s+(\d+) kB", status, re.M)
    return int(found[1]) if found else 0


class Watch(threading.Thread):
    """Looks at the memory of every process of a run until it is over."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid, self.kib, self.over = pid, 0, threading.Event()

    def run(self):
        while not self.over.wait(0.2):
            self.kib = max([self.kib] + [peak_kib(pid) for pid in tree_of(self.pid)])


def run_within(command, folder, seconds):
    """Runs a program: exit code (None where its time ran out), seconds, peak in MiB, and what it said."""
    said = folder / "said"
    with said.open("wb") as out:
        begun = time.monotonic()
        run = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT)
    watch = Watch(run.pid)
    watch.start()
    timer = threading.Timer(seconds, run.kill)
    timer.start()
    _, status, usage = os.wait4(run.pid, 0)
    took = time.monotonic() - begun
    run.returncode = os.waitstatus_to_exitcode(status)
    timer.cancel()
    watch.over.set()
    watch.join()
    code = None if took >= seconds else run.returncode
    return code, took, max(watch.kib, usage.ru_maxrss) / 1024, said.read_bytes()


def size_kib(folder):
    return sum(f.stat().st_size for f in folder.rglob("*") if f.is_file()) // 1024


def passed(report):
    """What a report says was shown on the device: cases that passed, and provisions that hold by what was tried."""
    for one in report["products"]:
        yield from (f"case {task['case']}" for task in one["tasks"] if task["verdict"] == "pass")
        yield from (f"provision {row['id']}" for row in one["provisions"] if row["standing"] in ("pass", "shown"))


def judge(result, folder, said, seconds):
    """What does not hold of a run that is over."""
    device, faults = result.device, result.faults
    if result.code is None:
        faults.append(f"it did not end within {seconds:.0f} s")
    elif result.code not in CODES:
        faults.append(f"exit code {result.code}")
    if result.mib > MOST_MIB:
        faults.append(f"{result.mib:.0f} MiB of memory")
    if result.folder_kib > MOST_FOLDER_MIB << 10:
        faults.append(f"a run folder of {result.folder_kib >> 10} MiB")
    try:
        text = said.decode()
    except UnicodeDecodeError as error:
        faults.append(f"what it printed is no UTF-8: {error}")
        text = said.decode(errors="replace")
    obeyed = OBEYED.search(text)
    if obeyed:
        faults.append(f"it printed {obeyed[0]!r}: {text[max(0, obeyed.start() - 60) : obeyed.end() + 20]!r}")
    for junit in folder.glob("runs/*/junit.xml"):
        try:
            ElementTree.parse(junit)
        except ElementTree.ParseError as error:
            faults.append(f"junit.xml cannot be read: {error}")
    reports = list(folder.glob("runs/*/report.json"))
    if not reports:
        if result.code is not None:
            faults.append("it left no report")
        return
    report = json.loads(reports[0].read_text())
    result.outcome = ", ".join(f"{case['case']} {case['verdict']}" for p in report["products"] for case in p["tasks"])
    good = list(passed(report))
    if good and not device.may_pass:
        faults.append("what it makes unknowable passed: " + ", ".join(good))
    if not device.hostile and not any(one.startswith("case") for one in good):
        faults.append("the honest device does not pass, so that nothing passes means nothing")


def judge_record(result, program, folder):
    """Whether the record is whole, and says the same when it is judged again."""
    seals = list(folder.glob("runs/*/seal.json"))
    if not seals and result.code is not None:
        result.faults.append("its record has no seal")
    for run in seals:
        for word in ("verify", "rejudge"):
            command = [program, word, str(run.parent)]
            try:
                done = subprocess.run(command, cwd=folder, capture_output=True, timeout=RECORD_WITHIN, check=False)
            except subprocess.TimeoutExpired:
                result.faults.append(f"{word} does not end within {RECORD_WITHIN} s")
                continue
            same = done.returncode == result.code and (word == "verify" or done.stdout.startswith(b"same"))
            if not same:
                said = (done.stdout + done.stderr).decode(errors="replace").strip()[:300]
                result.faults.append(f"{word} ends with {done.returncode}: {said!r}")


def meet(program, suite, device, number, keep):
    """One device, one run."""
    result = Result(device)
    address, broker = f"127.77.{number}.1", f"127.77.{number}.2"
    with tempfile.TemporaryDirectory(prefix="hostile-") as name:
        folder = Path(name)
        product.write(folder, address, device, broker)
        told = [sys.executable, "-B", __file__, "--device", str(number), address, name]
        pipe = subprocess.PIPE
        liar = subprocess.Popen(told, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL)
        try:
            if liar.stdout.readline() != b"ready\n":
                raise RuntimeError(f"{device.name} does not start")
            command = [program, "run", "--bench", str(folder / "bench.toml"), "--suite", suite, "--seed", "7"]
            command += [word for case in device.cases for word in ("--case", case)]
            result.code, result.seconds, result.mib, said = run_within(command, folder, device.within)
        finally:
            liar.kill()
            liar.wait()
        result.folder_kib = size_kib(folder / "runs") if (folder / "runs").exists() else 0
        if keep:
            shutil.copytree(folder, Path(keep) / f"{number:03}", symlinks=True)
        judge(result, folder, said, device.within)
        judge_record(result, program, folder)
    return result


def row(result):
    code = "-" if result.code is None else result.code
    return (
        f"{result.device.name:60} {result.seconds:6.1f} s {result.mib:5.0f} MiB {result.folder_kib:7} KiB"
        f"  exit {code}  {result.outcome}"
    )


def summary(results):
    hostile = [one for one in results if one.device.hostile] or results
    for what, unit, of in (
        ("time", "s", lambda one: one.seconds),
        ("memory", "MiB", lambda one: one.mib),
        ("run folder", "KiB", lambda one: one.folder_kib),
    ):
        worst = max(hostile, key=of)
        middle = statistics.median(of(one) for one in hostile)
        print(f"{what:10} median {middle:.1f} {unit}, worst {of(worst):.1f} {unit}: {worst.device.name}")


def main():
    told = argparse.ArgumentParser()
    told.add_argument("program")
    told.add_argument("suite")
    told.add_argument("--only", default="")
    told.add_argument("--at-once", type=int, default=AT_ONCE)
    told.add_argument("--keep")
    told = told.parse_args()
    program, suite = str(Path(told.program).resolve()), str(Path(told.suite).resolve())
    chosen = [(n, one) for n, one in enumerate(roster.devices(), 1) if told.only in one.name]
    print(f"{'channel and device':60} {'time':>8} {'memory':>8} {'run folder':>11}  exit    outcome", flush=True)
    begun, results = time.monotonic(), []
    with concurrent.futures.ThreadPoolExecutor(told.at_once) as pool:
        waits = [pool.submit(meet, program, suite, one, n, told.keep) for n, one in chosen]
        for wait in concurrent.futures.as_completed(waits):
            results.append(wait.result())
            print(row(results[-1]), flush=True)
            for fault in results[-1].faults:
                print(f"    FAULT: {fault}", flush=True)
    print()
    summary(results)
    bad = [one for one in results if one.faults]
    honest = sum(not one.device.hostile for one in results)
    print(f"{len(results) - honest} hostile devices and {honest} honest ones in {time.monotonic() - begun:.0f} s")
    for one in bad:
        print(f"{one.device.name}: {'; '.join(one.faults)}")
    sys.exit(1 if bad else 0)


if sys.argv[1:2] == ["--device"]:
    serve.main(roster.devices()[int(sys.argv[2]) - 1], sys.argv[3], Path(sys.argv[4]))
else:
    main()
