//! A dataflow engine modeled on Apache NiFi.

pub mod sandbox;
