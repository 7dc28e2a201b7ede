//! `InvokeHttp`: sends a request for each flowfile. Bodies stream in both directions; no answer that ended early leaves
//! the processor. The parts: `properties` and `check` are its settings, `request`, `form` and `body` say what is sent,
//! `exchange` sends it and follows redirects, `client`, `cookies`, `cache` and `digest` hold what outlives one request,
//! `answer`, `certificate` and `reason` take what came back, `failure` says in words why nothing did, `facts` is for
//! whoever checks a flow.
//!
//! Not here: OAuth 2.0 and other controller services.

use processors_api::{
    AsyncProcessor, AttributeUse, ContentClaim, Definition, Effect, EventKind, Example, Expr,
    Facts, FlowFile, Input, JavaRegex, Penalty, ProcessorError, PropertiesError, Relationship,
    Session, Text,
};
use reqwest::header::HeaderName;

mod answer;
mod body;
mod cache;
mod certificate;
mod check;
mod client;
mod cookies;
mod digest;
mod exchange;
mod facts;
mod failure;
mod form;
mod properties;
mod reason;
mod request;
#[cfg(test)]
mod tests;

use answer::Answer;
use cache::Cache;
use check::Checked;
use client::Clients;
use digest::Digest;
use exchange::Exchange;
use failure::Failure;
use properties::{Naming, Properties};
use request::Request;

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
    headers: Vec<(HeaderName, Expr<String>)>,
    form_fields: Vec<(String, Expr<String>)>,
    header_attributes: Option<JavaRegex>,
    clients: Clients,
    cache: Option<Cache>,
    digest: Option<Digest>,
}

impl Definition for InvokeHttp {
    const TYPE: &'static str = "InvokeHttp";
    const ALIASES: &'static [&'static str] = &["InvokeHTTP"];
    const INPUT: Input = Input::Allowed;
    const RELATIONSHIPS: &'static [Relationship] = &[RESPONSE, ORIGINAL, RETRY, NO_RETRY, FAILURE];
    const RETRIED: &'static [&'static str] = &["retry", "failure"];
    const NAMED_HOME: Option<&'static str> = Some("headers");
    const CONCURRENCY: usize = 8;
    const READS: &'static [AttributeUse] = facts::READS;
    const WRITES: &'static [AttributeUse] = facts::WRITES;
    const EXAMPLES: &'static [Example] = facts::EXAMPLES;
    type Properties = Properties;

    fn new(properties: Properties) -> Result<Self, PropertiesError> {
        let Checked { headers, form_fields, header_attributes } = check::checked(&properties)?;
        let cache_bytes = properties.response_cache_size.bytes();
        Ok(Self {
            headers,
            form_fields,
            header_attributes,
            clients: Clients::default(),
            cache: properties.response_cache_enabled.then(|| Cache::new(cache_bytes)),
            digest: properties.request_digest_authentication_enabled.then(Digest::default),
            properties,
        })
    }

    fn effect(&self) -> Effect {
        let repeatable = ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"];
        let method = self.constant_method();
        let is_repeatable = method.is_some_and(|method| repeatable.contains(&method.as_str()));
        if is_repeatable || self.properties.repeatable {
            Effect::Repeatable
        } else {
            Effect::NotRepeatable
        }
    }

    fn facts(&self) -> Facts {
        self.known()
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
        let exchange = Exchange { session, asking: asking.as_ref(), request: &request };
        match self.exchange(&exchange).await? {
            Ok(answer) => self.hand_on(session, asking, &request, answer),
            Err(failure) => self.fail(session, asking, &failure),
        }
        Ok(())
    }
}

impl InvokeHttp {
    /// The method, if it never changes.
    fn constant_method(&self) -> Option<String> {
        let typed = self.properties.http_method.template().constant()?;
        Some(typed.trim().to_uppercase())
    }

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
        if request.has_body() {
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
