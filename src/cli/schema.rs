//! `headwater schema`: the JSON Schema of flow files, for editors.

use super::{Exit, output::out};
use crate::{flow::Registry, schema};

pub(super) fn schema(registry: &Registry) -> anyhow::Result<Exit> {
    out(schema::text(registry.types()).trim_end())?;
    Ok(Exit::Done)
}
