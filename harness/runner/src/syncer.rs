//! Brings the journal to the disk after a task, without anybody waiting for it.

use crate::job::RunError;
use crate::recorder::Recorder;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;

/// A thread that syncs when asked; several asks while it works are one.
pub struct Syncer {
    asks: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Syncer {
    /// Starts it.
    ///
    /// # Errors
    /// The machine gave no thread.
    pub fn start(recorder: &Arc<Recorder>) -> Result<Self, RunError> {
        let (asks, asked) = channel();
        let recorder = Arc::clone(recorder);
        let thread = std::thread::Builder::new()
            .name("journal-sync".to_owned())
            .spawn(move || {
                while asked.recv().is_ok() {
                    while asked.try_recv().is_ok() {}
                    // A disk that refuses cancels the run by itself.
                    let _ = recorder.sync();
                }
            })
            .map_err(|source| RunError::Thread {
                case: "the journal".to_owned(),
                source,
            })?;
        Ok(Self {
            asks: Some(asks),
            thread: Some(thread),
        })
    }

    /// What was written so far is to be on the disk soon.
    pub fn ask(&self) {
        if let Some(asks) = &self.asks {
            let _ = asks.send(());
        }
    }
}

impl Drop for Syncer {
    fn drop(&mut self) {
        self.asks = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
