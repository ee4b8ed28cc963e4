//! Emulations of switches that speak HTTP.

use super::web::{Answer, Asked, no, ok, serve};
use super::{Device, PASSWORD, Place};
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// `admin` and `netio` with the password, as basic authentication writes them.
const ADMIN: &str = "Basic YWRtaW46c2VzYW1lICYx";
const NETIO: &str = "Basic bmV0aW86c2VzYW1lICYx";
/// And `lab`.
const LAB: &str = "Basic bGFiOnNlc2FtZSAmMQ==";

fn unless(asked: &Asked, who: &str) -> Option<Answer> {
    let right = asked.header("authorization") == Some(who);
    (!right).then(|| no(401, "WWW-Authenticate: Basic realm=\"x\""))
}

pub(super) fn shelly_gen1(device: Arc<Device>) -> Place {
    serve(device, |device, asked| {
        if let Some(no) = unless(asked, ADMIN) {
            return no;
        }
        let Some(rest) = asked.line.strip_prefix("GET /relay/") else {
            return no(404, "X: y");
        };
        let (index, turn) = rest.split_once("?turn=").unwrap_or((rest, ""));
        let outlet = index.parse::<usize>().unwrap() + 1;
        match turn {
            "on" => device.set(outlet, true),
            "off" => device.set(outlet, false),
            "" => {}
            _ => return no(400, "X: y"),
        }
        let on = device.is_on(outlet);
        ok(format!(
            "{{\"ison\":{on},\"has_timer\":false,\"source\":\"http\"}}"
        ))
    })
}

/// Digest authentication with SHA-256, as of RFC 7616.
fn unless_digest(asked: &Asked) -> Option<Answer> {
    const NONCE: &str = "60dc2c69";
    let ask = "WWW-Authenticate: Digest qop=\"auth\", realm=\"shellyplus1-a8032abe54dc\", nonce=\"60dc2c69\", \
               algorithm=SHA-256";
    let hash = |text: String| -> String {
        Sha256::digest(text.as_bytes())
            .iter()
            .map(|b| format!("{b:02x}"))
            .collect()
    };
    let Some(given) = asked
        .header("authorization")
        .and_then(|h| h.strip_prefix("Digest "))
    else {
        return Some(no(401, ask));
    };
    let get = |name: &str| -> String {
        let mut all = given.split(", ").filter_map(|pair| pair.split_once('='));
        let found = all.find(|(own, _)| *own == name).unwrap().1;
        found.trim_matches('"').to_owned()
    };
    let (method, uri) = asked.line.split_once(' ').unwrap();
    let a1 = hash(format!("admin:shellyplus1-a8032abe54dc:{PASSWORD}"));
    let a2 = hash(format!("{method}:{uri}"));
    let (nc, cnonce) = (get("nc"), get("cnonce"));
    let response = hash(format!("{a1}:{NONCE}:{nc}:{cnonce}:auth:{a2}"));
    let right = get("username") == "admin" && get("uri") == uri && get("response") == response;
    (!right).then(|| no(401, ask))
}

pub(super) fn shelly_gen2(device: Arc<Device>) -> Place {
    serve(device, |device, asked| {
        if let Some(no) = unless_digest(asked) {
            return no;
        }
        let id = |rest: &str| rest.parse::<usize>().unwrap() + 1;
        if let Some(rest) = asked.line.strip_prefix("GET /rpc/Switch.Set?id=") {
            let (index, on) = rest.split_once("&on=").unwrap();
            let was = device.is_on(id(index));
            device.set(id(index), on.parse().unwrap());
            return ok(format!("{{\"was_on\":{was}}}"));
        }
        match asked.line.strip_prefix("GET /rpc/Switch.GetStatus?id=") {
            Some(index) => {
                let on = device.is_on(id(index));
                ok(format!(
                    "{{\"id\":{index},\"source\":\"HTTP_in\",\"output\":{on},\"apower\":8.9}}"
                ))
            }
            None => no(404, "X: y"),
        }
    })
}

pub(super) fn tasmota(device: Arc<Device>) -> Place {
    serve(device, |device, asked| {
        let line = asked.line.strip_prefix("GET /cm?").unwrap();
        let get = |name: &str| {
            let mut pairs = line.split('&').filter_map(|pair| pair.split_once('='));
            pairs
                .find(|(own, _)| *own == name)
                .map_or("", |(_, value)| value)
        };
        if get("user") != "admin" || get("password") != "sesame%20%261" {
            return ok(r#"{"WARNING":"Need user=<username>&password=<password>"}"#);
        }
        let command = get("cmnd").strip_prefix("Power").unwrap();
        let (index, value) = command.split_once("%20").unwrap_or((command, ""));
        let outlet: usize = index.parse().unwrap();
        match value {
            "" => {}
            value => device.set(outlet, value == "On"),
        }
        let on = if device.is_on(outlet) { "ON" } else { "OFF" };
        ok(format!("{{\"POWER{outlet}\":\"{on}\"}}"))
    })
}

pub(super) fn gude(device: Arc<Device>) -> Place {
    serve(device, |device, asked| {
        if let Some(no) = unless(asked, ADMIN) {
            return no;
        }
        let query = asked.line.strip_prefix("GET /status.json?").unwrap();
        let number = |name: &str| {
            let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            let found = pairs.find(|(own, _)| *own == name);
            found.map(|(_, value)| value.parse::<usize>().unwrap())
        };
        if number("cmd") == Some(1) {
            device.set(number("p").unwrap(), number("s") == Some(1));
        }
        if number("components") != Some(1) {
            return ok("{}");
        }
        let output = |n| {
            format!(
                "{{\"name\":\"Power Port\",\"state\":{},\"type\":1}}",
                u8::from(device.is_on(n))
            )
        };
        let outputs: Vec<_> = (1..=8).map(output).collect();
        ok(format!("{{\"outputs\":[{}]}}", outputs.join(",")))
    })
}

pub(super) fn netio(device: Arc<Device>) -> Place {
    serve(device, |device, asked| {
        if let Some(no) = unless(asked, NETIO) {
            return no;
        }
        if asked.line == "POST /netio.json" {
            let body: serde_json::Value = serde_json::from_str(&asked.body).unwrap();
            for output in body["Outputs"].as_array().unwrap() {
                let id = usize::try_from(output["ID"].as_u64().unwrap()).unwrap();
                device.set(id, output["Action"].as_u64().unwrap() == 1);
            }
        }
        let output = |id| {
            format!(
                "{{\"ID\":{id},\"Name\":\"o\",\"State\":{},\"Action\":6}}",
                u8::from(device.is_on(id))
            )
        };
        let outputs: Vec<_> = (1..=4).map(output).collect();
        ok(format!(
            "{{\"Agent\":{{\"NumOutputs\":4}},\"Outputs\":[{}]}}",
            outputs.join(",")
        ))
    })
}

pub(super) fn anel(device: Arc<Device>) -> Place {
    serve(device, |device, asked| {
        if let Some(no) = unless(asked, ADMIN) {
            return no;
        }
        if asked.line == "POST /ctrl.htm" {
            let index = asked
                .body
                .strip_prefix('F')
                .and_then(|b| b.strip_suffix("=s"))
                .unwrap();
            let outlet = index.parse::<usize>().unwrap() + 1;
            device.set(outlet, !device.is_on(outlet));
            return ok("<html></html>");
        }
        assert_eq!(asked.line, "GET /strg.cfg");
        // Names from 10 on, states from 20 on, disabled ones from 30 on; 59 fields in all.
        let mut fields = vec![String::new(); 59];
        fields[0] = "NET-PWRCTRL_04.5".to_owned();
        fields[58] = "end".to_owned();
        for n in 0..8 {
            fields[10 + n] = format!("Nr. {}", n + 1);
            fields[20 + n] = u8::from(device.is_on(n + 1)).to_string();
            fields[30 + n] = "0".to_owned();
        }
        ok(fields.join(";"))
    })
}

/// Of no maker: its second outlet is switched by what the bench file tells.
pub(super) fn told(device: Arc<Device>) -> Place {
    let place = serve(device, |device, asked| {
        if let Some(no) = unless(asked, LAB) {
            return no;
        }
        match asked.line.as_str() {
            "POST /relay" => {
                assert_eq!(asked.header("content-type"), Some("application/json"));
                assert_eq!(asked.body, r#"{"n":2, "on":1}"#);
                device.set(2, true);
            }
            "GET /relay?n=2&off" => device.set(2, false),
            "GET /" => {
                let row = |n| {
                    let word = if device.is_on(n) { "lit" } else { "dark" };
                    format!("<tr><td>{n}<td>{word}</tr>")
                };
                return ok((1..4).map(row).collect::<String>());
            }
            _ => return no(404, "X: y"),
        }
        ok("done")
    });
    let requests = r#"on = 'POST /relay {"n":2, "on":1}', off = "/relay?n=2&off", read = "GET /""#;
    let answers = r#"is-on = "<td>2<td>lit", is-off = "<td>2<td>dark""#;
    format!("{place}, user = \"lab\", {requests}, {answers}")
}
