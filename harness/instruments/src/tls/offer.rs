//! Which versions and which suites a service takes.

use super::hello::Version;
use super::suites;
use super::talk::{Outcome, Talker};
use proofhouse_model::{Channel, Trouble, TroubleKind};

/// Suites offered at once: small stacks cut longer lists, or refuse the hello.
pub(super) const AT_ONCE: usize = 48;

/// Offers one version with every suite of it, in groups until one is accepted. Silence to any group outweighs
/// refusals of others: it could have hidden an acceptance.
pub(super) fn version(talker: &mut Talker, version: Version) -> Result<Outcome, Trouble> {
    let mut worst = None;
    for group in suites::of(version).chunks(AT_ONCE) {
        match talker.offer(version, group)? {
            accepted @ Outcome::Accepted(_) => return Ok(accepted),
            garbled @ Outcome::Garbled(_) => return Ok(garbled),
            Outcome::Silent => return Ok(Outcome::Silent),
            // The version itself was refused, so other suites change nothing.
            Outcome::Refused(why) if why.is_of_version() => return Ok(Outcome::Refused(why)),
            refused @ Outcome::Refused(_) => worst = Some(refused),
        }
    }
    Ok(worst.unwrap_or(Outcome::Silent))
}

/// Adds every suite accepted in this version to `seen`: the accepted one is taken out of the offer until the rest is
/// refused.
pub(super) fn enumerate(
    talker: &mut Talker,
    version: Version,
    seen: &mut Vec<u16>,
) -> Result<(), Trouble> {
    let fresh = suites::of(version)
        .into_iter()
        .filter(|s| !seen.contains(s));
    let fresh: Vec<u16> = fresh.collect();
    for group in fresh.chunks(AT_ONCE) {
        let mut left = group.to_vec();
        // Ends: every round takes one out or is the last.
        while !left.is_empty() {
            match talker.offer(version, &left)? {
                Outcome::Accepted(chosen) => {
                    let Some(at) = left.iter().position(|s| *s == chosen.suite) else {
                        return Err(not_offered(talker, chosen.suite));
                    };
                    seen.push(left.remove(at));
                }
                Outcome::Refused(_) => break,
                Outcome::Silent => return Err(fell_silent(talker, version)),
                Outcome::Garbled(what) => {
                    let what = format!("{} while suites were counted: {what}", talker.addr());
                    return Err(Trouble::new(TroubleKind::DeviceGarbled, Channel::Lan, what));
                }
            }
        }
    }
    Ok(())
}

/// The control of every refusal: what was accepted before is accepted still. A network that began to cut connections
/// in the middle would look like a service that refuses the rest.
pub(super) fn still_there(talker: &mut Talker, accepted: Option<Version>) -> Result<(), Trouble> {
    let Some(accepted) = accepted else {
        return Ok(());
    };
    match version(talker, accepted)? {
        Outcome::Accepted(_) => Ok(()),
        _ => Err(fell_silent(talker, accepted)),
    }
}

fn not_offered(talker: &Talker, suite: u16) -> Trouble {
    let what = format!(
        "{} chose {}, which was not offered",
        talker.addr(),
        suites::name(suite)
    );
    Trouble::new(TroubleKind::DeviceGarbled, Channel::Lan, what)
}

fn fell_silent(talker: &Talker, version: Version) -> Trouble {
    let what = format!(
        "{} fell silent while its {} suites were counted, so the list would be incomplete",
        talker.addr(),
        version.name()
    );
    Trouble::silent(Channel::Lan, what)
}
