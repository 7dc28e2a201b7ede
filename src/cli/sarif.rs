//! What is wrong with flow files as SARIF 2.1.0 (OASIS), which forges show beside the line of a change. The same messages
//! as `--json`, in that form; nothing is left out and nothing added.

use std::collections::BTreeMap;

use processors_api::diagnostic::JsonMessage;
use serde_json::{Value, json};

use crate::explain;

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// A log of one run over files with these messages.
pub(super) fn log(messages: &[JsonMessage]) -> Value {
    let rules: BTreeMap<&str, Value> =
        messages.iter().map(|message| (message.code.as_str(), rule(&message.code))).collect();
    let driver = json!({
        "name": "headwater",
        "version": env!("CARGO_PKG_VERSION"),
        "rules": rules.into_values().collect::<Vec<_>>(),
    });
    let results: Vec<Value> = messages.iter().map(result).collect();
    // Our columns count characters, as people do.
    let run = json!({
        "tool": { "driver": driver },
        "columnKind": "unicodeCodePoints",
        "results": results,
    });
    json!({ "$schema": SCHEMA, "version": "2.1.0", "runs": [run] })
}

fn rule(code: &str) -> Value {
    let page = explain::find(code).unwrap_or_default();
    json!({
        "id": code,
        "shortDescription": { "text": explain::title(page) },
        "help": { "text": page, "markdown": page },
    })
}

fn result(message: &JsonMessage) -> Value {
    let label = message.label.iter().map(|label| format!(": {label}"));
    let help = message.help.iter().map(|help| format!("\n{help}"));
    let text: String = std::iter::once(message.message.clone()).chain(label).chain(help).collect();
    let location = |region: Value| {
        json!({
            "artifactLocation": { "uri": uri(&message.file) },
            "region": region,
        })
    };
    let region = json!({
        "startLine": message.line,
        "startColumn": message.column,
        "endLine": message.end_line,
        "endColumn": message.end_column,
    });
    let mut result = json!({
        "ruleId": message.code,
        "level": message.severity,
        "message": { "text": text },
        "locations": [{ "physicalLocation": location(region) }],
    });
    if let Some(fix) = &message.fix {
        let region = json!({
            "startLine": fix.line,
            "startColumn": fix.column,
            "endLine": fix.line,
            "endColumn": fix.end_column,
        });
        let replacement =
            json!({ "deletedRegion": region, "insertedContent": { "text": fix.text } });
        let change = json!({
            "artifactLocation": { "uri": uri(&message.file) },
            "replacements": [replacement],
        });
        result["fixes"] = json!([{ "artifactChanges": [change] }]);
    }
    result
}

/// A path as the relative or absolute URI that SARIF wants (RFC 3986): what is not unreserved is encoded.
fn uri(path: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte);
    let encoded = |byte| if plain(byte) { char::from(byte).into() } else { format!("%{byte:02X}") };
    let encoded: String = path.bytes().map(encoded).collect();
    if encoded.starts_with('/') { format!("file://{encoded}") } else { encoded }
}
