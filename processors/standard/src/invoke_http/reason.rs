//! Why a server refused, in one line: its status, and what its JSON says if that is short and holds nothing secret.

use reqwest::StatusCode;
use serde_json::Value;

use super::Request;

/// A longer message stays in the answer.
const MESSAGE_CHARS_MAX: usize = 200;

/// What RFC 6749 and 6750 let a token endpoint say. A word that is none of these may be anything.
const OAUTH_ERRORS: [&str; 12] = [
    "invalid_request",
    "invalid_client",
    "invalid_grant",
    "unauthorized_client",
    "unsupported_grant_type",
    "invalid_scope",
    "access_denied",
    "server_error",
    "temporarily_unavailable",
    "invalid_token",
    "insufficient_scope",
    "unsupported_response_type",
];

/// `HTTP 400 Bad Request: invalid_grant`. Of an exchange of secrets nothing but a known error code is told.
pub(super) fn of(status: StatusCode, body: &[u8], request: &Request, is_exchange: bool) -> String {
    let name = status.canonical_reason().unwrap_or_default();
    let line = format!("HTTP {} {name}", status.as_u16());
    let line = line.trim_end();
    let message = serde_json::from_slice(body).ok().and_then(|json| message(&json, is_exchange));
    match message.filter(|message| is_fit(message, request)) {
        Some(message) => format!("{line}: {message}"),
        None => line.to_owned(),
    }
}

fn message(json: &Value, is_exchange: bool) -> Option<String> {
    let text = |name: &str| {
        json.get(name).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty())
    };
    if is_exchange {
        return text("error").filter(|code| OAUTH_ERRORS.contains(code)).map(str::to_owned);
    }
    let said = ["error_description", "detail", "Detail", "message", "Message", "title", "Title"];
    let inner = json.get("error").and_then(|error| error.get("message")).and_then(Value::as_str);
    let said = said.iter().find_map(|name| text(name)).or(inner);
    match (text("error"), said) {
        (Some(code), Some(said)) if code != said => Some(format!("{code}, {said}")),
        (code, said) => code.or(said).map(str::to_owned),
    }
}

fn is_fit(message: &str, request: &Request) -> bool {
    message.chars().count() <= MESSAGE_CHARS_MAX
        && !message.chars().any(char::is_control)
        && !request.is_repeated_in(message)
}
