//! What a case really uses, through its own functions and those it loads: device operations,
//! channels, checks.

use crate::contract::needed_op;
use crate::load::compile::Loaded;
use crate::load::walk::{self, range};
use proofhouse_model::{Channel, GuideId, UnitRef};
use starlark_syntax::syntax::ast::{AstExpr, AstStmt, ExprP, StmtP};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

/// Where in the file itself; `None` when only a loaded function does it.
pub(crate) type Place = Option<Range<usize>>;

/// What one function uses by itself.
#[derive(Debug, Clone, Default)]
pub(crate) struct Own {
    /// Device operations called, with the place of the first call of each.
    pub(crate) ops: BTreeMap<String, Place>,
    /// Channels used through `bench`, with the place of the first use of each.
    pub(crate) channels: BTreeMap<Channel, Place>,
    /// Whether it checks or measures.
    pub(crate) checks: bool,
    /// Units of TS 103 701 that it writes out: those of its checks.
    pub(crate) units: BTreeSet<UnitRef>,
    /// Rows of guides that it writes out, likewise.
    pub(crate) guides: BTreeSet<GuideId>,
    /// Names it mentions.
    names: BTreeSet<String>,
}

/// What each function of a file uses, loaded functions included.
#[derive(Debug, Clone, Default)]
pub(crate) struct Uses {
    of: BTreeMap<String, Own>,
}

impl Uses {
    /// Reads a file's functions.
    pub(crate) fn of(tree: &AstStmt, loads: &[(String, Arc<Loaded>)]) -> Self {
        let mut of = BTreeMap::new();
        for stmt in walk::top_level(tree) {
            match &stmt.node {
                StmtP::Def(def) => {
                    of.insert(def.name.node.ident.clone(), own(&def.body));
                }
                StmtP::Assign(assign) => {
                    // A constant may hold functions: `STEPS = [first, second]`.
                    let mut uses = Own::default();
                    walk::each_expr(stmt, &mut |expr| look(expr, &mut uses));
                    if let starlark_syntax::syntax::ast::AssignTargetP::Identifier(name) =
                        &assign.lhs.node
                    {
                        of.insert(name.node.ident.clone(), uses);
                    }
                }
                StmtP::Load(load) => {
                    let file = loads.iter().find(|(name, _)| *name == load.module.node);
                    let Some((_, file)) = file else { continue };
                    for arg in &load.args {
                        let mut there = file.uses.reached(&arg.their.node);
                        there.ops.values_mut().for_each(|place| *place = None);
                        there.channels.values_mut().for_each(|place| *place = None);
                        of.insert(arg.local.node.ident.clone(), there);
                    }
                }
                _ => {}
            }
        }
        Self { of }
    }

    /// Everything used from a function on.
    pub(crate) fn reached(&self, start: &str) -> Own {
        let mut all = Own::default();
        let mut seen = BTreeSet::new();
        let mut todo = vec![start.to_owned()];
        while let Some(name) = todo.pop() {
            let Some(own) = self.of.get(&name) else {
                continue;
            };
            if !seen.insert(name) {
                continue;
            }
            for (op, place) in &own.ops {
                let known = all.ops.entry(op.clone()).or_default();
                *known = known.take().or_else(|| place.clone());
            }
            for (channel, place) in &own.channels {
                let known = all.channels.entry(*channel).or_default();
                *known = known.take().or_else(|| place.clone());
            }
            all.checks |= own.checks;
            all.units.extend(own.units.iter().cloned());
            all.guides.extend(own.guides.iter().cloned());
            todo.extend(own.names.iter().cloned());
        }
        all
    }
}

fn own(body: &AstStmt) -> Own {
    let mut uses = Own::default();
    walk::each_expr(body, &mut |expr| look(expr, &mut uses));
    uses
}

fn look(expr: &AstExpr, uses: &mut Own) {
    if let Some(name) = walk::name(expr) {
        uses.checks |= name == "measure";
        uses.names.insert(name.to_owned());
    }
    if let Some(text) = walk::text(expr) {
        uses.units.extend(UnitRef::new(text));
        uses.guides.extend(GuideId::new(text));
    }
    let ExprP::Dot(owner, attribute) = &expr.node else {
        return;
    };
    let place = range(attribute.span);
    let attribute = attribute.node.as_str();
    uses.checks |= walk::name(owner) == Some("check");
    if let ExprP::Dot(_, object) = &owner.node
        && object.node == "device"
    {
        uses.ops
            .entry(needed_op(attribute).to_owned())
            .or_insert_with(|| Some(place.clone()));
    }
    let of_bench = walk::name(owner) == Some("bench");
    let channel = match peer(owner, attribute) {
        None if of_bench => channel_of(attribute),
        peer => peer,
    };
    if let Some(channel) = channel {
        uses.channels.entry(channel).or_insert(Some(place));
    }
}

/// The channel of `bench.peers.mqtt`.
fn peer(owner: &AstExpr, attribute: &str) -> Option<Channel> {
    match &owner.node {
        ExprP::Dot(bench, peers) if walk::name(bench) == Some("bench") && peers.node == "peers" => {
            Channel::from_name(&format!("peers.{attribute}"))
        }
        _ => None,
    }
}

/// The channel a object or verb of `bench` works on.
fn channel_of(attribute: &str) -> Option<Channel> {
    match attribute {
        "address" | "scan_ports" | "assess_tls" | "fuzz_http" | "fuzz_udp" | "fuzz_tcp" => {
            Some(Channel::Lan)
        }
        "fuzz_console" => Some(Channel::Console),
        "search_flash" => Some(Channel::Debug),
        "lab_reset" => Some(Channel::Reset),
        "net" => Some(Channel::Uplink),
        object => Channel::from_name(object),
    }
}
