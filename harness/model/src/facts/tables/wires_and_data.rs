//! Tables 11 to 29: communication, interfaces, services, start, personal data, inputs.

use super::super::FactKind::{
    Choice, Choices, Day, Duration, Inner, Rows, Text, Texts, Whole, YesNo,
};
use super::super::{Fact, fact};
use super::{CARRIED_BY, CRYPTO, GUARANTEED, LATE, LISTENS, LISTENS_IN, PLANTED, PORT, PROTO};

pub(super) const COM_MECH: &[Fact] = &[
    fact("tls", YesNo, "whether the device serves TLS there"),
    fact("port", PORT, "where it is spoken"),
    fact("versions", Texts, "of TLS, such as \"TLSv1.3\""),
    fact("keys", Texts, "of its certificate, such as \"EC 256\""),
    fact(
        "dials",
        Choice(&["mqtt"]),
        "the service of the bench that the device dials",
    ),
    fact("peers", Texts, "the hosts it speaks with"),
    fact(
        "keyed",
        YesNo,
        "whether a key of the device or the user protects it",
    ),
    fact("remote", YesNo, "whether it leaves the local network"),
    fact(
        "back-off",
        Inner(&[
            fact("first", Duration, "the first pause"),
            fact("factor", Whole(1, 100), "times the pause before"),
            fact("most", Duration, "the longest"),
            fact("jitter", YesNo, "whether pauses have a random part"),
        ]),
        "how it dials again",
    ),
    CRYPTO,
    GUARANTEED,
];

pub(super) const NET_SEC_IMPL: &[Fact] = &[
    fact("component", Text, "what was looked at"),
    fact("version", Text, "the version that the device has"),
    fact(
        "report",
        Inner(&[
            fact("by", Text, "who wrote it"),
            fact("day", Day, "when"),
            fact("version", Text, "the version in its scope"),
        ]),
        "the review or evaluation",
    ),
];

pub(super) const SOFT_SERV: &[Fact] = &[
    PROTO,
    LISTENS,
    LISTENS_IN,
    LATE,
    fact(
        "auth",
        Rows(&["1-AuthMech"]),
        "what it asks for before it serves",
    ),
    fact("public", Text, "why it serves strangers"),
    fact(
        "allows-configuration",
        YesNo,
        "whether security-relevant settings can be changed there",
    ),
    fact("roles", Texts, "who may do something else there"),
];

pub(super) const INTF: &[Fact] = &[
    PROTO,
    LISTENS,
    LISTENS_IN,
    LATE,
    fact("service", Rows(&["13-SoftServ"]), "what serves there"),
    fact("debug", YesNo, "whether it is there for debugging"),
    fact(
        "speaks",
        Choice(&["console", "swd", "jtag", "other"]),
        "how a case speaks with it, or a debugger does; a chip that has both has a row for each",
    ),
    fact(
        "reachable",
        YesNo,
        "whether a user reaches it without opening the casing",
    ),
    fact(
        "needed",
        YesNo,
        "whether the device needs it for what it is used for",
    ),
    fact(
        "covered-by",
        Choice(&["casing", "nothing"]),
        "what is in front of a port",
    ),
    fact("radio", YesNo, "whether it is a radio"),
    fact(
        "enabled",
        YesNo,
        "whether it is on in a device that is in use",
    ),
    fact(
        "needed-now-and-then",
        YesNo,
        "whether it is needed only at times",
    ),
    fact(
        "when-idle",
        Choice(&["off", "on"]),
        "how it is while it is not needed",
    ),
    fact(
        "disable",
        Choice(&["software", "hardware", "none"]),
        "how a debug interface is switched off",
    ),
    fact(
        "default",
        Choice(&["off", "on", "permanent"]),
        "how it is as delivered; `permanent` is off for good",
    ),
    fact(
        "discloses",
        Texts,
        "what it tells strangers, such as \"version@set-up\"",
    ),
];

pub(super) const ACC_CTRL: &[Fact] = &[fact(
    "in-hardware",
    YesNo,
    "whether hardware controls the access to memory",
)];

pub(super) const SEC_DEV: &[Fact] = &[fact(
    "topics",
    Choices(&[
        "training",
        "requirements",
        "design",
        "coding",
        "third-party",
        "review",
        "testing",
        "deployment",
        "response",
    ]),
    "what of secure development it is about",
)];

pub(super) const SEC_BOOT: &[Fact] = &[
    fact("parts", Texts, "what of the stored software it verifies"),
    fact("alerts", YesNo, "whether the user is told"),
    fact(
        "left-open",
        Texts,
        "network functions that stay when a change was found; an empty list where none does",
    ),
    GUARANTEED,
];

pub(super) const PERS_DATA: &[Fact] = &[
    fact(
        "plant",
        PLANTED,
        "what the owner left that stands for the row",
    ),
    fact("on-device", YesNo, "whether it is kept on the device"),
    fact(
        "on-service",
        YesNo,
        "whether an associated service keeps it",
    ),
    fact(
        "sensitive",
        YesNo,
        "whether its disclosure may do great harm",
    ),
    fact("consent", YesNo, "whether its processing rests on consent"),
    fact(
        "flows",
        Rows(&["11-ComMech"]),
        "what it goes by once there is consent",
    ),
    fact("withdraw", Text, "how consent is taken back"),
    CARRIED_BY,
    GUARANTEED,
];

pub(super) const RES_MECH: &[Fact] = &[
    fact(
        "longest-outage",
        Duration,
        "time without supply until nothing in it holds a charge (30s when absent)",
    ),
    fact("battery", Duration, "how long it works without supply"),
    fact("local", YesNo, "whether it goes on without a network"),
    fact(
        "back-within",
        Duration,
        "time until all is as before once the loss is over",
    ),
];

pub(super) const TEL_DATA: &[Fact] = &[
    fact(
        "examined",
        YesNo,
        "whether it is looked at for anomalies of security",
    ),
    fact(
        "personal",
        Rows(&["21-PersData"]),
        "the personal data in it; an empty list where there is none",
    ),
];

pub(super) const DEL_FUNC: &[Fact] = &[
    fact(
        "targets",
        Rows(&["21-PersData", "10-SecParam"]),
        "what it erases",
    ),
    fact(
        "configuration",
        YesNo,
        "whether it erases the user's configuration, too",
    ),
];

pub(super) const USER_DEC: &[Fact] = &[
    fact(
        "default",
        Text,
        "what holds when the user decides nothing; \"none\" where there is no way on",
    ),
    fact(
        "secure-default",
        YesNo,
        "whether that is the safest of the options",
    ),
];

pub(super) const USER_INTF: &[Fact] = &[fact(
    "speaks",
    Choice(&["console"]),
    "how a case speaks with it",
)];

pub(super) const EXT_API: &[Fact] = &[
    fact(
        "speaks",
        Choice(&["http", "coap"]),
        "how a case speaks with it",
    ),
    fact("port", PORT, "where"),
    fact("tls", YesNo, "whether in TLS"),
];

pub(super) const INP_VAL: &[Fact] = &[fact(
    "covers",
    Rows(&["27-UserIntf", "28-ExtAPI", "11-ComMech"]),
    "the interfaces whose input it validates",
)];
