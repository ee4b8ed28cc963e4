//! The smallest plan, profile and case there are, for tests of every floor: a new field has its place here alone.
//!
//! Part of no library: tests take this file in by its path, `#[path = "../../model/src/smallest.rs"] mod smallest;`, so
//! that it costs no crate and no feature, and nothing of it is in the binary.

use proofhouse_model::profile::Product;
use proofhouse_model::settings::{Setting, Settings};
use proofhouse_model::{
    BenchSpec, CaseId, CaseMeta, Catalogue, Channel, Dur, Edition, Per, Plan, PlannedProduct,
    ProductId, Profile, RunMode, Sample, Samples, SuiteSource, UnitName, UnitSpec, Wire,
};
use std::collections::BTreeMap;

/// A harmless case on one unit with a console, that serves nothing.
pub fn case(id: &str) -> CaseMeta {
    CaseMeta {
        id: CaseId::new(id).unwrap(),
        title: id.to_owned(),
        file: format!("cases/{id}.star"),
        sha256: "0".repeat(64),
        provisions: Vec::new(),
        units: Vec::new(),
        guides: Vec::new(),
        needs: vec![Channel::Console],
        wants: Vec::new(),
        cuts: Vec::new(),
        device_ops: Vec::new(),
        device_wants: Vec::new(),
        ixit: Vec::new(),
        effects: Vec::new(),
        sample: Samples::Production,
        specimens: 1,
        per: Per::Product,
        within: Dur::secs(60),
        takes: Dur::secs(1),
        caught_on: Vec::new(),
        undecided_on: Vec::new(),
    }
}

/// A profile that claims nothing, in a folder of its own name.
pub fn profile(id: &str) -> Profile {
    let text = |t: &str| t.to_owned();
    Profile {
        id: ProductId::new(id).unwrap(),
        name: text(id),
        folder: text(id),
        sha256: "0".repeat(64),
        product: Product {
            maker: text("m"),
            model: text("m"),
            hardware: text("1"),
            software: text("1"),
            constrained: None,
        },
        claims: Vec::new(),
        ixit: BTreeMap::new(),
        console: None,
        debug: None,
        pace: Default::default(),
        without_rows: BTreeMap::new(),
        public_labels: Vec::new(),
        files: BTreeMap::new(),
        limits: BTreeMap::new(),
        values: BTreeMap::new(),
    }
}

/// A production unit of product `p` with these wires, of which nothing else is known.
pub fn unit(name: &str, wires: impl IntoIterator<Item = (Channel, Wire)>) -> UnitSpec {
    UnitSpec {
        name: UnitName::new(name).expect("a name"),
        profile: "p".to_owned(),
        sample: Sample::Production,
        grants: Vec::new(),
        identity: BTreeMap::new(),
        label: BTreeMap::new(),
        place: None,
        brought: Default::default(),
        virtual_product: None,
        wires: wires.into_iter().collect(),
    }
}

/// A wire of that driver.
pub fn wire<'a>(driver: &str, settings: impl IntoIterator<Item = (&'a str, Setting)>) -> Wire {
    let settings = settings.into_iter();
    Wire {
        driver: driver.to_owned(),
        settings: Settings(
            settings
                .map(|(key, value)| (key.to_owned(), value))
                .collect(),
        ),
        switch: None,
    }
}

/// A plan without tasks, provisions and wires; these units are of the one product.
pub fn plan(profile: Profile, units: Vec<UnitName>) -> Plan {
    Plan {
        format: "2.0".to_owned(),
        tool: "test".to_owned(),
        suite: "test".to_owned(),
        suite_source: SuiteSource::Folder {
            path: "suite".to_owned(),
            sha256: String::new(),
        },
        catalogue: Catalogue {
            standard: "EN 303 645".to_owned(),
            edition: Edition::new("V2.1.1").expect("a name"),
            by_cases: false,
            allows: Vec::new(),
            conditions: Vec::new(),
            provisions: Vec::new(),
            guides: Vec::new(),
            figures: Default::default(),
        },
        products: BTreeMap::from([(profile.id.clone(), PlannedProduct { profile, units })]),
        bench: BenchSpec {
            farm: None,
            file: "bench.toml".to_owned(),
            sha256: "0".repeat(64),
            name: "bench".to_owned(),
            fitness: None,
            patient: Default::default(),
            units: Vec::new(),
        },
        mode: RunMode::default(),
        tasks: Vec::new(),
        left_out: Vec::new(),
        seed: 1,
        complete: false,
        only_units: Vec::new(),
        retries: 0,
        proof: None,
        fitness: None,
        shard: None,
    }
}
