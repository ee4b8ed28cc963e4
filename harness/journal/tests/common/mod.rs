//! A small plan and events to record.
#![allow(dead_code)] // each test file uses its part

use proofhouse_journal::Writer;
use proofhouse_model::profile::Product;
use proofhouse_model::{
    BenchSpec, Bytes, Catalogue, Edition, Event, Fact, Measurement, Plan, PlannedProduct,
    ProductId, Profile, RunMode, TaskId,
};
use std::collections::BTreeMap;
use std::path::Path;

pub fn plan_json(format: &str) -> Vec<u8> {
    let plan = Plan {
        format: format.to_owned(),
        tool: "0.1.0".to_owned(),
        suite: "en303645".to_owned(),
        suite_source: proofhouse_model::SuiteSource::Folder {
            path: "test-suites/en303645".to_owned(),
            sha256: String::new(),
        },
        catalogue: Catalogue {
            standard: "EN 303 645".to_owned(),
            edition: Edition::new("V2.1.1").unwrap(),
            by_cases: false,
            allows: Vec::new(),
            conditions: Vec::new(),
            provisions: Vec::new(),
            guides: Vec::new(),
            figures: Default::default(),
        },
        products: BTreeMap::from([(lamp(), product())]),
        bench: BenchSpec {
            farm: None,
            file: "bench.toml".to_owned(),
            sha256: "1".repeat(64),
            name: "desk".to_owned(),
            fitness: None,
            patient: Default::default(),
            units: Vec::new(),
        },
        mode: RunMode::default(),
        tasks: Vec::new(),
        left_out: Vec::new(),
        seed: 7,
        complete: false,
        only_units: Vec::new(),
        retries: 0,
        proof: None,
        fitness: None,
        shard: None,
    };
    serde_json::to_vec(&plan).unwrap()
}

fn lamp() -> ProductId {
    ProductId::new("lamp").unwrap()
}

fn product() -> PlannedProduct {
    let profile = Profile {
        id: lamp(),
        name: "acme-lamp".to_owned(),
        folder: "profiles/acme-lamp".to_owned(),
        sha256: "0".repeat(64),
        product: Product {
            maker: "Acme".to_owned(),
            model: "Lamp".to_owned(),
            hardware: "A".to_owned(),
            software: "1.0".to_owned(),
            constrained: None,
        },
        claims: Vec::new(),
        ixit: BTreeMap::new(),
        console: None,
        debug: None,
        pace: Default::default(),
        without_rows: Default::default(),
        public_labels: Vec::new(),
        files: BTreeMap::new(),
        limits: BTreeMap::new(),
        values: BTreeMap::from([("share".to_owned(), serde_json::json!(0.1))]),
    };
    PlannedProduct {
        profile,
        units: Vec::new(),
    }
}

pub fn event(seq: u64, fact: Fact) -> Event {
    Event {
        seq,
        at_us: seq * 1000,
        wall: "2026-11-20T15:04:05.678Z".to_owned(),
        task: Some(TaskId::at(0)),
        unit: None,
        fact,
    }
}

/// Text, bytes, numbers that are hard to write down.
pub fn events(plan_sha256: &str) -> Vec<Event> {
    let facts = [
        Fact::RunStarted {
            plan: plan_sha256.to_owned(),
            tool: "0.1.0".to_owned(),
            seed: u64::MAX,
            host: "bench-pc".to_owned(),
        },
        Fact::Heard {
            bytes: Bytes::from(b"\x1b[2J\xff\x00 boot\r\n".to_vec()),
            lost: 3,
        },
        Fact::Measured(Measurement {
            name: "late".to_owned(),
            value: 0.1 + 0.2,
            unit: "s".to_owned(),
            limit: None,
        }),
        Fact::Noted {
            text: "]]> \u{ffff} \u{1f50c} \"quoted\" \n next".to_owned(),
        },
    ];
    facts
        .into_iter()
        .enumerate()
        .map(|(seq, fact)| event(seq as u64, fact))
        .collect()
}

/// A run with four events and, in a fifth, a blob.
pub fn record(dir: &Path) -> (Writer, Vec<Event>) {
    let mut writer = Writer::create(dir, &plan_json("2.0")).unwrap();
    let mut written = events(&writer.plan_sha256());
    let blob = writer.blob(b"flash content").unwrap();
    let name = "flash".to_owned();
    written.push(event(
        4,
        Fact::Stored {
            name,
            blob,
            size: 13,
        },
    ));
    for event in &written {
        writer.append(event).unwrap();
    }
    (writer, written)
}
