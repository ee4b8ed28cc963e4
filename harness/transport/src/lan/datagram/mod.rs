//! One UDP datagram and its answer.

use crate::budget::Budget;
use crate::net::{self, Host};
use proofhouse_model::op::DatagramOp;
use proofhouse_model::{Bytes, Channel, Observation, Trouble};

/// Largest datagram there is.
const LARGEST: usize = 65_535;

/// Sends the datagram and waits for the first one from the same address and port:
/// [`Observation::Datagram`]. With a wait of zero it only sends: [`Observation::Done`].
///
/// # Errors
/// Nothing came (silent), the host says that the port is closed (refused), this host's network
/// (bench), a datagram too large to send (case).
pub fn exchange(
    unit: impl Into<Host>,
    op: &DatagramOp,
    budget: &Budget,
) -> Result<Observation, Trouble> {
    let unit = unit.into();
    let to = unit.at(op.port, budget)?;
    if op.bytes.len() > LARGEST - 28 {
        return Err(Trouble::case(format!(
            "{} bytes do not fit a datagram",
            op.bytes.len()
        )));
    }
    if op.within.std().is_zero() {
        let late = || {
            Trouble::bench(
                Channel::Lan,
                "a datagram could not be sent",
                "check the link",
            )
        };
        let sending = budget.at_most(std::time::Duration::from_secs(5));
        return net::run(&sending, late, async {
            let socket = net::datagrams(to, &unit.way.route).await?;
            socket
                .send(&op.bytes)
                .await
                .map_err(|e| net::explain(&e, to, "send to"))?;
            Ok(Observation::Done)
        });
    }
    let late = || {
        let what = format!("no datagram came back from {to} within {}", budget.given());
        Trouble::silent(Channel::Lan, what)
    };
    net::run(budget, late, async {
        let socket = net::datagrams(to, &unit.way.route).await?;
        socket
            .send(&op.bytes)
            .await
            .map_err(|e| net::explain(&e, to, "send to"))?;
        let mut answer = vec![0; LARGEST];
        let n = socket
            .recv(&mut answer)
            .await
            .map_err(|e| net::explain(&e, to, "hear from"))?;
        answer.truncate(n);
        Ok(Observation::Datagram {
            bytes: Bytes::from(answer),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proofhouse_model::{Dur, TroubleKind};
    use std::net::{IpAddr, UdpSocket};
    use std::time::Duration;

    const UNIT: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    fn op(port: u16, bytes: &str, within: Dur) -> DatagramOp {
        DatagramOp {
            port,
            bytes: bytes.into(),
            within,
        }
    }

    fn ask(op: &DatagramOp) -> Result<Observation, Trouble> {
        // Of one that only sends the budget is the case's own.
        let within = match op.within.std() {
            Duration::ZERO => Dur::secs(30).std(),
            within => within,
        };
        exchange(UNIT, op, &Budget::of(within))
    }

    #[test]
    fn an_echo_comes_back_and_a_stranger_is_not_heard() {
        let device = UdpSocket::bind((UNIT, 0)).unwrap();
        let port = device.local_addr().unwrap().port();
        let echo = std::thread::spawn(move || {
            let mut buffer = [0; 100];
            let (n, from) = device.recv_from(&mut buffer).unwrap();
            UdpSocket::bind((UNIT, 0))
                .unwrap()
                .send_to(b"stranger", from)
                .unwrap();
            device.send_to(&buffer[..n], from).unwrap();
        });
        let seen = ask(&op(port, "ping", Dur::secs(30))).unwrap();
        assert_eq!(
            seen,
            Observation::Datagram {
                bytes: "ping".into()
            }
        );
        echo.join().unwrap();
    }

    #[test]
    fn silent_refused_and_sent_only_are_told_apart() {
        let device = UdpSocket::bind((UNIT, 0)).unwrap();
        let port = device.local_addr().unwrap().port();
        let silent = ask(&op(port, "ping", Dur::ms(20))).unwrap_err();
        assert_eq!(silent.kind, TroubleKind::DeviceSilent);
        assert_eq!(ask(&op(port, "x", Dur::ms(0))).unwrap(), Observation::Done);
        drop(device);
        let refused = ask(&op(port, "ping", Dur::secs(30))).unwrap_err();
        assert_eq!(refused.kind, TroubleKind::DeviceRefused);
        let large = "x".repeat(65_536);
        let case = ask(&op(port, &large, Dur::secs(30))).unwrap_err();
        assert_eq!(case.kind, TroubleKind::Case);
    }
}
