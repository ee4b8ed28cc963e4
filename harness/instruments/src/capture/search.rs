//! Values in what both sides of each flow said.

use super::flows::Flows;
use super::unwrap;
use crate::needles::{Finds, Needles};
use proofhouse_model::observation::{FlowFind, Side, Sought};
use proofhouse_model::{Bytes, Channel, Trouble};
use proofhouse_transport::Budget;
use proofhouse_transport::tap::Recording;
use std::collections::{BTreeMap, BTreeSet};

/// Which flow, who said it, and where.
type At = (Option<u32>, Side, u64);

/// Looks for needles in a capture: in what each side said as it is, in all readings of it, unpacked, and in packets
/// that are of no flow or say something else than an earlier one.
pub(super) fn search(
    recording: &Recording,
    flows: &Flows,
    needles: &[(String, Bytes)],
    budget: &Budget,
) -> Result<Sought, Trouble> {
    let mut search = Search {
        needles: Needles::of(needles, "in a capture")?,
        finds: BTreeMap::new(),
        budget,
    };
    search.in_time()?;
    let (mut searched, mut by_unit, mut unread) = (0, 0, BTreeSet::new());
    for (n, talk) in flows.talks.iter().enumerate() {
        let flow = u32::try_from(n).ok();
        for by in [Side::Unit, Side::Peer] {
            let said = talk.said(by);
            searched += said.length();
            if by == Side::Unit {
                by_unit += said.length();
            }
            for run in &said.runs {
                search.look("", (flow, by, run.at), &run.bytes, true)?;
                let (unwrapped, closed) = unwrap::of(&run.bytes);
                unread.extend(closed);
                for one in unwrapped {
                    let at = (flow, by, run.at + one.at as u64);
                    search.look(one.how, at, &one.bytes, false)?;
                }
            }
            for place in &said.others {
                let packet = recording.packets.get(place.packet);
                let bytes = packet.and_then(|p| p.bytes.get(place.from..place.from + place.len));
                search.look("", (flow, by, 0), bytes.unwrap_or_default(), false)?;
            }
        }
    }
    for packet in flows.loose.iter().filter_map(|n| recording.packets.get(*n)) {
        let by = if packet.by_unit {
            Side::Unit
        } else {
            Side::Peer
        };
        let length = packet.bytes.len() as u64;
        searched += length;
        if packet.by_unit {
            by_unit += length;
        }
        search.look("", (None, by, 0), &packet.bytes, true)?;
    }
    Ok(Sought {
        finds: search.report(needles),
        searched,
        by_unit,
        unread: unread.into_iter().collect(),
    })
}

struct Search<'a> {
    needles: Needles,
    /// By what was taken off before they were found.
    finds: BTreeMap<&'static str, Finds<At>>,
    budget: &'a Budget,
}

impl Search<'_> {
    fn in_time(&self) -> Result<(), Trouble> {
        let doing = || "searching what the tap heard".to_owned();
        self.budget.check(Channel::Tap, doing)
    }

    /// Looks through a text that begins there; in one that has no places of its own every find is at its beginning.
    fn look(
        &mut self,
        how: &'static str,
        (flow, by, begin): At,
        text: &[u8],
        is_placed: bool,
    ) -> Result<(), Trouble> {
        self.in_time()?;
        let finds = self.finds.entry(how).or_default();
        let at = |at: usize| match is_placed {
            true => (flow, by, begin + at as u64),
            false => (flow, by, begin),
        };
        // What is found as it is would be found in a reading once more.
        let mut known = BTreeSet::new();
        self.needles.each(text, |needle, form, place| {
            known.insert(needle);
            finds.add(needle, form, at(place));
        });
        self.needles.each_read(text, &known, |needle, form, place| {
            finds.add(needle, form, at(place));
        });
        Ok(())
    }

    fn report(self, needles: &[(String, Bytes)]) -> Vec<FlowFind> {
        let mut out = Vec::new();
        for (how, finds) in self.finds {
            for (needle, form, (flow, by, at)) in finds.report(needles.len()) {
                let Some((name, _)) = needles.get(needle) else {
                    continue;
                };
                out.push(FlowFind {
                    needle: name.clone(),
                    encoding: match how {
                        "" => form.to_owned(),
                        how => format!("{how} {form}"),
                    },
                    flow,
                    by,
                    at,
                });
            }
        }
        out
    }
}
