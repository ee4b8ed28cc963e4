//! The suite has no library of its own.
