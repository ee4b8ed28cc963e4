"""Hostile TLS servers, written byte by byte: what a real one would never send."""

import os
import ssl
import struct
import subprocess
import time

from . import web


def record(kind, content, version=b"\x03\x03"):
    return bytes([kind]) + version + struct.pack(">H", len(content)) + content


def message(kind, body):
    return bytes([kind]) + len(body).to_bytes(3, "big") + body


def server_hello(suite=b"\xc0\x2b", version=b"\x03\x03"):
    return message(2, version + b"\x07" * 32 + b"\0" + suite + b"\0")


def offered(hello):
    """The suites of a hello, those left out that only test whether servers bear them (RFC 8701)."""
    at = 44 + hello[43]
    size = int.from_bytes(hello[at : at + 2], "big")
    suites = [hello[n : n + 2] for n in range(at + 2, at + 2 + size, 2)]
    return [suite for suite in suites if len(suite) == 2 and not (suite[0] == suite[1] and suite[0] & 15 == 10)]


def chosen(hello):
    """Whatever is offered first is taken, in the version that was offered."""
    suites = offered(hello)
    suite = suites[0] if suites else b"\xc0\x2b"
    if suite[0] == 0x13:
        return message(2, b"\x03\x03" + b"\x07" * 32 + b"\0" + suite + b"\0" + b"\x00\x06\x00\x2b\x00\x02\x03\x04")
    return server_hello(suite, hello[9:11])


def hello(conn):
    data = conn.recv(4096)
    if not data:
        raise OSError("closed")
    return data


def then(*first, more=b"", pause=0.0):
    """Takes a hello, sends this, then that for ever."""

    def act(conn, _state):
        hello(conn)
        conn.sendall(b"".join(first))
        if more:
            web.endless(conn, more, pause)
        time.sleep(600)

    return act


def takes_everything(conn, _state):
    """Any version and suite, each time with another certificate that nobody can read."""
    said = chosen(hello(conn))
    der = b"\x30\x82\x40\x00" + os.urandom(0x3F00)
    one = len(der).to_bytes(3, "big") + der
    flight = said + message(11, len(one).to_bytes(3, "big") + one)
    for at in range(0, len(flight), 16000):
        conn.sendall(record(22, flight[at : at + 16000]))
    conn.sendall(record(22, message(12, b"\x03\x00\x17\x41" + b"\x04" * 65)) + record(22, message(14, b"")))
    time.sleep(600)


def long_chain(conn, _state):
    hello(conn)
    one = b"\x30\x82\xff\xf0" + b"\0" * 0xFFF0
    chain = (len(one).to_bytes(3, "big") + one) * 160
    flight = server_hello() + message(11, len(chain).to_bytes(3, "big") + chain)
    for at in range(0, len(flight), 16384):
        conn.sendall(record(22, flight[at : at + 16384]))
    time.sleep(600)


def slow_hello(conn, _state):
    for byte in record(22, chosen(hello(conn))):
        conn.sendall(bytes([byte]))
        time.sleep(1)
    time.sleep(600)


def resets_in_the_flight(conn, _state):
    conn.sendall(record(22, chosen(hello(conn)))[:30])
    web.reset(conn)


def retry(conn, _state):
    """A request for another hello, over and over."""
    magic = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")
    if b"\x13\x01" not in offered(hello(conn)):
        return conn.sendall(record(21, b"\x02\x46"))
    extensions = b"\x00\x2b\x00\x02\x03\x04" + b"\x00\x33\x00\x02\x00\x17"
    said = b"\x03\x03" + magic + b"\0" + b"\x13\x01" + b"\0" + struct.pack(">H", len(extensions)) + extensions
    while True:
        conn.sendall(record(22, message(2, said)))
        hello(conn)


def context(folder):
    """What a server of today would show: a certificate of its own, TLS 1.2 and 1.3."""
    key, certificate = folder / "key.pem", folder / "cert.pem"
    made = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    made += ["-days", "30", "-subj", "/CN=liar", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(made, check=True, stderr=subprocess.DEVNULL)
    shown = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    shown.minimum_version = ssl.TLSVersion.TLSv1_2
    shown.set_ciphers("ECDHE+AESGCM")
    shown.load_cert_chain(certificate, key)
    return shown


def in_tls(act, shown):
    """The same behind a handshake that is as it should be."""
    return lambda conn, state: act(shown.wrap_socket(conn, server_side=True), state)


BEHAVIOURS = {
    "records of no length": then(more=record(22, b"") * 4096),
    "chain of 10 MiB": long_chain,
    "warnings for ever": then(more=record(21, b"\x01\x5a") * 4096),
    "accepts and says nothing": web.silence,
    "closes at once": lambda conn, _: conn.close(),
    "noise without end": lambda conn, _: web.endless(conn, os.urandom(65536)),
    "a byte a second": slow_hello,
    "lengths that lie": then(record(22, b"\x02\xff\xff\xff" + b"\x03\x03"), more=record(22, b"\x07" * 16384)),
    "takes everything": takes_everything,
    "resets in the flight": resets_in_the_flight,
    "asks for another hello for ever": retry,
    "cipher changes for ever": then(more=record(20, b"\x01") * 4096),
}
