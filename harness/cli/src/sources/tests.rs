use super::*;

fn find(suite: Option<&str>, bench: Option<&str>, root: &Path) -> Result<Sources, Vec<Diagnostic>> {
    let selection = Selection {
        suite: suite.map(Into::into),
        bench: bench.map(Into::into),
        ..Selection::default()
    };
    Sources::find(&selection, root)
}

#[test]
fn what_is_named_comes_before_the_checkout_and_that_before_what_is_built_in() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let checkout = find(None, None, &root).unwrap();
    assert_eq!(checkout.suite, root.join(CHECKOUT_SUITE));
    assert_eq!(checkout.bench, root.join(CHECKOUT_BENCH));
    assert!(checkout.unpacked().is_none());
    let named = find(Some("mine"), Some("lab.toml"), &root).unwrap();
    assert_eq!(
        (named.suite, named.bench),
        ("mine".into(), "lab.toml".into())
    );

    let empty = tempfile::tempdir().unwrap();
    let inner = find(None, None, empty.path()).unwrap();
    assert!(inner.is_suite_built_in());
    assert!(inner.bench.exists() && inner.suite.join("suite.toml").exists());
    let bench = empty.path().join("bench.toml");
    std::fs::write(&bench, "").unwrap();
    assert_eq!(find(None, None, empty.path()).unwrap().bench, bench);
}

#[test]
fn the_unpacked_files_are_nobody_elses_are_never_named_and_go_with_it() {
    use std::os::unix::fs::PermissionsExt;
    let empty = tempfile::tempdir().unwrap();
    let sources = find(None, None, empty.path()).unwrap();
    let folder = sources.unpacked().unwrap().to_owned();
    let mode = std::fs::metadata(&folder).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
    let case = folder.join("cases/tls_https.star").display().to_string();
    assert_eq!(sources.shown(&case), "embedded:cases/tls_https.star");
    assert_eq!(sources.called(&sources.suite).unwrap(), "embedded:");
    let profile = folder.join("device-profiles/proofhouse-plug");
    let called = sources.called(&profile).unwrap();
    assert_eq!(called, "embedded:device-profiles/proofhouse-plug/");
    assert_eq!(sources.called(empty.path()), None);
    let text = format!("there is no folder {}", profile.display());
    let told = sources.told(vec![Diagnostic::whole(&case, text.clone()).help(text)]);
    assert!(
        !format!("{told:?}").contains(&*folder.to_string_lossy()),
        "{told:?}"
    );
    drop(sources);
    assert!(!folder.exists());
}

#[test]
fn only_what_is_built_in_can_be_named_so() {
    let empty = tempfile::tempdir().unwrap();
    let other = find(
        None,
        Some("embedded:fixtures/benches/thermo.toml"),
        empty.path(),
    );
    assert!(other.unwrap().bench.exists());
    for bad in [
        "embedded:",
        "embedded:../../etc/passwd",
        "embedded:fixtures/benches/plg.toml",
    ] {
        let found = find(None, Some(bad), empty.path()).err().unwrap();
        assert_eq!(found[0].file, bad);
        let near = found[0].nearest.as_deref().unwrap();
        assert!(near.starts_with("embedded:fixtures/benches/"), "{near}");
    }
    assert!(find(Some("embedded:other"), None, empty.path()).is_err());
}

#[test]
fn broken_statements_are_the_checkouts_or_built_in_and_another_suite_has_none() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let empty = tempfile::tempdir().unwrap();
    let sources = find(Some("mine"), Some("lab.toml"), &root).unwrap();
    let of = |suite, root| sources.statements(suite, root).unwrap();
    assert!(of("mine", &root).is_none());
    assert_eq!(of("en303645", &root).unwrap().shown, "fixtures/statements");
    let inner = of("en303645", empty.path()).unwrap();
    assert_eq!(inner.shown, "embedded:fixtures/statements");
    let names = |folder: &Path| -> std::collections::BTreeSet<_> {
        let files = std::fs::read_dir(folder).unwrap();
        files.map(|file| file.unwrap().file_name()).collect()
    };
    let wanted = names(&root.join("fixtures/statements"));
    assert_eq!(names(&inner.folder), wanted);
    // Each can be looked at by itself.
    let one = "embedded:fixtures/statements/app-asks.toml";
    assert!(find(None, Some(one), empty.path()).unwrap().bench.exists());
    let profile = "embedded:fixtures/statements/app-asks/profile.toml";
    assert!(find(None, Some(profile), empty.path()).is_err());
}
