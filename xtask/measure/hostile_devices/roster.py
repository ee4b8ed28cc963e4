"""All devices: on which channel they are hostile, how, and with which cases they are met."""

from dataclasses import dataclass

from . import coap, console, mqtt, ports, product, tls, web

WEB, SECURE = product.WEB, product.SECURE
CASES = {
    "console": ["fuzz_console"],
    "http": ["fuzz_https"],
    "tls": ["tls_https"],
    "https": ["fuzz_https"],
    "coap": ["fuzz_coap"],
    "mqtt": ["mqtt_certificate"],
    "ports": ["open_ports"],
}
KNOWN = {"console": console, "http": web, "https": web, "tls": tls, "coap": coap, "mqtt": mqtt, "ports": ports}

STANDS = "the inputs are taken, the unit stands them and its main function works: that is what is asked"
VERIFIES = "it breaks off where a certificate is wrong, and talks rubbish only where it is good"
BESIDE = "what the case asks it asks over the network, and the console has no part in that"
# Where a pass is right, by the beginning of the device's name, and why.
MAY_PASS = {
    "console: escape codes": STANDS,
    "console: bad UTF-8": STANDS,
    "console: parrot": STANDS,
    "http: flood for what it does not know": STANDS,
    "coap: 1,000 answers": STANDS,
    "coap by datagrams: 1,000 answers": STANDS,
    "coap by datagrams: 64 KiB": STANDS,
    "coap by datagrams: options that lie": STANDS + "; that its answers are no CoAP is no crash",
    "mqtt: publishes without end": VERIFIES,
    "mqtt: a message of 256 MiB": VERIFIES,
    "mqtt: escape codes": VERIFIES,
}


@dataclass
class Device:
    channel: str
    behaviour: str
    cases: list
    # Another way to the channel: `tcp` of a console; a word for the reader of others.
    over: str = ""
    # Port where the owner logs in; the honest page when 0.
    log_in: int = 0
    # What `works` goes by, beside the honest page.
    works_by: tuple = ()
    # Whether the console is asked who the unit is.
    asks_console: bool = False
    # A supply that switches nothing.
    power: bool = False
    # Whether `ready` asks where the owner logs in, again and again.
    polls: bool = False
    # What is on the console meanwhile, where the channel is another one.
    console: str = ""
    # Why a pass is right, where it is.
    may_pass: str = ""
    within: float = 180.0

    @property
    def hostile(self):
        return self.behaviour != "honest" or self.power or bool(self.console)

    @property
    def name(self):
        """With the first way by which it is met, where that is not the channel's own case."""
        met = [self.over] if self.over else []
        met += ["at the gate"] if self.asks_console else []
        met += [] if not self.log_in else ["polled"] if self.polls else ["at the log-in"]
        met += ["on when it is off"] if self.power else []
        met += [f"{self.console} on the console"] if self.console else []
        met += ["observed"] if "observe" in self.works_by else []
        met += self.cases if self.channel == "https" and not self.hostile else []
        return f"{self.channel}{' ' if met else ''}{', '.join(met)}: {self.behaviour}"


def of(channel, behaviours, **more):
    """Devices of one channel with these behaviours."""
    cases = more.pop("cases", CASES[channel])
    return [Device(channel, one, cases, **more) for one in behaviours]


def but(module, *left_out):
    return [one for one in module.BEHAVIOURS if one != "honest" and one not in left_out]


def devices():
    """Honest ones first: they show that a pass is to be had, so that its absence means something."""
    honest = of("console", ["honest"], asks_console=True, works_by=("console",)) + of("http", ["honest"], log_in=WEB)
    honest += of("https", ["honest"], log_in=SECURE, cases=["tls_https"])
    honest += of("https", ["honest"], log_in=SECURE, within=300)
    honest += of("coap", ["honest"], works_by=("coap",)) + of("mqtt", ["honest"]) + of("ports", ["honest"])
    for one in honest:
        one.may_pass = "honest"
    found = on_console() + on_web() + on_tls() + on_coap() + of("mqtt", but(mqtt)) + of("ports", but(ports)) + mixed()
    for one in found:
        right = (why for name, why in MAY_PASS.items() if one.name.startswith(name))
        one.may_pass = one.may_pass or next(right, "")
        # Thousands of datagrams for each input: that takes its time, and may.
        one.within = 300.0 if "1,000 answers" in one.behaviour else one.within
    return honest + found


def on_console():
    at_gate = ["escape codes", "bad UTF-8", "says nothing", "flood of lines", "all the right words at once"]
    waited = ["almost what is waited for", "single bytes without end"]
    found = of("console", but(console, "says nothing", *waited))
    found += of("console", at_gate + waited, asks_console=True, works_by=("console",))
    return found + of("console", ["line without end", "hangs up"], over="tcp", asks_console=True)


def on_web():
    deep = ["flood for what it does not know", "resets what it does not know"]
    polled = ["another MiB each time", "chunks of one byte without end"]
    found = of("http", but(web, "another MiB each time", *deep), log_in=WEB)
    found += of("http", polled, log_in=WEB, polls=True)
    found += of("http", [*deep, "says yes before it is asked"])
    secured = ["body without end", "header without end", "gzip bomb", "resets in the middle"]
    return found + of("https", secured, log_in=SECURE)


def on_tls():
    met = ["records of no length", "chain of 10 MiB", "warnings for ever", "asks for another hello for ever"]
    return of("tls", but(tls)) + of("tls", met, cases=["fuzz_https"], log_in=SECURE)


def on_coap():
    fuzzed = ["flood", "1,000 answers for one question", "64 KiB in a datagram", "options that lie"]
    found = of("coap", but(coap), works_by=("coap",)) + of("coap", ["tells for ever"], works_by=("observe",))
    return found + of("coap", [*fuzzed, "yes before it is asked"], over="by datagrams")


def mixed():
    """Honest but for what is beside them."""
    found = []
    for channel in ("console", "http", "coap", "ports", "https"):
        found += of(channel, ["honest"], power=True)
    for noise in ("control bytes", "flood of lines", "line without end"):
        found += of("ports", ["honest"], console=noise, may_pass=BESIDE)
    slow = "1,000 answers for what it does not know"
    return found + of("coap", [slow], console="control bytes", may_pass=BESIDE)
