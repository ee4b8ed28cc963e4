//! Against `openssl s_server`, where this computer has it.

use super::*;
use crate::net::{self, runtime};
use proofhouse_model::{Dur, TroubleKind};
use std::io::{BufRead, BufReader};
use std::process::{Child as Process, Stdio};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// A server that speaks what our own library refuses; killed when dropped.
struct Old {
    server: Process,
    at: SocketAddr,
    _folder: tempfile::TempDir,
}

impl Drop for Old {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

fn openssl() -> std::process::Command {
    let mut command = std::process::Command::new("openssl");
    command
        .env("OPENSSL_CONF", "/dev/null")
        .stderr(Stdio::null());
    command
}

/// `None` where there is no such program.
fn old(key: &str, options: &[&str]) -> Option<Old> {
    let folder = tempfile::tempdir().unwrap();
    let config = "[req]\ndistinguished_name = n\n[n]\n";
    std::fs::write(folder.path().join("f"), config).unwrap();
    let made = openssl()
        .current_dir(&folder)
        .args([
            "req", "-x509", "-config", "f", "-newkey", key, "-nodes", "-days", "9", "-subj",
            "/CN=odd",
        ])
        .args(["-keyout", "k", "-out", "c"])
        .status();
    assert!(made.ok()?.success());
    let mut server = openssl()
        .current_dir(&folder)
        .args([
            "s_server",
            "-accept",
            "127.0.0.1:0",
            "-cert",
            "c",
            "-key",
            "k",
            "-www",
        ])
        .args(options)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    // Such as `ACCEPT 127.0.0.1:40123`.
    let lines = BufReader::new(server.stdout.take().unwrap()).lines();
    let at = lines
        .map_while(Result::ok)
        .find_map(|line| line.strip_prefix("ACCEPT ")?.parse().ok())
        .unwrap();
    Some(Old {
        server,
        at,
        _folder: folder,
    })
}

fn page(at: SocketAddr) -> (String, Option<String>) {
    let budget = crate::Budget::of(Dur::secs(20).std());
    let late = || proofhouse_model::Trouble::case("late");
    net::run(&budget, late, async {
        let (mut wire, certificate) = net::open(at, true, &Route::default(), None).await?;
        wire.write_all(b"GET / HTTP/1.0\r\n\r\n").await.unwrap();
        wire.flush().await.unwrap();
        let mut page = Vec::new();
        let _ = wire.read_to_end(&mut page).await;
        Ok((String::from_utf8_lossy(&page).into_owned(), certificate))
    })
    .unwrap()
}

#[test]
fn old_protocols_suites_and_curves_are_spoken_through_it() {
    for (key, options) in [
        (
            "rsa:2048",
            &["-tls1", "-cipher", "AES128-SHA:@SECLEVEL=0"][..],
        ),
        ("rsa:2048", &["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"]),
        ("rsa:2048", &["-tls1_2", "-cipher", "AES128-SHA256"]),
        (
            "rsa:2048",
            &["-tls1_2", "-cipher", "DHE-RSA-AES128-GCM-SHA256"],
        ),
        ("rsa:2048", &["-tls1_3", "-groups", "P-521"]),
    ] {
        let Some(old) = old(key, options) else { return };
        let (page, certificate) = page(old.at);
        assert!(page.starts_with("HTTP/1.0 200 ok"), "{options:?}: {page}");
        assert_eq!(certificate.map(|c| c.len()), Some(64), "{options:?}");
    }
}

#[test]
fn a_computer_without_it_says_what_it_needed() {
    let Some(old) = old("rsa:2048", &["-tls1", "-cipher", "AES128-SHA:@SECLEVEL=0"]) else {
        return;
    };
    let route = Route::default();
    let missing = shake_by("no-such-openssl", old.at, &route, None);
    let failed = runtime().unwrap().block_on(missing).err().unwrap();
    assert!(matches!(failed, Failed::Missing));
    let refused = net::tls::blame(&io::ErrorKind::UnexpectedEof.into(), old.at);
    let trouble = net::tls::needs(refused, failed);
    assert_eq!(trouble.kind, TroubleKind::DeviceRefused);
    assert!(trouble.try_next.unwrap().contains("openssl"));
}

#[test]
fn what_nobody_can_speak_is_told_with_both_reasons() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let at = listener.local_addr().unwrap();
    let device = std::thread::spawn(move || {
        use std::io::{Read, Write};
        for _ in 0..2 {
            let (mut s, _) = listener.accept().unwrap();
            let _ = s.read(&mut [0; 1024]);
            // Alert: handshake_failure.
            let _ = s.write_all(&[0x15, 3, 1, 0, 2, 2, 40]);
        }
    });
    if old("rsa:2048", &[]).is_none() {
        return;
    }
    let opened = runtime()
        .unwrap()
        .block_on(net::open(at, true, &Route::default(), None));
    let trouble = opened.err().unwrap();
    assert_eq!(trouble.kind, TroubleKind::DeviceRefused, "{trouble}");
    assert!(
        trouble.what.contains("handshake_failure") && trouble.what.contains("openssl"),
        "{trouble}"
    );
    device.join().unwrap();
}
