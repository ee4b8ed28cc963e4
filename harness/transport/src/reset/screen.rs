//! Who else writes to the terminal while a person is asked: they are told to leave it alone.

use crate::sync::hold;
use std::sync::Mutex;

type Leave = Box<dyn Fn(bool) + Send + Sync>;

static OTHERS: Mutex<Option<Leave>> = Mutex::new(None);

/// From now on `leave` is called with `true` before a person is asked, and with `false` when they have answered, on the
/// thread that asks.
pub fn share_terminal(leave: impl Fn(bool) + Send + Sync + 'static) {
    *hold(&OTHERS) = Some(Box::new(leave));
}

/// The terminal, left to a question for as long as this lives.
pub(super) struct Left(());

impl Left {
    pub(super) fn to_a_question() -> Self {
        tell(true);
        Self(())
    }
}

impl Drop for Left {
    fn drop(&mut self) {
        tell(false);
    }
}

fn tell(is_asked: bool) {
    if let Some(leave) = &*hold(&OTHERS) {
        leave(is_asked);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn whoever_draws_is_told_when_to_leave_off_and_when_to_go_on() {
        let told = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&told);
        share_terminal(move |is_asked| hold(&kept).push(is_asked));
        let left = Left::to_a_question();
        assert_eq!(*hold(&told), [true]);
        drop(left);
        assert_eq!(*hold(&told), [true, false]);
    }
}
