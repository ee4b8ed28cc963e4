"""Hostile CoAP services. Each is given the socket, a datagram, where it came from, and how many came before it."""

import os
import socket
import struct
import threading
import time

ESCAPES = b"\x1b]0;PASSED\x07\x1b[2J\x1b[H\x1b[32mpass\x1b[0m\xff\xfe\r\x08"


def parts(data):
    """Type, code, id and token of a message; None where it is none."""
    if len(data) < 4 or data[0] >> 6 != 1:
        return None
    size = data[0] & 15
    if size > 8 or len(data) < 4 + size:
        return None
    return data[0] >> 4 & 3, data[1], data[2:4], data[4 : 4 + size]


def answer(data, code=0x45, options=b"", payload=b"on", kind=2, token=None, number=None):
    """An answer to a message, true or not."""
    _, _, own, mark = parts(data) or (0, 0, b"\0\0", b"")
    mark = mark if token is None else token
    body = b"\xff" + payload if payload else b""
    return bytes([0x40 | kind << 4 | len(mark), code]) + (own if number is None else number) + mark + options + body


def is_ping(data):
    return parts(data) is not None and data[1] == 0 and len(data) == 4


def is_valid(data):
    return parts(data) is not None and (is_ping(data) or data[1] == 1 and data.endswith(b"\xb5state"))


def pong(data):
    return b"\x70\x00" + data[2:4]


def honest(sock, data, peer, _n, bad=None):
    if is_ping(data):
        sock.sendto(pong(data), peer)
    elif is_valid(data):
        sock.sendto(answer(data), peer)
    elif bad:
        bad(sock, data, peer)
    elif parts(data):
        sock.sendto(answer(data, code=0x80, payload=b""), peer)


def each(*made):
    """Pings are answered; to all else goes each of these."""

    def act(sock, data, peer, _n):
        if is_ping(data):
            return sock.sendto(pong(data), peer)
        for make in made:
            sock.sendto(make(data), peer)

    return act


def thousand(sock, data, peer, _n):
    for _ in range(1000):
        sock.sendto(answer(data), peer)


def flood(sock, data, peer, n):
    """From the first question on, to whoever asks, for ever."""

    def run():
        while True:
            sock.sendto(os.urandom(1200), peer)

    threading.Thread(target=run, daemon=True).start()


def from_everywhere(sock, data, peer, _n):
    own = sock.getsockname()[0].rsplit(".", 1)[0]
    for last in range(1, 250):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.bind((f"{own}.{last}", 0))
            other.sendto(answer(data), peer)


def late(sock, data, peer, _n):
    threading.Timer(1.0, lambda: sock.sendto(pong(data) if is_ping(data) else answer(data), peer)).start()


def blocks(sock, data, peer, _n):
    """Blocks of a payload, of which there is always one more."""
    if is_ping(data):
        return sock.sendto(pong(data), peer)
    asked = data.rfind(b"\xd1\x0a")
    number = data[asked + 2] >> 4 if asked >= 0 else _n & 0xFFFFF
    value = (number << 4 | 8 | 6).to_bytes(3, "big")
    sock.sendto(answer(data, options=b"\xd3\x0a" + value, payload=b"b" * 1024), peer)


def tells_for_ever(sock, data, peer, _n):
    """Notifications as fast as they go, once it was asked to tell."""
    if is_ping(data):
        return sock.sendto(pong(data), peer)
    if parts(data) is None:
        return None
    sock.sendto(answer(data, options=b"\x61\x01"), peer)

    def run():
        mark, count = parts(data)[3], 1
        while True:
            count += 1
            told = b"\x63" + struct.pack(">I", count & 0xFFFFFF)[1:]
            number = struct.pack(">H", count & 0xFFFF)
            sock.sendto(answer(data, options=told, kind=count & 1, token=mark, number=number, payload=b"x" * 900), peer)

    threading.Thread(target=run, daemon=True).start()


def yes_before_it_is_asked(sock, data, peer, _n):
    """Every id in turn, whatever was asked."""

    def run():
        while True:
            for n in range(65536):
                sock.sendto(answer(data, number=struct.pack(">H", n)), peer)

    threading.Thread(target=run, daemon=True).start()


BEHAVIOURS = {
    "honest": honest,
    "says nothing": lambda *_: None,
    "flood": flood,
    "1,000 answers for one question": thousand,
    "answers from everywhere": from_everywhere,
    "another token": each(lambda data: answer(data, token=b"\xaa" * 8), lambda data: answer(data, token=b"")),
    "options that lie": each(
        lambda data: answer(data, options=b"\xdd\xff\xff", payload=b""),
        lambda data: answer(data, options=b"\xee\xff\xff\xff\xff", payload=b""),
        lambda data: answer(data, options=b"\xf0", payload=b""),
        lambda data: answer(data)[:3],
    ),
    "nothing in a datagram": each(lambda _: b""),
    "64 KiB in a datagram": each(lambda data: answer(data, payload=b"x" * 65000)),
    "blocks without end": blocks,
    "promises an answer": each(lambda data: b"\x60\x00" + data[2:4]),
    "a second late": late,
    "resets every question": each(lambda data: pong(data)),
    "escape codes": each(lambda data: answer(data, code=0x84, payload=ESCAPES)),
    "tells for ever": tells_for_ever,
    "yes before it is asked": yes_before_it_is_asked,
    "1,000 answers for what it does not know": lambda s, d, p, n: honest(s, d, p, n, bad=lambda *a: thousand(*a, 0)),
}


def serve(address, port, act):
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind((address, port))

    def run():
        count = 0
        while True:
            try:
                data, peer = sock.recvfrom(65536)
                act(sock, data, peer, count)
                count += 1
            except OSError:
                time.sleep(0.001)

    threading.Thread(target=run, daemon=True).start()
