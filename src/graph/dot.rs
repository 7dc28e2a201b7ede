//! A drawing in the language of Graphviz.

use super::{ArrowKind, Drawing, Role};

/// The drawing as a Graphviz digraph.
pub fn dot(drawing: &Drawing) -> String {
    let mut lines = vec![
        format!("digraph {} {{", quoted(&drawing.title)),
        "  node [shape=box, style=rounded, fontname=\"sans-serif\"];".to_owned(),
        "  edge [fontname=\"sans-serif\", fontsize=10];".to_owned(),
    ];
    for (at, shape) in drawing.boxes.iter().enumerate() {
        let label: Vec<&str> =
            std::iter::once(&shape.name).chain(&shape.details).map(String::as_str).collect();
        let form = match shape.role {
            Role::Source => ", peripheries=2",
            Role::Route => ", shape=hexagon, style=solid",
            Role::Done | Role::Failed => ", shape=plaintext",
            Role::Disabled => ", style=\"rounded,dashed\"",
            Role::Outside | Role::Pure => "",
        };
        lines.push(format!("  n{at} [label={}{form}];", quoted(&label.join("\n"))));
    }
    for arrow in &drawing.arrows {
        let style = match arrow.kind {
            ArrowKind::Ordinary => "solid",
            ArrowKind::Failure | ArrowKind::IfChanged => "dashed",
        };
        let label = quoted(&arrow.label());
        lines.push(format!("  n{} -> n{} [label={label}, style={style}];", arrow.from, arrow.to));
    }
    lines.push("}".to_owned());
    lines.join("\n")
}

fn quoted(text: &str) -> String {
    let escaped = text.replace('\\', r"\\").replace('"', "\\\"").replace('\n', r"\n");
    format!("\"{escaped}\"")
}
