//! Capabilities of a wire and the drivers that have them.
//!
//! A capability is what a case can count on; a driver is one way to have it. Every wait has a
//! deadline, every buffer a bound, and every failure is a `Trouble` that says whose it is: the
//! device's (silent, refused, garbled) or the bench's, with what to try. Nothing read from a device
//! is trusted.
//!
//! # All drivers
//!
//! | capability | driver | is |
//! |---|---|---|
//! | [`console`] | [`console::Tty`] | serial port or pseudo-terminal, by path or already open |
//! | [`power`] | [`power::CommandPower`] | two programs that switch a relay |
//! | | [`power::ProcessPower`] | the process of a virtual unit |
//! | [`lan::http`] | [`lan::http::Client`] | HTTP/1.1 as devices speak it, heads by httparse, TLS by rustls |
//! | [`lan::coap`] | [`lan::coap::exchange`] | CoAP over UDP, packets by coap-lite |
//! | [`lan::stream`] | [`lan::stream::Streams`] | raw TCP and TLS |
//! | [`lan::datagram`] | [`lan::datagram::exchange`] | raw UDP |
//! | [`peers::mqtt`] | [`peers::mqtt::Broker`] | MQTT broker in this process, good and bad certificates |
//! | [`peers::dns`] | [`peers::dns::DnsServer`] | DNS server in this process, packets by simple-dns |
//! | [`peers::dhcp`] | [`peers::dhcp::DhcpServer`] | DHCP server in this process, packets by dhcproto |
//! | [`tap`] | [`tap::Tap`] | what goes between a unit and the world: the bench's own relays, or an interface |
//! | [`reset`] | [`reset::LabReset`] | the lab's own means to reset a unit: a program, a relay, a person |
//! | [`uplink`] | [`uplink::Uplink`] | the unit's way to the network: an interface, programs, an outlet, a gate |
//! | [`swd`] | [`swd::DebugPort`] | any probe of probe-rs, in a worker process; reads only |

pub mod budget;
mod caps;
pub mod console;
pub mod discover;
pub mod lan;
pub mod matcher;
#[cfg(test)]
mod namespace;
pub mod net;
pub mod open;
pub mod peers;
pub mod power;
pub mod reset;
pub mod swd;
mod sync;
pub mod tap;
pub mod uplink;
#[cfg(test)]
#[path = "../tests/usb_tree/mod.rs"]
mod usb_tree;

pub use budget::{Budget, Cancel, OwnCancel};
pub use matcher::{Sighting, Tap};
