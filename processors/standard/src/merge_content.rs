//! `MergeContent`: makes one flowfile out of many. `bins` says which, `fragments` what belongs to something that was split,
//! `attributes` what is inherited, `formats` how contents become one.
//!
//! Flowfiles that wait stay in their queues: bins only remember which they are. Memory grows with their number, never with
//! their contents.

use std::{
    num::NonZeroU32,
    sync::atomic::{AtomicI64, Ordering::Relaxed},
};

use processors_api::{
    AttributeUse, DataSize, Definition, EvaluateError, Example, Expr, FlowFile, Input, Processor,
    ProcessorError, PropertiesError, Relationship, Session, TimePeriod, core_attributes,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::empty;

use bins::{Bin, Bins, Candidate, Limits, Reason};
use formats::Written;

mod attributes;
mod bins;
mod facts;
mod formats;
mod fragments;
#[cfg(test)]
mod tests;

/// So many flowfiles are merged in one session, at least; the rest follows at once.
const MERGED_AT_ONCE: usize = 10_000;

/// Where the name stands that something had before it was split.
const ORIGINAL_FILENAME: &str = "segment.original.filename";

const COUNT: &str = "merge.count";
const BIN_AGE: &str = "merge.bin.age";
const UUID: &str = "merge.uuid";
const REASON: &str = "merge.reason";

/// Makes one flowfile out of many: their contents one behind the other, or an archive of them.
///
/// Flowfiles are gathered in bins; a bin is merged when it has its minimum and is full or nothing more came, when it is
/// old enough, or when there are too many bins. Until then its flowfiles wait in the queue before this processor, and count
/// there: `back_pressure` must let as many in as a bin wants. A flowfile that holds a file is merged alone and at once.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Properties {
    /// Whether any flowfiles are merged, or the fragments of what was split are put together again.
    #[serde(default)]
    merge_strategy: MergeStrategy,

    /// What the merged content is.
    #[serde(default)]
    merge_format: Format,

    /// Which attributes the merged flowfile inherits.
    #[serde(default)]
    attribute_strategy: AttributeStrategy,

    /// The name of an attribute: only flowfiles with the same value are merged. Those without it go together.
    #[serde(default)]
    correlation_attribute_name: Option<Expr<String>>,

    /// For `Avro`: what happens when the metadata of a file is not that of the first one.
    #[serde(default, alias = "mergecontent_metadata_strategy")]
    metadata_strategy: MetadataStrategy,

    /// So many flowfiles are merged at least, unless the bin becomes too old. For `Defragment` the fragments themselves say
    /// how many.
    #[serde(default = "one")]
    minimum_number_of_entries: NonZeroU32,

    /// A bin with so many flowfiles is full.
    #[serde(default = "thousand")]
    maximum_number_of_entries: NonZeroU32,

    /// So many bytes are merged at least, unless the bin becomes too old.
    #[serde(default)]
    minimum_group_size: DataSize,

    /// A bin has no more bytes than these. A larger flowfile is merged alone.
    #[serde(default)]
    maximum_group_size: Option<DataSize>,

    /// A bin whose first flowfile came into the queue so long ago is merged with what it has; at least a second.
    #[serde(default)]
    max_bin_age: Option<TimePeriod>,

    /// When more bins wait than these, the oldest is merged with what it has.
    #[serde(default = "five")]
    maximum_number_of_bins: NonZeroU32,

    /// For `Binary Concatenation`: what `header`, `footer` and `demarcator` are.
    #[serde(default)]
    delimiter_strategy: DelimiterStrategy,

    /// What stands before the first content, as its flowfile gives it.
    #[serde(default, alias = "header_file")]
    header: Option<Expr<String>>,

    /// What stands behind the last content.
    #[serde(default, alias = "footer_file")]
    footer: Option<Expr<String>>,

    /// What stands between contents.
    #[serde(default, alias = "demarcator_file")]
    demarcator: Option<Expr<String>>,

    /// For `ZIP`: from 1, fast, to 9, as small as can be. 0 is taken for 1.
    #[serde(default = "fast")]
    compression_level: u8,

    /// For `TAR` and `ZIP`: whether an entry has the flowfile's `path` before its name.
    #[serde(default)]
    keep_path: bool,

    /// For `TAR`: when an entry was last changed, such as `2026-03-02T09:00:00+0100`. What is no time means now.
    #[serde(default = "last_modified")]
    tar_modified_time: Expr<String>,

    /// A condition: a flowfile for which it is true ends its bin, whether or not that has its minimum. Not for
    /// `Defragment`.
    #[serde(default)]
    bin_termination_check: Option<Expr<bool>>,

    /// Where a flowfile goes that ends a bin.
    #[serde(default)]
    flowfile_insertion_strategy: InsertionStrategy,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
enum MergeStrategy {
    /// Whatever comes is merged.
    #[default]
    #[serde(rename = "Bin-Packing Algorithm", alias = "bin_packing")]
    BinPacking,
    /// Fragments with the same `fragment.identifier`, in the order of `fragment.index`, once there are as many as
    /// `fragment.count` says. Fragments that cannot be put together go to `failure`.
    Defragment,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
enum Format {
    /// A TAR with an entry for each flowfile.
    #[serde(rename = "TAR")]
    Tar,
    /// A ZIP with an entry for each flowfile. Of those with the same name only the first goes in; a copy of each other goes
    /// to `failure`.
    #[serde(rename = "ZIP")]
    Zip,
    /// NiFi's package of flowfiles with their attributes.
    #[serde(rename = "FlowFile Stream, v3")]
    StreamV3,
    /// An older form of it.
    #[serde(rename = "FlowFile Stream, v2")]
    StreamV2,
    /// The oldest form: a TAR for each flowfile, with its attributes and its content.
    #[serde(rename = "FlowFile Tar, v1")]
    TarV1,
    /// The contents one behind the other.
    #[default]
    #[serde(rename = "Binary Concatenation")]
    Binary,
    /// One Avro file of several with the same schema. A copy of each that has another one goes to `failure`.
    Avro,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
enum AttributeStrategy {
    /// Those that all flowfiles have with the same value.
    #[default]
    #[serde(rename = "Keep Only Common Attributes")]
    Common,
    /// Those of which no two flowfiles have different values.
    #[serde(rename = "Keep All Unique Attributes")]
    Unique,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
enum MetadataStrategy {
    /// The first file's is kept.
    #[serde(rename = "Use First Metadata")]
    UseFirst,
    /// The first file's is kept; a file with another value goes to `failure`, and what only others have is left out.
    #[serde(rename = "Keep Only Common Metadata")]
    KeepCommon,
    /// A file with other metadata goes to `failure`.
    #[default]
    #[serde(rename = "Do Not Merge Uncommon Metadata")]
    DoNotMerge,
    /// None is kept.
    #[serde(rename = "Ignore Metadata")]
    Ignore,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
enum DelimiterStrategy {
    /// The names of files with it.
    Filename,
    /// The text itself.
    Text,
    /// Nothing: they are not used.
    #[default]
    #[serde(rename = "Do Not Use Delimiters")]
    None,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
enum InsertionStrategy {
    /// Into the bin that it ends, as the last one.
    #[default]
    #[serde(rename = "Last in Bin")]
    LastInBin,
    /// Into a new bin, as the first one.
    #[serde(rename = "First in New Bin")]
    FirstInNewBin,
    /// Into a bin of its own, which is merged at once.
    Isolated,
}

fn one() -> NonZeroU32 {
    NonZeroU32::MIN
}

fn five() -> NonZeroU32 {
    NonZeroU32::MIN.saturating_add(4)
}

fn thousand() -> NonZeroU32 {
    NonZeroU32::MIN.saturating_add(999)
}

fn fast() -> u8 {
    1
}

fn last_modified() -> Expr<String> {
    Expr::attribute("file.lastModifiedTime")
}

const MERGED: Relationship = Relationship::main("merged", "What was made of several flowfiles.");
const ORIGINAL: Relationship = Relationship::side("original", "What it was made of.");
const FAILURE: Relationship = Relationship::failure("failure", "It could not be merged.");

pub(crate) struct MergeContent {
    properties: Properties,
    limits: Limits,
    /// The last number that was given as a name.
    last_number: AtomicI64,
}

impl Definition for MergeContent {
    const TYPE: &'static str = "MergeContent";
    const INPUT: Input = Input::Required;
    const RELATIONSHIPS: &'static [Relationship] = &[MERGED, ORIGINAL, FAILURE];
    const MERGES: bool = true;
    const BLOCKING: bool = true;
    const READS: &'static [AttributeUse] = facts::READS;
    const WRITES: &'static [AttributeUse] = facts::WRITES;
    const EXAMPLES: &'static [Example] = facts::EXAMPLES;
    type Properties = Properties;

    fn new(properties: Properties) -> Result<Self, PropertiesError> {
        let wrong = |property, message: &str| Err(PropertiesError::of(property, message));
        if properties.minimum_number_of_entries > properties.maximum_number_of_entries {
            let message = "`minimum_number_of_entries` is more than `maximum_number_of_entries`";
            return wrong("minimum_number_of_entries", message);
        }
        if properties.maximum_group_size.is_some_and(|max| max < properties.minimum_group_size) {
            let message = "`minimum_group_size` is more than `maximum_group_size`";
            return wrong("minimum_group_size", message);
        }
        if properties.max_bin_age.is_some_and(|age| age.duration().as_secs() < 1) {
            return wrong("max_bin_age", "`max_bin_age` is at least a second");
        }
        if properties.compression_level > 9 {
            return wrong("compression_level", "`compression_level` is a number from 0 to 9");
        }
        let delimits = properties.delimiter_strategy != DelimiterStrategy::None;
        let delimiter = |text| empty::constant(text).filter(|_| delimits);
        let name = properties.correlation_attribute_name.as_ref();
        empty::refuse([
            ("correlation_attribute_name", empty::constant(name)),
            ("header", delimiter(properties.header.as_ref())),
            ("footer", delimiter(properties.footer.as_ref())),
            ("demarcator", delimiter(properties.demarcator.as_ref())),
        ])?;
        let limits = Limits::of(&properties);
        Ok(Self { properties, limits, last_number: AtomicI64::new(0) })
    }
}

impl Processor for MergeContent {
    fn on_trigger(&self, session: &mut Session) -> Result<(), ProcessorError> {
        let mut bins = session.recall().unwrap_or_else(|| Bins::new(self.limits));
        let now = session.context().clock.now();
        while let Some(flowfile) = session.get() {
            match self.candidate(session, &flowfile) {
                Ok(candidate) => {
                    bins.offer(candidate);
                    session.give_back(flowfile);
                }
                Err(error) => session.transfer_failed(flowfile, &FAILURE, error),
            }
        }
        bins.work(now);
        if session.is_alone() {
            bins.end();
        }
        let mut merged = 0;
        while merged < MERGED_AT_ONCE
            && let Some((bin, reason)) = bins.next_ready()
        {
            merged += bin.parts.len();
            self.merge(session, bin, reason)?;
        }
        if bins.wants_again() {
            session.has_more();
        }
        session.wait_for_more(bins.next_timeout(), self.what(&bins));
        session.remember(bins);
        Ok(())
    }
}

impl MergeContent {
    fn candidate(
        &self,
        session: &Session,
        flowfile: &FlowFile,
    ) -> Result<Candidate, EvaluateError> {
        let properties = &self.properties;
        let defragments = properties.merge_strategy == MergeStrategy::Defragment;
        let name = properties.correlation_attribute_name.as_ref();
        let name = name.map(|name| session.evaluate(name, flowfile)).transpose()?;
        let group = name
            .and_then(|name| flowfile.attribute(name.reveal()))
            .or_else(|| flowfile.attribute(fragments::IDENTIFIER).filter(|_| defragments));
        let check = properties.bin_termination_check.as_ref().filter(|_| !defragments);
        let terminates = check.map(|check| session.evaluate(check, flowfile)).transpose()?;
        Ok(Candidate {
            id: flowfile.id(),
            bytes: flowfile.size(),
            group: group.map(|group| group.reveal().to_owned()),
            fragment: defragments.then(|| fragments::of(flowfile)),
            terminates: terminates.unwrap_or_default(),
            since: session.queued_since(flowfile).unwrap_or_else(|| session.context().clock.now()),
        })
    }

    /// Merges the flowfiles of a bin, or sends them all to `failure`.
    fn merge(&self, session: &mut Session, bin: Bin, reason: Reason) -> Result<(), ProcessorError> {
        let age = session.context().clock.now().duration_since(bin.since).as_millis();
        let mut parts: Vec<FlowFile> =
            bin.parts.into_iter().filter_map(|id| session.get_again(id)).collect();
        if self.properties.merge_strategy == MergeStrategy::Defragment
            && let Err(error) = fragments::sort(&mut parts)
        {
            fail(session, parts, &error.to_string());
            return Ok(());
        }
        let written = match formats::write(&self.properties, session, &parts) {
            Ok(written) => written,
            Err(error) => {
                // A disk that is full is nobody's fault.
                if let Some(full) = error.passes() {
                    return Err(full.into());
                }
                fail(session, parts, &error.to_string());
                return Ok(());
            }
        };
        if written.unmerged.len() == parts.len() {
            for (part, (_, why)) in parts.into_iter().zip(written.unmerged) {
                session.transfer_failed(part, &FAILURE, why);
            }
            return Ok(());
        }
        self.send(session, parts, written, [age.to_string(), reason.name().to_owned()]);
        Ok(())
    }

    fn send(
        &self,
        session: &mut Session,
        mut parts: Vec<FlowFile>,
        written: Written,
        [age, reason]: [String; 2],
    ) {
        let mut merged = session.merge(&parts);
        let inherited = attributes::inherited(self.properties.attribute_strategy, &parts);
        for (name, value) in inherited {
            merged.put_attribute(name, value);
        }
        let id = merged.id().to_string();
        let name = self.file_name(session, &parts) + written.extension;
        merged.put_attribute(core_attributes::FILENAME, name);
        merged.put_attribute(core_attributes::MIME_TYPE, written.mime_type);
        merged.put_attribute(COUNT, parts.len().to_string());
        merged.put_attribute(BIN_AGE, age);
        merged.put_attribute(UUID, id.as_str());
        merged.put_attribute(REASON, reason);
        merged.set_content(written.content);
        session.transfer(merged, &MERGED);
        for (index, why) in written.unmerged {
            let copy = session.clone_flowfile(&parts[index]);
            session.transfer_failed(copy, &FAILURE, why);
        }
        for mut part in parts.drain(..) {
            part.put_attribute(UUID, id.as_str());
            session.transfer(part, &ORIGINAL);
        }
    }

    /// The name of a single part; what was split has its old name again; else a number of nanoseconds, never the same twice.
    fn file_name(&self, session: &Session, parts: &[FlowFile]) -> String {
        let attribute =
            |part: &FlowFile, name| Some(part.attributes().get(name)?.reveal().to_owned());
        let name = match parts {
            [part] => attribute(part, core_attributes::FILENAME),
            parts => parts.iter().find_map(|part| attribute(part, ORIGINAL_FILENAME)),
        };
        name.unwrap_or_else(|| {
            let now = session.context().clock.now().as_nanosecond();
            let now = i64::try_from(now).unwrap_or_default();
            let next = |last: i64| now.max(last.saturating_add(1));
            let last = self.last_number.fetch_update(Relaxed, Relaxed, |last| Some(next(last)));
            last.map_or(now, next).to_string()
        })
    }

    /// What it waits for, for a person who wonders.
    fn what(&self, bins: &Bins) -> String {
        let Some(fullest) = bins.open().max_by_key(|bin| (bin.parts.len(), bin.bytes)) else {
            return "flowfiles".to_owned();
        };
        let there = fullest.parts.len();
        let what = match (self.properties.merge_strategy, fullest.wanted()) {
            (MergeStrategy::Defragment, Some(count)) if there < count => {
                format!("the other fragments: {there} of {count} are there")
            }
            (MergeStrategy::Defragment, None) => format!(
                "the other fragments: {there} are there, and none says in `fragment.count` how many there are"
            ),
            (_, Some(count)) if there < count => format!(
                "more flowfiles: its fullest bin has {there} of {count} (minimum_number_of_entries)"
            ),
            _ => format!(
                "more flowfiles: its fullest bin has {} of {} bytes (minimum_group_size)",
                fullest.bytes, self.limits.bytes_min
            ),
        };
        match self.limits.age_max {
            Some(_) => what,
            None => format!("{what}; with max_bin_age it would not wait for ever"),
        }
    }
}

fn fail(session: &mut Session, parts: Vec<FlowFile>, why: &str) {
    for part in parts {
        session.transfer_failed(part, &FAILURE, why);
    }
}
