//! Who the bench passes for: a device that behaves only towards test equipment must not be able to tell it from others.
//!
//! Each case of a run has one client, drawn from its seed. Headers are those that the program sends by itself, of
//! November 2026: Firefox 145, Chrome 142, Safari 26, curl 8.14, Python requests 2.32, OkHttp 5.3, Dart 3.9, Go 1.25.

use proofhouse_model::seeded::{Seeded, fnv1a};

/// Headers and habits of one kind of client.
#[derive(Debug)]
pub(crate) struct Client {
    /// Headers of a request that the script did not write itself, in order.
    pub(crate) headers: &'static [(&'static str, &'static str)],
    /// What its owner's Wi-Fi name begins with; no space, since many a console takes none.
    pub(crate) wifi: &'static str,
    /// What the name that its owner gives a device begins with.
    pub(crate) nickname: &'static str,
}

const BROWSER_ACCEPT: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

/// Every kind of client.
pub(crate) const CLIENTS: [Client; 8] = [
    Client {
        headers: &[
            (
                "User-Agent",
                "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
            ),
            ("Accept", BROWSER_ACCEPT),
            ("Accept-Language", "en-GB,en;q=0.5"),
        ],
        wifi: "Home-",
        nickname: "my ",
    },
    Client {
        headers: &[
            (
                "User-Agent",
                concat!(
                    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) ",
                    "Chrome/142.0.0.0 Safari/537.36"
                ),
            ),
            ("Accept", BROWSER_ACCEPT),
            ("Accept-Language", "de-DE,de;q=0.9,en;q=0.8"),
        ],
        wifi: "Fritzbox-",
        nickname: "Flur ",
    },
    Client {
        headers: &[
            (
                "User-Agent",
                concat!(
                    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 ",
                    "(KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1"
                ),
            ),
            ("Accept", BROWSER_ACCEPT),
            ("Accept-Language", "en-GB,en;q=0.9"),
        ],
        wifi: "BTHub6-",
        nickname: "hall ",
    },
    Client {
        headers: &[("User-Agent", "curl/8.14.1"), ("Accept", "*/*")],
        wifi: "net-",
        nickname: "unit ",
    },
    Client {
        headers: &[("User-Agent", "python-requests/2.32.5"), ("Accept", "*/*")],
        wifi: "TP-Link_",
        nickname: "kitchen ",
    },
    Client {
        headers: &[("User-Agent", "okhttp/5.3.0")],
        wifi: "VM",
        nickname: "bedroom ",
    },
    Client {
        headers: &[("User-Agent", "Dart/3.9 (dart:io)")],
        wifi: "eero-",
        nickname: "granny ",
    },
    Client {
        headers: &[("User-Agent", "Go-http-client/1.1")],
        wifi: "ASUS_",
        nickname: "attic ",
    },
];

/// The client of a case in a run. A function of both, so that a run repeats and a recording is judged again alike.
pub(crate) fn client_of(seed: u64, case: &str) -> &'static Client {
    let mut numbers = Seeded::new(seed ^ fnv1a(case.bytes()).rotate_left(17));
    &CLIENTS[numbers.below(CLIENTS.len())]
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn clients_vary_by_seed_and_by_case_and_repeat() {
        let agent = |seed, case| client_of(seed, case).headers[0].1;
        assert_eq!(agent(7, "tls_https"), agent(7, "tls_https"));
        let by_seed: BTreeSet<_> = (0..50).map(|seed| agent(seed, "tls_https")).collect();
        assert_eq!(by_seed.len(), CLIENTS.len());
        let cases = [
            "brute_force",
            "open_ports",
            "tls_https",
            "power_loss",
            "fuzz_coap",
        ];
        let by_case: BTreeSet<_> = cases.iter().map(|case| agent(7, case)).collect();
        assert!(by_case.len() > 1);
    }
}
