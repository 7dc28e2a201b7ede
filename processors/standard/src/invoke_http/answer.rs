//! What came back: its attributes, its content, and what it means for the flowfile that asked.

use std::time::Duration;

use jiff::Timestamp;
use processors_api::{Charset, ContentClaim, FlowFile, Text, core_attributes};
use reqwest::{
    StatusCode,
    header::{CONTENT_TYPE, HeaderMap, HeaderName, RETRY_AFTER},
};
use tokio::time::Instant;

use super::{
    Failure, InvokeHttp, Request,
    body::{Incoming, NotReceived, Received},
    exchange::{Arrived, Exchange},
    reason,
};

/// The attribute for the body of an answer that is no success, and how many bytes it takes.
const BODY: &str = "invokehttp.response.body";
const BODY_BYTES: usize = 256;

/// How much of such a body is read for its message.
const MESSAGE_BYTES_MAX: usize = 16 * 1024;

/// The longest wait that a server can ask for.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(366 * 24 * 3600);

/// Headers whose value is a secret by its nature.
const SECRET_HEADERS: [&str; 2] = ["set-cookie", "authentication-info"];

/// Headers that say nothing of the content, whatever it is.
const OPEN_HEADERS: [&str; 9] = [
    "cache-control",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "date",
    "retry-after",
    "server",
    "transfer-encoding",
];

pub(super) struct Answer {
    pub(super) status: StatusCode,
    /// What the server calls it.
    phrase: Text,
    url: Text,
    /// Whom the server's certificate was made out to.
    certified: Option<String>,
    headers: HeaderMap,
    /// The names of the headers whose value is secret.
    secret_headers: Vec<HeaderName>,
    duration_ms: u128,
    id: String,
    /// The content of the flowfile for `response`.
    pub(super) content: Option<ContentClaim>,
    /// What the flowfile that asked gets of the body, and under which name.
    pub(super) body_attribute: Option<(String, Text)>,
    /// Why it is no success.
    pub(super) reason: String,
    /// How long the server wants to be left alone.
    pub(super) retry_after: Option<Duration>,
}

impl InvokeHttp {
    pub(super) async fn answer(
        &self,
        exchange: &Exchange<'_>,
        mut arrived: Arrived,
        started: Instant,
    ) -> Result<Answer, Failure> {
        let (request, context) = (exchange.request, exchange.session.context());
        let status = arrived.status;
        let is_secret_url = request.url_text.is_sensitive()
            || request.is_repeated_in(arrived.url.as_str())
            || (context.sensitivity.content && arrived.url != request.url);
        let url = Text::new(arrived.url.as_str(), is_secret_url);
        let received = self.take_body(exchange, &mut arrived).await?;
        self.keep(exchange, &arrived, &received);
        let is_exchange = context.sensitivity.content || request.is_body_secret;
        let is_secret = context.sensitivity.content || (!status.is_success() && request.is_secret);
        let wants_body = request.body_attribute.is_some() || !status.is_success();
        let attribute = (wants_body && !self.properties.response_body_ignored).then(|| {
            let first = &received.first;
            let shown = &first[..first.len().min(self.attribute_bytes(request))];
            let is_cut = !received.is_whole || shown.len() < first.len();
            let name = request.body_attribute.clone().unwrap_or_else(|| BODY.to_owned());
            (name, Text::new(text(shown, is_cut, &arrived.headers), is_secret))
        });
        let own_phrase = arrived.phrase.filter(|phrase| !phrase.is_empty());
        let phrase = match own_phrase {
            Some(own) => {
                let secret = context.sensitivity.content || request.is_repeated_in(&own);
                Text::new(own, secret)
            }
            None => status.canonical_reason().unwrap_or_default().into(),
        };
        let headers = arrived.headers;
        Ok(Answer {
            status,
            phrase,
            url,
            certified: arrived.certified,
            duration_ms: started.elapsed().as_millis(),
            id: context.new_id().to_string(),
            content: received.content,
            body_attribute: attribute,
            reason: reason::of(status, &received.first, request, is_exchange),
            retry_after: retry_after(status, &headers, context.clock.now()),
            secret_headers: secret_headers(&headers, request, context.sensitivity.content),
            headers,
        })
    }

    /// How much of the body becomes an attribute.
    fn attribute_bytes(&self, request: &Request) -> usize {
        let named = request.body_attribute.is_some();
        if named { self.properties.response_body_attribute_size } else { BODY_BYTES }
    }

    /// The content for `response`, if it gets any, and the first bytes of the body.
    async fn take_body(
        &self,
        exchange: &Exchange<'_>,
        arrived: &mut Arrived,
    ) -> Result<Received, Failure> {
        let request = exchange.request;
        let host = request.host_shown(&arrived.url);
        let is_success = arrived.status.is_success();
        let makes_response = (is_success && request.body_attribute.is_none())
            || self.properties.response_generation_required;
        if self.properties.response_body_ignored {
            let content = makes_response.then(ContentClaim::empty);
            return Ok(Received { content, first: Vec::new(), is_whole: false });
        }
        let limit = self.attribute_bytes(request);
        let mut first_max = if is_success { limit } else { limit.max(MESSAGE_BYTES_MAX) };
        if let (Some(_), Some(cache)) = (&arrived.wanted_by_cache, &self.cache) {
            first_max = first_max.max(cache.body_bytes_max());
        }
        let silence = self.properties.socket_read_timeout.duration();
        let size_max = self.properties.maximum_response_size;
        let incoming = Incoming { source: &mut arrived.body, silence, bytes_max: size_max.bytes() };
        if !makes_response {
            return Ok(incoming.beginning(first_max).await);
        }
        let received = incoming.into_content(exchange.session.write(false), first_max).await;
        received.map_err(|error| match error {
            NotReceived::Content(error) => Failure::NotKept { host, error },
            NotReceived::Broken => Failure::Broken { host },
            NotReceived::Silent => Failure::Silent { host, limit: silence },
            NotReceived::TooLarge => Failure::TooLarge { host, limit: size_max },
        })
    }

    /// Gives the answer to the cache, if that wants it and all of it came.
    fn keep(&self, exchange: &Exchange<'_>, arrived: &Arrived, received: &Received) {
        let wanted = arrived.wanted_by_cache.as_ref().filter(|_| received.is_whole);
        if let (Some(asked), Some(cache)) = (wanted, &self.cache) {
            let now = exchange.session.context().clock.now().into();
            cache.keep(asked, &arrived.headers, &received.first, now);
        }
    }
}

impl Answer {
    /// NiFi sends 429 to `no_retry`; here a server that asks for patience gets it.
    pub(super) fn may_go_well_later(&self) -> bool {
        self.status.is_server_error() || self.status == StatusCode::TOO_MANY_REQUESTS
    }

    /// The attributes that every flowfile of an exchange gets.
    pub(super) fn describe(&self, flowfile: &mut FlowFile, request: &Request) {
        flowfile.put_attribute("invokehttp.status.code", self.status.as_str());
        flowfile.put_attribute("invokehttp.status.message", self.phrase.clone());
        flowfile.put_attribute("invokehttp.request.url", request.url_text.clone());
        flowfile.put_attribute("invokehttp.request.duration", self.duration_ms.to_string());
        flowfile.put_attribute("invokehttp.response.url", self.url.clone());
        flowfile.put_attribute("invokehttp.tx.id", self.id.as_str());
    }

    /// Each header as an attribute, and whom the server's certificate was made out to.
    pub(super) fn set_headers(&self, flowfile: &mut FlowFile, prefix: &str) {
        for name in self.headers.keys() {
            let values: Vec<_> =
                self.headers.get_all(name).iter().map(|value| latin1(value.as_bytes())).collect();
            let sensitive = self.secret_headers.contains(name);
            let value = Text::new(values.join(", "), sensitive);
            flowfile.put_attribute(format!("{prefix}{}", usual_case(name.as_str())), value);
        }
        if let Some(name) = &self.certified {
            flowfile.put_attribute("invokehttp.remote.dn", name.as_str());
        }
    }

    /// The type of the content, for the flowfile that has it.
    pub(super) fn set_mime_type(&self, flowfile: &mut FlowFile) {
        if let Some(mime) = self.headers.get(CONTENT_TYPE) {
            let sensitive = self.secret_headers.contains(&CONTENT_TYPE);
            let mime = Text::new(latin1(mime.as_bytes()), sensitive);
            flowfile.put_attribute(core_attributes::MIME_TYPE, mime);
        }
    }
}

/// The wait that the server asks for, if it may go well after it.
fn retry_after(status: StatusCode, headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    if !matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
        return None;
    }
    let asked = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = match asked.parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let then =
                Timestamp::strptime("%a, %d %b %Y %H:%M:%S %z", asked.replace("GMT", "+0000"))
                    .ok()?;
            Duration::try_from(then.duration_since(now)).unwrap_or_default()
        }
    };
    Some(wait.min(RETRY_AFTER_MAX))
}

/// Of an answer that is secret, only the headers that say nothing of its content are shown; of any other, all but those
/// that are secret by their nature or repeat a secret that was sent.
fn secret_headers(headers: &HeaderMap, request: &Request, is_secret: bool) -> Vec<HeaderName> {
    let is_harmless = |name: &HeaderName| OPEN_HEADERS.contains(&name.as_str());
    let repeats = |name: &HeaderName| {
        let mut values = headers.get_all(name).iter();
        values.any(|value| request.is_repeated_in(&latin1(value.as_bytes())))
    };
    let secret = headers.keys().filter(|name| {
        SECRET_HEADERS.contains(&name.as_str())
            || (is_secret && !is_harmless(name))
            || repeats(name)
    });
    secret.cloned().collect()
}

/// Header names come without their case; attributes have the one that servers use.
fn usual_case(name: &str) -> String {
    match name {
        "etag" => return "ETag".to_owned(),
        "www-authenticate" => return "WWW-Authenticate".to_owned(),
        _ => {}
    }
    let mut begins = true;
    let cased = name.chars().map(|sign| {
        let cased = if begins { sign.to_ascii_uppercase() } else { sign };
        begins = sign == '-';
        cased
    });
    cased.collect()
}

/// A header as text: UTF-8, or else Latin-1.
pub(super) fn latin1(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|byte| char::from(*byte)).collect(),
    }
}

/// The body as text, in the character set that the answer names, or else UTF-8. A character that was cut off at the end
/// is left out.
fn text(bytes: &[u8], is_cut: bool, headers: &HeaderMap) -> String {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let charset = kind.and_then(charset).unwrap_or(Charset::UTF_8);
    let text = charset.decode(bytes);
    let whole = if is_cut { text.trim_end_matches(char::REPLACEMENT_CHARACTER) } else { &text };
    whole.to_owned()
}

/// The `charset` of a media type.
fn charset(kind: &str) -> Option<Charset> {
    let mut parameters = kind.split(';').skip(1).filter_map(|parameter| parameter.split_once('='));
    let (_, name) = parameters.find(|(name, _)| name.trim().eq_ignore_ascii_case("charset"))?;
    Charset::named(name.trim().trim_matches('"'))
}

#[cfg(test)]
mod unit_tests {
    use super::*;

    #[test]
    fn a_server_can_ask_for_a_time_or_a_date() {
        for (asked, expected) in [
            ("7", Some(7)),
            (" 66975 ", Some(66975)),
            ("Thu, 01 Jan 1970 00:01:30 GMT", Some(90)),
            ("Wed, 31 Dec 1969 00:00:00 GMT", Some(0)),
            ("soon", None),
            ("-1", None),
            ("99999999999999999999", None),
        ] {
            let headers = HeaderMap::from_iter([(RETRY_AFTER, asked.parse().unwrap())]);
            let wait =
                retry_after(StatusCode::SERVICE_UNAVAILABLE, &headers, Timestamp::UNIX_EPOCH);
            assert_eq!(wait.map(|wait| wait.as_secs()), expected, "{asked}");
        }
    }

    #[test]
    fn header_names_have_their_usual_case() {
        for (name, expected) in [
            ("content-type", "Content-Type"),
            ("etag", "ETag"),
            ("x-daylimit-remaining", "X-Daylimit-Remaining"),
        ] {
            assert_eq!(usual_case(name), expected);
        }
    }
}
