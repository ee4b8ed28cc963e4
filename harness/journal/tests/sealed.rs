//! A sealed folder that is no run: what was changed in it is found, and what never ends is refused at once.

use proofhouse_journal::{read_sealed, write_sealed};
use std::fs;
use std::path::Path;

const MOST: u64 = 1 << 20;

fn made(dir: &Path) {
    let files = [("proof.json", &b"{\"a\":1}"[..]), ("matrix.json", b"[]")];
    write_sealed(dir, &files).unwrap();
}

#[test]
fn what_was_sealed_is_read_and_replaced_as_a_whole() {
    let room = tempfile::tempdir().unwrap();
    let dir = room.path().join("runs/proof");
    made(&dir);
    made(&dir);
    let read = read_sealed(&dir, MOST).unwrap();
    assert_eq!(read["proof.json"], b"{\"a\":1}");
    assert_eq!(read.len(), 2);
    let beside = fs::read_dir(dir.parent().unwrap()).unwrap();
    assert_eq!(beside.count(), 1, "nothing is left beside it");
}

#[test]
fn every_changed_byte_and_every_other_file_is_found() {
    let room = tempfile::tempdir().unwrap();
    let dir = room.path().join("proof");
    for name in ["proof.json", "matrix.json", "seal.json"] {
        made(&dir);
        let good = fs::read(dir.join(name)).unwrap();
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 1;
            fs::write(dir.join(name), bad).unwrap();
            let told = read_sealed(&dir, MOST).unwrap_err().to_string();
            assert!(told.contains(name), "{name} byte {at}: {told}");
        }
        fs::remove_file(dir.join(name)).unwrap();
        let told = read_sealed(&dir, MOST).unwrap_err().to_string();
        assert!(told.contains(name), "{name} taken away: {told}");
    }
    made(&dir);
    fs::write(dir.join("more.json"), "{}").unwrap();
    assert!(read_sealed(&dir, MOST).is_err());
    // The seal of a run does not vouch for a proof.
    made(&dir);
    let seal = fs::read_to_string(dir.join("seal.json")).unwrap();
    fs::write(
        dir.join("seal.json"),
        seal.replace("\"events\":0", "\"events\":9"),
    )
    .unwrap();
    assert!(read_sealed(&dir, MOST).is_err());
}

#[cfg(unix)]
#[test]
fn pipes_devices_and_endless_files_are_refused() {
    let room = tempfile::tempdir().unwrap();
    let dir = room.path().join("proof");
    for name in ["proof.json", "matrix.json", "seal.json"] {
        let put: [fn(&Path); 3] = [
            |path| nix::unistd::mkfifo(path, nix::sys::stat::Mode::S_IRWXU).unwrap(),
            |path| std::os::unix::fs::symlink("/dev/zero", path).unwrap(),
            |path| fs::File::create(path).unwrap().set_len(3 << 30).unwrap(),
        ];
        for put in put {
            made(&dir);
            fs::remove_file(dir.join(name)).unwrap();
            put(&dir.join(name));
            let told = read_sealed(&dir, MOST).unwrap_err().to_string();
            assert!(told.contains(name), "{told}");
        }
    }
    for path in ["/dev/zero", "/dev/null"] {
        assert!(read_sealed(Path::new(path), MOST).is_err());
    }
}
