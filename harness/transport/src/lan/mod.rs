//! Capability *lan*: the unit's own network address, dialled from the bench.
//!
//! | driver | is |
//! |---|---|
//! | [`http::Client`] | HTTP/1.1 exchanges, plain or TLS, cookies and connections by session |
//! | [`coap::exchange`] | CoAP requests over UDP, retransmitted, separate answers understood |
//! | [`stream::Streams`] | raw TCP and TLS connections with pattern matching |
//! | [`datagram::exchange`] | one UDP datagram and its answer |

pub mod coap;
pub mod datagram;
pub mod http;
pub mod stream;
