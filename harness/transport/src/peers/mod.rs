//! Capability *peers*: services that a unit dials and the bench offers, good and bad. One folder each.
//!
//! | peer | is |
//! |---|---|
//! | [`mqtt`] | an MQTT broker |

pub mod mqtt;
