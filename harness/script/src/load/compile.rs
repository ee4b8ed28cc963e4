//! One file through all its steps: parsed, linted, type-checked, evaluated, frozen; and the files
//! it loads.

use crate::globals::{Kind, globals};
use crate::load::head::Collector;
use crate::load::lens::{ANYTHING, Lens};
use crate::load::says::diagnose;
use crate::load::source::{Root, Source};
use crate::load::walk::range;
use crate::load::{depth, lint, uses::Uses};
use proofhouse_model::Diagnostic;
use starlark::analysis::AstModuleLint;
use starlark::environment::{FrozenModule, Globals, GlobalsBuilder, Module};
use starlark::eval::{Evaluator, ReturnFileLoader};
use starlark::syntax::{AstModule, Dialect, DialectTypes};
use starlark::typing::{AstModuleTypecheck, Interface};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, LazyLock};

/// A file that went through.
pub(crate) struct Loaded {
    pub(crate) source: Source,
    pub(crate) tree: AstModule,
    pub(crate) module: FrozenModule,
    interface: Interface,
    /// What each of its functions uses.
    pub(crate) uses: Uses,
    /// Files it loads: the text of the load, and the file.
    pub(crate) loads: Vec<(String, Arc<Loaded>)>,
}

/// Steps a file may take while it is loaded: its top level only defines things.
const MOST_STEPS: u64 = 1_000_000;

/// Memory a file may take while it is loaded, checked now and then.
const MOST_HEAP: usize = 64 * 1024 * 1024;

/// The language: Python's look, types, no statements but definitions at the top level.
fn dialect() -> Dialect {
    Dialect {
        enable_keyword_only_arguments: true,
        enable_positional_only_arguments: false,
        enable_types: DialectTypes::Enable,
        enable_load_reexport: false,
        enable_top_level_stmt: false,
        enable_f_strings: true,
        ..Dialect::Standard
    }
}

/// Parses a file.
pub(crate) fn parse(source: &Source) -> starlark::Result<AstModule> {
    AstModule::parse(&source.relative, source.text.clone(), &dialect())
}

/// Lints of Starlark that are always mistakes.
const LINTS: [&str; 7] = [
    "missing-return",
    "missing-return-expression",
    "unreachable",
    "no-effect",
    "duplicate-key",
    "using-unassigned",
    "duplicate-top-level-assign",
];

/// Loads files of one folder, each library once.
pub(crate) struct Session {
    pub(crate) root: Root,
    done: HashMap<String, Result<Arc<Loaded>, ()>>,
    under_way: Vec<String>,
    pub(crate) found: Vec<Diagnostic>,
}

impl Session {
    pub(crate) fn new(root: Root) -> Self {
        Self {
            root,
            done: HashMap::new(),
            under_way: Vec::new(),
            found: Vec::new(),
        }
    }

    /// Takes a file through all steps. `Err` when there were mistakes, which are in `found` then.
    pub(crate) fn file(
        &mut self,
        relative: &str,
        kind: Kind,
        collector: Option<&Collector>,
    ) -> Result<Arc<Loaded>, ()> {
        if let Some(done) = self.done.get(relative) {
            return done.clone();
        }
        self.under_way.push(relative.to_owned());
        let loaded = self.fresh(relative, kind, collector).map(Arc::new);
        self.under_way.pop();
        self.done.insert(relative.to_owned(), loaded.clone());
        loaded
    }

    fn fresh(
        &mut self,
        relative: &str,
        kind: Kind,
        collector: Option<&Collector>,
    ) -> Result<Loaded, ()> {
        let source = self
            .root
            .read(relative)
            .map_err(|told| self.found.push(*told))?;
        let before = self.found.len();
        if let Some((span, why)) = depth::too_deep(&source.text) {
            self.found.push(source.at(span, why));
            return Err(());
        }
        let tree = parse(&source)
            .map_err(|error| self.found.push(diagnose(&source, None, &error, &|at| at)))?;
        let loads = self.loads(&source, &tree, kind)?;
        self.found
            .extend(lint::lint(&source, tree.statement(), kind));
        self.starlark_lints(&source, &tree);
        let typed = !self.found[before..]
            .iter()
            .any(|told| told.message.starts_with("there is no type"));
        let interface = match typed {
            true => self.typecheck(&source, &tree, kind, &loads),
            false => Interface::empty(),
        };
        if self.found.len() > before {
            let place = |told: &Diagnostic| told.place.as_ref().map(|place| place.span);
            self.found[before..].sort_by_key(place);
            return Err(());
        }
        let module = self.evaluate(&source, &tree, kind, &loads, collector)?;
        let uses = Uses::of(tree.statement(), &loads);
        Ok(Loaded {
            source,
            tree,
            module,
            interface,
            uses,
            loads,
        })
    }

    /// Loads what a file loads.
    fn loads(
        &mut self,
        source: &Source,
        tree: &AstModule,
        kind: Kind,
    ) -> Result<Vec<(String, Arc<Loaded>)>, ()> {
        let kind = if kind == Kind::Case {
            Kind::Library
        } else {
            kind
        };
        let mut all = Vec::new();
        let mut failed = false;
        for load in tree.loads() {
            let span = range(load.span.span);
            let target = match self.root.resolve(&source.relative, load.module_id) {
                Ok(target) => target,
                Err(why) => {
                    self.found.push(source.at(span, why));
                    failed = true;
                    continue;
                }
            };
            if self.under_way.contains(&target) {
                let chain = [self.under_way.as_slice(), &[target]]
                    .concat()
                    .join(" loads ");
                self.found
                    .push(source.at(span, format!("files load each other: {chain}")));
                failed = true;
                continue;
            }
            if !self.root.folder.join(&target).exists() {
                let told = source.at(
                    span,
                    format!("there is no file {}", self.root.shown(&target)),
                );
                self.found.push(told);
                failed = true;
                continue;
            }
            match self.file(&target, kind, None) {
                Ok(loaded) => all.push((load.module_id.to_owned(), loaded)),
                Err(()) => failed = true,
            }
        }
        if failed { Err(()) } else { Ok(all) }
    }

    fn starlark_lints(&mut self, source: &Source, tree: &AstModule) {
        let known = |name: &str| LINTS.contains(&name);
        for issue in tree
            .lint(None)
            .into_iter()
            .filter(|issue| known(&issue.short_name))
        {
            let mut text = issue.problem.chars();
            let first: String = text
                .next()
                .into_iter()
                .flat_map(char::to_lowercase)
                .collect();
            let told = source.at(
                range(issue.location.span),
                format!("{first}{}", text.as_str()),
            );
            self.found.push(told);
        }
    }

    fn typecheck(
        &mut self,
        source: &Source,
        tree: &AstModule,
        kind: Kind,
        loads: &[(String, Arc<Loaded>)],
    ) -> Interface {
        let known: HashMap<String, Interface> = loads
            .iter()
            .map(|(name, file)| (name.clone(), file.interface.clone()))
            .collect();
        let typed = || match kind {
            Kind::Device => Lens::typed_ops(tree.statement()),
            Kind::Case | Kind::Library => Lens::default(),
        };
        let (interface, plain) = check_through(source, tree, kind, &typed(), &known);
        let mut told = plain;
        if let Some(opened) = typed().open_lambdas(tree.statement()) {
            let (_, inside) = check_through(source, tree, kind, &opened, &known);
            let inside = inside.into_iter().filter(|told| {
                let span = told.place.as_ref().map(|place| place.span.0..place.span.1);
                span.is_some_and(|span| Lens::in_lambda(tree.statement(), &span))
            });
            told.extend(inside);
        }
        for told in told {
            if !self.found.contains(&told) {
                self.found.push(told);
            }
        }
        interface
    }

    fn evaluate(
        &mut self,
        source: &Source,
        tree: &AstModule,
        kind: Kind,
        loads: &[(String, Arc<Loaded>)],
        collector: Option<&Collector>,
    ) -> Result<FrozenModule, ()> {
        let modules: HashMap<&str, &FrozenModule> = loads
            .iter()
            .map(|(name, file)| (name.as_str(), &file.module))
            .collect();
        let loader = ReturnFileLoader { modules: &modules };
        let outcome = Module::with_temp_heap(|module| {
            {
                let mut eval = Evaluator::new(&module);
                eval.set_loader(&loader);
                eval.set_max_callstack_size(crate::run::DEEPEST)?;
                eval.set_max_heap_size(MOST_HEAP)?;
                eval.set_max_tick_count(MOST_STEPS)?;
                if let Some(collector) = collector {
                    eval.extra = Some(collector);
                }
                eval.eval_module(tree.clone(), globals(kind))?;
            }
            module
                .freeze()
                .map_err(|e| starlark::Error::new_other(stop_text(format!("{e:?}"))))
        });
        outcome.map_err(|error| {
            self.found
                .push(diagnose(source, Some(tree.statement()), &error, &|at| at));
        })
    }
}

/// An error of a text.
fn stop_text(text: String) -> crate::stop::Stop {
    crate::stop::Stop::Trouble(proofhouse_model::Trouble::case(text))
}

/// Type-checks the text a lens shows.
fn check_through(
    source: &Source,
    tree: &AstModule,
    kind: Kind,
    lens: &Lens,
    known: &HashMap<String, Interface>,
) -> (Interface, Vec<Diagnostic>) {
    let parsed = AstModule::parse(&source.relative, lens.text(&source.text), &dialect());
    let Ok(parsed) = parsed else {
        return (Interface::empty(), Vec::new()); // The plain text was parsed before.
    };
    let (errors, _, interface, _) = parsed.typecheck(checker_globals(kind), known);
    let back = |at: usize| lens.back(at);
    let told = errors
        .iter()
        .map(|error| diagnose(source, Some(tree.statement()), error, &back));
    (interface, told.collect())
}

/// The globals of a kind of file, and one function more for opened lambdas.
fn checker_globals(kind: Kind) -> &'static Globals {
    static ALL: LazyLock<BTreeMap<u8, Globals>> = LazyLock::new(|| {
        let kinds = [Kind::Case, Kind::Library, Kind::Device];
        kinds
            .into_iter()
            .map(|kind| (kind as u8, with_anything(kind)))
            .collect()
    });
    ALL.get(&(kind as u8)).unwrap_or_else(|| globals(kind))
}

fn with_anything(kind: Kind) -> Globals {
    let mut builder = crate::globals::builder(kind);
    anything(&mut builder);
    debug_assert_eq!(ANYTHING, "__anything");
    builder.build()
}

#[starlark::starlark_module]
fn anything(_: &mut GlobalsBuilder) {
    /// Stands for the parameter of an opened lambda; never called.
    fn __anything<'v>() -> starlark::Result<starlark::values::Value<'v>> {
        Ok(starlark::values::Value::new_none())
    }
}

/// Runs a loader on a thread with a deep stack.
pub(crate) fn on_deep_stack<T: Send>(work: impl FnOnce() -> T + Send) -> std::io::Result<T> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new()
            .name("script-loader".to_owned())
            .stack_size(depth::STACK);
        match thread.spawn_scoped(scope, work)?.join() {
            Ok(done) => Ok(done),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}
