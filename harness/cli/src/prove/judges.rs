//! Each run of a proof judged again from its own record, without its device: it has to come to the same.

use crate::again;
use crate::scratch::Scratch;
use crate::scripts::Scripts;
use crate::session::Session;
use crate::spoil::BlindProfile;
use crate::virtuals::Virtual;
use proofhouse_journal::Recorded;
use proofhouse_model::{CaseId, Plan, ProductId};
use proofhouse_planner::{Suite, read_profile, read_suite};
use proofhouse_report::text::one_line;
use proofhouse_runner::{CaseBody, RunProduct};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// What judges the runs of a proof again. Read once, with the proof.
pub struct Judges {
    cases: BTreeMap<CaseId, Arc<dyn CaseBody>>,
    products: BTreeMap<ProductId, RunProduct>,
    virtuals: Vec<Virtual>,
    /// By which a profile that a blind was put on is read. None: it cannot be read any more.
    suite: Option<Suite>,
}

impl Judges {
    /// Those of a session.
    #[must_use]
    pub fn of(session: &Session) -> Self {
        Self {
            cases: session.cases().clone(),
            products: session.products().clone(),
            virtuals: session.virtuals.clone(),
            suite: read_suite(&session.sources.suite, session.plan.catalogue.edition).ok(),
        }
    }

    /// What comes out otherwise: what, and how. A record that cannot be judged again is one that does.
    #[must_use]
    pub fn look(&self, run: &Path) -> Vec<(String, String)> {
        let came = self.judged(run);
        let came = came.unwrap_or_else(|why| vec![("the record".to_owned(), why)]);
        let told = |(what, how): (String, String)| (what, one_line(&how).to_string());
        came.into_iter().map(told).collect()
    }

    fn judged(&self, run: &Path) -> Result<Vec<(String, String)>, String> {
        let recorded = Recorded::read(run).map_err(|why| why.to_string())?;
        if !recorded.sealed {
            return Err("it is not sealed".to_owned());
        }
        let mut products = BTreeMap::new();
        // Files are read from them.
        let mut copies = Vec::new();
        for (id, planned) in &recorded.plan.products {
            let known = self.products.get(id);
            let known = known.ok_or_else(|| format!("{id} is no product of this proof"))?;
            let mut profile = planned.profile.clone();
            profile.folder.clone_from(&known.profile.folder);
            let mut device = known.device.clone();
            if let Some(copy) = self.spoilt(id, &recorded.plan, &known.profile.folder)? {
                let called = format!("{}/", planned.profile.folder);
                let scripts = Scripts::new().map_err(|_| "this program cannot find itself")?;
                let (script, wrong) = scripts.device_script(copy.folder(), Some(&called));
                if let Some(wrong) = wrong.first() {
                    return Err(format!("{}: {}", wrong.file, wrong.message));
                }
                device = script.map(Arc::new);
                let suite = self
                    .suite
                    .as_ref()
                    .ok_or("the suite cannot be read any more")?;
                let read = read_profile(copy.folder(), suite);
                let read = read.map_err(|_| "the profile with the blind cannot be read")?;
                profile.with_values_of(&read);
                profile.folder = copy.folder().display().to_string();
                copies.push(copy);
            } else {
                profile.with_values_of(&known.profile);
            }
            let profile = Arc::new(profile);
            products.insert(id.clone(), RunProduct { profile, device });
        }
        let came = again::judge(&recorded, &recorded.plan, &self.cases, &products)?;
        drop(copies);
        Ok(came.otherwise())
    }

    /// The copy of a profile that a blind was put on, made anew: that of the run went with it.
    fn spoilt(
        &self,
        product: &ProductId,
        plan: &Plan,
        profile: &str,
    ) -> Result<Option<BlindProfile>, String> {
        let Some(names) = plan.mode.blinds.get(product) else {
            return Ok(None);
        };
        let its = self.virtuals.iter().filter(|v| v.name == product.as_str());
        let all = its.flat_map(|v| &v.blinds);
        let blinds: Vec<_> = all.filter(|b| names.contains(&b.name)).collect();
        let outer =
            Scratch::new("profile").map_err(|why| format!("no folder for a copy: {why}"))?;
        let made = BlindProfile::make(Path::new(profile), &blinds, outer);
        made.map(Some).map_err(|wrong| wrong.message)
    }
}
