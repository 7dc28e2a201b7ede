//! Where the shapes and arrows of a drawing lie: dagre's layered layout, from top to bottom. It knows sizes and ways, not
//! what they show.

use dagre::{
    EdgeLabel, LayoutOptions, NodeLabel,
    graph::{Graph, GraphOptions},
    layout::{self, types::LabelPos},
};

/// The room that a text or a shape takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Size {
    pub(super) width: f64,
    pub(super) height: f64,
}

/// A point of the paper; down is positive.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Point {
    pub(super) x: f64,
    pub(super) y: f64,
}

/// An arrow to be laid out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Way {
    pub(super) from: usize,
    pub(super) to: usize,
    /// The room of its label; none of its size is zero.
    pub(super) label: Option<Size>,
}

/// Where everything lies.
#[derive(Debug)]
pub(super) struct Layout {
    /// The middle of each shape.
    pub(super) shapes: Vec<Point>,
    pub(super) ways: Vec<LaidWay>,
    pub(super) size: Size,
}

#[derive(Debug, Default)]
pub(super) struct LaidWay {
    /// From the border of a shape to the border of the other one.
    pub(super) points: Vec<Point>,
    /// The middle of its label.
    pub(super) label: Option<Point>,
}

/// Room between what lies beside and below each other.
const BESIDE: f64 = 44.0;
const BELOW: f64 = 40.0;
const BETWEEN_WAYS: f64 = 24.0;

/// Lays out shapes of these sizes with these ways between them.
pub(super) fn lay_out(shapes: &[Size], ways: &[Way]) -> Layout {
    let mut graph: Graph<NodeLabel, EdgeLabel> =
        Graph::with_options(GraphOptions { directed: true, multigraph: true, compound: false });
    for (at, size) in shapes.iter().enumerate() {
        let label = NodeLabel { width: size.width, height: size.height, ..NodeLabel::default() };
        graph.set_node(at.to_string(), Some(label));
    }
    for (number, way) in ways.iter().enumerate() {
        let size = way.label.unwrap_or(Size { width: 0.0, height: 0.0 });
        let label = EdgeLabel {
            width: size.width,
            height: size.height,
            labelpos: LabelPos::Center,
            ..EdgeLabel::default()
        };
        let (from, to) = (way.from.to_string(), way.to.to_string());
        graph.set_edge(from, to, Some(label), Some(&number.to_string()));
    }
    let options = LayoutOptions {
        nodesep: BESIDE,
        ranksep: BELOW,
        edgesep: BETWEEN_WAYS,
        ..LayoutOptions::default()
    };
    layout::layout(&mut graph, Some(options));
    collect(&graph, shapes, ways)
}

fn collect(graph: &Graph<NodeLabel, EdgeLabel>, shapes: &[Size], ways: &[Way]) -> Layout {
    let place = |at: usize| {
        let node = graph.node(&at.to_string());
        let coordinate = |value: Option<f64>| value.unwrap_or_default();
        Point {
            x: coordinate(node.and_then(|node| node.x)),
            y: coordinate(node.and_then(|node| node.y)),
        }
    };
    let laid = |(number, way): (usize, &Way)| {
        let edge =
            graph.edge(&way.from.to_string(), &way.to.to_string(), Some(&number.to_string()));
        let Some(edge) = edge else { return LaidWay::default() };
        let middle = edge.x.zip(edge.y).map(|(x, y)| Point { x, y });
        LaidWay {
            points: edge.points.iter().map(|point| Point { x: point.x, y: point.y }).collect(),
            label: way.label.and(middle),
        }
    };
    let mut layout = Layout {
        shapes: (0..shapes.len()).map(place).collect(),
        ways: ways.iter().enumerate().map(laid).collect(),
        size: Size { width: 0.0, height: 0.0 },
    };
    layout.move_into_sight(shapes, ways);
    layout
}

impl Layout {
    /// Moves everything so that the paper begins at zero and nothing lies outside it.
    fn move_into_sight(&mut self, shapes: &[Size], ways: &[Way]) {
        let corners = |middle: Point, size: Size| {
            let (right, down) = (size.width / 2.0, size.height / 2.0);
            [
                Point { x: middle.x - right, y: middle.y - down },
                Point { x: middle.x + right, y: middle.y + down },
            ]
        };
        let of_shapes = self.shapes.iter().zip(shapes).flat_map(|(at, size)| corners(*at, *size));
        let labels = self.ways.iter().zip(ways);
        let of_labels =
            labels.filter_map(|(laid, way)| Some(corners(laid.label?, way.label?))).flatten();
        let points = self.ways.iter().flat_map(|way| way.points.iter().copied());
        let all: Vec<Point> = of_shapes.chain(of_labels).chain(points).collect();
        let least = |of: fn(&Point) -> f64| all.iter().map(of).fold(f64::INFINITY, f64::min);
        let most = |of: fn(&Point) -> f64| all.iter().map(of).fold(f64::NEG_INFINITY, f64::max);
        if all.is_empty() {
            return;
        }
        let origin = Point { x: least(|point| point.x), y: least(|point| point.y) };
        self.size = Size {
            width: most(|point| point.x) - origin.x,
            height: most(|point| point.y) - origin.y,
        };
        let labels = self.ways.iter_mut().filter_map(|way| way.label.as_mut());
        labels.for_each(|point| point.shift(origin));
        let points = self.ways.iter_mut().flat_map(|way| &mut way.points);
        points.chain(&mut self.shapes).for_each(|point| point.shift(origin));
    }
}

impl Point {
    fn shift(&mut self, origin: Self) {
        self.x -= origin.x;
        self.y -= origin.y;
    }
}
