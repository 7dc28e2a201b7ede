//! A dataflow engine modeled on Apache NiFi.
