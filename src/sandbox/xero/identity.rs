//! The token endpoint: reads a refresh request, asks the token book, writes the answer.
//! Not the rules of rotation, which are the book's.
//!
//! The order of checks is that of an OAuth 2.0 server: method, form, client, grant type, token. An error is a 400 with
//! `{"error": ...}`, also for a wrong client: the id and secret count only in the `Authorization` header.

use hyper::header::{ALLOW, AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, HeaderMap, HeaderValue};
use hyper::http::request::Parts;
use hyper::{Method, StatusCode};
use serde_json::{Value, json};

use super::super::answer::Answer;
use super::super::http::{base64, form};
use super::XeroSettings;
use super::tokens::{Generation, RefreshError, TokenBook};

pub(super) const SCOPE: &str = "openid profile accounting.transactions.read offline_access";

/// The answer to a refresh, and the generation of the refresh token that was shown.
pub(super) fn answer(
    head: &Parts,
    body: &[u8],
    settings: &XeroSettings,
    book: &mut TokenBook,
    now_ms: u64,
) -> (Answer, Option<u32>) {
    if head.method != Method::POST {
        let answer = Answer::text(StatusCode::METHOD_NOT_ALLOWED, "The token endpoint takes POST.")
            .with_header(ALLOW, HeaderValue::from_static("POST"));
        return (answer, None);
    }
    let token = match refresh_token(&head.headers, body, settings) {
        Ok(token) => token,
        Err(error) => return (refusal(error), None),
    };
    let shown = book.generation_of(&token);
    let answer = match book.refresh(&token, now_ms) {
        Ok(pair) => Answer::json(StatusCode::OK, &token_answer(pair, settings))
            .with_header(CACHE_CONTROL, HeaderValue::from_static("no-store")),
        Err(RefreshError::Refused) => refusal("invalid_grant"),
        Err(full @ RefreshError::Full) => {
            Answer::text(StatusCode::SERVICE_UNAVAILABLE, &full.to_string())
        }
    };
    (answer, shown)
}

pub(super) fn token_answer(pair: &Generation, settings: &XeroSettings) -> Value {
    json!({
        "id_token": pair.id,
        "access_token": pair.access,
        "expires_in": settings.access_token_life.as_secs(),
        "token_type": "Bearer",
        "refresh_token": pair.refresh,
        "scope": SCOPE,
    })
}

/// What stands behind `Authorization: Basic`.
pub(super) fn basic(settings: &XeroSettings) -> String {
    base64(format!("{}:{}", settings.client_id, settings.client_secret).as_bytes())
}

fn refresh_token(
    headers: &HeaderMap,
    body: &[u8],
    settings: &XeroSettings,
) -> Result<String, &'static str> {
    if !is_form(headers) {
        return Err("invalid_request");
    }
    if !is_client(headers, settings) {
        return Err("invalid_client");
    }
    let fields = form(body);
    match only(&fields, "grant_type")? {
        Some("refresh_token") => {}
        Some(_) | None => return Err("unsupported_grant_type"),
    }
    only(&fields, "refresh_token")?.map(str::to_owned).ok_or("invalid_request")
}

fn is_form(headers: &HeaderMap) -> bool {
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    content_type.and_then(|value| value.split(';').next()).is_some_and(|media_type| {
        media_type.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded")
    })
}

fn is_client(headers: &HeaderMap, settings: &XeroSettings) -> bool {
    let credentials = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    credentials.and_then(|value| value.split_once(' ')).is_some_and(|(scheme, value)| {
        scheme.eq_ignore_ascii_case("basic") && value.trim() == basic(settings)
    })
}

/// A field that may not come twice; an empty one counts as missing.
fn only<'a>(fields: &'a [(String, String)], name: &str) -> Result<Option<&'a str>, &'static str> {
    let mut values = fields.iter().filter(|(known, _)| known == name).map(|(_, value)| value);
    match (values.next(), values.next()) {
        (_, Some(_)) => Err("invalid_request"),
        (value, None) => Ok(value.map(String::as_str).filter(|value| !value.is_empty())),
    }
}

fn refusal(error: &str) -> Answer {
    Answer::json(StatusCode::BAD_REQUEST, &json!({ "error": error }))
        .with_header(CACHE_CONTROL, HeaderValue::from_static("no-store"))
}
