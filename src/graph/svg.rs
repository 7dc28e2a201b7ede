//! A drawing as a picture that stands by itself, for a report or a browser: no script, no font, no link outside.

use std::fmt::Write as _;

use super::{
    Arrow, ArrowKind, Drawing, Role, Shape,
    layout::{LaidWay, Layout, Point, Size, Way, lay_out},
};

const MARGIN: f64 = 28.0;
const LINE_HEIGHT: f64 = 17.0;
const TITLE_HEIGHT: f64 = 30.0;
const LEGEND_HEIGHT: f64 = 44.0;
const PADDING: Size = Size { width: 18.0, height: 11.0 };
const LABEL_PADDING: Size = Size { width: 10.0, height: 6.0 };
/// Signs of a line of the description.
const DESCRIPTION_WIDTH: usize = 96;

/// Colours and letters, written out for each class: what shows pictures in reports knows no CSS variables.
const STYLE: &str = "\
text{font-family:system-ui,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif;fill:#1c2733;font-size:13px}\
.title{font-size:19px;font-weight:600}.name{font-weight:600}.soft{fill:#5b6b7b;font-size:12px}\
.middle,.label{text-anchor:middle}.label{font-size:11.5px}.behind{fill:#fff}\
.box{stroke-width:1.3;fill:#f4f7fa;stroke:#b9c6d3}\
.source{fill:#e3f1ff;stroke:#3b82c4;stroke-width:1.8}.outside{fill:#e9f7ee;stroke:#3f9d68}\
.route{fill:#fff5df;stroke:#c98a1b}.disabled{stroke-dasharray:5 4;opacity:.6}\
.end{fill:none;stroke:none}.failed{fill:#c2453d}\
.way{fill:none;stroke:#7d8fa1;stroke-width:1.5}.failure{stroke:#c2453d;stroke-dasharray:6 4}\
.changed{stroke-dasharray:2 4}.tip{fill:#7d8fa1}.tip-failure{fill:#c2453d}";

/// The drawing as an SVG document.
pub fn svg(drawing: &Drawing) -> String {
    let shapes: Vec<Size> = drawing.boxes.iter().map(size_of).collect();
    let ways: Vec<Way> = drawing.arrows.iter().map(way_of).collect();
    let layout = lay_out(&shapes, &ways);
    let description = description_lines(drawing);
    let head = MARGIN + TITLE_HEIGHT + LINE_HEIGHT * as_length(description.len()) + 8.0;
    let legend = legend(drawing);
    let widest = text_width(&drawing.title, 10.5)
        .max(description.iter().map(|line| text_width(line, 6.3)).fold(0.0, f64::max))
        .max(legend.iter().map(|(_, word)| text_width(word, 6.3) + 44.0).sum());
    let width = layout.size.width.max(widest) + 2.0 * MARGIN;
    let height = head + layout.size.height + LEGEND_HEIGHT + MARGIN;
    let origin = Point { x: (width - layout.size.width) / 2.0, y: head };

    let mut svg = opening(drawing, width, height);
    titles(&mut svg, drawing, &description);
    let _ = writeln!(svg, "<g transform=\"translate({:.1} {:.1})\">", origin.x, origin.y);
    picture(&mut svg, drawing, &layout, &shapes);
    svg += "</g>\n";
    draw_legend(&mut svg, &legend, height - MARGIN);
    svg + "</svg>"
}

fn opening(drawing: &Drawing, width: f64, height: f64) -> String {
    let tip = |id: &str, class: &str| {
        format!(
            "<marker id=\"{id}\" viewBox=\"0 0 10 10\" refX=\"9\" refY=\"5\" markerWidth=\"7\" \
             markerHeight=\"7\" orient=\"auto-start-reverse\"><path class=\"{class}\" d=\"M0 0L10 5L0 10z\"/></marker>"
        )
    };
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" \
         height=\"{height:.0}\" role=\"img\" aria-label=\"{}\">\n<style>{STYLE}</style>\n<defs>{}{}</defs>\n\
         <rect class=\"behind\" width=\"100%\" height=\"100%\"/>\n",
        escaped(&format!("The flow {}", drawing.title)),
        tip("tip", "tip"),
        tip("tip-failure", "tip-failure"),
    )
}

fn titles(svg: &mut String, drawing: &Drawing, description: &[String]) {
    let mut y = MARGIN + 14.0;
    let _ = writeln!(
        svg,
        "<text class=\"title\" x=\"{MARGIN}\" y=\"{y}\">{}</text>",
        escaped(&drawing.title)
    );
    y += 6.0;
    for line in description {
        y += LINE_HEIGHT;
        let _ =
            writeln!(svg, "<text class=\"soft\" x=\"{MARGIN}\" y=\"{y}\">{}</text>", escaped(line));
    }
}

/// Ways first, so that shapes lie over their ends; labels last, so that nothing lies over them.
fn picture(svg: &mut String, drawing: &Drawing, layout: &Layout, sizes: &[Size]) {
    for (arrow, way) in drawing.arrows.iter().zip(&layout.ways) {
        draw_way(svg, arrow, way);
    }
    for ((shape, middle), size) in drawing.boxes.iter().zip(&layout.shapes).zip(sizes) {
        draw_shape(svg, shape, *middle, *size);
    }
    for (arrow, way) in drawing.arrows.iter().zip(&layout.ways) {
        draw_label(svg, arrow, way);
    }
}

fn draw_way(svg: &mut String, arrow: &Arrow, way: &LaidWay) {
    let (class, tip) = match arrow.kind {
        ArrowKind::Ordinary => ("way", "tip"),
        ArrowKind::Failure => ("way failure", "tip-failure"),
        ArrowKind::IfChanged => ("way changed", "tip"),
    };
    let path = curve(&way.points);
    let _ = writeln!(svg, "<path class=\"{class}\" d=\"{path}\" marker-end=\"url(#{tip})\"/>");
}

/// A smooth line through the middles between the points, straight at both ends.
fn curve(points: &[Point]) -> String {
    let [first, inner @ .., last] = points else { return String::new() };
    let mut path = format!("M{:.1} {:.1}", first.x, first.y);
    for (at, point) in inner.iter().enumerate() {
        let next = inner.get(at + 1).unwrap_or(last);
        let end = if at + 1 == inner.len() {
            *last
        } else {
            Point { x: (point.x + next.x) / 2.0, y: (point.y + next.y) / 2.0 }
        };
        let _ = write!(path, "Q{:.1} {:.1} {:.1} {:.1}", point.x, point.y, end.x, end.y);
    }
    if inner.is_empty() {
        let _ = write!(path, "L{:.1} {:.1}", last.x, last.y);
    }
    path
}

fn draw_shape(svg: &mut String, shape: &Shape, middle: Point, size: Size) {
    let class = match shape.role {
        Role::Source => "box source",
        Role::Outside => "box outside",
        Role::Route => "box route",
        Role::Pure => "box",
        Role::Disabled => "box disabled",
        Role::Done | Role::Failed => "end",
    };
    let (left, top) = (middle.x - size.width / 2.0, middle.y - size.height / 2.0);
    let round = if shape.role == Role::Source { size.height / 2.0 } else { 7.0 };
    let _ = writeln!(
        svg,
        "<rect class=\"{class}\" x=\"{left:.1}\" y=\"{top:.1}\" width=\"{:.1}\" height=\"{:.1}\" rx=\"{round:.1}\"/>",
        size.width, size.height
    );
    let lines = as_length(shape.details.len() + 1);
    let mut y = middle.y - LINE_HEIGHT * (lines - 1.0) / 2.0 + 4.5;
    let name = match shape.role {
        Role::Failed => "name middle failed",
        Role::Done => "middle soft",
        _ => "name middle",
    };
    for (line, class) in std::iter::once((&shape.name, name))
        .chain(shape.details.iter().map(|line| (line, "middle soft")))
    {
        let _ = writeln!(
            svg,
            "<text class=\"{class}\" x=\"{:.1}\" y=\"{y:.1}\">{}</text>",
            middle.x,
            escaped(line)
        );
        y += LINE_HEIGHT;
    }
}

fn draw_label(svg: &mut String, arrow: &Arrow, way: &LaidWay) {
    let Some(middle) = way.label else { return };
    let label = arrow.label();
    let size = label_size(&label);
    let _ = writeln!(
        svg,
        "<rect class=\"behind\" x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" rx=\"3\"/>\
         <text class=\"label\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
        middle.x - size.width / 2.0 + 2.0,
        middle.y - size.height / 2.0 + 2.0,
        size.width - 4.0,
        size.height - 4.0,
        middle.x,
        middle.y + 4.0,
        escaped(&label)
    );
}

/// What the colours mean, as far as they occur.
fn legend(drawing: &Drawing) -> Vec<(&'static str, &'static str)> {
    let has = |role: Role| drawing.boxes.iter().any(|shape| shape.role == role);
    let words = [
        (Role::Source, "box source", "fires by itself"),
        (Role::Outside, "box outside", "acts outside the flow"),
        (Role::Route, "box route", "chooses the way"),
        (Role::Pure, "box", "works on attributes and content"),
        (Role::Disabled, "box disabled", "switched off"),
    ];
    words
        .into_iter()
        .filter(|(role, ..)| has(*role))
        .map(|(_, class, word)| (class, word))
        .collect()
}

fn draw_legend(svg: &mut String, legend: &[(&str, &str)], y: f64) {
    let mut x = MARGIN;
    for (class, word) in legend {
        let _ = writeln!(
            svg,
            "<rect class=\"{class}\" x=\"{x:.1}\" y=\"{:.1}\" width=\"18\" height=\"12\" rx=\"4\"/>\
             <text class=\"soft\" x=\"{:.1}\" y=\"{y:.1}\">{word}</text>",
            y - 10.0,
            x + 24.0,
        );
        x += text_width(word, 6.3) + 44.0;
    }
}

fn size_of(shape: &Shape) -> Size {
    let name = text_width(&shape.name, 7.6);
    let details = shape.details.iter().map(|line| text_width(line, 6.6)).fold(0.0, f64::max);
    let height = LINE_HEIGHT * as_length(shape.details.len() + 1);
    if shape.role.is_end() {
        return Size { width: name + PADDING.width, height };
    }
    Size {
        width: (name.max(details) + 2.0 * PADDING.width).max(120.0),
        height: height + 2.0 * PADDING.height,
    }
}

fn way_of(arrow: &Arrow) -> Way {
    let label = arrow.label();
    let size = (!label.is_empty()).then(|| label_size(&label));
    Way { from: arrow.from, to: arrow.to, label: size }
}

fn label_size(label: &str) -> Size {
    Size {
        width: text_width(label, 6.2) + LABEL_PADDING.width,
        height: LINE_HEIGHT + LABEL_PADDING.height,
    }
}

/// About how wide a text is; fonts differ, and a few pixels too many do no harm. Wide letters count twice.
fn text_width(text: &str, sign: f64) -> f64 {
    let signs = text.chars().map(|letter| if letter >= '\u{1100}' { 2 } else { 1 }).sum();
    as_length(signs) * sign
}

fn as_length(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::from(u32::MAX), f64::from)
}

/// The description, in lines that fit.
fn description_lines(drawing: &Drawing) -> Vec<String> {
    let words = drawing.description.iter().flat_map(|text| text.split_whitespace());
    let mut lines: Vec<String> = Vec::new();
    for word in words {
        match lines.last_mut() {
            Some(line) if line.chars().count() + word.chars().count() < DESCRIPTION_WIDTH => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// As a text or an attribute of XML; what XML 1.0 cannot say is left out.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for sign in text.chars() {
        match sign {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '"' => escaped += "&quot;",
            '\n' | '\t' | '\r' => escaped.push(' '),
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {}
            other => escaped.push(other),
        }
    }
    escaped
}
