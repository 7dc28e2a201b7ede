//! A drawing in the language of mermaid, which many wikis and forges show as a picture.

use super::{ArrowKind, Drawing, Role};

/// The drawing as a mermaid flowchart.
pub fn mermaid(drawing: &Drawing) -> String {
    let mut lines = vec!["flowchart TD".to_owned()];
    for (at, shape) in drawing.boxes.iter().enumerate() {
        let label: Vec<String> =
            std::iter::once(&shape.name).chain(&shape.details).map(|text| quoted(text)).collect();
        let label = label.join("<br/>");
        let (open, close) = match shape.role {
            Role::Source => ("([", "])"),
            Role::Route => ("{{", "}}"),
            Role::Done | Role::Failed => ("((", "))"),
            Role::Outside | Role::Pure | Role::Disabled => ("[", "]"),
        };
        lines.push(format!("  n{at}{open}\"{label}\"{close}"));
    }
    for arrow in &drawing.arrows {
        let line = match arrow.kind {
            ArrowKind::Ordinary => "-->",
            ArrowKind::Failure | ArrowKind::IfChanged => "-.->",
        };
        let label = arrow.label();
        let label = if label.is_empty() { label } else { format!("|\"{}\"|", quoted(&label)) };
        lines.push(format!("  n{} {line}{label} n{}", arrow.from, arrow.to));
    }
    lines.join("\n")
}

/// A text between quotes: mermaid knows only its own entities there.
fn quoted(text: &str) -> String {
    text.chars().fold(String::new(), |quoted, sign| match sign {
        '"' => quoted + "#quot;",
        '#' => quoted + "#35;",
        '<' => quoted + "#lt;",
        '>' => quoted + "#gt;",
        '`' => quoted + "#96;",
        '\n' => quoted + " ",
        other => quoted + &other.to_string(),
    })
}
