//! The keys, in the order of the tables.

mod log_ins_and_updates;
mod wires_and_data;

use super::FactKind::{Choice, Choices, Day, Inner, Rows, Text, Texts, Whole};
use super::{Fact, FactKind, fact};
use log_ins_and_updates::{AUTH_MECH, CONF, SEC_PARAM, SOFT_COMP, UPD_MECH, USER_INFO};
use wires_and_data::{
    ACC_CTRL, COM_MECH, DEL_FUNC, EXT_API, INP_VAL, INTF, NET_SEC_IMPL, PERS_DATA, RES_MECH,
    SEC_BOOT, SEC_DEV, SOFT_SERV, TEL_DATA, USER_DEC, USER_INTF,
};

const PORT: FactKind = Whole(1, 65_535);
const STATES: FactKind = Choices(&["set-up", "operating"]);
const GUARANTEES: FactKind = Choices(&[
    "confidentiality",
    "integrity",
    "authenticity",
    "freshness",
    "availability",
]);
const PLANTED: FactKind = Choices(&["nickname", "wifi-ssid", "wifi-key", "password"]);
const MAY: FactKind = Choices(&["enable", "disable", "postpone"]);

/// What a listening thing says of itself, in more than one table.
const PROTO: Fact = fact("proto", Choice(&["tcp", "udp"]), "what its port is of");
const LISTENS: Fact = fact("port", PORT, "where it listens");
const LISTENS_IN: Fact = fact(
    "states",
    STATES,
    "in which it listens; in the others it is disabled, and tried to be",
);
const LATE: Fact = fact(
    "opens-after-ms",
    Whole(0, 3_600_000),
    "milliseconds from the start after which it listens",
);
const CRYPTO: Fact = fact(
    "crypto",
    Texts,
    "every algorithm and protocol version it uses, by the names of the suite's catalogue of cryptography",
);
const GUARANTEED: Fact = fact("guarantees", GUARANTEES, "what it protects");
const CARRIED_BY: Fact = fact(
    "carried-by",
    Rows(&["11-ComMech"]),
    "what it goes by, to the device or from it; an empty list where it is never sent",
);

/// What a confirmation of 4-Conf names.
const CONFIRMED: FactKind = Inner(&[
    fact("process", Text, "its name"),
    fact("since", Day, "in force since"),
]);

/// Keys that every table has.
pub const EVERYWHERE: &[Fact] = &[
    fact(
        "untested",
        Text,
        "why no case can look at the row: left to a person",
    ),
    fact(
        "none",
        Text,
        "why the table has no rows: stands alone in its only row",
    ),
];

/// Each table with its own keys.
pub const TABLES: &[(&str, &[Fact])] = &[
    ("1-AuthMech", AUTH_MECH),
    ("2-UserInfo", USER_INFO),
    ("3-VulnTypes", &[]),
    ("4-Conf", CONF),
    ("5-VulnMon", &[]),
    ("6-SoftComp", SOFT_COMP),
    ("7-UpdMech", UPD_MECH),
    ("8-UpdProc", &[]),
    ("9-ReplSup", &[]),
    ("10-SecParam", SEC_PARAM),
    ("11-ComMech", COM_MECH),
    ("12-NetSecImpl", NET_SEC_IMPL),
    ("13-SoftServ", SOFT_SERV),
    ("14-SecMgmt", &[]),
    ("15-Intf", INTF),
    ("16-CodeMin", &[]),
    ("17-PrivlCtrl", &[]),
    ("18-AccCtrl", ACC_CTRL),
    ("19-SecDev", SEC_DEV),
    ("20-SecBoot", SEC_BOOT),
    ("21-PersData", PERS_DATA),
    ("22-ExtSens", &[]),
    ("23-ResMech", RES_MECH),
    ("24-TelData", TEL_DATA),
    ("25-DelFunc", DEL_FUNC),
    ("26-UserDec", USER_DEC),
    ("27-UserIntf", USER_INTF),
    ("28-ExtAPI", EXT_API),
    ("29-InpVal", INP_VAL),
];
