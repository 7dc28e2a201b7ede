//! Flow files: read, checked, and turned into a validated [`Flow`]. It starts nothing and runs nothing.
//!
//! The way of a file: the api's parser makes it a tree, `read` a [`model`] of it, `parameters` finds the values, `placed`
//! builds the processors, `connect` leads their relationships somewhere, `check` looks at the whole, and `load` holds it
//! together. Each reports what is wrong and goes on, so that every mistake of a file is told at once.
//!
//! Invariants: a [`Flow`] that exists is right; only `file` reads files; nothing is asked of the process, neither its
//! environment nor its clock nor its zone; time and memory grow with the file and not faster.

mod check;
pub mod code;
mod connect;
mod file;
mod graph;
mod held_file;
mod load;
mod model;
mod overrides;
mod parameters;
mod placed;
mod read;
mod registry;
mod report;
mod retry;
mod schedule;
#[cfg(test)]
mod tests;
mod zone;

pub use graph::*;
pub use load::{LoadOptions, load, load_text, name_of};
pub use overrides::ParameterOverrides;
pub use registry::{Registry, RegistryError};
pub use report::{LoadErrors, Loaded};
