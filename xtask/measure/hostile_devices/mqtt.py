"""Hostile clients of the bench's broker. Each is given where that is and whom to trust, and dials in a loop."""

import os
import socket
import ssl
import struct
import threading
import time

ESCAPES = b"\x1b]0;PASSED\x07\x1b[2J\x1b[32mpass\x1b[0m\xff\xfe\xe2\x80\xae"


def packet(kind, body, length=None):
    if length is None:
        length, left = b"", len(body)
        while True:
            left, low = left >> 7, left & 127
            length += bytes([low | (128 if left else 0)])
            if not left:
                break
    return bytes([kind]) + length + body


def text(data):
    return struct.pack(">H", len(data)) + data


def connect(client=b"liar", keep_alive=60):
    return packet(0x10, text(b"MQTT") + b"\x04\x02" + struct.pack(">H", keep_alive) + text(client))


class Broker:
    def __init__(self, order):
        self.host, self.port, self.authority = order["host"], order["port"], order["ca"]

    def dial(self):
        return socket.create_connection((self.host, self.port), 10)

    def dial_tls(self, trusting=False):
        context = ssl.create_default_context(cadata=self.authority)
        if trusting:
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return context.wrap_socket(self.dial(), server_hostname=self.host)


def session(*packets, more=b"", trusting=False):
    """A proper connection, and then these packets; `more` for ever."""

    def act(broker):
        with broker.dial_tls(trusting) as conn:
            for one in packets:
                conn.sendall(one)
            while more:
                conn.sendall(more)
            conn.settimeout(600)
            while conn.recv(65536):
                pass

    return act


def cut_short(broker):
    with broker.dial_tls() as conn:
        conn.sendall(connect()[:-2])


def plain(data, pause=0.0, times=None):
    def act(broker):
        with broker.dial() as conn:
            count = 0
            while times is None or count < times:
                conn.sendall(data)
                count += 1
                time.sleep(pause)
            conn.recv(1)

    return act


def many_silent(broker):
    held = [broker.dial() for _ in range(500)]
    time.sleep(5)
    for conn in held:
        conn.close()


def hello_of_one_byte_a_second(broker):
    with broker.dial() as conn:
        for byte in bytes.fromhex("16030100710100006d0303") + os.urandom(100):
            conn.sendall(bytes([byte]))
            time.sleep(1)


def publish(topic, payload):
    return packet(0x30, text(topic) + payload)


BEHAVIOURS = {
    "honest": session(connect()),
    "noise in place of a hello": plain(os.urandom(65536)),
    "dials and closes": lambda broker: broker.dial().close(),
    "500 that say nothing": many_silent,
    "hello of one byte a second": hello_of_one_byte_a_second,
    "lengths that lie": session(packet(0x10, b"\x00\x04MQTT", length=b"\xff\xff\xff\x7f"), more=b"a" * 65536),
    "a CONNECT cut short": cut_short,
    "no end of a length": session(b"\x10" + b"\xff" * 65536),
    "publishes without end": session(connect(), more=publish(b"plug/state", b"x" * 60000) * 4),
    "a message of 256 MiB": session(connect(), packet(0x30, b"", length=b"\xff\xff\xff\x7f"), more=b"a" * 65536),
    "escape codes": session(connect(client=ESCAPES), more=publish(ESCAPES, ESCAPES)),
    "trusts anybody": session(connect(), trusting=True),
}


def start(order, act):
    """Dials in for as long as there is a set-up."""
    broker = Broker(order)

    def run():
        while True:
            try:
                act(broker)
            except (OSError, ssl.SSLError):
                pass
            time.sleep(0.05)

    threading.Thread(target=run, daemon=True).start()
