//! [`Registry`]: the types of processors that a flow may use. It names no bundle: whoever starts the engine hands them in.

use std::collections::HashMap;

use processors_api::{ProcessorType, diagnostic::suggest};

/// Before NiFi's own names in a flow that came from there: `org.apache.nifi.processors.standard.InvokeHTTP`.
const NIFI_PACKAGE: &str = "org.apache.nifi.";

/// All types of processors, by every name they answer to.
#[derive(Default)]
pub struct Registry {
    types: Vec<ProcessorType>,
    by_name: HashMap<&'static str, usize>,
}

/// Two types that answer to one name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "two processor types are called `{name}`: a bundle is listed twice, or two bundles use one name"
)]
pub struct RegistryError {
    pub name: &'static str,
}

impl Registry {
    /// The types of some bundles.
    pub fn new(bundles: &[&[ProcessorType]]) -> Result<Self, RegistryError> {
        let mut registry = Self::default();
        for kind in bundles.iter().copied().flatten() {
            let index = registry.types.len();
            for &name in std::iter::once(&kind.name).chain(kind.aliases) {
                if registry.by_name.insert(name, index).is_some() {
                    return Err(RegistryError { name });
                }
            }
            registry.types.push(*kind);
        }
        Ok(registry)
    }

    /// The type of that name: as we write it, as NiFi does, or NiFi's class.
    pub fn find(&self, name: &str) -> Option<&ProcessorType> {
        let name = match name.strip_prefix(NIFI_PACKAGE) {
            Some(class) => class.rsplit('.').next().unwrap_or(class),
            None => name,
        };
        self.by_name.get(name).and_then(|&index| self.types.get(index))
    }

    /// All types, in the order of their bundles.
    pub fn types(&self) -> &[ProcessorType] {
        &self.types
    }

    /// The type that was probably meant.
    pub fn suggest(&self, name: &str) -> Option<&'static str> {
        let class = name.rsplit('.').next().unwrap_or(name);
        suggest(class, self.types.iter().map(|kind| kind.name))
    }
}
