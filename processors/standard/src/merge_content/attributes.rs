//! Which attributes the merged flowfile inherits.

use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
};

use processors_api::{FlowFile, Text};

use super::AttributeStrategy;

type Values = BTreeMap<Arc<str>, Text>;

/// What is inherited. A value is secret when it is secret on one of the parts.
pub(super) fn inherited(strategy: AttributeStrategy, parts: &[FlowFile]) -> Values {
    match strategy {
        AttributeStrategy::Common => common(parts),
        AttributeStrategy::Unique => unique(parts),
    }
}

/// Those that all parts have alike.
fn common(parts: &[FlowFile]) -> Values {
    let Some((first, others)) = parts.split_first() else { return Values::new() };
    let value = |(name, value): (&Arc<str>, &Text)| {
        let mut sensitive = value.is_sensitive();
        for other in others {
            let same =
                other.attributes().get(name).filter(|other| other.reveal() == value.reveal());
            sensitive |= same?.is_sensitive();
        }
        Some((name.clone(), Text::new(value.reveal(), sensitive)))
    };
    first.attributes().iter().filter_map(value).collect()
}

/// Those of which no two parts have different values.
fn unique(parts: &[FlowFile]) -> Values {
    let (mut values, mut differing) = (Values::new(), HashSet::new());
    for (name, value) in parts.iter().flat_map(|part| part.attributes().iter()) {
        let known = values.entry(name.clone()).or_insert_with(|| value.clone());
        if known.reveal() != value.reveal() {
            differing.insert(name.clone());
        } else if value.is_sensitive() {
            *known = value.clone();
        }
    }
    values.retain(|name, _| !differing.contains(name));
    values
}
