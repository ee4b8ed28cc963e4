"""Hostile web servers. Each is given a connection, and what was asked of it where it waits for that."""

import json
import os
import socket
import struct
import time
import zlib

ESCAPES = b"\x1b]0;PASSED\x07\x1b[2J\x1b[H\x1b[32mpass\x1b[0m\x9b1A\r\x08"
OK = b"HTTP/1.1 200 OK\r\n"


def head(*lines, status=b"200 OK"):
    return b"HTTP/1.1 " + status + b"\r\n" + b"".join(line + b"\r\n" for line in lines) + b"\r\n"


def whole(body, *lines, status=b"200 OK"):
    return head(b"Content-Length: %d" % len(body), *lines, status=status) + body


def request(conn):
    """One request: its first line and its body."""
    data = b""
    while b"\r\n\r\n" not in data:
        got = conn.recv(65536)
        if not got:
            raise OSError("closed")
        data += got
    top, _, body = data.partition(b"\r\n\r\n")
    length = 0
    for line in top.lower().split(b"\r\n"):
        if line.startswith(b"content-length:") and line[15:].strip().isdigit():
            length = min(int(line[15:]), 1 << 20)
    while len(body) < length:
        got = conn.recv(65536)
        if not got:
            raise OSError("closed")
        body += got
    return top.split(b"\r\n")[0], body


def honest(conn, state):
    """What is valid is answered, and everything else refused."""
    answer_valid(conn, state, lambda c: c.sendall(whole(b"no", status=b"400 Bad Request")))


def answer_valid(conn, state, other):
    while True:
        first, body = request(conn)
        if first == b"GET /state HTTP/1.1":
            conn.sendall(whole(b'{"answer":"OK"}'))
        elif first == b"POST /login HTTP/1.1" and password(body) == (state.owner or ""):
            conn.sendall(whole(b'{"answer":"OK"}'))
        else:
            other(conn)


def password(body):
    try:
        return json.loads(body)["password"]
    except (ValueError, KeyError, TypeError):
        return None


def endless(conn, data, pause=0.0):
    while True:
        conn.sendall(data)
        time.sleep(pause)


def after(*first, then=b"", pause=0.0):
    """Takes a request, sends this, then that for ever where there is any."""

    def act(conn, _state):
        request(conn)
        conn.sendall(b"".join(first))
        if then:
            endless(conn, then, pause)
        time.sleep(600)

    return act


def reset(conn):
    conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    conn.close()


def resets_in_the_middle(conn, _state):
    request(conn)
    conn.sendall(head(b"Content-Length: 1000000") + b"a" * 5000)
    time.sleep(0.05)
    reset(conn)


def head_byte_by_byte(conn, _state):
    """Each byte may have the whole head read anew."""
    request(conn)
    conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    conn.sendall(OK)
    while True:
        for byte in b"X-Y: z\r\n":
            conn.sendall(bytes([byte]))


def every_request(answer):
    def act(conn, _state):
        while True:
            request(conn)
            conn.sendall(answer)

    return act


def cookies(conn, _state):
    count = 0
    while True:
        request(conn)
        lines = [b"Set-Cookie: n%d=%s" % (count + n, b"x" * 400) for n in range(120)]
        count += 120
        conn.sendall(whole(b"", *lines, b"Location: /next%d" % count, status=b"302 Found"))


def another_mib(conn, _state):
    """Each answer is another one, as long as answers are kept."""
    while True:
        request(conn)
        conn.sendall(whole(os.urandom(1 << 20), status=b"503 Not Yet"))


def silence(_conn, _state):
    time.sleep(600)



def bomb(conn, _state):
    """A few hundred kilobytes that stand for 256 MiB."""
    packer = zlib.compressobj(6, zlib.DEFLATED, 31)
    packed = b"".join(packer.compress(b"\0" * (1 << 20)) for _ in range(256)) + packer.flush()
    every_request(whole(packed, b"Content-Encoding: gzip"))(conn, _state)


DEEP = b"[" * 1_000_000
MANY = b"[" + b"{}," * 349_999 + b"{}]"

BEHAVIOURS = {
    "honest": honest,
    "body without end": after(head(), then=b"a" * 65536),
    "a byte a second": after(OK, then=b"a", pause=1.0),
    "accepts and says nothing": silence,
    "closes at once": lambda conn, _: conn.close(),
    "resets in the middle": resets_in_the_middle,
    "header without end": after(OK + b"X: ", then=b"a" * 65536),
    "head byte by byte": head_byte_by_byte,
    "length of 2^63": after(head(b"Content-Length: 9223372036854775808"), then=b"a" * 65536),
    "chunk of 2^40": after(head(b"Transfer-Encoding: chunked") + b"10000000000\r\n", then=b"a" * 65536),
    "chunks of one byte without end": after(head(b"Transfer-Encoding: chunked"), then=b"1\r\na\r\n" * 4096),
    "lines behind the last chunk": after(head(b"Transfer-Encoding: chunked") + b"0\r\n", then=b"X: y\r\n" * 8192),
    "redirects to itself": every_request(whole(b"", b"Location: /login", status=b"302 Found")),
    "1,000,000 headers": after(OK, b"A: b\r\n" * 1_000_000, b"\r\n"),
    "gzip bomb": bomb,
    "JSON of 1,000,000 levels": every_request(whole(DEEP, b"Content-Type: application/json")),
    "JSON of 350,000 objects": every_request(whole(MANY, b"Content-Type: application/json")),
    "escape codes": every_request(
        whole(ESCAPES + b"\xff\xfe\xe2\x80\xae", b"Why: " + ESCAPES + b"\xff\xc0\xaf", status=b"403 " + ESCAPES)
    ),
    "continue for ever": after(then=b"HTTP/1.1 100 Continue\r\n\r\n" * 2048),
    "says yes before it is asked": lambda conn, _: endless(conn, whole(b'{"answer":"OK"}') * 512),
    "cookies without end": cookies,
    "another MiB each time": another_mib,
    "flood for what it does not know": lambda conn, state: answer_valid(
        conn, state, lambda c: endless(c, whole(b"no", status=b"400 Bad Request") * 512)
    ),
    "resets what it does not know": lambda conn, state: answer_valid(conn, state, reset),
}
