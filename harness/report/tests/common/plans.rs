//! A small standard, a product and cases.

use proofhouse_model::catalogue::{Confidence, Guide, GuideRow, RowReach};
use proofhouse_model::plan::LeftOut;
use proofhouse_model::profile::Product;
use proofhouse_model::{
    BenchSpec, CaseId, CaseMeta, CaseProof, Catalogue, Channel, Claim, Dur, Edition, Effect,
    GuideId, Level, Per, Plan, PlannedProduct, ProductId, Profile, Proof, Provision, ProvisionId,
    Reach, RunMode, Sample, Samples, Support, Task, TaskId, TestUnit, UnitName, UnitNature,
    UnitRef, UnitSpec,
};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The one product of the plans here.
pub fn acme() -> ProductId {
    ProductId::new("acme-plug").unwrap()
}

pub fn provision(id: &str) -> ProvisionId {
    ProvisionId::new(id).unwrap()
}

/// Id, level, conditions, title, units (`c` conceptual, `f` functional, `p` functional and reached in part).
const PROVISIONS: [(&str, Level, &[u8], &str, &str); 12] = [
    (
        "4-1",
        Level::M,
        &[],
        "Justify every recommendation that is unmet or not applicable",
        "4-1-1.a:c",
    ),
    (
        "5.1-1",
        Level::M,
        &[1],
        "Passwords are unique per device or set by the user",
        "5.1-1-1.a:c 5.1-1-2.a:f 5.1-1-2.b:f",
    ),
    (
        "5.1-5",
        Level::M,
        &[5],
        "Guessing credentials over the network is impracticable",
        "5.1-5-1.a:c 5.1-5-2.a:f",
    ),
    (
        "5.2-2",
        Level::R,
        &[],
        "Disclosed vulnerabilities are acted on in good time",
        "5.2-2-1.a:c",
    ),
    (
        "5.3-1",
        Level::R,
        &[],
        "Software components can be updated securely",
        "5.3-1-2.a:f",
    ),
    (
        "5.3-2",
        Level::M,
        &[5],
        "A non-constrained device has a secure update mechanism",
        "5.3-2-1.a:c 5.3-2-2.a:f",
    ),
    (
        "5.3-9",
        Level::R,
        &[12],
        "Updates are checked for authenticity and integrity",
        "5.3-9-2.a:f",
    ),
    (
        "5.6-1",
        Level::M,
        &[],
        "Unused network and logical interfaces are disabled",
        "5.6-1-2.a:f",
    ),
    (
        "5.6-4",
        Level::M,
        &[13],
        "A physically accessible debug interface is disabled in software",
        "5.6-4-2.a:p",
    ),
    (
        "5.8-3",
        Level::M,
        &[],
        "Sensing capabilities are documented for the user",
        "5.8-3-1.a:c",
    ),
    (
        "5.11-1",
        Level::M,
        &[],
        "Users can erase their data from the device",
        "5.11-1-1.a:c 5.11-1-2.a:f 5.11-1-2.b:f",
    ),
    (
        "6-2",
        Level::M,
        &[7],
        "Consent to processing personal data is obtained validly",
        "6-2-1.a:c 6-2-2.a:f",
    ),
];

fn catalogue() -> Catalogue {
    let provisions = PROVISIONS
        .iter()
        .map(|(id, level, conditions, title, units)| {
            let units = units.split(' ').map(|unit| {
                let (id, nature) = unit.split_once(':').unwrap();
                TestUnit {
                    reach: match nature {
                        "c" => None,
                        "p" => Some(Reach::Part),
                        _ => Some(Reach::Full),
                    },
                    about: String::new(),
                    id: UnitRef::new(id).unwrap(),
                    nature: match nature {
                        "c" => UnitNature::Conceptual,
                        _ => UnitNature::Functional,
                    },
                }
            });
            Provision {
                id: provision(id),
                title: (*title).to_owned(),
                level: *level,
                conditions: conditions.to_vec(),
                feature: false,
                units: units.collect(),
                without_units: None,
            }
        });
    let row = |id: &str, title: &str, serves: &str| GuideRow {
        id: GuideId::new(id).unwrap(),
        title: title.to_owned(),
        bad_example: false,
        provisions: vec![provision(serves)],
        from_text: true,
        confidence: Confidence::High,
        bench: RowReach::Yes,
        missing: None,
    };
    Catalogue {
        standard: "EN 303 645".to_owned(),
        edition: Edition::new("V2.1.1").unwrap(),
        by_cases: false,
        allows: Vec::new(),
        conditions: vec![(1, "passwords are used".to_owned())],
        provisions: provisions.collect(),
        figures: Default::default(),
        guides: vec![Guide {
            name: "ACSC".to_owned(),
            title: "A guide for makers".to_owned(),
            rows: vec![
                row(
                    "acsc-6-g4",
                    "Debug access is closed on sold devices",
                    "5.6-4",
                ),
                GuideRow {
                    bad_example: true,
                    ..row("acsc-1-b2", "All units share one password", "5.1-1")
                },
                row("acsc-9-b1", "A row that no case serves", "5.11-1"),
            ],
        }],
    }
}

/// Head of a case: id, title, provisions, units, guides.
pub fn case(id: &str, title: &str, provisions: &str, units: &str, guides: &str) -> CaseMeta {
    CaseMeta {
        id: CaseId::new(id).unwrap(),
        title: title.to_owned(),
        file: format!("cases/{id}.star"),
        sha256: "c".repeat(64),
        provisions: provisions.split_whitespace().map(provision).collect(),
        units: units
            .split_whitespace()
            .map(|u| UnitRef::new(u).unwrap())
            .collect(),
        guides: guides
            .split_whitespace()
            .map(|g| GuideId::new(g).unwrap())
            .collect(),
        needs: vec![Channel::Console],
        wants: Vec::new(),
        cuts: Vec::new(),
        device_ops: Vec::new(),
        device_wants: Vec::new(),
        ixit: Vec::new(),
        effects: vec![Effect::Reversible],
        sample: Samples::Production,
        specimens: 1,
        per: Per::Product,
        within: Dur::secs(60),
        takes: Dur::secs(2),
        caught_on: Vec::new(),
        undecided_on: Vec::new(),
    }
}

pub fn cases() -> Vec<CaseMeta> {
    vec![
        case(
            "default-passwords",
            "No two units share a password, and none can be derived",
            "5.1-1",
            "5.1-1-2.a 5.1-1-2.b",
            "acsc-1-b2",
        ),
        case(
            "brute-force",
            "Guessing passwords is slowed down",
            "5.1-5",
            "5.1-5-2.a",
            "",
        ),
        case(
            "update-tamper",
            "A changed update is refused",
            "5.3-2 5.3-9",
            "5.3-2-2.a 5.3-9-2.a",
            "",
        ),
        case(
            "debug-lock",
            "The debug port of a sold device is closed",
            "5.6-1 5.6-4",
            "5.6-4-2.a",
            "acsc-6-g4",
        ),
        case(
            "factory-reset",
            "A factory reset erases what the user left",
            "5.11-1",
            "5.11-1-2.a 5.11-1-2.b",
            "",
        ),
    ]
}

pub fn left_out(meta: CaseMeta, why: &str, by_filter: bool) -> LeftOut {
    LeftOut {
        case: Arc::new(meta),
        product: acme(),
        why: why.to_owned(),
        by_filter,
    }
}

pub fn open_ports() -> CaseMeta {
    case(
        "open-ports",
        "Only declared ports are open",
        "5.6-1",
        "5.6-1-2.a",
        "",
    )
}

fn unit(name: &str, sample: Sample) -> UnitSpec {
    UnitSpec {
        name: UnitName::new(name).unwrap(),
        profile: "device-profiles/acme-plug".to_owned(),
        sample,
        grants: vec![Effect::MayBrick],
        identity: BTreeMap::new(),
        label: BTreeMap::new(),
        place: None,
        brought: Default::default(),
        virtual_product: Some("plug".to_owned()),
        wires: BTreeMap::new(),
    }
}

pub fn claim(id: &str, support: Support, detail: &str) -> Claim {
    Claim {
        provision: provision(id),
        support,
        detail: detail.to_owned(),
    }
}

/// Y for everything but a recommendation not met and one row that does not apply.
fn claims() -> Vec<Claim> {
    PROVISIONS
        .iter()
        .map(|(id, ..)| match *id {
            "5.3-1" => claim(
                id,
                Support::No,
                "the boot loader is in ROM and cannot be changed",
            ),
            "6-2" => claim(
                id,
                Support::NotApplicable,
                "no personal data is processed by consent",
            ),
            _ => claim(id, Support::Yes, "see the security guide"),
        })
        .collect()
}

fn profile() -> Profile {
    Profile {
        id: acme(),
        name: "acme-plug".to_owned(),
        folder: "device-profiles/acme-plug".to_owned(),
        sha256: "a".repeat(64),
        product: Product {
            maker: "Acme".to_owned(),
            model: "Plug P1".to_owned(),
            hardware: "B".to_owned(),
            software: "1.4.2".to_owned(),
            constrained: None,
        },
        claims: claims(),
        ixit: BTreeMap::new(),
        console: None,
        debug: None,
        pace: Default::default(),
        without_rows: Default::default(),
        public_labels: Vec::new(),
        files: BTreeMap::new(),
        limits: BTreeMap::new(),
        values: BTreeMap::new(),
    }
}

/// The head of the case that a task runs.
pub fn case_of(plan: &mut Plan, at: usize) -> &mut CaseMeta {
    Arc::make_mut(&mut plan.tasks[at].case)
}

/// The profile of the one product.
pub fn profile_of(plan: &mut Plan) -> &mut Profile {
    &mut plan.products.get_mut(&acme()).unwrap().profile
}

/// A plan of all five cases, `open-ports` left out for want of a wire.
pub fn plan() -> Plan {
    let tasks = cases().into_iter().enumerate().map(|(at, case)| Task {
        id: TaskId::at(at),
        case: Arc::new(case),
        product: acme(),
        units: vec![UnitName::new("plug-a").unwrap()],
    });
    let units = vec![
        unit("plug-a", Sample::Production),
        unit("plug-b", Sample::Production),
        unit("plug-open", Sample::Open),
    ];
    let product = PlannedProduct {
        profile: profile(),
        units: units.iter().map(|u| u.name.clone()).collect(),
    };
    Plan {
        format: "2.0".to_owned(),
        tool: "0.1.0".to_owned(),
        suite: "en303645".to_owned(),
        suite_source: proofhouse_model::SuiteSource::Embedded {
            sha256: "5e".repeat(32),
        },
        catalogue: catalogue(),
        products: BTreeMap::from([(acme(), product)]),
        bench: BenchSpec {
            farm: None,
            file: "bench.toml".to_owned(),
            sha256: "b".repeat(64),
            name: "desk".to_owned(),
            fitness: None,
            patient: Default::default(),
            units,
        },
        mode: RunMode::default(),
        tasks: tasks.collect(),
        left_out: vec![left_out(
            open_ports(),
            "the bench has no lan channel",
            false,
        )],
        seed: 42,
        complete: false,
        only_units: Vec::new(),
        retries: 0,
        proof: None,
        fitness: None,
        shard: None,
    }
}

/// A proof in which every case kept its promises, but those named.
pub fn proof(but: &[&str]) -> Proof {
    let proved = |case: CaseMeta| {
        let killed = vec![format!("plug:breaks-{}", case.id)];
        let missed = but.contains(&case.id.as_str());
        let survived = if missed { killed.clone() } else { Vec::new() };
        let proof = CaseProof {
            sha256: case.sha256,
            killed,
            survived,
            undecided: Vec::new(),
            decided: Vec::new(),
            honest: (1, 1),
        };
        (case.id, proof)
    };
    let cases: BTreeMap<_, _> = cases().into_iter().map(proved).collect();
    Proof {
        at: "2026-11-22T10:00:00Z".to_owned(),
        tool: "0.1.0".to_owned(),
        products: vec!["plug".to_owned()],
        defects: 5,
        killed: 5,
        cases,
    }
}
