//! A drawing as text, for a terminal: each processor with its ways below it, in the order in which flowfiles meet them.

use super::{Arrow, ArrowKind, Drawing};

/// The drawing as lines.
pub fn text(drawing: &Drawing) -> String {
    let order = order(drawing);
    let mut text = drawing.title.clone();
    if let Some(description) = &drawing.description {
        text += &format!("\n{}", description.trim());
    }
    for (place, &at) in order.iter().enumerate() {
        let shape = &drawing.boxes[at];
        text += &format!("\n\n{}   {}", shape.name, shape.details.join(", "));
        let arrows: Vec<&Arrow> = drawing.leaving(at).collect();
        let names: Vec<String> =
            arrows.iter().map(|arrow| arrow.relationships.join(", ")).collect();
        let width = names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
        for (arrow, name) in arrows.iter().zip(names) {
            let above = order.iter().take(place + 1).any(|earlier| *earlier == arrow.to);
            text += &format!(
                "\n  {name:width$} -> {}{}",
                drawing.boxes[arrow.to].name,
                remark(arrow, above)
            );
        }
    }
    text
}

fn remark(arrow: &Arrow, above: bool) -> String {
    let hold = arrow.hold.as_ref().map(|file| format!("holding {file}"));
    let back = above.then(|| "back, above".to_owned());
    let other =
        (arrow.kind == ArrowKind::IfChanged).then(|| "the held file was changed".to_owned());
    let remarks: Vec<String> = [hold, other, back].into_iter().flatten().collect();
    if remarks.is_empty() { String::new() } else { format!("   ({})", remarks.join("; ")) }
}

/// The processors as a flowfile meets them: from each one that nothing leads to, way by way; then what is left.
fn order(drawing: &Drawing) -> Vec<usize> {
    let processors = (0..drawing.boxes.len()).filter(|at| !drawing.boxes[*at].role.is_end());
    let is_led_to = |at: &usize| drawing.arrows.iter().any(|arrow| arrow.to == *at);
    let (led_to, heads): (Vec<usize>, Vec<usize>) = processors.partition(is_led_to);
    let mut order = Vec::new();
    let mut seen = vec![false; drawing.boxes.len()];
    for head in heads.into_iter().chain(led_to) {
        let mut open = vec![head];
        while let Some(at) = open.pop() {
            if std::mem::replace(&mut seen[at], true) || drawing.boxes[at].role.is_end() {
                continue;
            }
            order.push(at);
            let next: Vec<usize> = drawing.leaving(at).map(|arrow| arrow.to).collect();
            open.extend(next.into_iter().rev());
        }
    }
    order
}
