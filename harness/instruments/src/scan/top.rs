//! UDP ports that are asked where nobody says which.

/// When the list was last added to.
pub const UDP_LISTED: &str = "November 2026";

/// UDP services of consumer devices and of what they are built from: time, names, discovery, printing, cameras, lamps,
/// plugs, meters, building control, calls, tunnels and debugging. Own collection, by the names of the IANA registry
/// and, where it has none, by what makers' own protocols are known to use. In order.
#[rustfmt::skip]
pub const UDP_TOP: [u16; 100] = [
    7, 9, 19, 37, 53, 67, 68, 69, 80, 88, 111, 123, 135, 137, 138, 139, 161, 162, 177, 319, 320, 389,
    427, 443, 445, 464, 500, 502, 514, 520, 547, 554, 623, 631, 853, 1194, 1434, 1645, 1646, 1701, 1719,
    1812, 1813, 1883, 1900, 2049, 2123, 2152, 2222, 2362, 2427, 3283, 3391, 3478, 3671, 3702, 4002,
    4003, 4500, 4569, 5000, 5004, 5005, 5060, 5061, 5246, 5247, 5349, 5351, 5353, 5355, 5540, 5683,
    5684, 6666, 6667, 7000, 8000, 8443, 9522, 9999, 10001, 11211, 17185, 20002, 30718, 32100, 32414,
    33434, 34569, 37020, 38899, 41794, 44818, 47808, 48899, 49152, 51820, 54321, 56700,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_in_order_and_has_what_is_asked_a_question_of_its_own() {
        assert!(UDP_TOP.is_sorted_by(|a, b| a < b));
        for port in [
            53, 69, 123, 137, 161, 500, 1900, 3478, 5060, 5353, 5355, 5683, 5684, 10001,
        ] {
            assert!(UDP_TOP.contains(&port), "{port}");
        }
    }
}
