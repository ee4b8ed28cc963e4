//! Passwords over HTTP: basic (RFC 7617) and digest.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use getrandom::SysRng;
use getrandom::rand_core::TryRng;
use proofhouse_model::bytes::to_hex;
use proofhouse_model::digest::{Challenge, Login};
use proofhouse_model::op::HttpOp;
use proofhouse_model::switch::Values;

/// The header of basic authentication.
pub(super) fn basic(user: &str, password: &str) -> String {
    let both = STANDARD.encode(format!("{user}:{password}"));
    format!("Basic {both}")
}

/// The header that answers a challenge; nothing where there is none.
pub(super) fn answer(
    headers: &[(String, String)],
    op: &HttpOp,
    values: &Values,
) -> Result<Option<String>, String> {
    let asked = headers
        .iter()
        .filter(|(name, _)| name == "www-authenticate");
    let best = Challenge::best(asked.map(|(_, value)| value.as_str()));
    let best =
        best.map_err(|why| format!("asks for HTTP Digest {why}, which is not known here"))?;
    let Some(challenge) = best else {
        return Ok(None);
    };
    let mut random = [0; 8];
    let filled = SysRng.try_fill_bytes(&mut random);
    filled.map_err(|e| format!("cannot be answered: this host has no random numbers: {e}"))?;
    let login = Login {
        user: values.user.clone(),
        password: values.password.clone(),
    };
    let answer = challenge.answer(&login, &op.method, &op.path, &to_hex(&random));
    Ok(Some(answer))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_rfc_7617_comes_out() {
        assert_eq!(
            basic("Aladdin", "open sesame"),
            "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="
        );
    }
}
