//! What is known of MergeContent before it runs: attributes and examples, for its reference page and whoever checks a flow.

use processors_api::{AttributeUse, Example, ExampleFlowFile, core_attributes};

use super::{BIN_AGE, COUNT, ORIGINAL_FILENAME, REASON, UUID, fragments};

pub(super) const READS: &[AttributeUse] = &[
    AttributeUse::new(
        fragments::IDENTIFIER,
        "For `Defragment`: fragments with the same one belong together.",
    ),
    AttributeUse::new(
        fragments::INDEX,
        "For `Defragment`: the place of a fragment, a whole number.",
    ),
    AttributeUse::new(
        fragments::COUNT,
        "For `Defragment`: how many fragments there are. One fragment that has it is enough.",
    ),
    AttributeUse::new(
        ORIGINAL_FILENAME,
        "The name that what is merged gets, if one of the flowfiles has it.",
    ),
    AttributeUse::new("tar.permissions", "For `TAR`: the permissions of an entry, such as 640."),
];

pub(super) const WRITES: &[AttributeUse] = &[
    AttributeUse::new(core_attributes::FILENAME, "The name of a single flowfile, what `segment.original.filename` says, or a number; with `.tar`, `.zip` or `.pkg` behind it when it is an archive.").on(&["merged"]),
    AttributeUse::new(COUNT, "How many flowfiles were merged.").on(&["merged"]),
    AttributeUse::new(BIN_AGE, "How long the first of them waited, in milliseconds.").on(&["merged"]),
    AttributeUse::new(UUID, "The `uuid` of the merged flowfile.").on(&["merged", "original"]),
    AttributeUse::new(REASON, "Why they were merged just then: `MAX_BYTES_THRESHOLD_REACHED`, `MAX_ENTRIES_THRESHOLD_REACHED`, `MIN_THRESHOLDS_REACHED`, `TIMEOUT`, `BIN_MANAGER_FULL`, `BIN_TERMINATION_SIGNAL` or `UNSET`.").on(&["merged"]),
    AttributeUse::new(core_attributes::MIME_TYPE, "The archive's media type; of contents one behind the other, theirs if it is the same, else `application/octet-stream`.").on(&["merged"]),
];

pub(super) const EXAMPLES: &[Example] = &[
    Example::new(
        "A JSON list of what came, by customer",
        "correlation_attribute_name: customer\ndelimiter_strategy: Text\nheader: '['\ndemarcator: ','\nfooter: ']'\n",
    )
    .inputs(&[
        ExampleFlowFile::new("{\"n\":1}", &[("customer", "ACME"), ("mime.type", "application/json")]),
        ExampleFlowFile::new("{\"n\":2}", &[("customer", "Zeta"), ("mime.type", "application/json")]),
        ExampleFlowFile::new("{\"n\":3}", &[("customer", "ACME"), ("mime.type", "application/json")]),
    ])
    .outputs(&[
        ("merged", ExampleFlowFile::new("[{\"n\":1},{\"n\":3}]", &[("customer", "ACME"), ("merge.count", "2"), ("mime.type", "application/json"), ("merge.reason", "MIN_THRESHOLDS_REACHED")])),
        ("original", ExampleFlowFile::new("{\"n\":1}", &[])),
        ("original", ExampleFlowFile::new("{\"n\":3}", &[])),
        ("merged", ExampleFlowFile::new("[{\"n\":2}]", &[("customer", "Zeta"), ("merge.count", "1")])),
        ("original", ExampleFlowFile::new("{\"n\":2}", &[])),
    ]),
    Example::new("What was split is put together again", "merge_strategy: Defragment\n")
        .inputs(&[
            ExampleFlowFile::new("second", &[("fragment.identifier", "7"), ("fragment.index", "2"), ("fragment.count", "2"), ("segment.original.filename", "both.txt")]),
            ExampleFlowFile::new("first, ", &[("fragment.identifier", "7"), ("fragment.index", "1"), ("fragment.count", "2"), ("segment.original.filename", "both.txt")]),
        ])
        .outputs(&[
            ("merged", ExampleFlowFile::new("first, second", &[("filename", "both.txt"), ("merge.reason", "MAX_ENTRIES_THRESHOLD_REACHED")])),
            ("original", ExampleFlowFile::new("first, ", &[("fragment.index", "1")])),
            ("original", ExampleFlowFile::new("second", &[("fragment.index", "2")])),
        ]),
    Example::new("A bin ends where a flowfile says so", "minimum_number_of_entries: 10\nbin_termination_check: ${last:equals('yes')}\n")
        .inputs(&[
            ExampleFlowFile::new("a", &[]),
            ExampleFlowFile::new("b", &[("last", "yes")]),
        ])
        .outputs(&[
            ("merged", ExampleFlowFile::new("ab", &[("merge.reason", "BIN_TERMINATION_SIGNAL")])),
            ("original", ExampleFlowFile::new("a", &[])),
            ("original", ExampleFlowFile::new("b", &[("last", "yes")])),
        ]),
];
