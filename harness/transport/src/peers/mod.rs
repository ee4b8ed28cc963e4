//! Capability *peers*: services that a unit dials and the bench offers, good and bad. One folder each.
//!
//! | peer | is |
//! |---|---|
//! | [`mqtt`] | an MQTT broker |
//! | [`dns`] | a DNS server |
//! | [`dhcp`] | a DHCP server |

pub mod dhcp;
pub mod dns;
pub mod mqtt;
