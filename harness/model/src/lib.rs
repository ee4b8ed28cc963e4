//! Words of the bench as types.
