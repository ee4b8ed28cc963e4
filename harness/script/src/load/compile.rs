//! One file through all its steps: parsed, linted, type-checked, evaluated, frozen; and the files
//! it loads.

use crate::globals::{Kind, globals};
use crate::load::case_header::Collector;
use crate::load::diagnostics::diagnose;
use crate::load::source::{Root, Source};
use crate::load::walk::range;
use crate::load::{depth, lint, types, uses::Uses};
use proofhouse_model::Diagnostic;
use starlark::analysis::AstModuleLint;
use starlark::environment::{FrozenModule, Module};
use starlark::eval::{Evaluator, ReturnFileLoader};
use starlark::syntax::{AstModule, Dialect, DialectTypes};
use starlark::typing::Interface;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// A file that went through.
pub(crate) struct Loaded {
    pub(crate) source: Source,
    pub(crate) tree: AstModule,
    pub(crate) module: FrozenModule,
    pub(super) interface: Interface,
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
pub(super) fn dialect() -> Dialect {
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

/// Is told a file.
type Under = Box<dyn Fn(&str) + Send + Sync>;

/// Loads files of one folder, each library once.
pub(crate) struct Session {
    pub(crate) root: Root,
    done: HashMap<String, Result<Arc<Loaded>, ()>>,
    pub(super) under_way: Vec<String>,
    pub(crate) found: Vec<Diagnostic>,
    /// Told which file is looked at, whenever that changes.
    pub(crate) under: Option<Under>,
    /// Files that are not to be looked at, with how they ended who did.
    pub(crate) spoilt: BTreeMap<String, String>,
}

impl Session {
    pub(crate) fn new(root: Root) -> Self {
        Self {
            root,
            done: HashMap::new(),
            under_way: Vec::new(),
            found: Vec::new(),
            under: None,
            spoilt: BTreeMap::new(),
        }
    }

    /// From now on files are these texts, or read from the folder; what was loaded from other texts is forgotten.
    pub(crate) fn take_texts(&mut self, given: Option<BTreeMap<String, String>>) {
        let same = |(file, text): (&String, &String)| match self.done.get(file) {
            Some(Ok(loaded)) => loaded.source.text == *text,
            Some(Err(())) => false,
            None => true,
        };
        if !given.iter().flatten().all(same) {
            self.done.clear();
        }
        self.root.given = given;
    }

    /// Looks at a file anew, whatever was made of it before.
    pub(super) fn forget(&mut self, relative: &str) {
        self.done.remove(relative);
        self.under_way.clear();
    }

    fn tell_under(&self) {
        if let (Some(under), Some(file)) = (&self.under, self.under_way.last()) {
            under(file);
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
        if let Some(how) = self.spoilt.get(relative) {
            self.found.push(self.root.ended(relative, how));
            self.done.insert(relative.to_owned(), Err(()));
            return Err(());
        }
        self.under_way.push(relative.to_owned());
        self.tell_under();
        let loaded = self.fresh(relative, kind, collector).map(Arc::new);
        self.under_way.pop();
        self.tell_under();
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
            .map_err(|diagnostic| self.found.push(*diagnostic))?;
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
        let unbound = types::unbound_lists(&source, &tree, kind);
        let mut mistakes = self.found[before..].iter();
        let typed = unbound.is_empty()
            && !mistakes.any(|mistake| mistake.message.starts_with("there is no type"));
        self.found.extend(unbound);
        let interface = match typed {
            true => self.typecheck(&source, &tree, kind, &loads),
            false => Interface::empty(),
        };
        if self.found.len() > before {
            let place = |mistake: &Diagnostic| mistake.place.as_ref().map(|place| place.span);
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
            if !self.root.has(&target) {
                let diagnostic = source.at(
                    span,
                    format!("there is no file {}", self.root.shown(&target)),
                );
                self.found.push(diagnostic);
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
        for issue in tree.lint(None) {
            let span = range(issue.location.span);
            if LINTS.contains(&issue.short_name.as_str()) {
                let mut text = issue.problem.chars();
                let first: String = text
                    .next()
                    .into_iter()
                    .flat_map(char::to_lowercase)
                    .collect();
                self.found
                    .push(source.at(span, format!("{first}{}", text.as_str())));
            } else if issue.short_name == "unused-assign" {
                self.found
                    .extend(lint::misspelt_variable(source, tree.statement(), span));
            }
        }
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

/// Runs a loader on a thread with a deep stack.
pub(crate) fn on_deep_stack<T: Send>(work: impl FnOnce() -> T + Send) -> std::io::Result<T> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new()
            .name("script-loader".to_owned())
            .stack_size(depth::STACK);
        let done = thread.spawn_scoped(scope, work)?.join();
        done.map_err(|_| std::io::Error::other("the loader panicked"))
    })
}
