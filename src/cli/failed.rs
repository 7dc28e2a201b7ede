//! `headwater failed`: what waits for a person, and why. It reads the repository without a lock and without a trace, so
//! it works beside a running flow.

use std::{collections::BTreeMap, fmt::Write as _, path::PathBuf};

use clap::{Args, Subcommand};
use jiff::{Timestamp, tz::TimeZone};
use processors_api::{ContentBody, ContentClaim, FlowFileRecord, MASK};
use serde_json::{Map, Value, json};

use super::{
    Common, Exit,
    data::{self, Looked},
    output::{bracketed, out, told},
    path,
};
use crate::repository::record::{FAILED, Queued};

/// Characters of content that `show` prints.
const SHOWN_CHARS_MAX: usize = 2_000;

/// Short ids that one line of `list` names.
const IDS_A_LINE: usize = 8;

#[derive(Args)]
pub(super) struct FailedArgs {
    #[command(subcommand)]
    command: FailedCommand,
}

#[derive(Subcommand)]
enum FailedCommand {
    /// What is in failed, grouped by reason
    List {
        /// A flow file, or the name of a flow of this folder; all flows of it when left out
        flow: Option<PathBuf>,
        /// One array of objects
        #[arg(long)]
        json: bool,
    },
    /// One failed flowfile: why, its way, its content, its attributes
    Show {
        /// Its short id, as `list` shows it: F17
        id: String,
        /// A flow file, or the name of a flow of this folder; needed when several flows have such an id
        flow: Option<PathBuf>,
        /// One object
        #[arg(long)]
        json: bool,
    },
}

type Entry<'s> = (&'s FlowFileRecord, &'s Queued);

pub(super) fn failed(args: FailedArgs, common: &Common) -> anyhow::Result<Exit> {
    match args.command {
        FailedCommand::List { flow, json: true } => list_json(&data::look(flow, common)?),
        FailedCommand::List { flow, .. } => {
            let flows = data::look(flow.clone(), common)?;
            flows.iter().try_for_each(|looked| {
                // With several flows an id alone could be that of another one.
                let several = (flows.len() > 1).then(|| PathBuf::from(&looked.name));
                list(looked, &data::typed_again(flow.clone().or(several).as_deref(), common))
            })?;
            Ok(Exit::Done)
        }
        FailedCommand::Show { id, flow, json } => show(&data::look(flow, common)?, &id, json),
    }
}

fn list_json(flows: &[Looked]) -> anyhow::Result<Exit> {
    let entries =
        flows.iter().flat_map(|flow| entries(flow).into_iter().map(|entry| to_json(flow, entry)));
    out(serde_json::to_string_pretty(&entries.collect::<Vec<_>>())?)?;
    Ok(Exit::Done)
}

/// `again` is what the next command needs, to find this flow as this one did.
fn list(flow: &Looked, again: &str) -> anyhow::Result<()> {
    let entries = entries(flow);
    let mut groups: BTreeMap<(String, String), Vec<Entry<'_>>> = BTreeMap::new();
    for entry in &entries {
        groups
            .entry((shown(entry, "failure.processor"), shown(entry, "failure.reason")))
            .or_default()
            .push(*entry);
    }
    if entries.is_empty() {
        return out(format_args!("{}: nothing failed", flow.name));
    }
    let reasons =
        if groups.len() == 1 { "1 reason".to_owned() } else { format!("{} reasons", groups.len()) };
    out(format_args!("{}: {} failed, {reasons}\n", flow.name, entries.len()))?;
    for ((processor, reason), group) in &groups {
        let times = group.iter().map(|entry| entry.1.since);
        let (first, last) =
            (times.clone().min().unwrap_or_default(), times.max().unwrap_or_default());
        out(format_args!("  {} x  {processor}   {reason}   {}", group.len(), span(first, last)))?;
        let ids: Vec<String> = group.iter().take(IDS_A_LINE).map(named).collect();
        let more = if group.len() > IDS_A_LINE {
            format!("   and {} more", group.len() - IDS_A_LINE)
        } else {
            String::new()
        };
        out(format_args!("       {}{more}", ids.join("   ")))?;
    }
    out(format_args!("\nlook at one:   headwater failed show {}{again}", id_of(&entries[0])))
}

fn show(flows: &[Looked], id: &str, json: bool) -> anyhow::Result<Exit> {
    let number = id.trim_start_matches(['F', 'f']).parse::<u64>().map_err(|_| {
        told(Exit::Usage, format!("`{id}` is no id of a failed flowfile; they look like F17"))
    })?;
    let found: Vec<(&Looked, Entry<'_>)> = flows
        .iter()
        .filter_map(|flow| {
            Some((
                flow,
                entries(flow).into_iter().find(|entry| entry.1.failed_number == Some(number))?,
            ))
        })
        .collect();
    let [(flow, entry)] = found.as_slice() else {
        let names: Vec<&str> = found.iter().map(|(flow, _)| flow.name.as_str()).collect();
        return Err(told(
            Exit::Usage,
            match names.as_slice() {
                [] => format!("there is no F{number} in failed; see: headwater failed list"),
                names => {
                    format!("several flows have an F{number}; add one of: {}", names.join(", "))
                }
            },
        ));
    };
    if json {
        out(serde_json::to_string_pretty(&to_json(flow, *entry))?)?;
    } else {
        out(page(flow, *entry)?)?;
    }
    Ok(Exit::Done)
}

fn page(flow: &Looked, entry: Entry<'_>) -> anyhow::Result<String> {
    let (record, queued) = entry;
    let mut page = String::new();
    let tries = match shown(&entry, "failure.attempts").as_str() {
        "1" | "" => "first try".to_owned(),
        attempts => format!("after {attempts} tries"),
    };
    writeln!(
        page,
        "{}  {}, failed at {} {} on {}, {tries}, run {}",
        id_of(&entry),
        flow.name,
        shown(&entry, "failure.processor"),
        bracketed(&shown(&entry, "failure.relationship")),
        moment(queued.since),
        record.run
    )?;
    writeln!(page, "reason   {}", shown(&entry, "failure.reason"))?;
    if let Some(answer) = record.attributes.get("invokehttp.response.body") {
        writeln!(page, "answer   {}", answer.masked())?;
    }
    if let Some(retry_at) = record.attributes.get("failure.retry_at") {
        writeln!(page, "again    not before {}", retry_at.masked())?;
    }
    if let Some(by) = queued.replayed_as {
        writeln!(page, "replayed as {by}")?;
    }
    writeln!(page, "path     {}", path::of(flow, record)?)?;
    write!(page, "content  {}", content(&record.content))?;
    writeln!(page, "attributes")?;
    for (name, value) in record.attributes.iter() {
        writeln!(page, "         {name}  {}", value.masked())?;
    }
    Ok(page.trim_end().to_owned())
}

/// The content as far as it may be shown.
fn content(content: &ContentClaim) -> String {
    let bytes = match content.body() {
        _ if content.is_sensitive() => {
            return format!("{MASK} ({} bytes, secret)\n", content.length());
        }
        ContentBody::Stored(stored) => {
            return format!("{} bytes, in the content repository\n", stored.length);
        }
        ContentBody::Inline(bytes) => bytes,
    };
    let Ok(text) = std::str::from_utf8(bytes) else {
        return format!("{} bytes, not text\n", bytes.len());
    };
    let pretty = serde_json::from_str::<Value>(text)
        .and_then(|json| serde_json::to_string_pretty(&json))
        .ok();
    let kind = if pretty.is_some() { "JSON" } else { "text" };
    let text = pretty.unwrap_or_else(|| text.to_owned());
    let shown: String = text.chars().take(SHOWN_CHARS_MAX).collect();
    let cut = if shown.len() < text.len() { "\n         ..." } else { "" };
    let shown = shown.lines().map(|line| format!("         {line}")).collect::<Vec<_>>().join("\n");
    format!("{kind}, {} bytes\n{shown}{cut}\n", bytes.len())
}

fn to_json(flow: &Looked, entry: Entry<'_>) -> Value {
    let (record, queued) = entry;
    let attributes: Map<String, Value> = record
        .attributes
        .iter()
        .map(|(name, value)| (name.to_string(), value.masked().into()))
        .collect();
    json!({
        "id": id_of(&entry),
        "flow": flow.name,
        "processor": shown(&entry, "failure.processor"),
        "relationship": shown(&entry, "failure.relationship"),
        "reason": shown(&entry, "failure.reason"),
        "attempts": shown(&entry, "failure.attempts").parse::<u64>().unwrap_or(1),
        "run": record.run.to_string(),
        "time": queued.since.to_string(),
        "attributes": attributes,
        "replayed": queued.replayed_as.is_some(),
    })
}

fn entries(flow: &Looked) -> Vec<Entry<'_>> {
    let mut failed: Vec<Entry<'_>> = flow.state.in_order();
    failed.retain(|(_, queued)| &*queued.connection == FAILED);
    failed.sort_by_key(|(_, queued)| queued.failed_number);
    failed
}

fn shown(entry: &Entry<'_>, attribute: &str) -> String {
    entry.0.attributes.get(attribute).map_or_else(String::new, |value| value.masked().to_owned())
}

fn id_of(entry: &Entry<'_>) -> String {
    format!("F{}", entry.1.failed_number.unwrap_or_default())
}

fn named(entry: &Entry<'_>) -> String {
    format!("{}  {}", id_of(entry), shown(entry, "filename"))
}

fn moment(time: Timestamp) -> String {
    time.to_zoned(TimeZone::system()).strftime("%-d %b %H:%M:%S").to_string()
}

fn span(first: Timestamp, last: Timestamp) -> String {
    if moment(first) == moment(last) {
        moment(first)
    } else {
        format!("{} - {}", moment(first), moment(last))
    }
}
