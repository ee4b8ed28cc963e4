//! HTTP Digest as a script asks for it; what is said to a challenge is [`proofhouse_model::digest`].

use proofhouse_model::digest::Login;
use starlark::environment::MethodsBuilder;
use starlark::typing::Ty;
use starlark::values::UnpackValue;
use starlark::values::type_repr::StarlarkTypeRepr;

plain_value! {
    /// A name and a password for whoever asks for HTTP Digest.
    DigestValue(Login) as "Digest" with digest_methods in DIGEST_METHODS
}

impl DigestValue {
    /// The password is no text for a report.
    fn show(&self) -> &str {
        &self.0.user
    }
}

/// Credentials for HTTP Digest, for `http(auth = ...)`.
#[starlark::starlark_module]
fn digest_methods(_: &mut MethodsBuilder) {
    /// The user's name.
    #[starlark(attribute)]
    fn user(this: &DigestValue) -> starlark::Result<String> {
        Ok(this.0.user.clone())
    }
}

/// What `http(auth = ...)` takes.
#[derive(UnpackValue)]
pub(crate) enum AuthArg<'v> {
    /// Such as `basic_auth` gives: sent as it is.
    Header(&'v str),
    /// The answer to a challenge, which a first request brings.
    Digest(&'v DigestValue),
}

impl<'v> StarlarkTypeRepr for AuthArg<'v> {
    type Canonical = Self;

    fn starlark_type_repr() -> Ty {
        Ty::union2(Ty::string(), DigestValue::starlark_type_repr())
    }
}
