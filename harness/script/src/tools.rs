//! Global functions of scripts: answers, encodings, JSON, patterns. None of them touches a bench.

use crate::context::{duration, running};
use crate::patterns;
use crate::stop;
use crate::values::{Answer, BytesArg, BytesValue, DigestValue, MatchValue, Reply, millis};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use proofhouse_model::Dur;
use proofhouse_model::digest::Login;
use proofhouse_model::observation::Matched;
use starlark::environment::GlobalsBuilder;
use starlark::eval::Evaluator;
use starlark::values::dict::{AllocDict, DictRef, UnpackDictEntries};
use starlark::values::list::{AllocList, ListRef};
use starlark::values::none::NoneOr;
use starlark::values::tuple::TupleRef;
use starlark::values::{Heap, UnpackValue, Value};
use std::sync::PoisonError;

/// Longest text read as JSON, as base64 or as hex.
const LONGEST: usize = 1024 * 1024;

/// Line of the script that calls, such as `device.star:48`.
fn called_at(eval: &Evaluator<'_, '_, '_>) -> Option<String> {
    let at = eval.call_stack_top_location()?;
    Some(format!(
        "{}:{}",
        at.filename(),
        at.resolve_span().begin.line + 1
    ))
}

/// Global functions that cases, libraries and device scripts have.
#[starlark::starlark_module]
pub(crate) fn tools(_: &mut GlobalsBuilder) {
    /// The answer of a device that did what was asked; `value` is what came with it, such as a
    /// token.
    fn accepted<'v>(
        #[starlark(default = NoneOr::None)] value: NoneOr<Value<'v>>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Answer<'v>> {
        let value = value.into_option().unwrap_or_else(Value::new_none);
        Ok(Answer {
            value,
            reply: Reply::Accepted,
            why: String::new(),
            wait_ms: 0,
            place: called_at(eval),
            ops: None,
        })
    }

    /// The answer of a device that said no. Returned by an operation that brings no answer (`set_up`,
    /// `personalise`, `factory_reset`, `ready`) it stops the case as trouble of the device.
    fn refused<'v>(
        #[starlark(default = "")] why: &str,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Answer<'v>> {
        let (value, why) = (Value::new_none(), why.to_owned());
        Ok(Answer {
            value,
            reply: Reply::Refused,
            why,
            wait_ms: 0,
            place: called_at(eval),
            ops: None,
        })
    }

    /// The answer of a device that did not judge the request because there were too many before.
    fn throttled<'v>(
        #[starlark(default = "")] why: &str,
        #[starlark(default = "0s")] wait: &str,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Answer<'v>> {
        let (value, why) = (Value::new_none(), why.to_owned());
        let wait_ms = millis(duration("wait", wait)?);
        Ok(Answer {
            value,
            reply: Reply::Throttled,
            why,
            wait_ms,
            place: called_at(eval),
            ops: None,
        })
    }

    /// Bytes of a text, as UTF-8.
    fn b(text: &str) -> starlark::Result<BytesValue> {
        Ok(BytesValue::new(text.as_bytes()))
    }

    /// Bytes of a hex text; spaces and line ends between pairs are skipped.
    fn unhex(text: &str) -> starlark::Result<BytesValue> {
        unhex_text(text).map(BytesValue::new).map_err(stop::mistake)
    }

    /// Bytes of a base64 text with padding.
    fn unb64(text: &str) -> starlark::Result<BytesValue> {
        bounded(text.len())?;
        let bytes = STANDARD.decode(text.trim().as_bytes());
        bytes
            .map(BytesValue::new)
            .map_err(|e| stop::mistake(format!("this is no base64: {e}")))
    }

    /// Base64 with padding of text or bytes.
    fn b64<'v>(bytes: BytesArg<'v>) -> starlark::Result<String> {
        Ok(STANDARD.encode(bytes.slice()))
    }

    /// Lower-case hex of text or bytes.
    fn hex<'v>(bytes: BytesArg<'v>) -> starlark::Result<String> {
        Ok(proofhouse_model::bytes::to_hex(bytes.slice()))
    }

    /// CRC-32 (the one of Ethernet and zip) of text or bytes, as a number.
    fn crc32<'v>(bytes: BytesArg<'v>) -> starlark::Result<u32> {
        Ok(self::crc32(bytes.slice()))
    }

    /// A value as compact JSON.
    fn dump_json<'v>(value: Value<'v>) -> starlark::Result<String> {
        Ok(to_json(value)?.to_string())
    }

    /// A JSON text (at most 1 MiB) as a value. For an answer of the device use its `.json()`, which
    /// tells the device's mistakes from the case's.
    fn parse_json<'v>(text: BytesArg<'v>, heap: Heap<'v>) -> starlark::Result<Value<'v>> {
        json_value(text.slice(), heap).map_err(|e| stop::mistake(format!("this is no JSON: {e}")))
    }

    /// A form body or query such as `a=1&b=x%20y`, in the dict's order.
    fn urlencode<'v>(fields: UnpackDictEntries<&'v str, &'v str>) -> starlark::Result<String> {
        let pairs = fields.entries.iter();
        let pairs: Vec<String> = pairs
            .map(|(k, v)| format!("{}={}", percent(k), percent(v)))
            .collect();
        Ok(pairs.join("&"))
    }

    /// Value of an `Authorization` header for HTTP Basic; `http(auth = ...)` takes it as well.
    fn basic_auth(user: &str, password: &str) -> starlark::Result<String> {
        Ok(format!(
            "Basic {}",
            STANDARD.encode(format!("{user}:{password}"))
        ))
    }

    /// Credentials for HTTP Digest (MD5 or SHA-256), for `http(auth = ...)`, which answers the device's challenge.
    fn digest_auth(user: &str, password: &str) -> starlark::Result<DigestValue> {
        Ok(DigestValue(Login {
            user: user.to_owned(),
            password: password.to_owned(),
        }))
    }

    /// Names a value (text or bytes) as a secret and gives it back: from now on it is masked in every record, as what
    /// is generated is. For what a device makes up, such as a token that it prints on its console; what stands in
    /// `Authorization`, cookies and JSON fields named like secrets is masked unasked. `name` stands in the record, and
    /// has 80 bytes at most; a value has 4 KiB. One case names at most 10,000 values, 1 MiB in all.
    fn secret_value<'v>(
        value: Value<'v>,
        #[starlark(default = "value")] name: &str,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        let bytes = <BytesArg<'v>>::unpack_value(value)?;
        let bytes = bytes.ok_or_else(|| {
            stop::mistake(format!(
                "a secret is text or bytes, not {}",
                value.get_type()
            ))
        })?;
        let (run, bytes) = (running(eval)?, bytes.slice());
        let room = &mut *run.named.lock().unwrap_or_else(PoisonError::into_inner);
        room.take(name, bytes).map_err(stop::mistake)?;
        run.host.name_secret(name, bytes).map_err(stop::trouble)?;
        Ok(value)
    }

    /// First match of a pattern (a regular expression) in a text; None when there is none.
    fn regex_find<'v>(
        pattern: &str,
        text: BytesArg<'v>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<NoneOr<MatchValue>> {
        let pattern = patterns::pattern(pattern).map_err(|bad| stop::mistake(bad.to_string()))?;
        let text = text.slice();
        let found = pattern.regex().captures(text).map(|found| {
            let whole = found.get(0).map_or(0..0, |m| m.range());
            let group = |m: Option<regex::bytes::Match<'_>>| {
                m.map_or_else(Vec::new, |m| m.as_bytes().to_vec()).into()
            };
            Matched {
                text: text[whole.clone()].to_vec().into(),
                groups: found.iter().skip(1).map(group).collect(),
                before: text[..whole.start].to_vec().into(),
                after: Dur::ms(0),
            }
        });
        // While a file is loaded there is no secret yet.
        let fits = match running(eval) {
            Ok(run) => run
                .host
                .matched(text, pattern.as_str(), found.is_some())
                .map_err(stop::trouble)?,
            Err(_) => found.is_some(),
        };
        let whole = || Matched {
            text: text.to_vec().into(),
            groups: Vec::new(),
            before: Vec::new().into(),
            after: Dur::ms(0),
        };
        let found = fits.then(|| MatchValue(found.unwrap_or_else(whole)));
        Ok(NoneOr::from_option(found))
    }
}

fn bounded(size: usize) -> starlark::Result<()> {
    if size > LONGEST {
        return Err(stop::mistake("this text is longer than 1 MiB"));
    }
    Ok(())
}

/// Characters a query may hold as they are stay; everything else becomes `%XX`.
fn percent(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

fn unhex_text(text: &str) -> Result<Vec<u8>, String> {
    if text.len() > 2 * LONGEST {
        return Err("this hex text is longer than 2 MiB".to_owned());
    }
    let digits: Vec<char> = text.chars().filter(|c| !c.is_whitespace()).collect();
    let pairs = digits.chunks(2).map(|pair| match pair {
        [a, b] => match (a.to_digit(16), b.to_digit(16)) {
            (Some(a), Some(b)) => Ok((a * 16 + b) as u8),
            _ => Err(format!("`{a}{b}` is no pair of hex digits")),
        },
        _ => Err("hex needs an even number of digits".to_owned()),
    });
    pairs.collect()
}

/// CRC-32 (IEEE, reflected) by a table of sixteen entries.
pub(crate) fn crc32(bytes: &[u8]) -> u32 {
    const TABLE: [u32; 16] = {
        let mut table = [0u32; 16];
        let mut i = 0;
        while i < 16 {
            let mut value = i as u32;
            let mut bit = 0;
            while bit < 4 {
                value = if value & 1 == 1 {
                    (value >> 1) ^ 0xedb8_8320
                } else {
                    value >> 1
                };
                bit += 1;
            }
            table[i] = value;
            i += 1;
        }
        table
    };
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        crc = (crc >> 4) ^ TABLE[(crc & 15) as usize];
        crc = (crc >> 4) ^ TABLE[(crc & 15) as usize];
    }
    !crc
}

/// Reads JSON that a device or a script wrote.
///
/// # Errors
/// Too long, no JSON, nested over 128 deep, or a number no script can hold.
pub(crate) fn json_value<'v>(bytes: &[u8], heap: Heap<'v>) -> Result<Value<'v>, String> {
    if bytes.len() > LONGEST {
        return Err("it is longer than 1 MiB".to_owned());
    }
    let json: serde_json::Value = serde_json::from_slice(bytes).map_err(|e| e.to_string())?;
    if holds_wild_number(&json) {
        return Err("it holds a number out of range".to_owned());
    }
    Ok(plain_json(&json, heap))
}

/// Numbers are kept as text by the JSON library in this build, so one can be out of every range.
fn holds_wild_number(json: &serde_json::Value) -> bool {
    use serde_json::Value as Json;
    match json {
        Json::Number(n) => !(n.is_i64() || n.is_u64() || n.as_f64().is_some_and(f64::is_finite)),
        Json::Array(items) => items.iter().any(holds_wild_number),
        Json::Object(fields) => fields.values().any(holds_wild_number),
        _ => false,
    }
}

/// JSON as a script's value. A number out of every range becomes None.
pub(crate) fn plain_json<'v>(json: &serde_json::Value, heap: Heap<'v>) -> Value<'v> {
    use serde_json::Value as Json;
    match json {
        Json::Null => Value::new_none(),
        Json::Bool(b) => Value::new_bool(*b),
        Json::Number(n) => match (n.as_i64(), n.as_u64(), n.as_f64()) {
            (Some(i), _, _) => heap.alloc(i),
            (_, Some(u), _) => heap.alloc(u),
            (_, _, Some(f)) => heap.alloc(f),
            _ => Value::new_none(),
        },
        Json::String(s) => heap.alloc(s.as_str()),
        Json::Array(items) => {
            heap.alloc(AllocList(items.iter().map(|item| plain_json(item, heap))))
        }
        Json::Object(fields) => heap.alloc(AllocDict(
            fields
                .iter()
                .map(|(k, v)| (k.as_str(), plain_json(v, heap))),
        )),
    }
}

/// Deepest nesting of a value that is written as JSON.
const DEEPEST: usize = 64;

/// A script's value as JSON.
///
/// # Errors
/// It nests too deep (or holds itself), or holds something JSON has no form for.
pub(crate) fn to_json(value: Value<'_>) -> starlark::Result<serde_json::Value> {
    json_of(value, DEEPEST)
        .map_err(|why| stop::mistake(format!("this value has no JSON form: {why}")))
}

fn json_of(value: Value<'_>, depth: usize) -> Result<serde_json::Value, String> {
    use serde_json::Value as Json;
    let deeper = depth
        .checked_sub(1)
        .ok_or("it nests too deep, or holds itself")?;
    if let Some(list) = ListRef::from_value(value) {
        return list
            .iter()
            .map(|item| json_of(item, deeper))
            .collect::<Result<_, _>>()
            .map(Json::Array);
    }
    if let Some(tuple) = TupleRef::from_value(value) {
        return tuple
            .iter()
            .map(|item| json_of(item, deeper))
            .collect::<Result<_, _>>()
            .map(Json::Array);
    }
    if let Some(dict) = DictRef::from_value(value) {
        let fields = dict.iter().map(|(key, field)| match key.unpack_str() {
            Some(key) => Ok((key.to_owned(), json_of(field, deeper)?)),
            None => Err(format!("a key is {}, not text", key.get_type())),
        });
        return fields.collect::<Result<_, _>>().map(Json::Object);
    }
    match value.get_type() {
        "NoneType" | "bool" | "int" | "float" | "string" => {
            value.to_json_value().map_err(|e| e.to_string())
        }
        other => Err(format!("it holds {other}")),
    }
}
