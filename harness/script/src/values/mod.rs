//! Values that verbs return and take.

/// Declares a Starlark value that wraps plain Rust data; its attributes are the methods named.
macro_rules! plain_value {
    ($(#[$doc:meta])* $name:ident($inner:ty) as $type:tt with $methods:ident in $table:ident) => {
        $(#[$doc])*
        #[derive(
            Debug,
            starlark::any::ProvidesStaticType,
            starlark::values::NoSerialize,
            allocative::Allocative,
            starlark::StarlarkPagablePanic,
        )]
        pub(crate) struct $name(#[allocative(skip)] pub(crate) $inner);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "<{} {}>", $type, self.show())
            }
        }

        starlark::starlark_simple_value!($name);
        starlark::methods_static!($table = $methods);

        #[starlark::values::starlark_value(type = $type)]
        impl<'v> starlark::values::StarlarkValue<'v> for $name {
            fn get_methods() -> Option<&'static starlark::environment::Methods> {
                Some($table.methods())
            }
        }
    };
}
pub(crate) use plain_value;

mod answer;
mod broker;
mod bytes;
mod capture;
mod debug;
mod dhcp;
mod digest;
mod dns;
mod host_clock;
mod http;
mod matched;
mod owner;
mod profile;
mod scan;
mod stream;
mod watch;

pub(crate) use answer::*;
pub(crate) use broker::*;
pub(crate) use bytes::*;
pub(crate) use capture::*;
pub(crate) use debug::*;
pub(crate) use dhcp::*;
pub(crate) use digest::*;
pub(crate) use dns::*;
pub(crate) use host_clock::*;
pub(crate) use http::*;
pub(crate) use matched::*;
pub(crate) use owner::*;
pub(crate) use profile::*;
pub(crate) use scan::*;
pub(crate) use stream::*;
pub(crate) use watch::*;
