//! Telnet on the wire: data, commands and options taken apart, and put together.

/// Every command begins with it; in data it stands twice.
pub(super) const IAC: u8 = 255;
pub(super) const DONT: u8 = 254;
pub(super) const DO: u8 = 253;
pub(super) const WONT: u8 = 252;
pub(super) const WILL: u8 = 251;
const SB: u8 = 250;
const SE: u8 = 240;
/// Options: every byte is data, also a bare carriage return; a server that echoes; no "go ahead"; the port's settings.
pub(super) const BINARY: u8 = 0;
pub(super) const GO_AHEAD: u8 = 3;
pub(super) const COM_PORT: u8 = 44;

/// Longest part of an option that is kept, bytes: the longest of a port's settings is a signature.
const LONGEST: usize = 256;

/// What stands between the data.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// `WILL`, `WONT`, `DO` or `DONT`, and the option.
    Option(u8, u8),
    /// What belongs to an option, which is the first byte.
    Part(Vec<u8>),
}

#[derive(Debug, Default)]
enum State {
    #[default]
    Data,
    Command,
    Option(u8),
    Part,
    PartCommand,
}

/// Takes a stream apart, however it is cut into pieces.
#[derive(Debug, Default)]
pub(super) struct Decoder {
    state: State,
    part: Vec<u8>,
}

impl Decoder {
    pub(super) fn push(&mut self, bytes: &[u8], data: &mut Vec<u8>, events: &mut Vec<Event>) {
        let mut rest = bytes;
        while let Some((&byte, after)) = rest.split_first() {
            if matches!(self.state, State::Data) && byte != IAC {
                let plain = rest.iter().position(|b| *b == IAC).unwrap_or(rest.len());
                data.extend_from_slice(&rest[..plain]);
                rest = &rest[plain..];
                continue;
            }
            rest = after;
            self.state = match (std::mem::take(&mut self.state), byte) {
                (State::Data, _) => State::Command,
                (State::Command, IAC) => {
                    data.push(IAC);
                    State::Data
                }
                (State::Command, verb @ WILL..=DONT) => State::Option(verb),
                (State::Command, SB) => {
                    self.part.clear();
                    State::Part
                }
                // No operation, and others that say nothing about the line.
                (State::Command, _) => State::Data,
                (State::Option(verb), option) => {
                    events.push(Event::Option(verb, option));
                    State::Data
                }
                (State::Part, IAC) => State::PartCommand,
                (State::Part, byte) => {
                    self.keep(byte);
                    State::Part
                }
                (State::PartCommand, IAC) => {
                    self.keep(IAC);
                    State::Part
                }
                // Ended, or broken off by another command.
                (State::PartCommand, SE) => {
                    events.push(Event::Part(std::mem::take(&mut self.part)));
                    State::Data
                }
                (State::PartCommand, verb @ WILL..=DONT) => State::Option(verb),
                (State::PartCommand, _) => State::Data,
            };
        }
    }

    fn keep(&mut self, byte: u8) {
        if self.part.len() < LONGEST {
            self.part.push(byte);
        }
    }
}

/// Data as it goes over the wire.
pub(super) fn escaped(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    for byte in bytes {
        out.push(*byte);
        if *byte == IAC {
            out.push(IAC);
        }
    }
    out
}

/// How many bytes of data so many escaped ones are, and whether one more is half gone.
pub(super) fn covered(data: &[u8], gone: usize) -> (usize, bool) {
    let mut wire = 0;
    for (n, byte) in data.iter().enumerate() {
        let long = if *byte == IAC { 2 } else { 1 };
        if wire + long > gone {
            return (n, wire < gone);
        }
        wire += long;
    }
    (data.len(), false)
}

/// A command about an option.
pub(super) fn option(verb: u8, option: u8) -> [u8; 3] {
    [IAC, verb, option]
}

/// A part of the option of a port's settings.
pub(super) fn com_port(command: u8, value: &[u8]) -> Vec<u8> {
    let mut out = vec![IAC, SB, COM_PORT, command];
    out.extend(escaped(value));
    out.extend([IAC, SE]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken_apart(pieces: &[&[u8]]) -> (Vec<u8>, Vec<Event>) {
        let (mut decoder, mut data, mut events) = (Decoder::default(), Vec::new(), Vec::new());
        for piece in pieces {
            decoder.push(piece, &mut data, &mut events);
        }
        (data, events)
    }

    #[test]
    fn a_stream_is_the_same_however_it_is_cut() {
        let wire = [
            &b"a\xff\xffb\r\0\xff\xf1"[..],
            &option(WILL, BINARY),
            b"c\xff\xff\xff\xff",
            &com_port(101, &[0, 0xff, 0xff, 0]),
            b"\xff\xfa\x2c\x6b\x01\xff\xfb\x03d",
        ]
        .concat();
        let whole = taken_apart(&[&wire]);
        assert_eq!(whole.0, b"a\xffb\r\0c\xff\xffd");
        let settings = Event::Part(vec![COM_PORT, 101, 0, 0xff, 0xff, 0]);
        let events = [
            Event::Option(WILL, BINARY),
            settings,
            Event::Option(WILL, GO_AHEAD),
        ];
        assert_eq!(whole.1, events);
        for first in 0..=wire.len() {
            for second in first..=wire.len() {
                let pieces = [&wire[..first], &wire[first..second], &wire[second..]];
                assert_eq!(taken_apart(&pieces), whole, "cut at {first} and {second}");
            }
        }
    }

    #[test]
    fn a_part_without_end_is_bounded() {
        let long = [&[IAC, SB, COM_PORT][..], &[7; 1 << 16], &[IAC, SE]].concat();
        let (data, events) = taken_apart(&[&long]);
        assert!(data.is_empty());
        assert!(matches!(&events[..], [Event::Part(part)] if part.len() == LONGEST));
    }

    #[test]
    fn what_was_taken_is_counted_in_bytes_of_data() {
        let data = [1, IAC, IAC, 2];
        assert_eq!(escaped(&data), [1, IAC, IAC, IAC, IAC, 2]);
        let counted: Vec<_> = (0..=6).map(|gone| covered(&data, gone)).collect();
        let halves = [2, 4];
        let whole = [0, 1, 1, 2, 2, 3, 4];
        for (gone, (n, half)) in counted.into_iter().enumerate() {
            assert_eq!((n, half), (whole[gone], halves.contains(&gone)), "{gone}");
        }
    }
}
