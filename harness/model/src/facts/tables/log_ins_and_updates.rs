//! Tables 1 to 10: log-ins, what users are told, software and its updates, security parameters.

use super::super::FactKind::{
    Choice, Choices, Duration, Inner, Pattern, Rows, Text, Texts, Whole, YesNo,
};
use super::super::{Fact, fact};
use super::{CARRIED_BY, CONFIRMED, CRYPTO, GUARANTEED, MAY, PLANTED, STATES};

pub(super) const AUTH_MECH: &[Fact] = &[
    fact(
        "factor",
        Choice(&[
            "password-user",
            "password-machine",
            "key",
            "certificate",
            "token",
            "biometric",
        ]),
        "what is shown; of passwords, who chooses them",
    ),
    fact("at", Texts, "where it is taken, such as \"ssh:22\""),
    fact(
        "states",
        STATES,
        "in which it is taken (operating when absent and a limit of guesses is said)",
    ),
    fact("local", YesNo, "whether it is not taken over a network"),
    fact(
        "user",
        Text,
        "who logs in with it ([values] user when absent)",
    ),
    fact("label", Text, "the field of the label that is the password"),
    fact(
        "pattern",
        Pattern,
        "how the whole password on the label looks",
    ),
    fact(
        "bits",
        Whole(0, 4096),
        "how many random bits a machine-set password has, by how it is made",
    ),
    fact(
        "per-unit",
        YesNo,
        "whether a machine-set password is another one on each unit",
    ),
    fact(
        "generated",
        Choice(&["random", "derived", "counted", "fixed"]),
        "how a machine-set password is made",
    ),
    fact(
        "least-length",
        Whole(0, 1024),
        "the fewest characters that a user may choose",
    ),
    fact(
        "refuses-common",
        YesNo,
        "whether common passwords are refused",
    ),
    fact(
        "changeable",
        YesNo,
        "whether the user can change what is shown",
    ),
    fact(
        "guesses-before-limit",
        Whole(1, 1_000_000),
        "wrong passwords in a row until it holds off",
    ),
    fact(
        "wait",
        Duration,
        "the shortest time it then holds off, before each further guess",
    ),
    fact(
        "survives-power-cycle",
        YesNo,
        "whether the limit outlives a power cut",
    ),
    fact(
        "verifier",
        Rows(&["10-SecParam"]),
        "what a password is verified against; an empty list where no row tells of it",
    ),
    CRYPTO,
    GUARANTEED,
];

pub(super) const USER_INFO: &[Fact] = &[fact(
    "changes",
    Rows(&["1-AuthMech"]),
    "the log-ins for which the documentation tells how to change what is shown",
)];

pub(super) const CONF: &[Fact] = &[
    fact("vulnerability-actions", CONFIRMED, "for 5.2-2"),
    fact("vulnerability-monitoring", CONFIRMED, "for 5.2-3"),
    fact("update-procedures", CONFIRMED, "for 5.3-8"),
    fact("secure-management", CONFIRMED, "for 5.5-8"),
    fact("secure-development", CONFIRMED, "for 5.6-9"),
];

pub(super) const SOFT_COMP: &[Fact] = &[
    fact(
        "updates",
        Rows(&["7-UpdMech"]),
        "what updates it; an empty list where nothing does",
    ),
    fact("fixed", Text, "why nothing updates it"),
    fact(
        "cryptography",
        YesNo,
        "whether it implements cryptography that the device relies on",
    ),
];

pub(super) const UPD_MECH: &[Fact] = &[
    fact(
        "route",
        Choice(&["network", "local"]),
        "how an update reaches the device",
    ),
    fact(
        "by",
        Choice(&["push", "pull"]),
        "whether somebody sends it or the device fetches it",
    ),
    fact("host", Text, "where the device fetches it"),
    fact(
        "started-by",
        Choices(&["automatic", "associated-service", "web-page", "comparable"]),
        "how an update is begun",
    ),
    fact("automatic", YesNo, "whether it installs by itself"),
    fact("configurable", YesNo, "whether the user can set that"),
    fact("default-on", YesNo, "whether it is on as delivered"),
    fact(
        "user-may",
        MAY,
        "what the user can do about automatic updates",
    ),
    fact(
        "notifies",
        Choice(&["none", "device", "app", "web", "mail"]),
        "where the user is told of an update",
    ),
    fact(
        "notices-configurable",
        YesNo,
        "whether the user can set that",
    ),
    fact(
        "notices-default-on",
        YesNo,
        "whether notices are on as delivered",
    ),
    fact(
        "notices-user-may",
        MAY,
        "what the user can do about notices",
    ),
    fact(
        "names-risks",
        YesNo,
        "whether a notice says what the update mends",
    ),
    fact(
        "disruptive",
        YesNo,
        "whether an update interrupts what the device does",
    ),
    fact(
        "checks",
        Inner(&[
            fact(
                "by",
                Choice(&["device", "app", "service", "user"]),
                "who asks",
            ),
            fact("after-set-up", YesNo, "also when set-up is over"),
            fact("period", Duration, "how often"),
        ]),
        "how it is found out that there is an update",
    ),
    fact(
        "trust",
        Choices(&[
            "signature",
            "authenticated-channel",
            "network-key",
            "user-confirmation",
            "other",
        ]),
        "what makes an update over a network trusted",
    ),
    fact(
        "verified-by",
        Choice(&["device", "associated-service", "nobody"]),
        "who verifies an update",
    ),
    fact(
        "verified-before",
        Choice(&["install", "start", "never"]),
        "before which step",
    ),
    CRYPTO,
    GUARANTEED,
];

pub(super) const SEC_PARAM: &[Fact] = &[
    fact(
        "class",
        Choice(&["critical", "public"]),
        "whether it must be kept secret, or only kept as it is",
    ),
    fact(
        "used-for",
        Choices(&[
            "log-in",
            "sessions",
            "updates",
            "secure-boot",
            "service",
            "communication",
            "storage",
            "identity",
        ]),
        "what it is used for; `service` is a link to an associated service",
    ),
    fact(
        "protects",
        Rows(&["11-ComMech"]),
        "the communication that it keys",
    ),
    fact(
        "hard-coded",
        YesNo,
        "whether it stands in the device's software or hardware from the factory on",
    ),
    fact("unique", YesNo, "whether each unit has another one"),
    fact(
        "of-user",
        YesNo,
        "whether it is the user's, and goes with the user's data",
    ),
    fact(
        "plant",
        PLANTED,
        "the secret of the owner that stands for the row",
    ),
    fact("label", Text, "the field of the label that does"),
    fact(
        "reads",
        Text,
        "the entry of `settings` that shows it to the owner",
    ),
    fact(
        "rests-on",
        Choice(&[
            "debug-lock",
            "sealed",
            "hash",
            "key-store",
            "access-control",
        ]),
        "what keeps it",
    ),
    CARRIED_BY,
    GUARANTEED,
];
