//! The standard processors, one file each.
