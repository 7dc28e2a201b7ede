//! `headwater processors`: the types that a flow can use, and the reference page of one.

use clap::Args;

use super::{
    Exit,
    output::{columns, out, told},
};
use crate::{flow::Registry, reference};

#[derive(Args)]
pub(super) struct ProcessorsArgs {
    /// One type, for its reference page
    name: Option<String>,
}

pub(super) fn processors(args: ProcessorsArgs, registry: &Registry) -> anyhow::Result<Exit> {
    let Some(name) = args.name else {
        let rows: Vec<_> = registry
            .types()
            .iter()
            .map(|kind| vec![kind.name.to_owned(), reference::summary(kind)])
            .collect();
        out(columns(&rows))?;
        out("\none in full:   headwater processors NAME")?;
        return Ok(Exit::Done);
    };
    match registry.find(&name) {
        Some(kind) => out(reference::page(kind).trim_end())?,
        None => {
            let near = registry
                .suggest(&name)
                .map(|near| format!("; did you mean `{near}`?"))
                .unwrap_or_default();
            return Err(told(
                Exit::Usage,
                format!(
                    "there is no processor type `{name}`{near}; list them: headwater processors"
                ),
            ));
        }
    }
    Ok(Exit::Done)
}
