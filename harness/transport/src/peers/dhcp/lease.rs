//! What is leased to whom, and how a message is answered. Pure: bytes in, bytes out.

use crate::open::Context;
use dhcproto::v4::{DhcpOption, Message, MessageType, Opcode, OptionCode};
use dhcproto::{Decodable, Encodable};
use proofhouse_model::observation::DhcpLease;
use proofhouse_model::settings::Settings;
use proofhouse_model::{Channel, Trouble};
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

/// Bytes of a MAC.
const MAC: usize = 6;
/// Shortest message that every client takes (RFC 1542 section 2.1).
const SHORTEST: usize = 300;
/// Longest name of a unit that is kept, in characters.
const NAME: usize = 64;

/// What is leased.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// The interface.
    pub interface: String,
    /// The server's own address there.
    pub server: Ipv4Addr,
    /// To whom.
    pub mac: [u8; MAC],
    /// What.
    pub address: Ipv4Addr,
    /// Of which network.
    pub mask: Ipv4Addr,
    /// The way to other networks.
    pub router: Option<Ipv4Addr>,
    /// The DNS server.
    pub dns: Option<Ipv4Addr>,
    /// For how long.
    pub time: Duration,
}

/// What a datagram was.
pub(super) enum Heard {
    /// No message of DHCP from a client.
    Malformed,
    /// A message of somebody else.
    Stranger,
    /// A message of the unit that takes no answer.
    Noted,
    /// A message of the unit, with the answer to it, where the unit has an address to send that to, and what came of
    /// it.
    Asked {
        answer: Vec<u8>,
        to: Option<Ipv4Addr>,
        lease: Option<DhcpLease>,
    },
}

impl Lease {
    /// By the settings of a wire, which the planner has read.
    ///
    /// # Errors
    /// Bench trouble: they are missing or do not fit.
    pub fn of(settings: &Settings, context: &Context<'_>) -> Result<Self, Trouble> {
        let unfit = |what: &str| {
            let what = format!("`peers.dhcp` of {} does not fit: {what}", context.unit);
            Trouble::bench(Channel::DHCP, what, "make a new plan from the bench file")
        };
        let four = |settings: &Settings, key: &str| match settings.address(key)? {
            IpAddr::V4(address) => Ok(address),
            IpAddr::V6(_) => Err(unfit(&format!("`{key}` is no address of IPv4"))),
        };
        let interface = settings.text("interface")?.to_owned();
        let mac = settings.mac("mac")?;
        let prefix: u32 = settings.whole("prefix")?;
        let mask = u32::MAX.checked_shl(32_u32.saturating_sub(prefix));
        Ok(Self {
            interface,
            server: four(settings, "address")?,
            mac,
            address: four(settings, "lease")?,
            mask: mask.unwrap_or_default().into(),
            router: settings.optional("router", four)?,
            dns: settings.optional("dns", four)?,
            time: settings.duration("time")?.std(),
        })
    }

    /// What a datagram was, and what is answered.
    pub(super) fn hear(&self, bytes: &[u8]) -> Heard {
        // A length of the address beyond the field would be read past its end.
        if bytes.get(2).is_none_or(|len| usize::from(*len) != MAC) {
            return Heard::Malformed;
        }
        let Ok(message) = Message::from_bytes(bytes) else {
            return Heard::Malformed;
        };
        let Some(DhcpOption::MessageType(kind)) = message.opts().get(OptionCode::MessageType)
        else {
            return Heard::Malformed;
        };
        if message.opcode() != Opcode::BootRequest {
            return Heard::Malformed;
        }
        if message.chaddr() != self.mac {
            return Heard::Stranger;
        }
        match kind {
            MessageType::Discover => self.answer(&message, MessageType::Offer, None),
            MessageType::Request => self.request(&message),
            _ => Heard::Noted,
        }
    }

    fn request(&self, message: &Message) -> Heard {
        // It took the offer of another server.
        if let Some(DhcpOption::ServerIdentifier(server)) =
            message.opts().get(OptionCode::ServerIdentifier)
            && *server != self.server
        {
            return Heard::Noted;
        }
        let asked = match message.opts().get(OptionCode::RequestedIpAddress) {
            Some(DhcpOption::RequestedIpAddress(address)) => *address,
            _ => message.ciaddr(),
        };
        let given = asked == self.address;
        let host_name = match message.opts().get(OptionCode::Hostname) {
            Some(DhcpOption::Hostname(name)) => Some(name.chars().take(NAME).collect()),
            _ => None,
        };
        let kind = match given {
            true => MessageType::Ack,
            false => MessageType::Nak,
        };
        let lease = DhcpLease {
            address: asked,
            given,
            host_name,
        };
        self.answer(message, kind, Some(lease))
    }

    fn answer(&self, to: &Message, kind: MessageType, lease: Option<DhcpLease>) -> Heard {
        let none = Ipv4Addr::UNSPECIFIED;
        let refuses = kind == MessageType::Nak;
        let yours = if refuses { none } else { self.address };
        let chaddr = to.chaddr();
        let mut reply = Message::new_with_id(to.xid(), none, yours, none, to.giaddr(), chaddr);
        reply.set_opcode(Opcode::BootReply).set_flags(to.flags());
        let options = reply.opts_mut();
        options.insert(DhcpOption::MessageType(kind));
        options.insert(DhcpOption::ServerIdentifier(self.server));
        if !refuses {
            let seconds = u32::try_from(self.time.as_secs()).unwrap_or(u32::MAX);
            options.insert(DhcpOption::AddressLeaseTime(seconds));
            options.insert(DhcpOption::SubnetMask(self.mask));
            if let Some(router) = self.router {
                options.insert(DhcpOption::Router(vec![router]));
            }
            if let Some(dns) = self.dns {
                options.insert(DhcpOption::DomainNameServer(vec![dns]));
            }
        }
        let Ok(mut answer) = reply.to_vec() else {
            return Heard::Noted;
        };
        if answer.len() < SHORTEST {
            answer.resize(SHORTEST, 0);
        }
        // Whoever renews has the address already; a refusal is for all to hear.
        let to = Some(to.ciaddr()).filter(|at| *at == self.address && !refuses);
        Heard::Asked { answer, to, lease }
    }
}
