//! Inputs that are no configuration at all: none may panic, each gets a sentence.

mod common;

use common::{Desk, GOOD_BENCH, GOOD_PROFILE, shown, suite};
use proofhouse_planner::{read_bench, read_profile};

fn bench_of(bytes: &[u8]) -> String {
    let desk = Desk::new();
    shown(&read_bench(&desk.write("bench.toml", bytes)).unwrap_err())
}

#[test]
fn what_is_no_text_file_is_named() {
    let utf8 = "a TOML file in UTF-8";
    assert_eq!(bench_of(b""), "file is empty | - | -\n");
    assert_eq!(bench_of(b" \n\t\r\n"), "file is empty | - | -\n");
    assert_eq!(bench_of("\u{feff}".as_bytes()), "file is empty | - | -\n");
    assert_eq!(
        bench_of(b"name = \"x\"\nprofile = \"\xff\""),
        format!("2:12 this byte is not UTF-8 | {utf8} | -\n")
    );
    assert_eq!(
        bench_of(b"name = \"x\"\n\0"),
        format!("2:1 a NUL byte: this is no text file | {utf8} | -\n")
    );
    assert_eq!(
        bench_of(b"\x7fELF\x02\x01\x01\0\0\0\xff\xfe"),
        format!("1:8 a NUL byte: this is no text file | {utf8} | -\n")
    );
}

#[test]
fn a_file_of_rubbish_cannot_steer_a_terminal() {
    let desk = Desk::new();
    let path = desk.write("bench.toml", b"\x1b[2J\x07 \xff");
    let found = read_bench(&path).unwrap_err();
    let source = &found[0].place.as_ref().unwrap().source;
    assert!(!source.contains(['\x1b', '\x07']), "{source:?}");
}

#[test]
fn what_is_not_there_or_no_file_is_named() {
    let desk = Desk::new();
    let say = |name: &str| shown(&read_bench(&desk.path(name)).unwrap_err());
    assert_eq!(say("profile"), "file is a folder | a file | -\n");
    assert_eq!(
        say("bensh.toml"),
        "file there is no such file | - | bench.toml\n"
    );
    assert_eq!(say("no/where.toml"), "file there is no such file | - | -\n");
    assert_eq!(
        shown(&read_bench("/dev/zero".as_ref()).unwrap_err()),
        "file is no ordinary file | a file | -\n"
    );
    let suite = suite("V2.1.1");
    let say = |name: &str| shown(&read_profile(&desk.path(name), &suite).unwrap_err());
    let want = "file there is no such folder | a profile's folder with profile.toml in it | -\n";
    assert_eq!(say("nowhere"), want);
    assert_eq!(say("bench.toml"), want);
    assert_eq!(
        say("profile/images"),
        "file there is no such file | - | -\n"
    );
}

#[test]
fn a_huge_file_is_refused_unread() {
    let four = 4 * 1024 * 1024;
    let want = "file is larger than 4 MiB | a configuration file written by a person | -\n";
    assert_eq!(bench_of(&vec![b'#'; four + 1]), want);
    // Just small enough: read, and found to say nothing.
    assert!(bench_of(&vec![b'#'; four]).starts_with("1:1 `name` is missing here"));
}

/// A profile is hashed with every script and file that it names.
#[test]
fn gigabytes_beside_a_profile_are_refused_unread() {
    let suite = suite("V2.1.1");
    for name in ["device.star", "images/new.img"] {
        let desk = Desk::new();
        let path = desk.path("profile").join(name);
        let file = std::fs::File::create(path).unwrap();
        file.set_len(3 << 30).unwrap();
        let told = shown(&read_profile(&desk.path("profile"), &suite).unwrap_err());
        assert!(told.contains("larger than 256 MiB"), "{name}: {told}");
    }
}

#[test]
fn a_flood_of_mistakes_is_counted_not_kept() {
    let desk = Desk::new();
    let lines: String = (0..50_000).map(|n| format!("k{n} = 1\n")).collect();
    let found = read_bench(&desk.write("bench.toml", lines.as_bytes())).unwrap_err();
    assert!(found.len() <= 101, "{}", found.len());
    let kept: usize = found
        .iter()
        .filter_map(|d| d.place.as_ref())
        .map(|p| p.source.len())
        .sum();
    assert!(kept <= 20 * 1024 * 1024, "{kept} bytes");
    assert!(
        found
            .last()
            .unwrap()
            .message
            .ends_with("more mistakes, not shown")
    );
}

#[test]
fn deep_nesting_is_a_mistake_not_a_crash() {
    for (open, close) in [("[", "]"), ("{a=", "}")] {
        let deep = format!("name = {}1{}", open.repeat(20_000), close.repeat(20_000));
        assert!(!bench_of(deep.as_bytes()).is_empty());
    }
    let dotted = format!("{}a = 1", "a.".repeat(20_000));
    assert!(!bench_of(dotted.as_bytes()).is_empty());
}

/// A good file cut off at every third byte, and with bytes here and there changed to troublesome ones.
#[test]
fn no_damage_makes_reading_panic() {
    let desk = Desk::new();
    let suite = suite("V2.1.1");
    let mut refused = 0;
    for (file, good) in [
        ("bench.toml", GOOD_BENCH),
        ("profile/profile.toml", GOOD_PROFILE),
    ] {
        let read = |bytes: &[u8]| {
            let path = desk.write(file, bytes);
            let found = if file == "bench.toml" {
                read_bench(&path).err()
            } else {
                read_profile(path.parent().unwrap(), &suite).err()
            };
            // A mistake without a word, or an error without a mistake, would be as bad as a panic.
            found.inspect(|found| {
                assert!(!found.is_empty());
                assert!(found.iter().all(|d| !d.message.is_empty()));
            })
        };
        assert_eq!(read(good.as_bytes()), None);
        let bytes = good.as_bytes();
        for len in (0..bytes.len()).step_by(3) {
            refused += usize::from(read(&bytes[..len]).is_some());
        }
        for at in (0..bytes.len()).step_by(37) {
            for odd in *b"\"[]{}=.#\n\0\xff0" {
                let mut damaged = bytes.to_vec();
                damaged[at] = odd;
                refused += usize::from(read(&damaged).is_some());
            }
        }
    }
    assert!(refused > 500, "only {refused} were refused");
}
