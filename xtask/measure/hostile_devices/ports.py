"""Hostile port spaces: what listens beside the honest page. Each is given the address."""

import os
import selectors
import socket
import threading
import time

from . import coap, web

MANY = range(20000, 23000)


def listen(address, port, backlog=128):
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind((address, port))
    sock.listen(backlog)
    return sock


def on(ports, act, backlog=128):
    """Listens on all of them in one thread; `act(conn)` must not wait."""

    def start(address):
        selector = selectors.DefaultSelector()
        for port in ports:
            selector.register(listen(address, port, backlog), selectors.EVENT_READ)

        def run():
            while True:
                for key, _ in selector.select():
                    try:
                        act(key.fileobj.accept()[0])
                    except OSError:
                        continue

        threading.Thread(target=run, daemon=True).start()

    return start


KEPT = []


def keeps(conn):
    KEPT.append(conn)
    if len(KEPT) > 8000:
        KEPT.pop(0).close()


def in_thread(act):
    def start(conn):
        def run():
            try:
                act(conn)
            except OSError:
                conn.close()

        threading.Thread(target=run, daemon=True).start()

    return start


def greets_with_escapes(conn):
    conn.sendall(web.ESCAPES + b"\xff\xfe\xe2\x80\xae 220 ready\r\n")
    keeps(conn)


def full_queue(address):
    """A queue of connections that is full, and that nobody takes from."""
    for port in range(20000, 20005):
        KEPT.append(listen(address, port, 0))
        for _ in range(4):
            sock = socket.socket()
            sock.setblocking(False)
            sock.connect_ex((address, port))
            KEPT.append(sock)


def comes_and_goes(address):
    """Ports that are open for a moment, and then others are."""

    def run():
        first = 20000
        while True:
            held = [listen(address, port) for port in range(first, first + 100)]
            time.sleep(0.3)
            for sock in held:
                sock.close()
            first = 20000 + (first - 19900) % 20000

    threading.Thread(target=run, daemon=True).start()


def every_udp(address):
    for port in (53, 67, 69, 123, 137, 161, 500, 1900, 3478, 5353, 5355, 5684, 10001, 33434):
        coap.serve(address, port, lambda sock, data, peer, _: [sock.sendto(os.urandom(400), peer) for _ in range(1000)])


BEHAVIOURS = {
    "honest": lambda address: None,
    "3,000 ports that say nothing": on(MANY, keeps),
    "floods on 60 ports": on(range(20000, 20060), in_thread(lambda c: web.endless(c, b"all is well\r\n" * 5000))),
    "greets with escape codes": on(range(20000, 20060), greets_with_escapes),
    "resets at once": on(MANY, web.reset),
    "a byte a second": on(range(20000, 20060), in_thread(lambda c: web.endless(c, b".", 1.0))),
    "full queues": full_queue,
    "ports that come and go": comes_and_goes,
    "1,000 datagrams for each": every_udp,
}
