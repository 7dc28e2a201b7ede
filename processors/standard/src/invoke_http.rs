//! `InvokeHttp`: sends a request for each flowfile. Bodies stream in both directions; no answer that ended early leaves
//! the processor. The parts: `request` says what is sent, `exchange` sends it and follows redirects, `answer` takes what
//! came back, `failure` says in words why nothing did, `client` holds the connections.
//!
//! Not here yet: multipart forms, compressed requests, cookies, a cache, digest and OAuth 2.0 authentication, proxies.

use indexmap::IndexMap;
use processors_api::{
    AsyncProcessor, AttributeName, AttributeUse, ContentClaim, Definition, Effect, EventKind, Expr,
    Facts, FlowFile, Input, JavaRegex, Penalty, ProcessorError, PropertiesError, Relationship,
    Sensitive, Session, SetAttribute, ShownIn, Text, TimePeriod,
};
use reqwest::header::HeaderName;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::yes;

mod answer;
mod body;
mod client;
mod exchange;
mod failure;
mod reason;
mod request;
#[cfg(test)]
mod tests;

use answer::Answer;
use client::Clients;
use failure::Failure;
use request::Request;

/// Sends an HTTP request for each flowfile and makes a flowfile of the answer.
///
/// An answer of 200 to 299 goes to `response`, the flowfile that asked to `original`. 429 and 500 to 599 send it to
/// `retry`, after the time that the server asks for; any other answer to `no_retry`; no answer to `failure`. Without
/// anything that leads to it, it asks each time its schedule fires.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Properties {
    /// The address to call, for example `https://api.example.com/orders/${order.id}`. What needs encoding is to be
    /// encoded already.
    #[serde(alias = "remote_url")]
    http_url: Expr<String>,

    /// What to do there: GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS or any other method.
    #[serde(default = "get")]
    http_method: Expr<String>,

    /// Headers of the request, by name.
    #[serde(default)]
    headers: IndexMap<String, Expr<String>>,

    /// Says that repeating the request does no harm, so that it may be repeated after a crash. GET, HEAD, PUT, DELETE,
    /// OPTIONS and TRACE are so by themselves.
    #[serde(default)]
    repeatable: bool,

    /// Whether to speak HTTP/1.1 only.
    #[serde(default, alias = "disable_http2")]
    http_2_disabled: bool,

    /// How long a connection may take to come about.
    #[serde(default = "five_seconds")]
    connection_timeout: TimePeriod,

    /// How long the other side may be silent.
    #[serde(default = "fifteen_seconds", alias = "read_timeout")]
    socket_read_timeout: TimePeriod,

    /// How long a connection that is not used is kept.
    #[serde(default = "five_minutes", alias = "idle_timeout")]
    socket_idle_timeout: TimePeriod,

    /// How many connections that are not used are kept, for each server.
    #[serde(default = "five", alias = "max_idle_connections")]
    socket_idle_connections: usize,

    /// The user name for Basic authentication.
    #[serde(default, alias = "basic_authentication_username")]
    request_username: Option<String>,

    /// The password for Basic authentication.
    #[serde(default, alias = "basic_authentication_password")]
    request_password: Option<Sensitive<String>>,

    /// Whether a flowfile that goes to `no_retry` waits for the penalty time.
    #[serde(default, alias = "penalize_on_no_retry")]
    request_failure_penalization_enabled: bool,

    /// Whether POST, PUT and PATCH send the flowfile's content.
    #[serde(default = "yes", alias = "send_message_body")]
    request_body_enabled: bool,

    /// Whether the content is sent in chunks, without saying its length first.
    #[serde(default, alias = "use_chunked_encoding")]
    request_chunked_transfer_encoding_enabled: bool,

    /// The `Content-Type` of what is sent; `application/octet-stream` when this gives nothing.
    #[serde(default = "mime_type", alias = "content_type")]
    request_content_type: Expr<String>,

    /// Whether to send a `Date`.
    #[serde(default = "yes", alias = "include_date_header")]
    request_date_header_enabled: bool,

    /// A regular expression: attributes whose whole name matches are sent as headers.
    #[serde(default, alias = "attributes_to_send")]
    request_header_attributes_pattern: Option<String>,

    /// The `User-Agent`; empty when left out.
    #[serde(default, alias = "useragent")]
    request_user_agent: Option<Expr<String>>,

    /// An attribute of the flowfile that asked, to take the answer's body in the place of a flowfile.
    #[serde(default, alias = "put_response_body_in_attribute")]
    response_body_attribute_name: Option<Expr<String>>,

    /// How many bytes of the body that attribute takes.
    #[serde(default = "attribute_size", alias = "max_length_to_put_in_attribute")]
    response_body_attribute_size: usize,

    /// Whether to leave the answer's body where it is.
    #[serde(default, alias = "ignore_response_content")]
    response_body_ignored: bool,

    /// Whether every answer makes a flowfile for `response`, whatever its status.
    #[serde(default, alias = "always_output_response")]
    response_generation_required: bool,

    /// How the answer's flowfile is called.
    #[serde(default, alias = "flow_file_naming_strategy")]
    response_flowfile_naming_strategy: Naming,

    /// Whether the flowfile that asked gets the answer's headers as attributes too.
    #[serde(default, alias = "add_response_headers_to_request")]
    response_header_request_attributes_enabled: bool,

    /// What stands before the names of these attributes.
    #[serde(default)]
    response_header_request_attributes_prefix: Option<Expr<String>>,

    /// Whether to go where the server points to. Secrets are not sent along to another server.
    #[serde(default = "yes", alias = "follow_redirects")]
    response_redirects_enabled: bool,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
enum Naming {
    /// As the flowfile that asked, or by chance.
    #[default]
    #[serde(rename = "RANDOM")]
    Random,
    /// As the last part of the address says, for GET.
    #[serde(rename = "URL_PATH")]
    UrlPath,
}

fn get() -> Expr<String> {
    Expr::literal("GET")
}

fn mime_type() -> Expr<String> {
    Expr::compile("${mime.type}").unwrap_or_else(|_| Expr::literal(""))
}

fn five_seconds() -> TimePeriod {
    TimePeriod::from_secs(5)
}

fn fifteen_seconds() -> TimePeriod {
    TimePeriod::from_secs(15)
}

fn five_minutes() -> TimePeriod {
    TimePeriod::from_secs(300)
}

fn five() -> usize {
    5
}

fn attribute_size() -> usize {
    256
}

const RESPONSE: Relationship =
    Relationship::main("response", "The answer, when its status is 200 to 299.");
const ORIGINAL: Relationship = Relationship::side(
    "original",
    "The flowfile that asked, when the answer's status is 200 to 299.",
);
const RETRY: Relationship = Relationship::failure(
    "retry",
    "The flowfile that asked, when the server says it may go well later (429, 500 to 599).",
);
const NO_RETRY: Relationship =
    Relationship::failure("no_retry", "The flowfile that asked, at any other status.");
const FAILURE: Relationship = Relationship::failure(
    "failure",
    "The flowfile that asked, when there was no answer or it broke off.",
);

pub(crate) struct InvokeHttp {
    properties: Properties,
    header_attributes: Option<JavaRegex>,
    clients: Clients,
}

impl Definition for InvokeHttp {
    const TYPE: &'static str = "InvokeHttp";
    const ALIASES: &'static [&'static str] = &["InvokeHTTP"];
    const INPUT: Input = Input::Allowed;
    const RELATIONSHIPS: &'static [Relationship] = &[RESPONSE, ORIGINAL, RETRY, NO_RETRY, FAILURE];
    const RETRIED: &'static [&'static str] = &["retry", "failure"];
    const NAMED_HOME: Option<&'static str> = Some("headers");
    const WRITES: &'static [AttributeUse] = &[
        AttributeUse::new("invokehttp.status.code", "The status.").outcome(),
        AttributeUse::new("invokehttp.status.message", "Its words.").outcome(),
        AttributeUse::new("invokehttp.response.body", "The body.").outcome(),
        AttributeUse::new("invokehttp.request.url", "The URL.").outcome(),
        AttributeUse::new("invokehttp.request.duration", "How long it took.").outcome(),
        AttributeUse::new("invokehttp.response.url", "The last URL.").outcome(),
        AttributeUse::new("invokehttp.tx.id", "The id.").outcome(),
        AttributeUse::new("mime.type", "The type.").outcome(),
    ];
    const CONCURRENCY: usize = 8;
    type Properties = Properties;

    fn new(properties: Properties) -> Result<Self, PropertiesError> {
        let wrong = |property, message| PropertiesError {
            property: Some(property),
            message,
            help: Vec::new(),
        };
        let not_a_header = |name: &&String| HeaderName::from_bytes(name.as_bytes()).is_err();
        if let Some(name) = properties.headers.keys().find(not_a_header) {
            return Err(wrong("headers", format!("`{name}` cannot be the name of a header")));
        }
        match (&properties.request_username, &properties.request_password) {
            (Some(name), _) if name.contains(':') => {
                let message = "a user name of Basic authentication has no `:`".to_owned();
                return Err(wrong("request_username", message));
            }
            (None, Some(_)) => {
                let message = "request_password needs request_username".to_owned();
                return Err(wrong("request_password", message));
            }
            _ => {}
        }
        let pattern = properties.request_header_attributes_pattern.as_deref();
        let header_attributes = pattern.map(JavaRegex::new).transpose().map_err(|error| {
            let property = "request_header_attributes_pattern";
            wrong(property, format!("`{property}` is no regular expression: {error}"))
        })?;
        Ok(Self { clients: Clients::default(), header_attributes, properties })
    }

    fn facts(&self) -> Facts {
        let headers = SetAttribute::named(AttributeName::HttpHeader("".into()));
        Facts {
            sets: vec![headers],
            new_content: vec!["response".into()],
            shown: vec![("http_url", ShownIn::Url)],
            ..Facts::default()
        }
    }

    fn effect(&self) -> Effect {
        let method = self
            .properties
            .http_method
            .template()
            .constant()
            .unwrap_or_default()
            .trim()
            .to_uppercase();
        let repeatable =
            ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"].contains(&method.as_str());
        if repeatable || self.properties.repeatable {
            Effect::Repeatable
        } else {
            Effect::NotRepeatable
        }
    }
}

impl AsyncProcessor for InvokeHttp {
    async fn on_trigger(&self, session: &mut Session) -> Result<(), ProcessorError> {
        let asking = session.get();
        if asking.is_none() && !session.is_new_firing() {
            return Ok(());
        }
        let request = match Request::new(self, session, asking.as_ref()) {
            Ok(request) => request,
            Err(failure) => {
                self.fail(session, asking, &failure);
                return Ok(());
            }
        };
        if asking.is_none() && request.can_have_body() {
            return Ok(());
        }
        match self.exchange(session, asking.as_ref(), &request).await? {
            Ok(answer) => self.hand_on(session, asking, &request, answer),
            Err(failure) => self.fail(session, asking, &failure),
        }
        Ok(())
    }
}

impl InvokeHttp {
    fn fail(&self, session: &mut Session, asking: Option<FlowFile>, failure: &Failure) {
        let Some(mut flowfile) = asking else {
            return no_answer(session, &failure.to_string());
        };
        flowfile.put_attribute("invokehttp.java.exception.class", failure.java_class());
        flowfile.put_attribute("invokehttp.java.exception.message", failure.to_string());
        flowfile.penalize(Penalty::Default);
        session.transfer_failed(flowfile, &FAILURE, failure);
    }

    fn hand_on(
        &self,
        session: &mut Session,
        asking: Option<FlowFile>,
        request: &Request,
        mut answer: Answer,
    ) {
        let is_success = answer.status.is_success();
        if let Some(content) = answer.content.take() {
            let response = self.response(session, asking.as_ref(), request, &answer, content);
            session.transfer(response, &RESPONSE);
        }
        // A source makes a flowfile that asked only to carry the body.
        let carrier = asking
            .or_else(|| (is_success && answer.body_attribute.is_some()).then(|| session.create()));
        let Some(mut flowfile) = carrier else {
            if !is_success {
                no_answer(session, &answer.reason);
            }
            return;
        };
        if request.has_body {
            session.report(&flowfile, EventKind::Send, Some(request.url_text.clone()));
        }
        answer.describe(&mut flowfile, request);
        if self.properties.response_header_request_attributes_enabled {
            let prefix = request.header_prefix.as_ref().map_or("", Text::masked);
            answer.set_headers(&mut flowfile, prefix);
        }
        if let Some((name, value)) = answer.body_attribute.take() {
            flowfile.put_attribute(name, value);
            session.report(&flowfile, EventKind::AttributesModified, None);
        }
        self.route(session, flowfile, &answer);
    }

    fn response(
        &self,
        session: &mut Session,
        asking: Option<&FlowFile>,
        request: &Request,
        answer: &Answer,
        content: ContentClaim,
    ) -> FlowFile {
        let (mut response, kind) = match asking {
            Some(parent) => (session.create_child(parent), EventKind::Fetch),
            None => (session.create(), EventKind::Receive),
        };
        response.set_content(content);
        answer.describe(&mut response, request);
        answer.set_headers(&mut response, "");
        answer.set_mime_type(&mut response);
        if let Some(name) = self.response_name(request) {
            response.put_attribute("filename", name);
        }
        session.report(&response, kind, Some(request.url_text.clone()));
        response
    }

    fn route(&self, session: &mut Session, mut flowfile: FlowFile, answer: &Answer) {
        if answer.status.is_success() {
            return session.transfer(flowfile, &ORIGINAL);
        }
        if answer.may_go_well_later() {
            flowfile.penalize(answer.retry_after.map_or(Penalty::Default, Penalty::Asked));
            return session.transfer_failed(flowfile, &RETRY, &answer.reason);
        }
        if self.properties.request_failure_penalization_enabled {
            flowfile.penalize(Penalty::Default);
        }
        session.transfer_failed(flowfile, &NO_RETRY, &answer.reason);
    }

    /// The last part of the address that is not empty. Percent signs are encoded again.
    fn response_name(&self, request: &Request) -> Option<String> {
        let by_path = self.properties.response_flowfile_naming_strategy == Naming::UrlPath;
        let mut parts = request.url.path().rsplit('/').filter(|part| !part.is_empty());
        (by_path && request.method == "GET")
            .then(|| parts.next())?
            .map(|part| part.replace('%', "%25"))
    }
}

/// A request that no flowfile asked for came to nothing.
fn no_answer(session: &mut Session, reason: &str) {
    tracing::error!(processor = &*session.context().processor, reason, "nothing was received");
    session.nothing_found(reason);
    session.yield_now();
}
