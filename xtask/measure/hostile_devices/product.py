"""Profile and bench file of the product that hostile devices claim to be, and an honest page beside what is hostile.

The page (port 8080; where TLS is looked at 8444, in TLS) is how a case comes past its first steps: it tells who the
unit is, sets it up and resets it. What is hostile is met behind that.
"""

import json
import socketserver
from http.server import BaseHTTPRequestHandler
from pathlib import Path

PAGE, SECURE_PAGE, WEB, SECURE, COAP, CONSOLE = 8080, 8444, 8081, 8443, 5683, 2300
SERIAL, MAC = "H17", "9c:9c:1f:00:77:17"

SCRIPT = Path(__file__).parent / "device.star"

PROFILE = """[product]
id = "liar"
maker = "Odd"
model = "One"
hardware = "A"
software = "1"
[limits]
boot = "{boot}"
reset = "5s"
update = "5s"
reconnect = "5s"
"""

CONSOLE_FACTS = """[console]
baud = 115200
line-end = "\\n"
banner = 'toy boot loader'
prompt = 'toy> '
crash = 'Kernel panic|Oops'
"""



def row(table, name, facts, more=""):
    """A row of the statement."""
    return f'[[ixit.{table}]]\nid = "{name}"\ndescription = "x"\n{more}bench = {{ {facts} }}\n'


SECURE_ROWS = row("11-ComMech", "ComMech-1", f"tls = true, port = {SECURE}") + row(
    "28-ExtAPI", "ExtAPI-1", f'speaks = "http", port = {SECURE}, tls = true'
)
ENABLED = 'status = "enabled"\n'
OPEN = f'proto = "tcp", port = {PAGE}, states = ["set-up", "operating"]'
NETWORK = 'type = "network"\nstatus = "enabled"\ndebug-interface = "no"\n'
# Claims and rows without which the cases of a channel cannot run.
ROWS = {
    "console": (["5.13-1"], row("27-UserIntf", "UserIntf-1", 'speaks = "console"')),
    "http": (["5.13-1"], row("28-ExtAPI", "ExtAPI-1", f'speaks = "http", port = {WEB}, tls = false')),
    "tls": (["5.5-1", "5.1-3", "5.13-1"], SECURE_ROWS),
    "https": (["5.5-1", "5.1-3", "5.13-1"], SECURE_ROWS),
    "coap": (["5.13-1"], row("28-ExtAPI", "ExtAPI-1", f'speaks = "coap", port = {COAP}')),
    "mqtt": (["5.5-1", "5.5-7"], row("11-ComMech", "ComMech-1", 'dials = "mqtt", keyed = true')),
    "ports": (
        ["5.6-1"],
        row("13-SoftServ", "SoftServ-1", OPEN, ENABLED)
        + row("15-Intf", "Intf-1", "debug = false, reachable = true", NETWORK),
    ),
}


def page_of(device):
    """Port of the honest page. A page in clear would be a finding of its own where TLS is looked at."""
    return SECURE_PAGE if device.channel in ("tls", "https") else PAGE


def write(folder, address, device, broker):
    """Profile and bench file of one device."""
    claims, rows = ROWS[device.channel]
    said = lambda on: "true" if on else "false"
    facts = CONSOLE_FACTS if device.channel == "console" or device.console else ""
    values = {
        "ready-by-log-in": said(device.polls),
        "page": page_of(device),
        "log-in": device.log_in or page_of(device),
        "works-by": json.dumps(device.works_by),
        "ask-console": said(device.asks_console),
    }
    text = PROFILE.replace("{boot}", "60s" if device.polls else "5s") + facts + "[values]\n"
    text += "".join(f"{name} = {value}\n" for name, value in values.items()) + "[ics]\n"
    text += "".join(f'"{claim}" = {{ support = "Y", detail = "x" }}\n' for claim in claims) + rows
    (folder / "profile").mkdir()
    (folder / "profile/profile.toml").write_text(text)
    (folder / "profile/device.star").write_text(SCRIPT.read_text())
    serial = f', serial = "{SERIAL}"' if device.asks_console else ""
    lines = ['name = "hostile"', 'profile = "profile"', "[unit.liar-1]", f'identity = {{ mac = "{MAC}"{serial} }}']
    lines.append(f'lan = {{ driver = "ip", address = "{address}" }}')
    if device.channel == "console" and device.over == "tcp":
        lines.append(f'console = {{ driver = "tcp", host = "{address}", port = {CONSOLE} }}')
    elif device.channel == "console" or device.console:
        lines.append('console = { driver = "serial", port = "./tty" }')
    if device.channel == "mqtt":
        lines.append(f'peers = {{ mqtt = {{ driver = "listen", address = "{broker}" }} }}')
    if device.power:
        relay = lambda to: f'["true", "{address}", "{to}"]'
        lines.append(f'power = {{ driver = "command", on = {relay("on")}, off = {relay("off")} }}')
    (folder / "bench.toml").write_text("\n".join(lines) + "\n")


class State:
    """What the honest page knows."""

    def __init__(self):
        self.owner = None
        self.when_set_up = lambda order: None


class Page(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    state = State()
    secured = None

    def setup(self):
        if self.secured:
            self.request = self.secured.wrap_socket(self.request, server_side=True)
        super().setup()

    def log_message(self, *_):
        pass

    def answer(self, status, fields):
        body = json.dumps(fields).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        if self.path not in ("/status", "/state"):
            return self.answer(404, {"answer": "unknown"})
        return self.answer(200, {"mac": MAC, "mode": "operating" if self.state.owner else "set-up"})

    def do_POST(self):
        try:
            order = json.loads(self.rfile.read(int(self.headers.get("Content-Length", "0"))) or b"{}")
            password = order.get("password")
        except (ValueError, AttributeError):
            return self.answer(400, {"answer": "no JSON"})
        if self.path == "/set-up" and not self.state.owner:
            self.state.owner = password
            self.state.when_set_up(order)
        elif self.path == "/reset":
            self.state.owner = None
        elif self.path not in ("/login", "/output") or password != self.state.owner:
            return self.answer(403, {"answer": "no"})
        return self.answer(200, {"answer": "OK"})


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *_):
        pass
