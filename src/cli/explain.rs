//! `headwater explain`: what a code means, with an example; without one, the list of all codes.

use clap::Args;
use processors_api::diagnostic::suggest;

use super::{
    Exit,
    output::{columns, out, told},
    page,
};
use crate::explain;

#[derive(Args)]
pub(super) struct ExplainArgs {
    /// The code of a message, for its page
    code: Option<String>,
}

pub(super) fn explain(args: ExplainArgs) -> anyhow::Result<Exit> {
    let Some(typed) = args.code else {
        let row =
            |(code, page): &explain::Page| vec![code.to_string(), explain::title(page).into()];
        out(columns(&explain::PAGES.iter().map(row).collect::<Vec<_>>()))?;
        out("\none in full:   headwater explain CODE")?;
        return Ok(Exit::Done);
    };
    page::print(explain::find(&typed).ok_or_else(|| told(Exit::Usage, unknown(&typed)))?)?;
    Ok(Exit::Done)
}

fn unknown(typed: &str) -> String {
    let codes: Vec<String> = explain::PAGES.iter().map(|(code, _)| code.to_string()).collect();
    let near = suggest(typed, codes.iter().map(String::as_str))
        .map(|near| format!(" (did you mean `{near}`?)"))
        .unwrap_or_default();
    format!("there is no code `{typed}`{near}; list them: headwater explain")
}
