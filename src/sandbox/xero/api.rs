//! The API behind the access token: `/connections` and `/api.xro/2.0/Invoices`.
//! Not quotas or faults: those meet a request before and after this.
//!
//! The order of checks: path, token (401), organisation (403), quota (429), method (405), then the request itself.
//! A 401 says whether the token has expired; a 403 that the organisation is not the token's, which no refresh helps.

use hyper::header::{ACCEPT, ALLOW, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use hyper::header::{HeaderName, IF_MODIFIED_SINCE};
use hyper::http::request::Parts;
use hyper::{Method, StatusCode};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};

use super::super::answer::Answer;
use super::super::clock::timestamp;
use super::super::faults::too_many_requests;
use super::super::http::{form, prefers_json};
use super::idempotency::Remembered;
use super::invoices::{PageRequest, Written, json_moment};
use super::service::State;
use super::tokens::Access;
use super::{XeroSettings, xml};

const IDEMPOTENCY_KEY_CHARS_MAX: usize = 128;

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Endpoint {
    Token,
    Connections,
    Invoices,
    Unknown,
}

impl Endpoint {
    /// Xero's paths are read without regard to case.
    pub(super) fn of(path: &str) -> Self {
        match path.strip_suffix('/').unwrap_or(path).to_ascii_lowercase().as_str() {
            "/connect/token" => Self::Token,
            "/connections" => Self::Connections,
            "/api.xro/2.0/invoices" => Self::Invoices,
            _ => Self::Unknown,
        }
    }
}

/// One request to the API, with what is needed to answer it.
pub(super) struct Call<'a> {
    pub(super) head: &'a Parts,
    pub(super) body: &'a [u8],
    pub(super) settings: &'a XeroSettings,
    pub(super) now_ms: u64,
    /// How many calls are being answered, this one included.
    pub(super) at_once: u32,
}

impl Call<'_> {
    pub(super) fn answer(&self, endpoint: Endpoint, state: &mut State) -> Answer {
        self.checked(endpoint, state).unwrap_or_else(|refusal| refusal)
    }

    /// A refusal ends a call as an error would; it is an answer too.
    fn checked(&self, endpoint: Endpoint, state: &mut State) -> Result<Answer, Answer> {
        match endpoint {
            Endpoint::Connections => {
                self.authorize(state)?;
                self.allow(&[Method::GET])?;
                Ok(Answer::json(StatusCode::OK, &self.connections(state)))
            }
            Endpoint::Invoices => {
                self.authorize(state)?;
                self.choose_tenant(state)?;
                self.count(state)?;
                self.allow(&[Method::GET, Method::POST, Method::PUT])?;
                match self.head.method {
                    Method::GET => self.list(state),
                    _ => self.write(state),
                }
            }
            Endpoint::Token | Endpoint::Unknown => Err(Answer::text(
                StatusCode::NOT_FOUND,
                "The resource you're looking for cannot be found",
            )),
        }
    }

    fn authorize(&self, state: &mut State) -> Result<(), Answer> {
        let access = match bearer(&self.head.headers) {
            Some(token) if state.connected => state.book.access(token, self.now_ms),
            _ => Access::Unknown,
        };
        match access {
            Access::Granted => Ok(()),
            Access::Expired { at_ms } => Err(expired(state, at_ms)),
            Access::Unknown => {
                Err(problem(state, StatusCode::UNAUTHORIZED, "AuthenticationUnsuccessful"))
            }
        }
    }

    fn choose_tenant(&self, state: &mut State) -> Result<(), Answer> {
        match self.head.headers.get("xero-tenant-id") {
            Some(id) if id.as_bytes().eq_ignore_ascii_case(self.settings.tenant_id.as_bytes()) => {
                Ok(())
            }
            _ => Err(problem(state, StatusCode::FORBIDDEN, "AuthenticationUnsuccessful")),
        }
    }

    fn count(&self, state: &mut State) -> Result<(), Answer> {
        state
            .quota
            .call(self.now_ms, self.at_once)
            .map_err(|full| too_many_requests(full.problem, full.retry_after_s))
    }

    fn allow(&self, methods: &[Method]) -> Result<(), Answer> {
        if methods.contains(&self.head.method) {
            return Ok(());
        }
        let allowed: Vec<_> = methods.iter().map(Method::as_str).collect();
        let allowed = HeaderValue::from_str(&allowed.join(", "));
        Err(Answer::text(StatusCode::METHOD_NOT_ALLOWED, "The method is not allowed here.")
            .with_header(ALLOW, allowed.unwrap_or(HeaderValue::from_static("GET"))))
    }

    fn connections(&self, state: &State) -> Value {
        let since = timestamp(state.started_ms).strftime("%Y-%m-%dT%H:%M:%S").to_string();
        json!([{
            "id": state.connection_id,
            "authEventId": state.auth_event_id,
            "tenantId": self.settings.tenant_id,
            "tenantType": "ORGANISATION",
            "tenantName": "Demo Company",
            "createdDateUtc": since,
            "updatedDateUtc": since,
        }])
    }

    fn list(&self, state: &mut State) -> Result<Answer, Answer> {
        let request = PageRequest::new(&self.query(), self.modified_since())
            .map_err(|error| self.exception(StatusCode::BAD_REQUEST, &error.to_string()))?;
        let (pagination, page) = state.invoices.page(&request);
        let mut content = self.envelope(state);
        content.insert("pagination".to_owned(), pagination);
        content.insert("Invoices".to_owned(), Value::Array(page));
        Ok(self.response(StatusCode::OK, "Response", content))
    }

    /// Stores every element, or none if one of them is wrong, unless `summarizeErrors=false` asks for each by itself.
    fn write(&self, state: &mut State) -> Result<Answer, Answer> {
        let key = self.idempotency_key()?;
        if let Some(key) = &key {
            match state.idempotency.recall(key, &self.head.method, self.body) {
                Remembered::New => {}
                Remembered::Same(answer) => return Ok(answer),
                Remembered::Other => {
                    let message = "The Idempotency-Key was used for another request";
                    return Err(self.exception(StatusCode::BAD_REQUEST, message));
                }
            }
        }
        let answer = self.store(state)?;
        if let Some(key) = key {
            state.idempotency.remember(key, &self.head.method, self.body, answer.clone());
        }
        Ok(answer)
    }

    fn store(&self, state: &mut State) -> Result<Answer, Answer> {
        let each_by_itself = self.query().iter().any(|(name, value)| {
            name.eq_ignore_ascii_case("summarizeErrors") && value.eq_ignore_ascii_case("false")
        });
        let elements = self.elements()?;
        let may_change = self.head.method == Method::POST;
        let wrong: Vec<Value> = elements
            .iter()
            .filter_map(|element| state.invoices.refuse(element, may_change))
            .collect();
        if !each_by_itself && !wrong.is_empty() {
            return Err(self.validation_exception(wrong));
        }
        let answers: Vec<Value> = elements
            .into_iter()
            .map(|element| match state.invoices.write(element, may_change, self.now_ms) {
                Written::Stored(invoice) | Written::Refused(invoice) => invoice,
            })
            .collect();
        let mut content = self.envelope(state);
        content.insert("Invoices".to_owned(), Value::Array(answers));
        Ok(self.response(StatusCode::OK, "Response", content))
    }

    /// One invoice, a list of them, or an object with such a list.
    fn elements(&self) -> Result<Vec<Value>, Answer> {
        if !media_type_is_json(&self.head.headers) {
            let message = "The sandbox takes invoices as application/json only";
            return Err(self.exception(StatusCode::UNSUPPORTED_MEDIA_TYPE, message));
        }
        let no_invoices = || self.exception(StatusCode::BAD_REQUEST, "The body holds no invoices");
        match serde_json::from_slice(self.body).map_err(|_| no_invoices())? {
            Value::Array(elements) => Ok(elements),
            Value::Object(mut fields) => match fields.remove("Invoices") {
                Some(Value::Array(elements)) => Ok(elements),
                Some(_) => Err(no_invoices()),
                None => Ok(vec![Value::Object(fields)]),
            },
            _ => Err(no_invoices()),
        }
    }

    fn idempotency_key(&self) -> Result<Option<String>, Answer> {
        let Some(key) = self.head.headers.get("idempotency-key") else { return Ok(None) };
        match key.to_str() {
            Ok(key) if (1..=IDEMPOTENCY_KEY_CHARS_MAX).contains(&key.len()) => {
                Ok(Some(key.to_owned()))
            }
            _ => {
                let message = "The Idempotency-Key has 1 to 128 characters";
                Err(self.exception(StatusCode::BAD_REQUEST, message))
            }
        }
    }

    fn query(&self) -> Vec<(String, String)> {
        form(self.head.uri.query().unwrap_or_default().as_bytes())
    }

    /// Accurate to the second; a date that cannot be read does not count.
    fn modified_since(&self) -> Option<u64> {
        let text = self.head.headers.get(IF_MODIFIED_SINCE)?.to_str().ok()?;
        let moment = match jiff::fmt::rfc2822::parse(text) {
            Ok(moment) => moment,
            Err(_) => text.parse::<DateTime>().ok()?.to_zoned(TimeZone::UTC).ok()?,
        };
        u64::try_from(moment.timestamp().as_second()).ok()?.checked_mul(1_000)
    }

    fn envelope(&self, state: &mut State) -> Map<String, Value> {
        Map::from_iter([
            ("Id".to_owned(), json!(state.letters.guid())),
            ("Status".to_owned(), json!("OK")),
            ("ProviderName".to_owned(), json!("Headwater sandbox")),
            ("DateTimeUTC".to_owned(), json!(json_moment(self.now_ms))),
        ])
    }

    fn exception(&self, status: StatusCode, message: &str) -> Answer {
        let content = [
            ("ErrorNumber".to_owned(), json!(16)),
            ("Type".to_owned(), json!("QueryParseException")),
            ("Message".to_owned(), json!(message)),
        ];
        self.response(status, "ApiException", Map::from_iter(content))
    }

    fn validation_exception(&self, elements: Vec<Value>) -> Answer {
        let content = [
            ("ErrorNumber".to_owned(), json!(10)),
            ("Type".to_owned(), json!("ValidationException")),
            ("Message".to_owned(), json!("A validation exception occurred")),
            ("Elements".to_owned(), Value::Array(elements)),
        ];
        self.response(StatusCode::BAD_REQUEST, "ApiException", Map::from_iter(content))
    }

    /// XML, unless JSON is asked for.
    fn response(&self, status: StatusCode, root: &str, content: Map<String, Value>) -> Answer {
        let accept = self.head.headers.get_all(ACCEPT).iter();
        match prefers_json(accept.filter_map(|value| value.to_str().ok())) {
            true => Answer::json(status, &Value::Object(content)),
            false => Answer::new(status, "text/xml; charset=utf-8", xml::document(root, &content)),
        }
    }
}

/// The token of an `Authorization: Bearer` header.
pub(super) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

/// The 401 for a token whose time is over.
pub(super) fn expired(state: &mut State, at_ms: u64) -> Answer {
    let at = timestamp(at_ms).strftime("%m/%d/%Y %H:%M:%S");
    let detail = format!("TokenExpired: token expired at {at}");
    problem(state, StatusCode::UNAUTHORIZED, &detail)
}

/// The 401 and the 403 are JSON whatever was asked for.
fn problem(state: &mut State, status: StatusCode, detail: &str) -> Answer {
    let body = json!({
        "Type": null,
        "Title": status.canonical_reason(),
        "Status": status.as_u16(),
        "Detail": detail,
        "Instance": state.letters.guid(),
        "Extensions": {},
    });
    Answer::json(status, &body)
}

/// Every answer of the API says what is left, a 429 that nothing is.
pub(super) fn add_remaining(answer: &mut Answer, remaining: [(&'static str, u32); 3]) {
    let problem = answer.headers.iter().find(|(name, _)| name == "x-rate-limit-problem");
    let exhausted = match problem.and_then(|(_, value)| value.to_str().ok()) {
        Some("day") => "x-daylimit-remaining",
        Some("minute") => "x-minlimit-remaining",
        Some("appminute") => "x-appminlimit-remaining",
        _ => "",
    };
    for (name, left) in remaining {
        let left = if name == exhausted { 0 } else { left };
        answer.set_header(HeaderName::from_static(name), HeaderValue::from(left));
    }
}

fn media_type_is_json(headers: &HeaderMap) -> bool {
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    content_type
        .and_then(|value| value.split(';').next())
        .is_some_and(|media_type| media_type.trim().eq_ignore_ascii_case("application/json"))
}
