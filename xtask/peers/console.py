"""Proofhouse's console beside pyserial, on the same pseudo-terminal, in turns: `cargo xtask bench --peers`.

Needs pyserial from PyPI. Prints medians with quartiles of the rounds' figures."""

import glob, json, os, pty, re, resource, statistics, subprocess, sys, tempfile, time, tty

ROUNDS, TRIPS, FLOOD_S = 5, 2000, 10
BYTES_PER_S = 125_000  # 1 Mbit/s

CASE = '''"""Round trips and a flood on an echoing console."""

case(provisions = ["5.13-1"], needs = ["console"], within = "5m")

def run(bench: Bench):
    for n in range(%d):
        bench.console.ask("line %%d" %% n, "ok line %%d\\r\\n" %% n, within = "5s")
    check.true(True, holds = "every line was answered", otherwise = "not every line was answered")
'''
FLOOD = '''"""A flood, to its end."""

case(provisions = ["5.13-1"], needs = ["console"], within = "5m")

def run(bench: Bench):
    bench.console.send("flood\\r\\n")
    bench.console.expect("END OF FLOOD", within = "60s")
    check.true(True, holds = "the end was seen", otherwise = "the end was not seen")
'''
PROFILE = '''[product]
id = "echo"
maker = "Echo"
model = "One"
hardware = "A"
software = "1"
[console]
baud = 115200
line-end = "\\r\\n"
banner = "hello"
prompt = "> "
[ics]
"5.13-1" = { support = "Y", detail = "echoes" }
'''
DEVICE = '''def ready(bench: Bench, within: str):
    pass
'''


def device(master):
    """Answers each line; floods when asked to."""
    pending = b""
    while True:
        pending += os.read(master, 65536)
        while b"\n" in pending:
            line, _, pending = pending.partition(b"\n")
            line = line.strip()
            if line == b"flood":
                flood(master)
            else:
                os.write(master, b"ok " + line + b"\r\n")


def flood(master):
    start, sent = time.monotonic(), 0
    while sent < BYTES_PER_S * FLOOD_S:
        due = int((time.monotonic() - start) * BYTES_PER_S)
        if due - sent >= 1000:
            os.write(master, b"0123456789abcdefghijklmnopqrstuvwxyz the quick brown fox %8d\r\n" % sent * 16)
            sent += 16 * 66
        else:
            time.sleep(0.002)
    os.write(master, b"END OF FLOOD\r\n")


def cpu(call):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    call()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def ours(program, home, suite, port, name):
    out = tempfile.mkdtemp(dir=home)
    command = [program, "run", "--bench", f"{home}/bench.toml", "--suite", suite, "--case", name, "--out", out]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(done.stdout[-3000:] + done.stderr[-2000:])
    events = [json.loads(line) for line in open(glob.glob(f"{out}/*/events.jsonl")[0])]
    asks = [e for e in events if e["fact"]["is"] == "op-started" and e["fact"]["op"].get("op", {}).get("do") == "ask"]
    seqs = {e["seq"] for e in asks}
    took = [e["fact"]["took"] for e in events if e["fact"]["is"] == "op-ended" and e["fact"]["of"] in seqs]
    starts = [e["at_us"] for e in asks]
    apart = [b - a for a, b in zip(starts, starts[1:])]
    return [micros(t) for t in took], apart


def micros(text):
    number, unit = re.match(r"([0-9.]+)(us|ms|s)", text).groups()
    return float(number) * {"us": 1, "ms": 1e3, "s": 1e6}[unit]


PYSERIAL = '''
import serial, sys, time
port = serial.Serial(sys.argv[1], 115200, timeout = 5)
if sys.argv[2] == "flood":
    port.write(b"flood\\r\\n")
    port.read_until(b"END OF FLOOD", size = 1 << 30)
else:
    for n in range(int(sys.argv[2])):
        start = time.perf_counter()
        port.write(b"line %d\\r\\n" % n)
        port.read_until(b"ok line %d\\r\\n" % n)
        print((time.perf_counter() - start) * 1e6)
'''


def pyserial(port, what):
    done = subprocess.run([sys.executable, "-c", PYSERIAL, port, str(what)], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(done.stderr)
    return [float(line) for line in done.stdout.split()]


def spread(figures, unit):
    low, middle, high = statistics.quantiles(figures, n=4)
    return f"median {middle:.4g} {unit}, quartiles {low:.4g} to {high:.4g}"


def main(program):
    try:
        import serial  # noqa: F401
    except ImportError:
        sys.exit("pyserial is not there: pip install pyserial")
    home = tempfile.mkdtemp()
    master, slave = pty.openpty()
    tty.setraw(slave)
    port = os.ttyname(slave)
    child = os.fork()
    if child == 0:
        device(master)
    suite = f"{home}/suite"
    subprocess.run([program, "suite", "export", suite], check=True, capture_output=True)
    for case in glob.glob(f"{suite}/cases/*"):
        os.remove(case)
    os.makedirs(f"{home}/profile")
    files = {
        f"{suite}/cases/trips.star": CASE % TRIPS,
        f"{suite}/cases/flood.star": FLOOD,
        f"{home}/profile/profile.toml": PROFILE,
        f"{home}/profile/device.star": DEVICE,
        f"{home}/bench.toml": 'name = "echo"\nprofile = "profile"\n[unit.echo-1]\nsample = "production"\n'
        f'console = {{ driver = "serial", port = "{port}", baud = 115200 }}\n',
    }
    for path, text in files.items():
        open(path, "w").write(text)
    try:
        trips, floods = {"op": [], "op to op": [], "pyserial": []}, {"ours": [], "pyserial": []}
        for _ in range(ROUNDS):
            took, apart = ours(program, home, suite, port, "trips")
            trips["op"].append(statistics.median(took))
            trips["op to op"].append(statistics.median(apart))
            trips["pyserial"].append(statistics.median(pyserial(port, TRIPS)))
        for _ in range(3):
            floods["ours"].append(cpu(lambda: ours(program, home, suite, port, "flood")))
            floods["pyserial"].append(cpu(lambda: pyserial(port, "flood")))
    finally:
        os.kill(child, 15)
        os.waitpid(child, 0)
    print(f"send and expect, {ROUNDS} rounds of {TRIPS}, median of each round")
    for name, figures in trips.items():
        print(f"  {name:9} {spread(figures, 'us')}")
    print(f"CPU of a whole process while a console says 1 Mbit/s for {FLOOD_S} s, 3 rounds")
    for name, figures in floods.items():
        print(f"  {name:9} {spread(figures, 's')}")


main(os.path.abspath(sys.argv[1]))
