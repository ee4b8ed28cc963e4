//! A second recorder of a console: a file in which another program keeps what the device says.
//!
//! What came here is compared with what stands there, byte for byte, so that a character that got lost on the way, or
//! one that nobody sent, is found whatever the case makes of it. Only how far the two agree is told, and never the
//! bytes: a secret with a character missing is known to no mask.

use crate::budget::Budget;
use crate::open::Context;
use proofhouse_model::event::Agreed;
use proofhouse_model::settings::Settings;
use proofhouse_model::{Channel, Trouble, Wire};
use std::collections::VecDeque;
use std::fs::File;
use std::io::{ErrorKind, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// How long either side may be behind the other.
pub(crate) const BEHIND: Duration = Duration::from_secs(3);
/// Between two looks at the file.
const LOOK: Duration = Duration::from_millis(20);
/// What is compared at once, bytes.
const PIECE: usize = 64 << 10;
/// Most that is kept for a recorder that is behind, bytes.
const MOST: usize = 4 << 20;

/// The file, and how far it was compared.
#[derive(Debug)]
pub struct Second {
    path: PathBuf,
    /// How long the file was when the console was opened.
    start: u64,
    /// Bytes since then that are the same on both sides.
    same: u64,
    /// How many of them were told of.
    told: u64,
    /// What came here after them.
    heard: VecDeque<u8>,
    /// How the two differ; then nothing more is compared.
    differs: Option<String>,
    /// How long either side may be behind the other.
    behind_by: Duration,
}

impl Second {
    /// The one that a bench file names as `recorder`.
    ///
    /// # Errors
    /// As [`Second::open`].
    pub fn of(wire: &Wire, context: &Context<'_>) -> Result<Option<Self>, Trouble> {
        let path = wire.settings.optional("recorder", Settings::text)?;
        path.map(|path| Self::open(context.path(path))).transpose()
    }

    /// From the end of the file as it is now; one that is not there yet may be made when the console is opened.
    ///
    /// # Errors
    /// Bench trouble: what stands there is no file that can be read.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, Trouble> {
        let mut second = Self {
            path: path.into(),
            start: 0,
            same: 0,
            told: 0,
            heard: VecDeque::new(),
            differs: None,
            behind_by: BEHIND,
        };
        second.start = second.len().map_err(|why| second.trouble(&why))?;
        Ok(second)
    }

    /// Takes in what came over the console.
    pub(crate) fn hear(&mut self, bytes: &[u8]) {
        if self.differs.is_some() {
            return;
        }
        self.heard.extend(bytes);
        if self.heard.len() >= PIECE {
            self.compare();
        }
        if self.heard.len() > MOST {
            self.differs = Some(format!("is more than {} MiB behind", MOST >> 20));
            self.heard = VecDeque::new();
        }
    }

    /// Begins again at the end of the file, such as after a case in which the two differed.
    pub(crate) fn begin_again(&mut self) {
        self.heard.clear();
        (self.same, self.told) = (0, 0);
        self.differs = None;
        match self.len() {
            Ok(len) => self.start = len,
            Err(why) => self.differs = Some(why),
        }
    }

    /// How long it is; nothing stands in one that is not there.
    fn len(&self) -> Result<u64, String> {
        match std::fs::metadata(&self.path) {
            Ok(meta) if meta.is_file() => Ok(meta.len()),
            Ok(_) => Err("is no ordinary file".to_owned()),
            Err(e) if e.kind() == ErrorKind::NotFound => Ok(0),
            Err(e) => Err(format!("cannot be read: {e}")),
        }
    }

    /// Compares what is on both sides by now.
    fn compare(&mut self) {
        if self.differs.is_none()
            && let Err(why) = self.try_compare()
        {
            self.differs = Some(why);
            self.heard = VecDeque::new();
        }
    }

    fn try_compare(&mut self) -> Result<(), String> {
        let io = |e: std::io::Error| format!("cannot be read: {e}");
        let at = self.start + self.same;
        let len = self.len()?;
        if len < at {
            return Err("was made shorter, or begun anew".to_owned());
        }
        let both = (len - at).min(self.heard.len() as u64);
        if both == 0 {
            return Ok(());
        }
        let mut file = File::open(&self.path).map_err(io)?;
        file.seek(SeekFrom::Start(at)).map_err(io)?;
        let mut there = Vec::new();
        file.take(both).read_to_end(&mut there).map_err(io)?;
        let alike = there.iter().zip(&self.heard).take_while(|(a, b)| a == b);
        let alike = alike.count();
        self.heard.drain(..alike);
        self.same += alike as u64;
        match alike == there.len() {
            true => Ok(()),
            false => Err(format!("is another from byte {} on", self.same + 1)),
        }
    }

    /// Bytes since the start on whichever side has more.
    fn longest(&self) -> Result<u64, String> {
        let here = self.same + self.heard.len() as u64;
        Ok(here.max(self.len()?.saturating_sub(self.start)))
    }

    /// Which side is behind, and how far.
    fn behind(&self) -> String {
        match (self.heard.len(), self.len()) {
            (0, Ok(len)) => {
                let more = len.saturating_sub(self.start + self.same);
                format!("has {more} bytes that did not come here")
            }
            (less, _) => format!("lacks the last {less} bytes that came here"),
        }
    }

    /// That the two are the same so far, and for how many bytes more than when that was told last.
    fn agreed(&mut self) -> Agreed {
        let bytes = self.same - self.told;
        self.told = self.same;
        Agreed {
            with: self.path.display().to_string(),
            bytes,
        }
    }

    fn trouble(&self, why: &str) -> Trouble {
        if !self.path.exists() {
            return no_such_file(&self.path);
        }
        Trouble::bench(
            Channel::Console,
            format!(
                "the recorder {} of this console {why}, after {} bytes that were the same",
                self.path.display(),
                self.same
            ),
            "characters are lost or added on the way: see line rate, flow control, the USB hub, and that the recorder \
             keeps nothing but what the device says",
        )
    }
}

fn no_such_file(path: &Path) -> Trouble {
    Trouble::bench(
        Channel::Console,
        format!(
            "there is no such file as the recorder {} of this console",
            path.display()
        ),
        "start the program that keeps what the device says, or mend `recorder` in the bench file: a relative path is \
         seen from that file's folder",
    )
}

/// Waits until the file is there: whoever serves the port may begin it when the port is opened.
///
/// # Errors
/// Bench trouble: it is not there in this time.
pub(crate) fn is_there(second: &Mutex<Second>, within: Duration) -> Result<(), Trouble> {
    let path = crate::sync::hold(second).path.clone();
    let until = Instant::now() + within;
    while !path.exists() {
        if Instant::now() >= until {
            return Err(no_such_file(&path));
        }
        std::thread::park_timeout(LOOK);
    }
    Ok(())
}

/// Whether all that came over the console by now, and all that the recorder has of that time, is the same. It takes as
/// long as either side may be behind: an end that got lost here stands in the recorder, and perhaps not yet.
///
/// # Errors
/// Bench trouble: it is not, or one side stays behind; the run is being ended.
pub(crate) fn agree(second: &Mutex<Second>, budget: &Budget) -> Result<Agreed, Trouble> {
    let behind = crate::sync::hold(second).behind_by;
    let there_by = Instant::now() + budget.left().min(behind);
    let until = there_by + behind;
    let mut wanted = None;
    loop {
        let mut now = crate::sync::hold(second);
        now.compare();
        if let Some(why) = &now.differs {
            return Err(now.trouble(why));
        }
        if wanted.is_none() && Instant::now() >= there_by {
            wanted = Some(now.longest().map_err(|why| now.trouble(&why))?);
        }
        if wanted.is_some_and(|wanted| now.same >= wanted) {
            return Ok(now.agreed());
        }
        if Instant::now() >= until {
            return Err(now.trouble(&now.behind()));
        }
        drop(now);
        budget.cancel().check()?;
        std::thread::park_timeout(LOOK);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    struct Bench {
        second: Mutex<Second>,
        file: File,
        _folder: tempfile::TempDir,
    }

    /// A recorder in which something stood before.
    fn bench() -> Bench {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("console.log");
        std::fs::write(&path, "yesterday\n").unwrap();
        let mut second = Second::open(&path).unwrap();
        second.behind_by = Duration::from_millis(50);
        Bench {
            second: Mutex::new(second),
            file: File::options().append(true).open(&path).unwrap(),
            _folder: folder,
        }
    }

    impl Bench {
        /// How many bytes are the same, beyond those that were told of before.
        fn said(&mut self, here: &str, there: &str) -> Result<u64, String> {
            self.second.lock().unwrap().hear(here.as_bytes());
            self.file.write_all(there.as_bytes()).unwrap();
            let agreed = agree(&self.second, &Budget::of(Duration::from_secs(60)));
            agreed.map(|agreed| agreed.bytes).map_err(|t| t.what)
        }
    }

    #[test]
    fn what_is_the_same_on_both_sides_agrees() {
        let mut bench = bench();
        assert_eq!(bench.said("boot\r\n", "boot\r\n"), Ok(6));
        let long = "x".repeat(3 * PIECE);
        assert_eq!(bench.said(&long, &long), Ok(3 * PIECE as u64));
        assert_eq!(bench.said("", ""), Ok(0));
    }

    /// The end of what the device said did not come here, and the recorder is slow.
    #[test]
    fn an_end_that_the_recorder_has_later_is_waited_for() {
        let mut bench = bench();
        bench.second.lock().unwrap().behind_by = Duration::from_secs(20);
        bench.second.lock().unwrap().hear(b"boot");
        let told = std::thread::scope(|scope| {
            let agrees = scope.spawn(|| agree(&bench.second, &Budget::of(Duration::from_secs(60))));
            bench.file.write_all(b"boot").unwrap();
            while bench.second.lock().unwrap().same < 4 {
                std::thread::yield_now();
            }
            bench.file.write_all(b": panic").unwrap();
            bench.second.lock().unwrap().hear(b"!");
            agrees.join().unwrap().unwrap_err()
        });
        assert!(
            told.what.contains("is another from byte 5 on"),
            "{}",
            told.what
        );
    }

    #[test]
    fn a_character_that_was_lost_or_added_is_found_and_no_byte_is_told() {
        for (here, there, why) in [
            ("pasword", "password", "is another from byte 4 on"),
            ("password", "pasword", "is another from byte 4 on"),
            ("pass", "passw", "has 1 bytes that did not come here"),
            ("passw", "pass", "lacks the last 1 bytes that came here"),
            ("pass", "", "lacks the last 4 bytes that came here"),
        ] {
            let told = bench().said(here, there).unwrap_err();
            assert!(told.contains(why), "{here}, {there}: {told}");
            assert!(!told.contains("pas"), "{told}");
        }
    }

    #[test]
    fn after_a_difference_it_begins_again() {
        let mut bench = bench();
        bench.said("one", "two").unwrap_err();
        bench.said("same", "same").unwrap_err();
        bench.second.lock().unwrap().begin_again();
        bench.said("same", "same").unwrap();
    }

    #[test]
    fn a_recorder_that_was_begun_anew_or_is_none_is_told() {
        let mut bench = bench();
        bench.said("one", "one").unwrap();
        bench.file.set_len(0).unwrap();
        let told = bench.said("two", "").unwrap_err();
        assert!(told.contains("begun anew"), "{told}");
        let none = Second::open("/dev/null").unwrap_err();
        assert!(none.what.contains("no ordinary file"), "{none}");
    }

    #[test]
    fn a_recorder_that_is_not_there_is_told_as_that() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("console.log");
        let second = Mutex::new(Second::open(&path).unwrap());
        let told = is_there(&second, Duration::ZERO).unwrap_err();
        assert!(told.what.contains("there is no such file"), "{told}");
        let next = told.try_next.unwrap();
        assert!(next.contains("`recorder` in the bench file"), "{next}");
        // Gone in the middle of a run: the same, and no word of lost characters.
        let gone = second.lock().unwrap().trouble("lacks the last 3 bytes");
        assert!(gone.what.contains("there is no such file"), "{gone}");
        std::fs::write(&path, "").unwrap();
        is_there(&second, Duration::ZERO).unwrap();
    }

    /// A device that goes on talking is not waited for until it falls silent.
    #[test]
    fn what_comes_later_is_for_later() {
        let mut bench = bench();
        bench.said("one", "one").unwrap();
        bench.second.lock().unwrap().hear(b"two");
        let wanted = bench.second.lock().unwrap().longest().unwrap();
        assert_eq!(wanted, 6);
        bench.said(" three", "two three").unwrap();
    }
}
