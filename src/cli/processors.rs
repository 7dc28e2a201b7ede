//! `headwater processors`: the types that a flow can use, and the reference page of one.

use clap::Args;
use processors_api::ProcessorType;
use serde_json::Value;

use super::{
    Exit,
    output::{columns, out, told},
    page,
};
use crate::{flow::Registry, reference};

#[derive(Args)]
pub(super) struct ProcessorsArgs {
    /// One type, for its reference page
    name: Option<String>,
    /// One array of objects: name, summary, schema of the properties, relationships, reads, writes, examples
    #[arg(long)]
    json: bool,
}

pub(super) fn processors(args: ProcessorsArgs, registry: &Registry) -> anyhow::Result<Exit> {
    let one = args.name.as_deref().map(|name| named(name, registry)).transpose()?;
    if args.json {
        let kinds = one.map_or_else(|| registry.types().iter().collect(), |kind| vec![kind]);
        let objects: Vec<Value> = kinds.into_iter().map(reference::json).collect();
        out(serde_json::to_string_pretty(&objects)?)?;
        return Ok(Exit::Done);
    }
    if let Some(kind) = one {
        page::print(&reference::page(kind))?;
        return Ok(Exit::Done);
    }
    let row = |kind: &ProcessorType| vec![kind.name.to_owned(), reference::summary(kind)];
    let rows: Vec<_> = registry.types().iter().map(row).collect();
    out(columns(&rows))?;
    out("\none in full:   headwater processors NAME")?;
    Ok(Exit::Done)
}

/// The type of that name.
pub(super) fn named<'r>(name: &str, registry: &'r Registry) -> anyhow::Result<&'r ProcessorType> {
    let near = || {
        let near = registry.suggest(name);
        near.map(|near| format!(" (did you mean `{near}`?)")).unwrap_or_default()
    };
    registry.find(name).ok_or_else(|| {
        let near = near();
        told(
            Exit::Usage,
            format!("there is no processor type `{name}`{near}; list them: headwater processors"),
        )
    })
}
