use super::*;
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

fn assess(addr: SocketAddr) -> Result<TlsFacts, Trouble> {
    let limit = Budget::of(Duration::from_secs(60));
    assess_tls(addr, None, 1, SystemTime::now(), &Way::default(), &limit)
}

fn answers(facts: &TlsFacts) -> Vec<TlsAnswer> {
    facts.versions.iter().map(|(_, answer)| *answer).collect()
}

/// `openssl s_server` with a fresh certificate, ended when dropped.
struct OpenSsl {
    child: Child,
    addr: SocketAddr,
    folder: PathBuf,
}

impl Drop for OpenSsl {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

impl OpenSsl {
    /// Runs one; `None` where OpenSSL is not installed. What these tests show on top of the others is that a real old
    /// stack agrees; everything is covered without it too.
    fn start(tag: &str, args: &[&str]) -> Option<Self> {
        Self::start_with(tag, args, |_| true)
    }

    /// The same after `make` has made more files in its folder.
    fn start_with(tag: &str, args: &[&str], make: impl Fn(&Path) -> bool) -> Option<Self> {
        let folder =
            std::env::temp_dir().join(format!("proofhouse-tls-{tag}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let key = rcgen::KeyPair::generate().unwrap();
        let names = vec!["plug.local".to_owned()];
        let cert = rcgen::CertificateParams::new(names)
            .unwrap()
            .self_signed(&key)
            .unwrap();
        std::fs::write(folder.join("key.pem"), key.serialize_pem()).unwrap();
        std::fs::write(folder.join("cert.pem"), cert.pem()).unwrap();
        if !make(&folder) {
            return None;
        }
        let spawned = Command::new("openssl")
            .args([
                "s_server",
                "-accept",
                "127.0.0.1:0",
                "-cert",
                "cert.pem",
                "-key",
                "key.pem",
            ])
            .args(args)
            .current_dir(&folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let mut child = spawned.ok()?;
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        let addr = loop {
            line.clear();
            assert_ne!(out.read_line(&mut line).unwrap(), 0, "openssl ended");
            if let Some(addr) = line.trim().strip_prefix("ACCEPT ") {
                break addr.parse().unwrap();
            }
        };
        // Keeps the pipe empty, or the server would block on its own chatter.
        thread::spawn(move || std::io::copy(&mut out, &mut std::io::sink()));
        Some(Self {
            child,
            addr,
            folder,
        })
    }
}

use TlsAnswer::{Accepted, Refused};

#[test]
fn openssl_with_tls_1_2_only() {
    let args = [
        "-tls1_2",
        "-cipher",
        "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-SHA",
    ];
    let Some(server) = OpenSsl::start("12", &args) else {
        return;
    };
    let facts = assess(server.addr).unwrap();
    assert_eq!(
        answers(&facts),
        [Refused, Refused, Refused, Accepted, Refused]
    );
    let mut suites = facts.suites.clone();
    suites.sort();
    assert_eq!(
        suites,
        [
            "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
            "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA"
        ]
    );
    assert!(facts.weak.is_empty());
    assert_eq!(facts.key.as_deref(), Some("EC 256"));
    assert!(facts.days_left.unwrap() > 300);
}

#[test]
fn openssl_with_tls_1_3_only_shows_its_certificate_too() {
    let Some(server) = OpenSsl::start("13", &["-tls1_3"]) else {
        return;
    };
    let facts = assess(server.addr).unwrap();
    assert_eq!(
        answers(&facts),
        [Refused, Refused, Refused, Refused, Accepted]
    );
    let mut suites = facts.suites.clone();
    suites.sort();
    let default = [
        "TLS_AES_128_GCM_SHA256",
        "TLS_AES_256_GCM_SHA384",
        "TLS_CHACHA20_POLY1305_SHA256",
    ];
    assert_eq!(suites, default);
    assert_eq!(facts.signature.as_deref(), Some("ecdsa-with-SHA256"));
}

#[test]
fn openssl_with_old_versions_and_weak_suites() {
    let args = [
        "-cipher",
        "ALL:COMPLEMENTOFALL:@SECLEVEL=0",
        "-min_protocol",
        "TLSv1",
    ];
    let Some(server) = OpenSsl::start("old", &args) else {
        return;
    };
    let facts = assess(server.addr).unwrap();
    assert_eq!(
        answers(&facts),
        [Refused, Accepted, Accepted, Accepted, Accepted]
    );
    for weak in [
        "TLS_ECDHE_ECDSA_WITH_NULL_SHA",
        "TLS_ECDH_anon_WITH_AES_128_CBC_SHA",
    ] {
        assert!(
            facts.weak.iter().any(|s| s == weak),
            "{weak} in {:?}",
            facts.weak
        );
    }
    assert!(facts.suites.len() > 20, "{:?}", facts.suites);
    assert!(facts.certificate.is_some());
}

/// A rustls server that answers as many connections as come.
fn rustls_server() -> (SocketAddr, Vec<u8>) {
    let key = rcgen::KeyPair::generate().unwrap();
    let cert = rcgen::CertificateParams::new(vec!["plug.local".to_owned()]).unwrap();
    let cert = cert.self_signed(&key).unwrap();
    let der = cert.der().to_vec();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let private = rustls::pki_types::PrivateKeyDer::Pkcs8(key.serialize_der().into());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], private)
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    thread::spawn(move || {
        for tcp in listener.incoming() {
            let mut tls = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut tcp = tcp.unwrap();
            while tls.is_handshaking() && tls.complete_io(&mut tcp).is_ok() {}
        }
    });
    (addr, der)
}

#[test]
fn rustls_speaks_1_2_and_1_3_and_nothing_weak() {
    use sha2::Digest;
    let (addr, der) = rustls_server();
    let facts = assess(addr).unwrap();
    assert_eq!(
        answers(&facts),
        [Refused, Refused, Refused, Accepted, Accepted]
    );
    let hash = proofhouse_model::bytes::to_hex(&sha2::Sha256::digest(&der));
    assert_eq!(facts.certificate, Some(hash));
    assert_eq!(facts.suites.len(), 6, "{:?}", facts.suites);
    assert!(facts.weak.is_empty());
}

/// Answers every connection in its own way.
fn serve(answer: impl Fn(TcpStream) + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            answer(stream.unwrap());
        }
    });
    addr
}

/// Reads one record, so that a close afterwards is no reset.
fn swallow(stream: &mut TcpStream) -> Vec<u8> {
    let mut head = [0; 5];
    stream.read_exact(&mut head).unwrap();
    let mut body = vec![0; usize::from(u16::from_be_bytes([head[3], head[4]]))];
    stream.read_exact(&mut body).unwrap();
    body
}

/// Version and suites of a hello.
fn offered(hello: &[u8]) -> (u16, Vec<u16>) {
    let word = |at: usize| u16::from_be_bytes([hello[at], hello[at + 1]]);
    let list = 39 + usize::from(hello[38]);
    let suites = (0..usize::from(word(list)) / 2).map(|i| word(list + 2 + 2 * i));
    (word(4), suites.collect())
}

/// An old device: SSLv3 and TLS 1.0 with three suites, one of them only in SSLv3. Needs no OpenSSL.
#[test]
fn an_old_device_shows_all_its_suites_over_all_its_versions() {
    let addr = serve(|mut s| {
        let (version, suites) = offered(&swallow(&mut s));
        let takes: &[u16] = match version {
            0x0300 => &[0x0004, 0x002f],
            0x0301 => &[0x000a, 0x002f],
            _ => &[],
        };
        match takes.iter().find(|t| suites.contains(t)) {
            None => s.write_all(&[21, 3, 1, 0, 2, 2, 40]).unwrap(),
            Some(suite) => {
                let mut hello = version.to_be_bytes().to_vec();
                hello.extend_from_slice(&[7; 33]);
                hello[34] = 0;
                hello.extend_from_slice(&suite.to_be_bytes());
                hello.push(0);
                let messages = [&[2, 0, 0, 38][..], &hello, &[14, 0, 0, 0]].concat();
                for part in messages.chunks(9) {
                    s.write_all(&[&[22, 3, 0, 0, part.len() as u8][..], part].concat())
                        .unwrap();
                }
            }
        }
    });
    let facts = assess(addr).unwrap();
    assert_eq!(
        answers(&facts),
        [Accepted, Accepted, Refused, Refused, Refused]
    );
    let mut suites = facts.suites.clone();
    suites.sort();
    let weak = ["TLS_RSA_WITH_3DES_EDE_CBC_SHA", "TLS_RSA_WITH_RC4_128_MD5"];
    assert_eq!(suites, [weak[0], "TLS_RSA_WITH_AES_128_CBC_SHA", weak[1]]);
    assert_eq!(facts.weak.len(), 2);
    assert_eq!(facts.certificate, None);
}

/// OpenSSL with a short RSA key for clients that know RSA only, another one by name, and Diffie-Hellman beside ECDHE.
#[test]
fn openssl_shows_its_certificates_by_kind_and_by_name_and_its_groups() {
    let args = "-dcert rsa.pem -dkey rsa.key -servername plug.local -cert2 name.pem -key2 name.key \
                -cipher ALL:@SECLEVEL=0";
    let make = |folder: &Path| {
        let mut made = ["rsa:1024", "rsa:1536"].into_iter().zip(["rsa", "name"]);
        made.all(|(kind, name)| {
            let args = format!("req -x509 -newkey {kind} -nodes -sha1 -subj /CN=x -keyout {name}.key -out {name}.pem");
            let mut openssl = Command::new("openssl");
            openssl.args(args.split(' ')).current_dir(folder);
            openssl.stderr(Stdio::null()).status().is_ok_and(|status| status.success())
        })
    };
    let args: Vec<&str> = args.split_whitespace().collect();
    let Some(server) = OpenSsl::start_with("many", &args, make) else {
        return;
    };
    let facts = assess(server.addr).unwrap();
    let key = |kind: &str| {
        facts
            .certificates
            .iter()
            .find(|it| it.key.as_deref() == Some(kind))
    };
    assert!(key("EC 256").is_some(), "{:?}", facts.certificates);
    let short = key("RSA 1024").unwrap();
    assert_eq!(short.signature.as_deref(), Some("sha1WithRSAEncryption"));
    let by_name = key("RSA 1536").unwrap();
    assert!(by_name.shown_to.contains("as plug.local"), "{by_name:?}");
    let groups: BTreeSet<_> = facts
        .groups
        .iter()
        .map(|it| (it.name.as_str(), it.bits))
        .collect();
    assert!(groups.contains(&("DH", Some(1024))), "{groups:?}");
    assert!(groups.contains(&("x25519", Some(255))), "{groups:?}");
}

#[test]
fn a_web_server_without_tls_is_garbled() {
    let addr = serve(|mut s| {
        swallow(&mut s);
        s.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap();
    });
    let trouble = assess(addr).unwrap_err();
    assert_eq!(trouble.kind, TroubleKind::DeviceGarbled);
    assert!(trouble.what.contains("HTTP/1.1"), "{trouble}");
}

#[test]
fn refusing_everything_is_no_evidence() {
    let alert = serve(|mut s| {
        swallow(&mut s);
        s.write_all(&[21, 3, 1, 0, 2, 2, 40]).unwrap();
    });
    assert_eq!(assess(alert).unwrap_err().kind, TroubleKind::DeviceRefused);
    let close = serve(|mut s| drop(swallow(&mut s)));
    assert_eq!(assess(close).unwrap_err().kind, TroubleKind::DeviceRefused);
    let nobody = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    assert_eq!(assess(nobody).unwrap_err().kind, TroubleKind::DeviceRefused);
}

#[test]
fn silence_to_one_version_is_not_refusal() {
    // Says nothing to SSLv3 hellos, refuses the others by version.
    let held = std::sync::Mutex::new(Vec::new());
    let addr = serve(move |mut s| {
        let mut head = [0; 11];
        s.peek(&mut head).unwrap();
        if head[2] == 0 {
            held.lock().unwrap().push(s);
        } else {
            swallow(&mut s);
            s.write_all(&[21, 3, 1, 0, 2, 2, 70]).unwrap();
        }
    });
    let (route, limit) = (Way::default(), Budget::of(Duration::from_secs(4)));
    let mut talker = Talker::new(addr, None, 1, &route, &limit);
    assert_eq!(
        offer::version(&mut talker, Version::Ssl3).unwrap(),
        Outcome::Silent
    );
    let other = offer::version(&mut talker, Version::Tls10).unwrap();
    assert_eq!(other, Outcome::Refused(talk::Refusal::Alert(70)));
}

#[test]
fn an_older_choice_refuses_the_newer_version() {
    let addr = serve(|mut s| {
        swallow(&mut s);
        let mut hello = vec![22, 3, 2, 0, 42, 2, 0, 0, 38, 3, 2];
        hello.extend_from_slice(&[7; 32]);
        hello.extend_from_slice(&[0, 0, 0x2f, 0]);
        s.write_all(&hello).unwrap();
    });
    let facts = assess(addr).unwrap_err();
    // It takes 1.1 with a suite again and again, offered or not: no list can be made of that.
    assert_eq!(facts.kind, TroubleKind::DeviceGarbled);
    let (route, limit) = (Way::default(), Budget::of(Duration::from_secs(60)));
    let mut talker = Talker::new(addr, None, 1, &route, &limit);
    let newer = offer::version(&mut talker, Version::Tls12).unwrap();
    assert_eq!(newer, Outcome::Refused(talk::Refusal::Chose(0x0302)));
}

#[test]
fn a_service_that_drips_and_one_that_floods_do_not_outlast_the_budget() {
    // Pieces of a server hello, and records that never end a message; both give up by themselves.
    let drip: &[u8] = b"\x16\x03\x03\x40\x00\x02\x00\x3f\xf0";
    let flood = Duration::from_secs(20);
    for (bytes, pause) in [
        (drip, Some(Duration::from_millis(5))),
        (&[0x17_u8, 3, 3, 0, 1, 0][..], None),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let addr = listener.local_addr().unwrap();
        let began = std::time::Instant::now();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                thread::spawn(move || {
                    let mut at = 0;
                    while began.elapsed() < flood && stream.write_all(&bytes[at..=at]).is_ok() {
                        at = (at + 1) % bytes.len();
                        // A pause that ends with the connection.
                        let _ = stream.set_read_timeout(pause);
                        let _ = pause.map(|_| stream.read(&mut [0; 512]));
                    }
                });
            }
        });
        let budget = Budget::of(Duration::from_millis(300));
        let (route, now) = (Way::default(), SystemTime::now());
        assess_tls(addr, None, 1, now, &route, &budget).unwrap_err();
        modern::leaf(addr, None, None, &route, &budget).unwrap_or_default();
        assert!(began.elapsed() < flood, "it outlasted its budget");
    }
}
