//! What a profile's `device.star` may offer: the fixed list of operations.

use proofhouse_model::Effect;

/// One operation a device script may define. Every one takes the bench first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeviceOp {
    /// Name of the function.
    pub name: &'static str,
    /// Parameters after `bench`: name and type.
    pub parameters: &'static [(&'static str, &'static str)],
    /// What it returns.
    pub returns: &'static str,
    /// What it is for, one line.
    pub meaning: &'static str,
    /// What it does to the unit by its very purpose: a case that calls it declares at least this.
    pub effect: Effect,
}

const OWNER: (&str, &str) = ("owner", "Owner");
const MAYBE_OWNER: (&str, &str) = ("owner", "Owner | None");

/// All operations, in the order shown to people.
pub const DEVICE_OPS: [DeviceOp; 18] = [
    DeviceOp {
        name: "ready",
        parameters: &[("within", "str")],
        returns: "None",
        meaning: "returns when the device operates, in whatever mode; lets trouble through",
        effect: Effect::Reversible,
    },
    DeviceOp {
        name: "set_up",
        parameters: &[OWNER],
        returns: "None",
        meaning: "takes a device in factory state through its set-up for this owner",
        effect: Effect::Reversible,
    },
    DeviceOp {
        name: "try_set_up",
        parameters: &[("password", "str | None")],
        returns: "Answer",
        meaning: "tries to take a device in factory state through its set-up with this password of the \
                  user's own; None: the user leaves it out",
        effect: Effect::Reversible,
    },
    DeviceOp {
        name: "login",
        parameters: &[("user", "str"), ("password", "str")],
        returns: "Answer",
        meaning: "tries a user name and password",
        effect: Effect::Reversible,
    },
    DeviceOp {
        name: "login_owner",
        parameters: &[OWNER],
        returns: "Answer",
        meaning: "logs the owner in the way owners do",
        effect: Effect::Reversible,
    },
    DeviceOp {
        name: "change_password",
        parameters: &[("user", "str"), ("old", "str | None"), ("new", "str")],
        returns: "Answer",
        meaning: "sends the change of a password that the manual tells of, whether the old one is taken or not; \
                  None: whoever has no log-in tries it",
        effect: Effect::Reversible,
    },
    DeviceOp {
        name: "settings",
        parameters: &[MAYBE_OWNER],
        returns: "dict",
        meaning: "reads all settings a user can see; the owner is None in factory state",
        effect: Effect::Reversible,
    },
    DeviceOp {
        name: "personalise",
        parameters: &[OWNER],
        returns: "None",
        meaning: "leaves user data and settings that differ from the defaults",
        effect: Effect::Reversible,
    },
    DeviceOp {
        name: "works",
        parameters: &[MAYBE_OWNER],
        returns: "Answer",
        meaning: "exercises the main function; the owner is None in factory state",
        effect: Effect::Reversible,
    },
    DeviceOp {
        name: "works_locally",
        parameters: &[OWNER],
        returns: "Answer",
        meaning: "exercises the main function by what needs no network, such as a button or a console",
        effect: Effect::Reversible,
    },
    DeviceOp {
        name: "factory_reset",
        parameters: &[MAYBE_OWNER],
        returns: "None",
        meaning: "resets to factory state the way the manual says",
        effect: Effect::FactoryReset,
    },
    DeviceOp {
        name: "firmware",
        parameters: &[],
        returns: "str",
        meaning: "version of the software that is running",
        effect: Effect::Reversible,
    },
    DeviceOp {
        name: "install",
        parameters: &[MAYBE_OWNER, ("image", "Bytes")],
        returns: "Answer",
        meaning: "offers an update; accepted once the new image runs or is committed to run",
        effect: Effect::MayBrick,
    },
    DeviceOp {
        name: "identity",
        parameters: &[],
        returns: "dict",
        meaning: "who the unit says it is, by the wire it says so on: \
         {\"console\": {\"serial\": ...}, \"lan\": {\"mac\": ...}}; \
                  names are serial, mac, chip-uid and address",
        effect: Effect::Reversible,
    },
    DeviceOp {
        name: "is_factory_default",
        parameters: &[],
        returns: "bool",
        meaning: "whether the device is in factory state",
        effect: Effect::Reversible,
    },
    DeviceOp {
        name: "restart",
        parameters: &[MAYBE_OWNER],
        returns: "None",
        meaning: "restarts the device the way its user does; no case needs it, and those that would cut the supply \
                  do this where the bench cannot (bench.can)",
        effect: Effect::Reversible,
    },
    DeviceOp {
        name: "fuzz_inputs",
        parameters: &[MAYBE_OWNER, ("interface", "str")],
        returns: "list",
        meaning: "valid messages of a named interface, to start a fuzz campaign from",
        effect: Effect::Reversible,
    },
    DeviceOp {
        name: "surfaces",
        parameters: &[],
        returns: "list",
        meaning: "what the maker knows to stop the start, or to open the console, each as it is typed",
        effect: Effect::Reversible,
    },
];

impl DeviceOp {
    /// The operation of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        DEVICE_OPS.iter().find(|op| op.name == name)
    }

    /// Whether cases may call it without naming it in their head: they do without where a profile has none.
    #[must_use]
    pub fn is_optional(&self) -> bool {
        self.name == "restart"
    }

    /// How its function must be written, such as `def ready(bench: Bench, within)`.
    #[must_use]
    pub fn signature(&self) -> String {
        let rest: String = self
            .parameters
            .iter()
            .map(|(name, _)| format!(", {name}"))
            .collect();
        format!("def {}(bench: Bench{rest})", self.name)
    }
}

/// The operation a case really needs when it calls `bench.device.<name>`: `enrol_owner` is ours and
/// calls `set_up`.
pub(crate) fn needed_op(called: &str) -> &str {
    if called == "enrol_owner" {
        "set_up"
    } else {
        called
    }
}
