//! `headwater graph`: draws a flow, as text, for a wiki, for Graphviz, or as a picture for a report.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{
    Common, Exit, load,
    output::{out, told},
};
use crate::{
    flow::{self, Registry},
    graph::{Drawing, dot, mermaid, svg, text},
};

#[derive(Args)]
pub(super) struct GraphArgs {
    /// The flow file
    flow: PathBuf,
    /// As what it is drawn
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Format {
    /// Each processor and where it leads, for a terminal
    #[default]
    Text,
    /// For wikis and forges that show mermaid as a picture
    Mermaid,
    /// For Graphviz
    Dot,
    /// A picture for a report or a browser
    Svg,
}

/// A flow is drawn without the values of its parameters: its shape does not depend on them.
pub(super) fn graph(args: GraphArgs, common: &Common, registry: &Registry) -> anyhow::Result<Exit> {
    let loaded = flow::load(&args.flow, registry, &load::options(common, true)?);
    let loaded = loaded.map_err(|errors| {
        load::tell(&errors.render(load::look()));
        told(Exit::Flow, format_args!("{} cannot be drawn as it is", args.flow.display()))
    })?;
    let drawing = Drawing::of(&loaded.flow);
    out(match args.format {
        Format::Text => text(&drawing),
        Format::Mermaid => mermaid(&drawing),
        Format::Dot => dot(&drawing),
        Format::Svg => svg(&drawing),
    })?;
    Ok(Exit::Done)
}
