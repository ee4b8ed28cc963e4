//! `Bytes`: an opaque run of bytes, shared and never copied by reading it.

use crate::context::running;
use crate::stop;
use crate::tools::crc32;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use proofhouse_model::bytes::to_hex;
use sha2::{Digest, Sha256};
use starlark::environment::MethodsBuilder;
use starlark::eval::Evaluator;
use starlark::typing::Ty;
use starlark::values::bytes::StarlarkBytes;
use starlark::values::type_repr::StarlarkTypeRepr;
use starlark::values::{Heap, StarlarkValue, UnpackValue, Value, ValueLike};
use std::fmt;
use std::sync::Arc;

/// Longest value: enough for any image, and a bound for a script that doubles one in a loop.
const LARGEST: usize = 256 * 1024 * 1024;

/// Bytes sent to or read from a device.
#[derive(
    Debug,
    Clone,
    starlark::any::ProvidesStaticType,
    starlark::values::NoSerialize,
    allocative::Allocative,
    starlark::StarlarkPagablePanic,
)]
pub(crate) struct BytesValue(#[allocative(skip)] pub(crate) Arc<[u8]>);

starlark::starlark_simple_value!(BytesValue);
starlark::methods_static!(BYTES_METHODS = bytes_methods);

impl fmt::Display for BytesValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 64;
        let start = &self.0[..self.0.len().min(SHOWN)];
        let more = if self.0.len() > SHOWN { ".." } else { "" };
        write!(
            f,
            "<Bytes {} \"{}{more}\">",
            self.0.len(),
            start.escape_ascii()
        )
    }
}

impl BytesValue {
    pub(crate) fn new(bytes: impl Into<Arc<[u8]>>) -> Self {
        Self(bytes.into())
    }

    /// The text, invalid UTF-8 replaced.
    pub(crate) fn lossy(&self) -> String {
        String::from_utf8_lossy(&self.0).into_owned()
    }
}

#[starlark::values::starlark_value(type = "Bytes")]
impl<'v> StarlarkValue<'v> for BytesValue {
    fn get_methods() -> Option<&'static starlark::environment::Methods> {
        Some(BYTES_METHODS.methods())
    }

    fn to_bool(&self) -> bool {
        !self.0.is_empty()
    }

    fn length(&self) -> starlark::Result<i32> {
        i32::try_from(self.0.len()).map_err(|_| stop::mistake("these bytes are too long to count"))
    }

    fn equals(&self, other: Value<'v>) -> starlark::Result<bool> {
        Ok(BytesArg::unpack_value_opt(other).is_some_and(|other| other.slice() == &*self.0))
    }

    fn write_hash(
        &self,
        hasher: &mut starlark::collections::StarlarkHasher,
    ) -> starlark::Result<()> {
        use std::hash::Hasher;
        hasher.write(&self.0);
        Ok(())
    }

    fn is_in(&self, other: Value<'v>) -> starlark::Result<bool> {
        let Some(needle) = BytesArg::unpack_value_opt(other) else {
            return Err(stop::mistake(format!(
                "only text or bytes can be in Bytes, not {}",
                other.get_type()
            )));
        };
        let needle = needle.slice();
        Ok(needle.is_empty() || self.0.windows(needle.len()).any(|window| window == needle))
    }

    fn add(&self, other: Value<'v>, heap: Heap<'v>) -> Option<starlark::Result<Value<'v>>> {
        let other = BytesArg::unpack_value_opt(other)?;
        if self.0.len() + other.slice().len() > LARGEST {
            return Some(Err(stop::mistake("bytes would grow over 256 MiB")));
        }
        let joined: Vec<u8> = [&*self.0, other.slice()].concat();
        Some(Ok(heap.alloc(Self::new(joined))))
    }

    fn bin_op_ty(
        op: starlark::typing::TypingBinOp,
        _rhs: &starlark::typing::TyBasic,
    ) -> Option<Ty> {
        use starlark::typing::TypingBinOp;
        match op {
            TypingBinOp::Add => Some(Self::starlark_type_repr()),
            TypingBinOp::In => Some(Ty::bool()),
            _ => None,
        }
    }
}

/// An argument that may be text or bytes.
#[derive(UnpackValue)]
pub(crate) enum BytesArg<'v> {
    /// Text, sent as UTF-8.
    Text(&'v str),
    /// Our own bytes.
    Bytes(&'v BytesValue),
    /// A `b"..."` literal.
    Literal(&'v StarlarkBytes),
}

impl<'v> StarlarkTypeRepr for BytesArg<'v> {
    type Canonical = Self;

    fn starlark_type_repr() -> Ty {
        let own = Ty::union2(Ty::string(), BytesValue::starlark_type_repr());
        Ty::union2(own, StarlarkBytes::starlark_type_repr())
    }
}

impl<'v> BytesArg<'v> {
    /// The bytes meant.
    pub(crate) fn slice(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Bytes(bytes) => &bytes.0,
            Self::Literal(bytes) => bytes.as_bytes(),
        }
    }

    /// A value when it is text or bytes.
    pub(crate) fn unpack_value_opt(value: Value<'v>) -> Option<Self> {
        if let Some(text) = value.unpack_str() {
            return Some(Self::Text(text));
        }
        if let Some(bytes) = value.downcast_ref::<BytesValue>() {
            return Some(Self::Bytes(bytes));
        }
        value.downcast_ref::<StarlarkBytes>().map(Self::Literal)
    }

    /// For an op.
    pub(crate) fn to_model(&self) -> proofhouse_model::Bytes {
        match self {
            Self::Bytes(bytes) => Arc::clone(&bytes.0).into(),
            other => other.slice().into(),
        }
    }
}

/// Bytes sent to or read from a device, at most 256 MiB. Two are joined with `+`; `x in bytes` looks
/// for a part.
#[starlark::starlark_module]
fn bytes_methods(_: &mut MethodsBuilder) {
    /// How many bytes.
    #[starlark(attribute)]
    fn size(this: &BytesValue) -> starlark::Result<u64> {
        Ok(this.0.len() as u64)
    }

    /// As text; what is no UTF-8 is replaced.
    #[starlark(attribute)]
    fn text(this: &BytesValue) -> starlark::Result<String> {
        Ok(this.lossy())
    }

    /// As lower-case hex.
    #[starlark(attribute)]
    fn hex(this: &BytesValue) -> starlark::Result<String> {
        Ok(to_hex(&this.0))
    }

    /// A copy with one bit turned over, such as `image.flip(1024, bit = 3)`. Bit 0 is the lowest.
    fn flip(
        this: &BytesValue,
        at: u64,
        #[starlark(default = 0)] bit: u32,
    ) -> starlark::Result<BytesValue> {
        let mut bytes = this.0.to_vec();
        let at = usize::try_from(at).unwrap_or(usize::MAX);
        match bytes.get_mut(at) {
            Some(byte) if bit < 8 => *byte ^= 1 << bit,
            Some(_) => return Err(stop::mistake(format!("a byte has bits 0 to 7, not {bit}"))),
            None => {
                let size = this.0.len();
                return Err(stop::mistake(format!("no byte {at} in {size} bytes")));
            }
        }
        Ok(BytesValue::new(bytes))
    }

    /// The first `size` bytes; all of them when there are fewer.
    fn truncate(this: &BytesValue, size: u64) -> starlark::Result<BytesValue> {
        let size = usize::try_from(size)
            .unwrap_or(usize::MAX)
            .min(this.0.len());
        Ok(BytesValue::new(&this.0[..size]))
    }

    /// The bytes from `start` up to but without `end`; without `end`, to the last one.
    fn slice(
        this: &BytesValue,
        start: u64,
        #[starlark(default = u64::MAX)] end: u64,
    ) -> starlark::Result<BytesValue> {
        let clip = |at: u64| usize::try_from(at).unwrap_or(usize::MAX).min(this.0.len());
        let (start, end) = (clip(start), clip(end));
        Ok(BytesValue::new(this.0.get(start..end).unwrap_or_default()))
    }

    /// As base64 with padding.
    fn base64(this: &BytesValue) -> starlark::Result<String> {
        Ok(STANDARD.encode(&this.0))
    }

    /// CRC-32 (the one of Ethernet and zip) as a number.
    fn crc32(this: &BytesValue) -> starlark::Result<u32> {
        Ok(crc32(&this.0))
    }

    /// SHA-256 in lower-case hex.
    fn sha256(this: &BytesValue, eval: &mut Evaluator<'_, '_, '_>) -> starlark::Result<String> {
        let hash = to_hex(&Sha256::digest(&this.0));
        // While a file is loaded nothing is offered.
        if let Ok(run) = running(eval) {
            run.of_operation(|operation| operation.derived(&this.0, &hash));
        }
        Ok(hash)
    }
}
