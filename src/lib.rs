//! A dataflow engine modeled on Apache NiFi: flows are YAML files, and nothing is lost on the way.

pub mod cli;
pub mod engine;
pub mod explain;
pub mod flow;
pub mod graph;
pub mod hold;
pub mod limits;
pub mod reference;
pub mod repository;
pub mod sandbox;
pub mod schedule;
pub mod schema;
pub mod system;
pub mod trial;
