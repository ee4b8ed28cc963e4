//! What `--help` says below the options of instruments that are used alone.

pub(super) const SCAN_HELP: &str = "\
Connections are made and closed again, thousands a second; nothing is sent over them. A port that neither takes nor
refuses one is asked three times and then told as silent, never as closed. A UDP port without any answer is `open or
filtered`. No bench file and no journal: for evidence, put the device on a bench and `run`.

Examples:
  proofhouse scan 192.168.1.7                                  all TCP ports
  proofhouse scan plug.local --tcp 1-1024 --udp top100         some of both
  proofhouse scan 192.168.1.7 --udp 1-1000 --within 20m        UDP alone
  sudo proofhouse scan 192.168.1.7 --half-open                 SYNs alone, as fast as the device answers
  proofhouse scan fe80::1%eth0 --json";

pub(super) const TLS_HELP: &str = "\
Versions from SSLv3 to TLS 1.3, every suite of the IANA table in each, certificates by kind of key and by name, groups.
Nothing is judged but the suites: what a product may offer is for a suite of cases to say.

Examples:
  proofhouse tls 192.168.1.7:443
  proofhouse tls '[fe80::1%eth0]:8443' --name plug.example
  proofhouse tls plug.local:8883 --json";

pub(super) const SEARCH_FLASH_HELP: &str = "\
A needle is looked for as it is and in the forms that firmware keeps values in: hex, base64, base32, UTF-16 and UTF-32,
reversed, in lines and groups, in reversed words, and encoded once more. It is told by its number, never by its value.

Examples:
  proofhouse search-flash dump.bin wifi-password
  proofhouse search-flash dump.bin --needles secrets.txt --base 0x08000000
  proofhouse search-flash dump.bin hex:00112233445566778899aabbccddeeff --json";

pub(super) const PASSWORDS_HELP: &str = "\
Lists of defaults, values that specimens share or count up, values made from public facts, patterns, too little variety.
The more specimens of one product, the more can be seen. A password is told by the number of its line, never by its
value.

Example, with tabs between the columns:
  proofhouse passwords labels.tsv
where labels.tsv has lines such as
  kq7Rw2mXtz9P\tAA:BB:CC:00:11:22\tSN-000123\tACME Plug";

pub(super) const FUZZ_HELP: &str = "\
This can crash, reset or brick a device: use one that may be lost. Input number N is the same for the same kind, inputs
and seed, so what brought a device down can be sent again with --seed, --from and --count 1. Whether the device is up is
asked over the network alone; `run` has its console as a witness, too.

Examples:
  proofhouse fuzz --http 192.168.1.7:80 --input request.txt
  proofhouse fuzz --coap 192.168.1.7:5683 --count 5000
  proofhouse fuzz --tcp 192.168.1.7:1883 --seed 7 --from 212 --count 1";
