use super::*;
use clap::Parser;

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    args: InitArgs,
}

fn args(words: &[&str]) -> InitArgs {
    let all = ["init", "--out", "x"].iter().chain(words);
    Line::try_parse_from(all).unwrap().args
}

fn asked(words: &[&str], says: &str) -> (Result<Answers, String>, String) {
    let (mut from, mut to) = (says.as_bytes(), Vec::new());
    let answers = ask_all(&args(words), Some((&mut from, &mut to)));
    (answers, String::from_utf8(to).unwrap())
}

#[test]
fn what_is_said_is_not_asked_and_an_empty_line_is_the_guess() {
    let says = "\nLamp & Co 2\n\n\n\n\n192.168.1.9\n\n";
    let (answers, told) = asked(&["--maker", "Acme GmbH"], says);
    let answers = answers.unwrap();
    assert_eq!(answers.product(), "device-1", "{told}");
    assert!(!told.contains("Who makes it"), "{told}");
    let [bench, profile, _] = files(&answers, &[]);
    assert!(bench.1.contains("address = \"Lamp & Co 2\"") || bench.1.contains("192.168.1.7"));
    assert!(profile.1.contains("maker = \"Acme GmbH\""));
}

#[test]
fn an_answer_that_cannot_be_taken_is_asked_for_again() {
    let (answers, told) = asked(&["--yes"], "a\"b\nAcme\nL\n\n\n\n\n\n99999\n8443\n");
    assert!(answers.is_ok(), "{told}");
    assert!(told.contains("it has '\"' in it"), "{told}");
    assert!(told.contains("no number from 1 to 65535"), "{told}");
}

#[test]
fn answers_that_end_and_options_that_cannot_be_taken_are_refused() {
    assert!(asked(&[], "Acme\n").0.unwrap_err().contains("ended"));
    let why = ask_all(&args(&["--port", "0"]), None).unwrap_err();
    assert!(why.starts_with("--port \"0\""), "{why}");
}

#[test]
fn no_place_and_no_mark_of_a_template_is_left() {
    for kind in ["http", "mqtt", "console"] {
        let answers = ask_all(&args(&["--kind", kind]), None).unwrap();
        for (path, text) in files(&answers, &[]) {
            assert!(!text.contains('@'), "{kind} {path}: {text}");
        }
    }
}

#[test]
fn a_model_of_any_name_gives_a_product() {
    for (model, product) in [
        ("Lamp 2", "lamp-2"),
        ("360° Cam", "device-360-cam"),
        ("灯", "device"),
    ] {
        let answers = ask_all(&args(&["--model", model]), None).unwrap();
        assert_eq!(answers.product(), product);
    }
}
