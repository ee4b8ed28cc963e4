//! The words of the bench as types.
//!
//! Floor 0: data and pure functions only. No clock, no I/O, no async, no threads. Everything that is
//! journaled, planned or reported is one of these types, so a run can be folded again years later.

pub mod bench_spec;
pub mod bytes;
pub mod case;
pub mod catalogue;
pub mod channel;
pub mod check;
mod content;
pub mod diagnostic;
pub mod drivers;
pub mod dur;
pub mod effect;
pub mod event;
pub mod fault;
pub mod fold;
pub mod forms;
pub mod ids;
pub mod nearest;
mod number;
pub mod observation;
pub mod op;
pub mod pattern;
pub mod plan;
pub mod profile;
pub mod proof;
pub mod route;
pub mod secret;
pub mod seeded;
pub mod settings;
pub mod task;
pub mod trouble;
pub mod verdict;

pub use bench_spec::{BenchSpec, UnitSpec, Wire};
pub use bytes::Bytes;
pub use case::{CaseMeta, Per, Sample};
pub use catalogue::{Catalogue, Level, Provision, TestUnit, UnitNature};
pub use channel::{Channel, Peer};
pub use check::{Check, Finding, Limit, Measurement};
pub use diagnostic::{Diagnostic, Place};
pub use drivers::Driver;
pub use dur::Dur;
pub use effect::Effect;
pub use event::{Event, Fact};
pub use fault::{Fault, FaultKind, FaultSyntax};
pub use ids::{BlobId, CaseId, Edition, GuideId, ProductId, ProvisionId, Seq, UnitName, UnitRef};
pub use nearest::nearest;
pub use observation::Observation;
pub use op::Op;
pub use pattern::{BadPattern, Pattern};
pub use plan::{Plan, PlannedProduct, RunMode, SuiteSource};
pub use profile::{Claim, Profile, Support};
pub use proof::{CaseProof, Proof};
pub use route::{Route, SocketKind};
pub use secret::{SecretFacts, SecretKind};
pub use task::{Task, TaskId};
pub use trouble::{Trouble, TroubleKind};
pub use verdict::Verdict;
