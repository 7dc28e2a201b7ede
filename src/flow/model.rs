//! [`FlowModel`]: a flow file as it is typed, every value with its place. It is not known to be right: whether places,
//! types and parameters exist is found out later. What could not be read at all has been reported and is left out.

use std::time::Duration;

use processors_api::{Node, Scalar, Sensitivity, Span};

use super::graph::{
    AfterCrash, BackPressure, Missed, OnNothing, Overlap, Prioritizer, RetryPolicy,
};

/// A value and where it stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spanned<T> {
    pub(super) value: T,
    pub(super) span: Span,
}

#[derive(Debug)]
pub(super) struct FlowModel<'n> {
    pub(super) name: Option<&'n Scalar>,
    pub(super) description: Option<&'n Scalar>,
    pub(super) timezone: Option<&'n Scalar>,
    /// The key `parameters`, or the beginning of the file.
    pub(super) parameters_place: Span,
    pub(super) parameters: Vec<ParameterModel<'n>>,
    pub(super) processors: Vec<ProcessorModel<'n>>,
}

#[derive(Debug)]
pub(super) struct ParameterModel<'n> {
    pub(super) name: &'n Scalar,
    pub(super) value: ParameterValue<'n>,
    pub(super) sensitive: bool,
}

/// Where a parameter's value is.
#[derive(Clone, Copy, Debug)]
pub(super) enum ParameterValue<'n> {
    Literal(&'n Scalar),
    Environment(&'n Scalar),
    File(&'n Scalar),
    Secret(&'n Scalar),
    /// Nowhere: it must be given from outside.
    Outside,
    /// Reported.
    Broken,
}

#[derive(Debug)]
pub(super) struct ProcessorModel<'n> {
    pub(super) id: &'n Scalar,
    pub(super) kind: Option<&'n Scalar>,
    /// The first of its keys: the column in which its keys stand.
    pub(super) keys_place: Option<Span>,
    /// Keys that no processor has.
    pub(super) strange: Vec<&'n Scalar>,
    pub(super) description: Option<&'n Scalar>,
    pub(super) properties: Option<&'n Node>,
    pub(super) to: To<'n>,
    pub(super) schedule: Option<ScheduleModel<'n>>,
    /// The key `schedule`, whether what is there is right or wrong.
    pub(super) schedule_key: Option<Span>,
    pub(super) concurrency: Option<usize>,
    pub(super) concurrency_key: Option<Span>,
    pub(super) retry: Option<RetryModel<'n>>,
    pub(super) after_crash: AfterCrash,
    pub(super) penalty: Duration,
    pub(super) yield_time: Duration,
    pub(super) sensitivity: Sensitivity,
    /// The key `sensitive`.
    pub(super) sensitive_key: Option<Span>,
    pub(super) enabled: bool,
}

/// What `to:` says.
#[derive(Debug)]
pub(super) enum To<'n> {
    /// There is none.
    Absent,
    /// Places without a relationship.
    Main(Spanned<Vec<PlaceModel<'n>>>),
    /// Places by relationship.
    Named(Spanned<Vec<(&'n Scalar, Vec<PlaceModel<'n>>)>>),
    /// Reported.
    Broken,
}

impl<'n> To<'n> {
    /// All places, in order.
    pub(super) fn places(&self) -> impl Iterator<Item = &PlaceModel<'n>> {
        let (main, named) = match self {
            To::Main(places) => (places.value.as_slice(), [].as_slice()),
            To::Named(named) => ([].as_slice(), named.value.as_slice()),
            To::Absent | To::Broken => ([].as_slice(), [].as_slice()),
        };
        main.iter().chain(named.iter().flat_map(|(_, places)| places))
    }
}

/// Where flowfiles go, with the settings of the queue there.
#[derive(Debug)]
pub(super) struct PlaceModel<'n> {
    pub(super) target: &'n Scalar,
    pub(super) back_pressure: BackPressure,
    pub(super) expire: Option<Duration>,
    pub(super) prioritize: Vec<Prioritizer>,
    pub(super) hold: Option<HoldModel<'n>>,
    /// The first of its settings: what `done` and `failed` cannot have.
    pub(super) settings_place: Option<Span>,
}

#[derive(Debug)]
pub(super) struct HoldModel<'n> {
    /// The key `hold`.
    pub(super) place: Span,
    pub(super) file: &'n Scalar,
    pub(super) if_changed: Box<PlaceModel<'n>>,
    pub(super) wait: Duration,
}

#[derive(Debug)]
pub(super) struct RetryModel<'n> {
    /// The key `retry`.
    pub(super) place: Span,
    pub(super) times: u32,
    pub(super) wait_min: Duration,
    pub(super) wait_max: Duration,
    /// None: what the type says.
    pub(super) on: Option<Vec<&'n Scalar>>,
    pub(super) policy: RetryPolicy,
    pub(super) asked_wait_max: Duration,
}

#[derive(Debug)]
pub(super) struct ScheduleModel<'n> {
    pub(super) when: When<'n>,
    pub(super) timezone: Option<Spanned<&'n Scalar>>,
    pub(super) missed: Missed,
    pub(super) overlap: Overlap,
    pub(super) on_nothing: Option<Spanned<OnNothing>>,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum When<'n> {
    Every(Spanned<Duration>),
    At { time: &'n Scalar, days: Option<&'n Scalar> },
    Cron(&'n Scalar),
}
