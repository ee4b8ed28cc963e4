//! HTTP and CoAP as a script sees them.

use super::*;

fn answering(status: Option<u16>, headers: &[(&str, &str)], unparsed: Option<&str>) -> Observation {
    let Observation::Http(mut answer) = http(200, b"in") else {
        unreachable!("an answer")
    };
    answer.status = status;
    let headers = headers
        .iter()
        .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()));
    answer.headers.extend(headers);
    answer.unparsed = unparsed.map(Into::into);
    Observation::Http(answer)
}

#[test]
fn what_is_no_http_is_trouble_unless_it_is_asked_for_as_it_came() {
    let page = "<html>password?</html>";
    let fake = || Fake::answering(move |_, _| Ok(answering(None, &[], Some(page))));
    let (end, _) = run(fake(), None, "bench.lan.http(\"GET\", \"/\", 80)");
    let (trouble, _) = stopped(&end);
    assert_eq!(trouble.kind, TroubleKind::DeviceGarbled);
    assert!(trouble.what.contains(page), "{trouble}");
    let raw = "a = bench.lan.http(\"GET\", \"/\", 80, raw = True)\n\
               bench.note(\"%s %s\" % (a.is_http, a.unparsed.text))\nbench.note(str(a.status))";
    let (end, host) = run(fake(), None, raw);
    assert_eq!(host.notes(), [format!("False {page}")]);
    assert_eq!(stopped(&end).0.kind, TroubleKind::DeviceGarbled);
}

/// Challenged once, and again because the nonce was too old meanwhile.
#[test]
fn a_challenge_is_answered_and_a_password_never_sent() {
    let challenge = |n: usize| {
        let stale = if n == 1 { ", stale=true" } else { "" };
        format!("Digest realm=\"Cam\", qop=\"auth\", nonce=\"n{n}\", algorithm=MD5{stale}")
    };
    let asked = std::sync::atomic::AtomicUsize::new(0);
    let fake = Fake::answering(move |_, _| {
        Ok(match asked.fetch_add(1, Ordering::Relaxed) {
            n @ (0 | 1) => answering(Some(401), &[("www-authenticate", &challenge(n))], None),
            _ => answering(Some(200), &[], None),
        })
    });
    let body = "a = bench.lan.http(\"GET\", \"/x?y\", 80, auth = digest_auth(\"admin\", \"sesame8\"))\n\
                bench.note(\"%d %s\" % (a.status, digest_auth(\"admin\", \"sesame8\")))";
    let (end, host) = run(fake, None, body);
    assert_eq!(end, CaseEnd::Complete);
    let said = host.ops().into_iter().map(|op| {
        let Op::Http(op) = op else { panic!("{op:?}") };
        let mut headers = op.headers.into_iter();
        headers
            .find(|(name, _)| name == "Authorization")
            .map_or(String::new(), |(_, value)| value)
    });
    let said: Vec<String> = said.collect();
    assert!(said.len() == 3 && said[0].is_empty(), "{said:?}");
    let digest = |text: String| {
        use md5::Digest;
        proofhouse_model::bytes::to_hex(&md5::Md5::digest(text))
    };
    let key = digest("admin:Cam:sesame8".into());
    for (said, nonce) in [(&said[1], "n0"), (&said[2], "n1")] {
        let cnonce = said
            .split("cnonce=\"")
            .nth(1)
            .unwrap()
            .split('"')
            .next()
            .unwrap();
        let request = digest("GET:/x?y".into());
        let wanted = digest(format!("{key}:{nonce}:00000001:{cnonce}:auth:{request}"));
        assert!(said.contains(&format!("response=\"{wanted}\"")), "{said}");
    }
    assert!(!said[1].contains("sesame8") && host.notes() == ["200 <Digest admin>"]);
}

#[test]
fn a_header_for_basic_goes_where_it_belongs() {
    let call = "bench.lan.http(\"GET\", \"/\", 80, auth = basic_auth(\"u\", \"p\"))";
    let (_, host) = run(Fake::answering(|_, _| Ok(http(200, b""))), None, call);
    let [Op::Http(op)] = &host.ops()[..] else {
        panic!("one request")
    };
    assert!(
        op.headers
            .contains(&("Authorization".into(), "Basic dTpw".into()))
    );
}

#[test]
fn a_resource_is_observed_and_told_of() {
    use proofhouse_model::observation::CoapAnswer;
    use proofhouse_model::op::ObserveOp;
    let answer = |text: &str| CoapAnswer {
        code: "2.05".into(),
        payload: text.into(),
        cut: false,
    };
    let fake = Fake::answering(move |_, op| match op {
        Op::Observe(ObserveOp::Start { .. }) => Ok(Observation::Observing {
            observation: 3,
            registered: true,
            answer: answer("20"),
        }),
        Op::Observe(ObserveOp::Next { observation: 3, .. }) => Ok(Observation::Coap(answer("21"))),
        Op::Observe(ObserveOp::Stop { observation: 3 }) => Ok(Observation::Done),
        _ => Err(silent()),
    });
    let body = "w = bench.lan.observe(\"/t\")\n\
                bench.note(\"%s %s %s\" % (w.registered, w.answer.text, w.next(within = \"1s\").text))\nw.stop()";
    let (end, host) = run(fake, None, body);
    assert_eq!(end, CaseEnd::Complete);
    assert_eq!(host.notes(), ["True 20 21"]);
}
