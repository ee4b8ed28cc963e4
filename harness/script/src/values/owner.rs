//! `Owner`: who set a device up, with secrets nobody else has.

use starlark::environment::MethodsBuilder;
use starlark::values::dict::AllocDict;

/// Facts of one owner.
#[derive(Debug, Clone)]
pub(crate) struct OwnerFacts {
    pub(crate) name: String,
    pub(crate) password: String,
    pub(crate) wifi_ssid: String,
    pub(crate) wifi_key: String,
    pub(crate) nickname: String,
}

impl OwnerFacts {
    /// An owner of whom nothing is known but the password.
    pub(crate) fn with_password(password: String) -> Self {
        let nothing = String::new;
        Self {
            name: nothing(),
            password,
            wifi_ssid: nothing(),
            wifi_key: nothing(),
            nickname: nothing(),
        }
    }
}

plain_value! {
    /// An owner.
    OwnerValue(OwnerFacts) as "Owner" with owner_methods in OWNER_METHODS
}

impl OwnerValue {
    fn show(&self) -> &str {
        &self.0.name
    }
}

/// Who set the device up, with fresh values that nothing else on the bench has. The journal keeps
/// only salted hashes of the password and the key.
#[starlark::starlark_module]
fn owner_methods(_: &mut MethodsBuilder) {
    /// User name, lower-case letters and digits.
    #[starlark(attribute)]
    fn name(this: &OwnerValue) -> starlark::Result<String> {
        Ok(this.0.name.clone())
    }

    /// Password: 20 letters and digits, with a capital, a small letter and a digit.
    #[starlark(attribute)]
    fn password(this: &OwnerValue) -> starlark::Result<String> {
        Ok(this.0.password.clone())
    }

    /// Name of the owner's Wi-Fi.
    #[starlark(attribute)]
    fn wifi_ssid(this: &OwnerValue) -> starlark::Result<String> {
        Ok(this.0.wifi_ssid.clone())
    }

    /// Key of the owner's Wi-Fi, 20 letters and digits.
    #[starlark(attribute)]
    fn wifi_key(this: &OwnerValue) -> starlark::Result<String> {
        Ok(this.0.wifi_key.clone())
    }

    /// What the owner calls the device: personal data that is no secret.
    #[starlark(attribute)]
    fn nickname(this: &OwnerValue) -> starlark::Result<String> {
        Ok(this.0.nickname.clone())
    }

    /// Password and Wi-Fi key by name, ready for `bench.debug`'s
    /// `bench.search_flash(owner.secrets)`.
    #[starlark(attribute)]
    fn secrets(this: &OwnerValue) -> starlark::Result<AllocDict<[(&'static str, String); 2]>> {
        Ok(AllocDict([
            ("password", this.0.password.clone()),
            ("wifi_key", this.0.wifi_key.clone()),
        ]))
    }

    /// Everything of the owner a reset must erase, by name: name, password, Wi-Fi name and key,
    /// nickname.
    #[starlark(attribute)]
    fn traces(this: &OwnerValue) -> starlark::Result<AllocDict<[(&'static str, String); 5]>> {
        Ok(AllocDict([
            ("name", this.0.name.clone()),
            ("password", this.0.password.clone()),
            ("wifi_ssid", this.0.wifi_ssid.clone()),
            ("wifi_key", this.0.wifi_key.clone()),
            ("nickname", this.0.nickname.clone()),
        ]))
    }
}
