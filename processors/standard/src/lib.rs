//! The standard processors, one file each. [`PROCESSORS`] lists them all; nothing else here is public, and nothing here
//! knows the engine.

use processors_api::ProcessorType;

mod attributes_to_json;
mod empty;
mod evaluate_json_path;
mod extract_text;
mod files;
mod generate_flow_file;
mod get_file;
mod invoke_http;
mod json_content;
mod lines;
mod log_attribute;
mod log_message;
mod logging;
mod merge_content;
mod patterns;
mod put_file;
mod replace_text;
mod retry_flow_file;
mod route_on_attribute;
mod route_on_content;
mod route_text;
mod split_json;
mod split_text;
mod update_attribute;

/// Every processor of this bundle.
pub const PROCESSORS: &[ProcessorType] = &[
    ProcessorType::of::<attributes_to_json::AttributesToJson>(),
    ProcessorType::of::<evaluate_json_path::EvaluateJsonPath>(),
    ProcessorType::of::<extract_text::ExtractText>(),
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
    ProcessorType::of::<route_on_content::RouteOnContent>(),
    ProcessorType::of::<route_text::RouteText>(),
    ProcessorType::of::<split_json::SplitJson>(),
    ProcessorType::of::<split_text::SplitText>(),
    ProcessorType::of::<update_attribute::UpdateAttribute>(),
];

/// The first `bytes_max` bytes of a content.
fn first_bytes(
    session: &processors_api::Session,
    flowfile: &processors_api::FlowFile,
    bytes_max: u64,
) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(
        &mut std::io::Read::take(session.read(flowfile)?, bytes_max),
        &mut bytes,
    )?;
    Ok(bytes)
}

/// The default of a property that is on unless it is switched off.
fn yes() -> bool {
    true
}
