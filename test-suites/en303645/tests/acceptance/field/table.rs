//! What is met in the field, and what is to come of it.

/// One device on its wires.
pub struct Field {
    /// What is odd about it.
    pub name: &'static str,
    /// The device of `fixtures/field`, with its arguments; none where the wires start what they need.
    pub device: &'static [&'static str],
    /// Units of the bench file.
    pub wires: &'static str,
    /// What its profile says besides.
    pub profile: &'static str,
    /// The one case of the suite: the suite's own, or one of `fixtures/field`.
    pub case: &'static str,
    /// Exit code of the run.
    pub exit: i32,
    /// All of this stands in notes, checks or ends.
    pub told: &'static [&'static str],
    /// It shows a certificate, which is made for it.
    pub needs_certificate: bool,
    /// None of this stands in any file of the run.
    pub secret: &'static [&'static str],
}

impl Field {
    /// Nothing of anything. A run of one provision of many is never a pass.
    pub const NONE: Self = Self {
        name: "",
        device: &[],
        wires: "",
        profile: "",
        case: "",
        exit: 3,
        told: &[],
        needs_certificate: false,
        secret: &[],
    };
}

/// A bench file that is only read.
pub struct Check {
    pub name: &'static str,
    pub wires: &'static str,
    pub exit: i32,
    pub says: &'static str,
}

const TLS_WEB: &str = "tls_https.star";
const CLEAR: &str = r#""holds":"no port serves HTTP in clear""#;

macro_rules! unit {
    ($($wires:tt)*) => {
        concat!("[unit.odd-1]\nsample = \"production\"\n", $($wires)*, "\n")
    };
}

macro_rules! in_clear {
    ($name:literal, $kind:literal, $address:literal, $exit:literal, $told:literal) => {
        Field {
            name: $name,
            wires: tls_web!($address, $kind),
            case: TLS_WEB,
            exit: $exit,
            told: &[CLEAR, $told],
            needs_certificate: true,
            ..Field::NONE
        }
    };
}

/// One that is switched on by its relay.
macro_rules! tls_web {
    ($address:literal, $kind:literal) => {
        unit!(
            "lan = { driver = \"ip\", address = \"",
            $address,
            "\" }\n",
            "power = { driver = \"command\", on = [",
            tls_web!("on", $address, $kind),
            "], off = [",
            tls_web!("off", $address, $kind),
            "] }"
        )
    };
    ($to:literal, $address:literal, $kind:literal) => {
        concat!(
            "\"python3\", \"switch.py\", \"",
            $to,
            "\", \"python3\", \"tls_web.py\", \"",
            $address,
            "\", \"both.pem\", \"",
            $kind,
            "\""
        )
    };
}

/// All in all every answer is handed out, with what is missing said; what is no HTTP is nobody's answer.
const ODD_HTTP: &[&str] = &[
    "8080 /plain: 200 hello, cut: False",
    "8080 /no-length: 200 hello, cut: False",
    "8080 /space: 200 hello, cut: False",
    "8080 /stray-line: 200 hello, cut: False",
    "8080 /no-reason: 200 hello, cut: False",
    "8080 /bare-lf: 200 hello, cut: False",
    "8080 /length-and-chunks: 200 hello, cut: False",
    "8080 /length-twice: 200 hello, cut: False",
    "8080 /continue: 200 hello, cut: False",
    "8080 /line-before: 200 hello, cut: False",
    "8080 /latin-1: 200 hello, cut: False",
    "8080 /nul: 200 hello, cut: False",
    "8080 /packed: 200 Set a password first, cut: False",
    "8080 /999: 999 hello",
    "8080 /too-short: 200 hello, cut: True",
    "8080 /chunk-cut: 200 hello, cut: True",
    "8080 /icy: device-garbled",
    "8080 /no-http: device-garbled",
    "8443 /plain: 200 hello, cut: False",
    "8443 /no-length: 200 hello, cut: False",
    "8443 /space: 200 hello, cut: False",
    "8443 /stray-line: 200 hello, cut: False",
    "8443 /no-reason: 200 hello, cut: False",
    "8443 /bare-lf: 200 hello, cut: False",
    "8443 /length-and-chunks: 200 hello, cut: False",
    "8443 /length-twice: 200 hello, cut: False",
    "8443 /continue: 200 hello, cut: False",
    "8443 /line-before: 200 hello, cut: False",
    "8443 /latin-1: 200 hello, cut: False",
    "8443 /nul: 200 hello, cut: False",
    "8443 /packed: 200 Set a password first, cut: False",
    "8443 /999: 999 hello",
    "8443 /too-short: 200 hello, cut: True",
    "8443 /chunk-cut: 200 hello, cut: True",
    "8443 /icy: device-garbled",
    "8443 /no-http: device-garbled",
    "8444 /plain: 200 hello, cut: False",
    "8444 /no-length: 200 hello, cut: True",
    "8444 /space: 200 hello, cut: False",
    "8444 /stray-line: 200 hello, cut: False",
    "8444 /no-reason: 200 hello, cut: False",
    "8444 /bare-lf: 200 hello, cut: False",
    "8444 /length-and-chunks: 200 hello, cut: False",
    "8444 /length-twice: 200 hello, cut: False",
    "8444 /continue: 200 hello, cut: False",
    "8444 /line-before: 200 hello, cut: False",
    "8444 /latin-1: 200 hello, cut: False",
    "8444 /nul: 200 hello, cut: False",
    "8444 /packed: 200 Set a password first, cut: False",
    "8444 /999: 999 hello",
    "8444 /too-short: 200 hello, cut: True",
    "8444 /chunk-cut: 200 hello, cut: True",
    "8444 /icy: device-garbled",
    "8444 /no-http: device-garbled",
    "raw: <p>hello</p>",
];

pub const FIELD: &[Field] = &[
    Field {
        name: "odd http",
        device: &["odd_http.py", "127.91.1.1", "both.pem"],
        wires: unit!("lan = { driver = \"ip\", address = \"127.91.1.1\" }"),
        case: "odd_http.star",
        told: ODD_HTTP,
        needs_certificate: true,
        ..Field::NONE
    },
    Field {
        name: "small web servers",
        device: &["small_web.py", "127.91.1.2"],
        wires: unit!("lan = { driver = \"ip\", address = \"127.91.1.2\" }"),
        case: "small_web.star",
        told: &[
            "title case {}: 200",
            r#"title case {"Content-Length": "3"}: 200"#,
            "packed gzip: Welcome, set a password",
            "digest /md5 9: 200",
            "digest /md5 5: 401",
            "digest /sha 9: 200",
            "digest /sha 5: 401",
        ],
        ..Field::NONE
    },
    Field {
        name: "odd coap",
        device: &["odd_coap.py", "127.91.1.3"],
        wires: unit!("lan = { driver = \"ip\", address = \"127.91.1.3\" }"),
        case: "odd_coap.star",
        told: &[
            "5701: 2.05, 5 bytes",
            "5702: device-garbled",
            "5703: device-garbled",
            "with no token",
            "5704: 2.05, 5 bytes",
            "5705: device-garbled",
            "5706: 2.05, 5 bytes",
            "5707: 2.05, 1500 bytes",
        ],
        ..Field::NONE
    },
    Field {
        name: "a console that loses what comes too fast",
        device: &["slow_uart.py", "tty"],
        wires: unit!(
            "label = { password = \"kR7-wQz9tLm2\" }\n",
            "console = { driver = \"serial\", port = \"./tty\", baud = 115200 }"
        ),
        case: "slow_uart.star",
        told: &[
            "long: device-silent",
            "password: device-silent",
            r#"colours: "2.3""#,
            r#"kernel: ["1.2.3"]"#,
        ],
        ..Field::NONE
    },
    Field {
        name: "the same console with time for each character",
        device: &["slow_uart.py", "tty"],
        wires: unit!(
            "label = { password = \"kR7-wQz9tLm2\" }\n",
            "console = { driver = \"serial\", port = \"./tty\", baud = 115200, char_delay = \"4ms\" }"
        ),
        case: "slow_uart.star",
        told: &[
            r#"long: ["65"]"#,
            r#"password: ["18"]"#,
            r#"nul: "430d0a3d3e20""#,
            r#"colours: "2.3""#,
        ],
        secret: &["kR7-wQz9tLm2"],
        ..Field::NONE
    },
    Field {
        name: "secrets on their way",
        device: &["echoes.py", "127.91.1.4", "tty"],
        wires: unit!(
            "lan = { driver = \"ip\", address = \"127.91.1.4\" }\n",
            "label = { password = \"kR7&wQz9+Lm2/t\", pin = \"837261\" }\n",
            "console = { driver = \"serial\", port = \"./tty\", baud = 115200 }"
        ),
        case: "echoes.star",
        told: &["label.password", "label.pin"],
        secret: &[
            "kR7&wQz9+Lm2/t",
            "837261",
            "YWRtaW46a1I3JndRejkrTG0yL3Q=",
            "cm9vdDprUjcmd1F6OStMbTIvdA==",
            "bWU6a1I3JndRejkrTG0yL3Q=",
            "kR7%26wQz9%2BLm2%2Ft",
            "kR7%26wQz9%2BLm2%2Ft",
            "6b52372677517a392b4c6d322f74",
        ],
        ..Field::NONE
    },
    in_clear!(
        "a page in clear",
        "fine",
        "127.91.2.1",
        1,
        "port 8080 answers 200"
    ),
    in_clear!(
        "a page in clear with a space in a header",
        "space",
        "127.91.2.2",
        1,
        "port 8080 answers 200"
    ),
    in_clear!(
        "a page in clear that is too short",
        "too-short",
        "127.91.2.3",
        1,
        "port 8080 answers 200"
    ),
    in_clear!(
        "a page in clear with a stray line",
        "stray-line",
        "127.91.2.4",
        1,
        "port 8080 answers 200"
    ),
    in_clear!(
        "bytes in clear that are no http",
        "no-http",
        "127.91.2.5",
        1,
        "what is no proper HTTP"
    ),
    in_clear!(
        "nothing in clear",
        "none",
        "127.91.2.6",
        3,
        "serves anything by plain HTTP"
    ),
    in_clear!(
        "use tls, said in clear",
        "use-tls",
        "127.91.2.7",
        3,
        "serves anything by plain HTTP"
    ),
    Field {
        name: "one connection at a time, and nobody was told",
        wires: tls_web!("127.91.3.1", "one"),
        case: TLS_WEB,
        told: &["needs a pause after each, say so under [pace] in its profile"],
        needs_certificate: true,
        ..Field::NONE
    },
    Field {
        name: "one connection at a time",
        wires: tls_web!("127.91.3.2", "one"),
        profile: "\n[pace]\none_at_a_time = true\nbetween = \"500ms\"\n",
        case: TLS_WEB,
        told: &[CLEAR, "serves anything by plain HTTP"],
        needs_certificate: true,
        ..Field::NONE
    },
    Field {
        name: "names in the certificate of the broker",
        device: &["names.py", "127.91.4.2", "127.91.4.1", "18883"],
        wires: unit!(
            "lan = { driver = \"ip\", address = \"127.91.4.2\" }\n",
            "peers.mqtt = { driver = \"listen\", address = \"127.91.4.1\", port = 18883 }"
        ),
        case: "names.star",
        told: &["('DNS', '127.91.4.1')", "('IP Address', '127.91.4.1')"],
        ..Field::NONE
    },
    Field {
        name: "a strip that takes one session",
        wires: concat!(
            "[power.strip.desk]\n",
            "on = [\"python3\", \"strip.py\", \"{outlet}\", \"on\"]\n",
            "off = [\"python3\", \"strip.py\", \"{outlet}\", \"off\"]\n",
            "[unit.odd-1]\nsample = \"production\"\n",
            "power = { driver = \"outlet\", strip = \"desk\", outlet = \"1\" }\n",
            "[unit.odd-2]\nsample = \"production\"\n",
            "power = { driver = \"outlet\", strip = \"desk\", outlet = \"2\" }\n",
            "[unit.odd-3]\nsample = \"production\"\n",
            "power = { driver = \"outlet\", strip = \"desk\", outlet = \"3\" }\n",
        ),
        case: "strip.star",
        told: &["it was switched", "1 on", "2 off", "3 off"],
        ..Field::NONE
    },
];

/// The desk review finds much that is missing in the profile, so none of them ends with 0.
pub const CHECKS: &[Check] = &[
    Check {
        name: "link local zone",
        wires: unit!("lan = { driver = \"ip\", address = \"fe80::1234%eth0\" }"),
        exit: 1,
        says: "1 case planned",
    },
    Check {
        name: "mdns name",
        wires: unit!("lan = { driver = \"ip\", address = \"box-1.local\" }"),
        exit: 1,
        says: "1 case planned",
    },
    Check {
        name: "parity",
        wires: unit!(
            "console = { driver = \"serial\", port = \"/dev/ttyUSB0\", baud = 115200, parity = \"even\" }"
        ),
        exit: 1,
        says: "1 case planned",
    },
    Check {
        name: "dtr",
        wires: unit!(
            "console = { driver = \"serial\", port = \"/dev/ttyUSB0\", baud = 115200, dtr = \"off\" }"
        ),
        exit: 1,
        says: "1 case planned",
    },
    Check {
        name: "dtr is no truth",
        wires: unit!(
            "console = { driver = \"serial\", port = \"/dev/ttyUSB0\", baud = 115200, dtr = false }"
        ),
        exit: 2,
        says: r#"expected one of "on", "off", "leave""#,
    },
    Check {
        name: "character delay",
        wires: unit!(
            "console = { driver = \"serial\", port = \"/dev/ttyUSB0\", baud = 115200, char_delay = \"5ms\" }"
        ),
        exit: 1,
        says: "1 case planned",
    },
    Check {
        name: "character delay by another name",
        wires: unit!(
            "console = { driver = \"serial\", port = \"/dev/ttyUSB0\", baud = 115200, character-delay = \"5ms\" }"
        ),
        exit: 2,
        says: "char_delay",
    },
    Check {
        name: "rfc 2217",
        wires: unit!("console = { driver = \"rfc2217\", host = \"10.0.0.1\", port = 4000 }"),
        exit: 1,
        says: "1 case planned",
    },
    Check {
        name: "raw port of a serial server",
        wires: unit!("console = { driver = \"tcp\", host = \"ser2net.lab\", port = 4001 }"),
        exit: 1,
        says: "1 case planned",
    },
    Check {
        name: "telnet",
        wires: unit!("console = { driver = \"telnet\", host = \"10.0.0.1\", port = 4000 }"),
        exit: 2,
        says: "this Proofhouse has no such driver",
    },
    Check {
        name: "broker by name",
        wires: unit!(
            "peers.mqtt = { driver = \"listen\", address = \"127.0.0.1\", port = 8883, name = \"mqtt.vendor.example\" }"
        ),
        exit: 1,
        says: "1 case planned",
    },
    Check {
        name: "slow relay",
        wires: unit!(
            "power = { driver = \"command\", on = [\"true\", \"1\"], off = [\"true\", \"0\"], within = \"30s\" }"
        ),
        exit: 1,
        says: "1 case planned",
    },
    Check {
        name: "one relay command for both",
        wires: unit!("power = { driver = \"command\", on = [\"true\"], off = [\"true\"] }"),
        exit: 2,
        says: "this relay command is that of `power.on` already",
    },
    Check {
        name: "interface of a probe",
        wires: unit!("debug = { driver = \"probe-rs\", probe = \"0d28:0204-1:0123AB\" }"),
        exit: 1,
        says: "1 case planned",
    },
];
