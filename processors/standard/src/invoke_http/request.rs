//! What is sent: address, method, headers and what of them is secret. Not the content: `body` streams that.

use processors_api::{
    ContentBody, EvaluateError, Expr, FlowFile, Session, Text, expression::ExpressionType,
};
use reqwest::{
    Method, Url,
    header::{CONTENT_LENGTH, CONTENT_TYPE, DATE, HeaderMap, HeaderName, HeaderValue, USER_AGENT},
};

use super::{Failure, InvokeHttp};

/// Pieces of a secret that are shorter than this are not looked for in an answer.
const SECRET_BYTES_MIN: usize = 6;

pub(super) struct Request {
    pub(super) url: Url,
    /// The address as it was given.
    pub(super) url_text: Text,
    pub(super) method: Method,
    pub(super) headers: HeaderMap,
    /// Whether the flowfile's content is sent.
    pub(super) has_body: bool,
    /// Pieces of secrets that were sent: no message may show them.
    pub(super) secrets: Vec<String>,
    /// Whether anything secret is asked with or for.
    pub(super) is_secret: bool,
}

/// An expression's value, with a flowfile or without.
fn evaluate<T: ExpressionType>(
    session: &Session,
    asking: Option<&FlowFile>,
    expression: &Expr<T>,
) -> Result<T::Output, EvaluateError> {
    match asking {
        Some(flowfile) => session.evaluate(expression, flowfile),
        None => session.evaluate_alone(expression),
    }
}

impl Request {
    /// An error outside rolls back; one inside is that of the flowfile.
    pub(super) fn new(
        http: &InvokeHttp,
        session: &Session,
        asking: Option<&FlowFile>,
    ) -> Result<Result<Self, Failure>, EvaluateError> {
        let properties = &http.properties;
        let url_text = evaluate(session, asking, &properties.http_url)?;
        let url_text = Text::new(url_text.reveal().trim(), url_text.is_sensitive());
        let method = evaluate(session, asking, &properties.http_method)?;
        let url = match address(&url_text) {
            Ok(url) => url,
            Err(failure) => return Ok(Err(failure)),
        };
        let typed = method.reveal().trim().to_uppercase();
        let Ok(method) = Method::from_bytes(typed.as_bytes()) else {
            return Ok(Err(Failure::Method(method.masked().to_owned())));
        };
        let mut request = Self {
            url,
            method,
            headers: HeaderMap::new(),
            has_body: false,
            secrets: Vec::new(),
            is_secret: properties.request_password.is_some() || url_text.is_sensitive(),
            url_text,
        };
        if let Some(password) = &properties.request_password {
            request.add_secret(password.reveal());
        }
        if request.url_text.is_sensitive() {
            let secret = request.url_text.clone();
            request.add_secret(secret.reveal());
        }
        if let Some(flowfile) = asking {
            request.add_secrets_of(flowfile);
        }
        if let Err(failure) = request.set_headers(http, session, asking)? {
            return Ok(Err(failure));
        }
        request.has_body =
            properties.request_body_enabled && request.can_have_body() && asking.is_some();
        if let Some(flowfile) = asking.filter(|_| request.has_body) {
            request.is_secret |= flowfile.content().is_sensitive();
            if !properties.request_chunked_transfer_encoding_enabled {
                request.headers.insert(CONTENT_LENGTH, HeaderValue::from(flowfile.size()));
            }
        }
        Ok(Ok(request))
    }

    /// Whether a request of this method may have a body.
    pub(super) fn can_have_body(&self) -> bool {
        matches!(self.method.as_str(), "POST" | "PUT" | "PATCH")
    }

    fn add_secret(&mut self, secret: &str) {
        let pieces =
            secret.split(|sign: char| !(sign.is_alphanumeric() || "-_.~+/=".contains(sign)));
        let long = pieces.filter(|piece| piece.len() >= SECRET_BYTES_MIN);
        self.secrets.extend(long.map(str::to_owned));
    }

    /// All that the flowfile knows, whether or not it is sent. Content that is too large to ride along is nothing that
    /// an answer would repeat.
    fn add_secrets_of(&mut self, flowfile: &FlowFile) {
        for (_, value) in flowfile.attributes().iter().filter(|(_, value)| value.is_sensitive()) {
            self.add_secret(value.reveal());
        }
        if let (true, ContentBody::Inline(bytes)) =
            (flowfile.content().is_sensitive(), flowfile.content().body())
        {
            self.add_secret(&String::from_utf8_lossy(bytes).replace(['=', '&'], " "));
        }
    }

    fn set_headers(
        &mut self,
        http: &InvokeHttp,
        session: &Session,
        asking: Option<&FlowFile>,
    ) -> Result<Result<(), Failure>, EvaluateError> {
        let properties = &http.properties;
        let mut headers: Vec<(HeaderName, Text)> = Vec::new();
        if self.can_have_body() && properties.request_body_enabled {
            let typed = evaluate(session, asking, &properties.request_content_type)?;
            let blank = typed.reveal().trim().is_empty();
            headers.push((
                CONTENT_TYPE,
                if blank { "application/octet-stream".into() } else { typed },
            ));
        }
        let has_agent =
            properties.headers.keys().any(|name| name.eq_ignore_ascii_case("user-agent"));
        match &properties.request_user_agent {
            Some(agent) => headers.push((USER_AGENT, evaluate(session, asking, agent)?)),
            None if !has_agent => headers.push((USER_AGENT, "".into())),
            None => {}
        }
        if properties.request_date_header_enabled {
            let now = session.context().clock.now();
            headers.push((DATE, now.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string().into()));
        }
        for (name, value) in &properties.headers {
            if let Ok(name) = HeaderName::from_bytes(name.as_bytes()) {
                headers.push((name, evaluate(session, asking, value)?));
            }
        }
        headers.extend(asking.into_iter().flat_map(|flowfile| attributes(http, flowfile)));
        Ok(headers.into_iter().try_for_each(|(name, value)| self.add_header(name, &value)))
    }

    fn add_header(&mut self, name: HeaderName, value: &Text) -> Result<(), Failure> {
        let Ok(mut sent) = HeaderValue::from_bytes(value.reveal().trim().as_bytes()) else {
            return Err(Failure::Header(name.to_string()));
        };
        if value.is_sensitive() {
            sent.set_sensitive(true);
            self.is_secret = true;
            self.add_secret(value.reveal());
        }
        self.headers.append(name, sent);
        Ok(())
    }
}

/// The server's name and port.
pub(super) fn host(url: &Url) -> String {
    let name = url.host_str().unwrap_or_default();
    url.port().map_or(name.to_owned(), |port| format!("{name}:{port}"))
}

fn address(text: &Text) -> Result<Url, Failure> {
    let why = match Url::parse(text.reveal()) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => return Ok(url),
        Ok(_) => ": it must begin with http:// or https://",
        Err(_) if text.reveal().is_empty() => ": it is empty",
        Err(_) => "",
    };
    Err(Failure::Address(why.to_owned()))
}

/// The attributes that go along as headers.
fn attributes(http: &InvokeHttp, flowfile: &FlowFile) -> Vec<(HeaderName, Text)> {
    let Some(pattern) = &http.header_attributes else { return Vec::new() };
    let is_own = |name: &str| {
        name == "path" || (name.starts_with("invokehttp.") && name != "invokehttp.request.duration")
    };
    let wanted = |name: &str| !is_own(name) && pattern.is_full_match(name).unwrap_or(false);
    let all = flowfile.attributes().iter().filter(|(name, _)| wanted(name));
    all.filter_map(|(name, value)| {
        Some((HeaderName::from_bytes(name.as_bytes()).ok()?, value.clone()))
    })
    .collect()
}
