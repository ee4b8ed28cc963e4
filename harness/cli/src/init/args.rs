//! What `init` may be told on the command line; the rest is asked.

use clap::Args;
use std::path::PathBuf;

/// How a product is worked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Kind {
    /// Over a web interface.
    Http,
    /// Set up over a web interface, worked through an MQTT broker.
    Mqtt,
    /// On a serial console alone.
    Console,
}

impl Kind {
    /// As it is written on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Mqtt => "mqtt",
            Self::Console => "console",
        }
    }
}

/// Arguments of `init`.
#[derive(Debug, Clone, Args)]
pub struct InitArgs {
    /// How the product is worked.
    #[arg(long, value_enum, default_value_t = Kind::Http)]
    pub kind: Kind,
    /// Folder that gets bench file and profile: empty, or not there yet.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Ask nothing: what is not said here stays a guess.
    #[arg(long)]
    pub yes: bool,
    /// Who makes it.
    #[arg(long, value_name = "NAME")]
    pub maker: Option<String>,
    /// Model, as it is sold.
    #[arg(long, value_name = "NAME")]
    pub model: Option<String>,
    /// Version of the hardware.
    #[arg(long, value_name = "VERSION")]
    pub hardware: Option<String>,
    /// Version of the software.
    #[arg(long, value_name = "VERSION")]
    pub software: Option<String>,
    /// Serial number of the unit on the bench.
    #[arg(long, value_name = "NUMBER")]
    pub serial: Option<String>,
    /// Name that goes with the password.
    #[arg(long, value_name = "NAME")]
    pub user: Option<String>,
    /// Address or host name of the unit.
    #[arg(long, value_name = "ADDRESS")]
    pub address: Option<String>,
    /// Port of its web interface.
    #[arg(long, value_name = "PORT")]
    pub port: Option<String>,
    /// Its web interface speaks HTTP in clear.
    #[arg(long)]
    pub clear: bool,
    /// Address of this computer, as the unit sees it (for --kind mqtt).
    #[arg(long, value_name = "ADDRESS")]
    pub host: Option<String>,
    /// Serial port: a path of /dev/serial/by-id, or VID:PID of its adapter (for --kind console).
    #[arg(long, value_name = "PORT")]
    pub console: Option<String>,
    /// Its rate.
    #[arg(long, value_name = "BAUD")]
    pub baud: Option<String>,
}
