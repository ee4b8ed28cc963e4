//! Packets of a network interface of this computer, from a raw socket: those from or to the unit's hardware address.

use super::ear::Ear;
use crate::caps::NET_RAW;
use crate::sync::hold;
use nix::cmsg_space;
use nix::errno::Errno;
use nix::ifaddrs::getifaddrs;
use nix::net::if_::InterfaceFlags;
use nix::sys::socket::{
    ControlMessageOwned, LinkAddr, MsgFlags, bind, recvmsg, setsockopt, sockopt,
};
use proofhouse_model::{Channel, Trouble, Wire};
use socket2::{Domain, Protocol, Socket, Type};
use std::io::IoSliceMut;
use std::os::fd::AsRawFd;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// All protocols, as the system wants it: in the order of the network.
const ALL: u16 = 0x0003;
/// Room for packets that come faster than they are read; the system may give less.
const QUEUE: usize = 8 << 20;
/// A packet with segmentation offload is longer than the wire's.
const LONGEST: usize = 65_536 + 64;
/// How often the thread looks whether it is to end.
const LOOK: Duration = Duration::from_millis(50);
/// How long what is queued when the tap stops may take to be read.
const DRAINED: Duration = Duration::from_secs(2);
/// Bytes of an Ethernet header.
const HEADER: usize = 14;

/// An interface, and the address whose packets are kept.
pub(super) struct Interface {
    name: String,
    mac: [u8; 6],
    listening: Mutex<Option<Listening>>,
}

struct Listening {
    ends: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Interface {
    /// As a bench file says it.
    ///
    /// # Errors
    /// Bench trouble: settings of another driver, or no such interface.
    pub(super) fn of(wire: &Wire) -> Result<Self, Trouble> {
        let name = wire.settings.text("interface")?.to_owned();
        let mac = wire.settings.mac("mac")?;
        link_of(&name)?;
        Ok(Self {
            name,
            mac,
            listening: Mutex::default(),
        })
    }

    /// What it hears, a clause.
    pub(super) fn hears(&self) -> String {
        let mac = self.mac.map(|byte| format!("{byte:02x}")).join(":");
        format!(
            "every packet from or to {mac} on {} of this computer",
            self.name
        )
    }

    /// Begins to listen.
    ///
    /// # Errors
    /// Bench trouble: the interface is gone or down, or raw packets are not for this user.
    pub(super) fn start(&self, ear: &Ear) -> Result<(), Trouble> {
        let (link, is_up) = link_of(&self.name)?;
        if !is_up {
            let what = format!("the network interface {} is down", self.name);
            let next = format!(
                "`ip link set {} up`, and see that its cable is in",
                self.name
            );
            return Err(Trouble::bench(Channel::Tap, what, next));
        }
        let socket = self.open(&link)?;
        let ends = Arc::new(AtomicBool::new(false));
        let hears = Hears {
            socket,
            index: link.ifindex(),
            mac: self.mac,
            ear: ear.clone(),
            ends: Arc::clone(&ends),
            dropped: 0,
        };
        let thread = std::thread::Builder::new()
            .name("tap".into())
            .spawn(move || hears.listen())
            .map_err(|e| self.broken(&format!("no thread starts: {e}")))?;
        *hold(&self.listening) = Some(Listening { ends, thread });
        Ok(())
    }

    /// Ends listening, once what has come is read.
    pub(super) fn stop(&self, ear: &Ear) {
        let Some(listening) = hold(&self.listening).take() else {
            return;
        };
        listening.ends.store(true, Ordering::SeqCst);
        if listening.thread.join().is_err() {
            ear.missed("the thread that heard packets ended by itself".to_owned());
        }
    }

    fn open(&self, link: &LinkAddr) -> Result<Socket, Trouble> {
        let all = Protocol::from(i32::from(ALL.to_be()));
        let socket = Socket::new(Domain::PACKET, Type::RAW, Some(all)).map_err(|e| {
            let what = format!("no raw packets can be heard on {}: {e}", self.name);
            Trouble::bench(Channel::Tap, what, NET_RAW.how_to_get())
        })?;
        // A smaller queue loses more under a flood, which is told.
        let _ = socket.set_recv_buffer_size(QUEUE);
        let set = setsockopt(&socket, sockopt::RxqOvfl, &1);
        set.map_err(|e| self.broken(&format!("lost packets are not counted: {e}")))?;
        bind(socket.as_raw_fd(), link).map_err(|e| self.broken(&e.to_string()))?;
        let timeout = socket.set_read_timeout(Some(LOOK));
        timeout.map_err(|e| self.broken(&e.to_string()))?;
        Ok(socket)
    }

    fn broken(&self, why: &str) -> Trouble {
        let what = format!("{} cannot be listened to: {why}", self.name);
        Trouble::bench(Channel::Tap, what, "see that it is there and up: `ip link`")
    }
}

/// The interface of that name, and whether it is up.
fn link_of(name: &str) -> Result<(LinkAddr, bool), Trouble> {
    let all = getifaddrs().map_err(|e| {
        let what = format!("this computer does not tell its network interfaces: {e}");
        Trouble::bench(Channel::Tap, what, "see `ip link`")
    })?;
    let mut names = Vec::new();
    for one in all {
        let Some(link) = one.address.as_ref().and_then(|at| at.as_link_addr()) else {
            continue;
        };
        if one.interface_name == name {
            return Ok((*link, one.flags.contains(InterfaceFlags::IFF_UP)));
        }
        names.push(one.interface_name);
    }
    let what = format!("this computer has no network interface {name}");
    let next = format!("name one of these in `tap`: {}", names.join(", "));
    Err(Trouble::bench(Channel::Tap, what, next))
}

/// The thread that hears packets.
struct Hears {
    socket: Socket,
    index: usize,
    mac: [u8; 6],
    ear: Ear,
    ends: Arc<AtomicBool>,
    /// As the system counted them last.
    dropped: u32,
}

/// What one look at the socket brought.
enum Came {
    Packet(usize),
    Nothing,
    Broke(Errno),
}

impl Hears {
    fn listen(mut self) {
        let mut buffer = vec![0; LONGEST];
        let mut until: Option<Instant> = None;
        loop {
            let ends = self.ends.load(Ordering::SeqCst);
            if ends && *until.get_or_insert_with(|| Instant::now() + DRAINED) <= Instant::now() {
                let why = "packets came faster than they could be read when the tap stopped";
                return self.ear.missed(why.to_owned());
            }
            match self.look(&mut buffer) {
                Came::Packet(n) => self.take(buffer.get(..n).unwrap_or_default()),
                Came::Nothing if ends => return,
                Came::Nothing => {}
                Came::Broke(e) => {
                    return self
                        .ear
                        .missed(format!("the interface could not be heard any more: {e}"));
                }
            }
        }
    }

    fn look(&mut self, buffer: &mut [u8]) -> Came {
        let mut room = cmsg_space!(u32);
        let mut parts = [IoSliceMut::new(buffer)];
        let fd = self.socket.as_raw_fd();
        let came = recvmsg::<LinkAddr>(fd, &mut parts, Some(&mut room), MsgFlags::empty());
        let came = match came {
            Ok(came) => came,
            Err(Errno::EAGAIN | Errno::EINTR) => return Came::Nothing,
            Err(e) => return Came::Broke(e),
        };
        let n = came.bytes;
        let is_cut = came.flags.contains(MsgFlags::MSG_TRUNC);
        // Before the socket was bound packets of all interfaces may have come.
        let is_here = came.address.is_none_or(|from| from.ifindex() == self.index);
        let mut dropped = self.dropped;
        for told in came.cmsgs().into_iter().flatten() {
            if let ControlMessageOwned::RxqOvfl(so_far) = told {
                dropped = so_far;
            }
        }
        if dropped != self.dropped {
            let fresh = dropped.wrapping_sub(self.dropped);
            self.dropped = dropped;
            let why = "packets came faster than they were read";
            self.ear.missed(format!("{why}: {fresh} were lost"));
        }
        if is_cut {
            let why = format!("a packet was longer than {LONGEST} bytes");
            self.ear.missed(why);
        }
        match is_here {
            true => Came::Packet(n),
            false => Came::Packet(0),
        }
    }

    /// Keeps a packet that is from or to the unit.
    fn take(&self, packet: &[u8]) {
        if packet.len() < HEADER {
            return;
        }
        let (to, from) = (&packet[..6], &packet[6..12]);
        if from == self.mac {
            self.ear.packet(true, packet.to_vec());
        } else if to == self.mac {
            self.ear.packet(false, packet.to_vec());
        }
    }
}
