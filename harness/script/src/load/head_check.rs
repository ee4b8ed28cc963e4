//! The head of a case, checked: every name known, every place told.

use crate::contract::{DEVICE_OPS, DeviceOp, needed_op};
use crate::load::case_header::{ARGUMENTS, RawHead};
use crate::load::source::Source;
use crate::load::walk::{self, CallArgs, range};
use proofhouse_model::facts;
use proofhouse_model::{
    CaseId, CaseMeta, Channel, CutKind, Diagnostic, Dur, Effect, GuideId, Per, ProvisionId,
    Samples, UnitRef, nearest,
};
use starlark_syntax::syntax::ast::{ArgumentP, AstExpr, AstStmt, ExprP, StmtP};
use std::ops::Range;

/// Most specimens a case may hold.
const MOST_SPECIMENS: u32 = 16;

/// The `case(...)` call of a file.
pub(crate) struct HeadPlace<'a> {
    pub(crate) whole: Range<usize>,
    args: &'a CallArgs,
}

/// Every `case(...)` at the top of a file.
pub(crate) fn heads(tree: &AstStmt) -> Vec<HeadPlace<'_>> {
    let calls = walk::top_level(tree)
        .into_iter()
        .filter_map(|stmt| match &stmt.node {
            StmtP::Expression(expr) => Some((expr, walk::call(expr)?)),
            _ => None,
        });
    let cases = calls.filter(|(_, (callee, _))| walk::name(callee) == Some("case"));
    cases
        .map(|(expr, (_, args))| HeadPlace {
            whole: range(expr.span),
            args,
        })
        .collect()
}

impl HeadPlace<'_> {
    fn argument(&self, wanted: &str) -> Option<&AstExpr> {
        self.args
            .args
            .iter()
            .find_map(|argument| match &argument.node {
                ArgumentP::Named(name, value) if name.node == wanted => Some(value),
                ArgumentP::Positional(value) if wanted == "provisions" => Some(value),
                _ => None,
            })
    }

    /// Place of an argument, or of the whole head.
    pub(crate) fn place(&self, argument: &str) -> Range<usize> {
        self.argument(argument)
            .map_or_else(|| self.whole.clone(), |expr| range(expr.span))
    }

    /// Place of one entry of a list argument, when it is written out.
    pub(crate) fn entry(&self, argument: &str, value: &str) -> Range<usize> {
        let items = match self.argument(argument).map(|expr| &expr.node) {
            Some(ExprP::List(items) | ExprP::Tuple(items)) => items.as_slice(),
            _ => &[],
        };
        let found = items.iter().find(|item| walk::text(item) == Some(value));
        found.map_or_else(|| self.place(argument), |item| range(item.span))
    }

    /// Arguments `case` does not have.
    pub(crate) fn unknown(&self, source: &Source) -> Vec<Diagnostic> {
        let named = self
            .args
            .args
            .iter()
            .filter_map(|argument| match &argument.node {
                ArgumentP::Named(name, _) => Some(name),
                _ => None,
            });
        let unknown = named.filter(|name| !ARGUMENTS.contains(&name.node.as_str()));
        let found = unknown.map(|name| {
            let diagnostic = source.at(
                range(name.span),
                format!("case has no argument `{}`", name.node),
            );
            diagnostic
                .expected(format!("one of {}", ARGUMENTS.join(", ")))
                .nearest(nearest(&name.node, ARGUMENTS))
        });
        found.collect()
    }
}

/// Checks names of one list argument.
struct Checker<'a> {
    source: &'a Source,
    place: &'a HeadPlace<'a>,
    found: Vec<Diagnostic>,
}

impl Checker<'_> {
    fn tell(&mut self, argument: &str, value: &str, message: String) -> &mut Diagnostic {
        let span = self.place.entry(argument, value);
        self.found.push(self.source.at(span, message));
        // Just pushed.
        let last = self.found.len() - 1;
        &mut self.found[last]
    }

    /// Reads each entry; a wrong one is told with what was expected and the nearest name.
    fn each<T: PartialEq>(
        &mut self,
        argument: &str,
        values: &[String],
        names: &[&str],
        read: impl Fn(&str) -> Result<T, String>,
    ) -> Vec<T> {
        let mut all = Vec::new();
        for value in values {
            match read(value) {
                Ok(item) if all.contains(&item) => {
                    self.tell(argument, value, format!("`{value}` is named twice"));
                }
                Ok(item) => all.push(item),
                Err(why) => {
                    let near = nearest(value, names.iter().copied());
                    let diagnostic = self.tell(argument, value, why);
                    diagnostic.nearest = near;
                    if !names.is_empty() {
                        diagnostic.expected = Some(format!("one of {}", names.join(", ")));
                    }
                }
            }
        }
        all
    }

    fn duration(&mut self, argument: &str, text: &str) -> Dur {
        match Dur::parse(text) {
            Ok(length) if length > Dur::ms(0) => length,
            Ok(_) => {
                self.tell(argument, text, format!("`{argument}` cannot be zero"));
                Dur::ms(1)
            }
            Err(why) => {
                self.tell(argument, text, why); // A literal was told by the lint already.
                Dur::ms(1)
            }
        }
    }
}

/// Makes the facts of a case from its head.
pub(crate) fn check(
    source: &Source,
    tree: &AstStmt,
    place: &HeadPlace<'_>,
    raw: &RawHead,
    sha256: String,
) -> Result<CaseMeta, Vec<Diagnostic>> {
    let mut checker = Checker {
        source,
        place,
        found: Vec::new(),
    };
    let c = &mut checker;
    let words = |e: proofhouse_model::ids::BadId| e.to_string();
    let id = case_id(c);
    let title = title(c, tree);
    let provisions = c.each("provisions", &raw.provisions, &[], |t| {
        ProvisionId::new(t).map_err(words)
    });
    if raw.provisions.is_empty() {
        let diagnostic = source.at(
            place.place("provisions"),
            "a case serves at least one provision",
        );
        c.found
            .push(diagnostic.expected("such as provisions = [\"5.1-1\"]"));
    }
    let units = c.each("units", &raw.units, &[], |t| UnitRef::new(t).map_err(words));
    let guides = c.each("guides", &raw.guides, &[], |t| {
        GuideId::new(t).map_err(words)
    });
    let (needs, wants) = channels(c, raw);
    let cuts = cuts(c, raw, &needs);
    let (device_ops, device_wants) = device_ops(c, raw);
    let names = Effect::ALL.map(Effect::name);
    let effects = c.each("effects", &raw.effects, &names, |t| {
        Effect::from_name(t).ok_or_else(|| format!("there is no effect `{t}`"))
    });
    let caught_on = c.each("caught_on", &raw.caught_on, &[], defect);
    let undecided_on = c.each("undecided_on", &raw.undecided_on, &[], defect);
    let ixit = c.each("ixit", &raw.ixit, &[], table);
    let sample = sample(c, &raw.sample);
    specimens(c, raw);
    let per = per(c, raw);
    let (within, takes) = (
        c.duration("within", &raw.within),
        c.duration("takes", &raw.takes),
    );
    let (Some(id), true) = (id, checker.found.is_empty()) else {
        return Err(checker.found);
    };
    Ok(CaseMeta {
        id,
        title,
        file: source.relative.clone(),
        sha256,
        provisions,
        units,
        guides,
        needs,
        wants,
        cuts,
        device_ops,
        device_wants,
        ixit,
        effects,
        sample,
        specimens: raw.specimens as usize,
        per,
        within,
        takes,
        caught_on,
        undecided_on,
    })
}

fn specimens(c: &mut Checker<'_>, raw: &RawHead) {
    if !(1..=MOST_SPECIMENS).contains(&raw.specimens) {
        let span = c.place.place("specimens");
        let what = format!("a case holds 1 to {MOST_SPECIMENS} specimens");
        c.found.push(c.source.at(span, what));
    }
}

/// Channels needed and wanted; none is both.
fn channels(c: &mut Checker<'_>, raw: &RawHead) -> (Vec<Channel>, Vec<Channel>) {
    let names = Channel::ALL.map(Channel::name);
    let channel =
        |t: &str| Channel::from_name(t).ok_or_else(|| format!("there is no channel `{t}`"));
    let needs = c.each("needs", &raw.needs, &names, channel);
    let wants = c.each("wants", &raw.wants, &names, channel);
    for both in needs.iter().filter(|channel| wants.contains(channel)) {
        let name = both.name();
        c.tell("wants", name, format!("`{name}` is already among `needs`"));
    }
    (needs, wants)
}

/// What it cuts of the network, which takes a way there that can be cut.
fn cuts(c: &mut Checker<'_>, raw: &RawHead, needs: &[Channel]) -> Vec<CutKind> {
    let names = CutKind::ALL.map(CutKind::name);
    let cuts = c.each("cuts", &raw.cuts, &names, |t| {
        CutKind::from_name(t).ok_or_else(|| format!("nothing called `{t}` is cut"))
    });
    if let Some(first) = cuts.first()
        && !needs.contains(&Channel::Uplink)
    {
        let what = "a case that cuts the network needs the channel `uplink`".to_owned();
        c.tell("cuts", first.name(), what).help =
            Some("add \"uplink\" to `needs = [...]` of case(...)".to_owned());
    }
    cuts
}

/// Device operations needed and wanted, none both; `enrol_owner` stands for the `set_up` it calls.
fn device_ops(c: &mut Checker<'_>, raw: &RawHead) -> (Vec<String>, Vec<String>) {
    let names = DEVICE_OPS.map(|op| op.name);
    let named = |t: &str| {
        let op = DeviceOp::named(needed_op(t));
        op.map(|op| op.name.to_owned())
            .ok_or_else(|| format!("there is no device operation `{t}`"))
    };
    let needs = c.each("device", &raw.device, &names, named);
    let wants = c.each("device_wants", &raw.device_wants, &names, named);
    for both in wants.iter().filter(|op| needs.contains(op)) {
        c.tell(
            "device_wants",
            both,
            format!("`{both}` is already among `device`"),
        );
    }
    (needs, wants)
}

fn case_id(c: &mut Checker<'_>) -> Option<CaseId> {
    let name = c.source.relative.rsplit('/').next().unwrap_or_default();
    match CaseId::new(name.trim_end_matches(".star")) {
        Ok(id) => Some(id),
        Err(why) => {
            let diagnostic = Diagnostic::whole(&c.source.shown, format!("the file's name {why}"));
            c.found.push(diagnostic.help("rename the file"));
            None
        }
    }
}

/// First line of the doc string.
fn title(c: &mut Checker<'_>, tree: &AstStmt) -> String {
    let first = walk::top_level(tree).into_iter().next();
    let doc = first.and_then(|stmt| match &stmt.node {
        StmtP::Expression(expr) => walk::text(expr),
        _ => None,
    });
    let line = doc.and_then(|doc| doc.lines().map(str::trim).find(|line| !line.is_empty()));
    if line.is_none() {
        let diagnostic = c.source.at(
            0..0,
            "a case begins with a doc string whose first line is its title",
        );
        c.found.push(
            diagnostic.expected("such as \"\"\"A factory reset erases what the user left.\"\"\""),
        );
    }
    line.unwrap_or_default().to_owned()
}

fn sample(c: &mut Checker<'_>, text: &str) -> Samples {
    let all = [Samples::Production, Samples::Open, Samples::Any];
    let names = all.map(Samples::name);
    if let Some(sample) = all.into_iter().find(|sample| sample.name() == text) {
        return sample;
    }
    let near = nearest(text, names);
    let diagnostic = c.tell("sample", text, format!("there is no sample `{text}`"));
    diagnostic.nearest = near;
    diagnostic.expected = Some(format!("one of {}", names.join(", ")));
    Samples::Production
}

/// What runs on every unit looks at each by itself.
fn per(c: &mut Checker<'_>, raw: &RawHead) -> Per {
    let all = [Per::Product, Per::Unit];
    let names = all.map(Per::name);
    let Some(per) = all.into_iter().find(|per| per.name() == raw.per) else {
        let near = nearest(&raw.per, names);
        let told = c.tell(
            "per",
            &raw.per,
            format!("a case does not run per `{}`", raw.per),
        );
        told.nearest = near;
        told.expected = Some(format!("one of {}", names.join(", ")));
        return Per::Product;
    };
    if per == Per::Unit && raw.specimens > 1 {
        let what = "a case that runs on every unit holds one at a time".to_owned();
        c.tell("per", &raw.per, what).expected =
            Some("`specimens = 1`, or `per = \"product\"`".to_owned());
    }
    per
}

/// `product:defect`.
fn defect(text: &str) -> Result<String, String> {
    let named = |part: &str| CaseId::new(part).is_ok();
    match text.split_once(':') {
        Some((product, defect)) if named(product) && named(defect) => Ok(text.to_owned()),
        _ => Err(format!(
            "`{text}` is not a defect such as plug:reset-keeps-login"
        )),
    }
}

/// An IXIT table id, such as `7-UpdMech`; when only rows whose `bench` says something count,
/// `28-ExtAPI[speaks=coap]`, or `1-AuthMech[guesses-before-limit]` for those that say it at all.
fn table(text: &str) -> Result<String, String> {
    let (id, only) = match text.strip_suffix(']').and_then(|t| t.split_once('[')) {
        Some((id, only)) => (
            id,
            only.split_once('=').map_or([only, only], |(k, v)| [k, v]),
        ),
        None => (text, ["-", "-"]),
    };
    let word = |w: &str| !w.is_empty() && w.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let good = only.into_iter().all(word)
        && id.split_once('-').is_some_and(|(number, name)| {
            (1..=2).contains(&number.len())
                && number.bytes().all(|b| b.is_ascii_digit())
                && !name.is_empty()
                && name.bytes().all(|b| b.is_ascii_alphanumeric())
        });
    let [key, _] = only;
    let known = facts::TABLES.iter().any(|(known, _)| *known == id);
    if good && known && key != "-" && facts::find(id, key).is_none() {
        let near = nearest(key, facts::of(id).map(|fact| fact.name));
        let near = near.map_or(String::new(), |near| format!("; `{near}`?"));
        return Err(format!("a row of {id} has no fact `{key}`{near}"));
    }
    if good {
        Ok(text.to_owned())
    } else {
        Err(format!("`{text}` is not an IXIT table such as 7-UpdMech"))
    }
}
