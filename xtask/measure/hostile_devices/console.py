"""Hostile consoles. Each is given a `line` to read from and write to, and may do so for ever."""

import os
import select
import time

PROMPT = b"toy> "
ESCAPES = b"\x1b]0;PASSED\x07\x1b[2J\x1b[H\x1b[32mpass\x1b[0m\x9b1A\x1b[8m\x1b]52;c;cHdu\x07\r\x08\x08"
BAD_UTF8 = b"\xff\xfe\xc0\xaf\xed\xa0\x80\xf8\x88\x80\x80\x80 \xe2\x80\xae\xe2\x80\x8b"
ANSWERS = {b"id": b"serial=H17\r\n", b"state": b"output=on\r\n", b"": b""}


class Line:
    """A console's own end: a descriptor, read line by line."""

    def __init__(self, fd):
        self.fd, self.rest = fd, b""

    def write(self, data):
        while data:
            data = data[os.write(self.fd, data) :]

    def read(self):
        """The next line, without its end."""
        while b"\n" not in self.rest:
            got = os.read(self.fd, 4096)
            if not got:
                raise OSError("closed")
            self.rest += got
        line, _, self.rest = self.rest.partition(b"\n")
        return line

    def drop_input(self):
        while select.select([self.fd], [], [], 0)[0] and os.read(self.fd, 65536):
            pass


def shell(line, before=b"", bad=None, id_says=None):
    """An honest shell, with something before each answer, or something else for what it does not know."""
    line.write(b"\r\ntoy boot loader\r\n" + PROMPT)
    while True:
        asked = line.read()
        known = ANSWERS.get(asked, b"ok\r\n" if asked.startswith(b"set ") and len(asked) < 40 else None)
        if asked == b"id" and id_says is not None:
            known = id_says
        if known is None and bad:
            bad(line)
        line.write(before + (b"unknown\r\n" if known is None else known) + PROMPT)


def endless(data, pause=0.0):
    """Writes this for ever."""

    def act(line):
        while True:
            line.write(data)
            line.drop_input()
            time.sleep(pause)

    return act


def almost(line):
    """What is waited for, up to its end, which never comes."""
    line.write(b"serial=")
    endless(b"A" * 4096)(line)


def byte_by_byte(line):
    """As fast as single bytes go: each may be looked at by itself."""
    while True:
        for _ in range(4096):
            os.write(line.fd, b"t")
        line.drop_input()


def silent(line):
    while True:
        line.read()


def hangs_up(line):
    line.write(PROMPT)
    line.read()
    os.close(line.fd)
    raise OSError("hung up")


def parrot(line):
    """Gives back what it is sent, the prompt behind it."""
    while True:
        line.write(os.read(line.fd, 4096) + PROMPT)


BEHAVIOURS = {
    "honest": shell,
    "flood of lines": endless(b"all is well\r\n" * 400),
    "line without end": endless(b"a" * 4096),
    "almost what is waited for": almost,
    "single bytes without end": byte_by_byte,
    "a byte a second": endless(b".", 1.0),
    "says nothing": silent,
    "hangs up": hangs_up,
    "escape codes": lambda line: shell(line, before=ESCAPES, id_says=b"serial=" + ESCAPES + b"\r\n"),
    "bad UTF-8": lambda line: shell(line, before=BAD_UTF8, id_says=b"serial=" + BAD_UTF8 + b"\r\n"),
    "all the right words at once": endless(b"toy> ready OK\r\nserial=H17\r\noutput=on\r\ntoy> "),
    "prompt every 20 ms": endless(PROMPT, 0.02),
    "control bytes": endless(bytes(range(32)) * 128),
    "starts for ever": endless(b"toy boot loader\r\ntoy> ", 0.05),
    "flood for what it does not know": lambda line: shell(line, bad=endless(b"unknown\r\n" * 400)),
    "64 MiB for what it does not know": lambda line: shell(line, bad=lambda at: at.write(b"x" * (64 << 20))),
    "parrot": parrot,
}
