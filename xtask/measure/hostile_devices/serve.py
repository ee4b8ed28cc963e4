"""One device: what it serves on its address and its console, until it is ended."""

import os
import socketserver
import sys
import threading
import tty

from . import coap, console, mqtt, ports, product, roster, tls, web


def handler(act, state):
    class Handler(socketserver.BaseRequestHandler):
        def handle(self):
            try:
                act(self.request, state)
            except (OSError, ValueError, IndexError):
                pass

    return Handler


def in_background(run):
    threading.Thread(target=run, daemon=True).start()


def serve_tcp(address, port, act, state):
    in_background(product.Server((address, port), handler(act, state)).serve_forever)


def on_line(fd, act):
    try:
        act(console.Line(fd))
    except OSError:
        pass


def serve_pty(folder, act):
    ours, theirs = os.openpty()
    tty.setraw(theirs)
    os.symlink(os.ttyname(theirs), folder / "tty")
    in_background(lambda: on_line(ours, act))


def start(device, address, folder):
    state = product.State()
    product.Page.state = state
    if device.channel in ("tls", "https"):
        product.Page.secured = tls.context(folder)
    in_background(product.Server((address, product.page_of(device)), product.Page).serve_forever)
    act = roster.KNOWN[device.channel].BEHAVIOURS[device.behaviour]
    if device.console:
        serve_pty(folder, console.BEHAVIOURS[device.console])
    if device.channel == "console" and device.over == "tcp":
        serve_tcp(address, product.CONSOLE, lambda conn, _: on_line(conn.fileno(), act), state)
    elif device.channel == "console":
        serve_pty(folder, act)
    elif device.channel == "http":
        serve_tcp(address, product.WEB, act, state)
    elif device.channel == "https":
        serve_tcp(address, product.SECURE, tls.in_tls(act, product.Page.secured), state)
    elif device.channel == "tls":
        serve_tcp(address, product.SECURE, act, state)
    elif device.channel == "coap":
        coap.serve(address, product.COAP, act)
    elif device.channel == "mqtt":
        state.when_set_up = lambda order: mqtt.start(order, act)
    elif device.channel == "ports":
        act(address)


def main(device, address, folder):
    start(device, address, folder)
    print("ready", flush=True)
    # It ends with whoever started it.
    sys.stdin.read()
