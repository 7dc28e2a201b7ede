//! The standard processors, one file each. [`PROCESSORS`] lists them all; nothing else here is public, and nothing here
//! knows the engine.

use processors_api::ProcessorType;

mod attributes_to_json;
mod evaluate_json_path;
mod files;
mod generate_flow_file;
mod get_file;
mod invoke_http;
mod log_attribute;
mod log_message;
mod logging;
mod merge_content;
mod put_file;
mod replace_text;
mod retry_flow_file;
mod route_on_attribute;
mod update_attribute;

/// Every processor of this bundle.
pub const PROCESSORS: &[ProcessorType] = &[
    ProcessorType::of::<attributes_to_json::AttributesToJson>(),
    ProcessorType::of::<evaluate_json_path::EvaluateJsonPath>(),
    ProcessorType::of::<generate_flow_file::GenerateFlowFile>(),
    ProcessorType::of::<get_file::GetFile>(),
    ProcessorType::of_async::<invoke_http::InvokeHttp>(),
    ProcessorType::of::<log_attribute::LogAttribute>(),
    ProcessorType::of::<log_message::LogMessage>(),
    ProcessorType::of::<merge_content::MergeContent>(),
    ProcessorType::of::<put_file::PutFile>(),
    ProcessorType::of::<replace_text::ReplaceText>(),
    ProcessorType::of::<retry_flow_file::RetryFlowFile>(),
    ProcessorType::of::<route_on_attribute::RouteOnAttribute>(),
    ProcessorType::of::<update_attribute::UpdateAttribute>(),
];

/// The default of a property that is on unless it is switched off.
fn yes() -> bool {
    true
}
