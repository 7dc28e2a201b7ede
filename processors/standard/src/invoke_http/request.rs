//! What is sent: address, method, headers and what of them is secret. Not the content: `body` streams that.

use processors_api::{
    ContentBody, EvaluateError, Expr, FlowFile, MASK, Session, Text, expression::ExpressionType,
};
use reqwest::{
    Method, Url,
    header::{
        CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, DATE, HeaderMap, HeaderName, HeaderValue,
        TRANSFER_ENCODING, USER_AGENT,
    },
};

use super::{Failure, InvokeHttp, form::Form, properties::ContentEncoding};

/// Pieces of a secret that are shorter than this are not looked for in an answer.
const SECRET_BYTES_MIN: usize = 6;

/// A whole secret is looked for from here on.
const WHOLE_SECRET_BYTES_MIN: usize = 4;

/// Where a body begins and ends is not for a flow to say: two that disagree let a request be smuggled in.
const FRAMING: [HeaderName; 2] = [CONTENT_LENGTH, TRANSFER_ENCODING];

/// How the names of headers that carry credentials end.
const SECRET_NAMES: [&str; 8] =
    ["apikey", "authorization", "cookie", "key", "password", "secret", "signature", "token"];

pub(super) struct Request {
    pub(super) url: Url,
    /// The address as it was given.
    pub(super) url_text: Text,
    /// The flow says that all of the address is secret, not only who is named in it.
    is_host_secret: bool,
    pub(super) method: Method,
    pub(super) proxy: Option<ProxyServer>,
    pub(super) headers: HeaderMap,
    /// What its body is.
    pub(super) payload: Payload,
    /// How its body is written.
    pub(super) coding: Coding,
    /// Whether something secret is in its body.
    pub(super) is_body_secret: bool,
    /// The attribute that takes the answer's body.
    pub(super) body_attribute: Option<String>,
    /// What stands before the names of the answer's headers.
    pub(super) header_prefix: Option<Text>,
    /// Secrets and pieces of them: no message may show them.
    pub(super) secrets: Vec<String>,
    /// Whether anything secret is asked with or for.
    pub(super) is_secret: bool,
}

/// The proxy that is gone through.
pub(super) struct ProxyServer {
    pub(super) url: Url,
    /// Its name and port, as a message may show them.
    shown: String,
}

impl ProxyServer {
    /// Nobody but the environment and the parameters say which one it is; nothing is none.
    fn of(http: &InvokeHttp, session: &Session) -> Result<Option<Self>, Failure> {
        let Some(expression) = &http.properties.proxy_url else { return Ok(None) };
        let text = session.evaluate_alone(expression)?;
        let typed = text.reveal().trim();
        if typed.is_empty() {
            return Ok(None);
        }
        let url = Url::parse(typed).map_err(|_| Failure::ProxyAddress)?;
        let is_known = matches!(url.scheme(), "http" | "https" | "socks5" | "socks5h");
        if !is_known || !url.has_host() {
            return Err(Failure::ProxyAddress);
        }
        let shown = if text.is_sensitive() { MASK.to_owned() } else { name_and_port(&url) };
        Ok(Some(Self { url, shown }))
    }

    pub(super) fn is_https(&self) -> bool {
        self.url.scheme() == "https"
    }
}

/// What a request's body is.
pub(super) enum Payload {
    Nothing,
    /// The flowfile's content.
    Content,
    Form(Form),
}

/// How a body is written.
#[derive(Clone, Copy)]
pub(super) struct Coding {
    pub(super) gzip: bool,
    pub(super) in_chunks: bool,
}

impl Coding {
    /// Whether the length is not said before.
    pub(super) fn hides_length(self) -> bool {
        self.gzip || self.in_chunks
    }
}

/// An expression's value, with a flowfile or without.
pub(super) fn evaluate<T: ExpressionType>(
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
    /// Everything is evaluated here: once something was sent, nothing may fail for a property.
    pub(super) fn new(
        http: &InvokeHttp,
        session: &Session,
        asking: Option<&FlowFile>,
    ) -> Result<Self, Failure> {
        let properties = &http.properties;
        let optional = |expression: &Option<Expr<String>>| match expression {
            Some(expression) => evaluate(session, asking, expression).map(Some),
            None => Ok(None),
        };
        let url_text = evaluate(session, asking, &properties.http_url)?;
        let method = evaluate(session, asking, &properties.http_method)?;
        let url = address(&url_text)?;
        // Many a service takes its token as the user's name.
        let is_secret =
            url_text.is_sensitive() || url.password().is_some() || !url.username().is_empty();
        let typed = method.reveal().trim().to_uppercase();
        let wrong_method = |_| Failure::Method(method.masked().to_owned());
        let name = optional(&properties.response_body_attribute_name)?;
        // Names are seen by everybody.
        let name = name.map(|name| name.masked().trim().to_owned());
        let mut request = Self {
            url,
            is_host_secret: url_text.is_sensitive(),
            url_text: Text::new(url_text.reveal().trim(), is_secret),
            method: Method::from_bytes(typed.as_bytes()).map_err(wrong_method)?,
            proxy: ProxyServer::of(http, session)?,
            headers: HeaderMap::new(),
            payload: Payload::Nothing,
            coding: Coding {
                gzip: properties.request_content_encoding == ContentEncoding::Gzip,
                in_chunks: properties.request_chunked_transfer_encoding_enabled,
            },
            is_body_secret: false,
            body_attribute: name.filter(|name| !name.is_empty()),
            header_prefix: optional(&properties.response_header_request_attributes_prefix)?,
            secrets: Vec::new(),
            is_secret: is_secret || properties.request_password.is_some(),
        };
        request.add_secrets(http, asking);
        let content_type = request.content_type(http, session, asking)?;
        if let Some(flowfile) = asking.filter(|_| request.can_have_body()) {
            request.set_payload(http, session, flowfile, &content_type)?;
        }
        request.set_headers(http, session, asking, content_type)?;
        if let Some(flowfile) = asking {
            request.describe_body(flowfile);
        }
        Ok(request)
    }

    /// Whether anything is sent as its body.
    pub(super) fn has_body(&self) -> bool {
        !matches!(self.payload, Payload::Nothing)
    }

    fn set_payload(
        &mut self,
        http: &InvokeHttp,
        session: &Session,
        flowfile: &FlowFile,
        content_type: &Text,
    ) -> Result<(), Failure> {
        let form = Form::of(http, session, flowfile, content_type)?;
        let sends_content =
            form.as_ref().map_or(http.properties.request_body_enabled, |form| form.has_content);
        self.is_body_secret = sends_content && flowfile.content().is_sensitive();
        for secret in form.iter().flat_map(|form| &form.secrets) {
            self.is_body_secret = true;
            self.add_secret(secret.reveal());
        }
        self.is_secret |= self.is_body_secret;
        self.payload = match form {
            Some(form) => Payload::Form(form),
            None if sends_content => Payload::Content,
            None => Payload::Nothing,
        };
        Ok(())
    }

    /// The headers that only the body decides.
    fn describe_body(&mut self, flowfile: &FlowFile) {
        let length = match &self.payload {
            Payload::Nothing => return,
            Payload::Content => flowfile.size(),
            Payload::Form(form) => {
                self.headers.insert(CONTENT_TYPE, form.content_type());
                let around = (form.begin.len() + form.end.len()) as u64;
                around + if form.has_content { flowfile.size() } else { 0 }
            }
        };
        if self.coding.gzip {
            self.headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        if !self.coding.hides_length() {
            self.headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
        }
    }

    /// Whether a request of this method may have a body.
    pub(super) fn can_have_body(&self) -> bool {
        matches!(self.method.as_str(), "POST" | "PUT" | "PATCH")
    }

    /// The server's name and port, as a message may show them.
    pub(super) fn host_shown(&self, url: &Url) -> String {
        if self.is_host_secret && self.url.host() == url.host() {
            return MASK.to_owned();
        }
        name_and_port(url)
    }

    /// The same, with the proxy that the way there leads through.
    pub(super) fn way_shown(&self, host: &str) -> String {
        match &self.proxy {
            Some(proxy) => format!("{host} by way of the proxy {}", proxy.shown),
            None => host.to_owned(),
        }
    }

    /// Whether a text that came back repeats a secret that was sent.
    pub(super) fn is_repeated_in(&self, text: &str) -> bool {
        self.secrets.iter().any(|secret| text.contains(secret.as_str()))
    }

    fn add_secret(&mut self, secret: &str) {
        let pieces =
            secret.split(|sign: char| !(sign.is_alphanumeric() || "-_.~+/=".contains(sign)));
        let long = pieces.filter(|piece| piece.len() >= SECRET_BYTES_MIN);
        let whole = Some(secret.trim()).filter(|whole| whole.len() >= WHOLE_SECRET_BYTES_MIN);
        self.secrets.extend(long.chain(whole).map(str::to_owned));
    }

    /// All that the flowfile and the properties know, whether or not it is sent. Content that is too large to ride along
    /// is nothing that an answer would repeat.
    fn add_secrets(&mut self, http: &InvokeHttp, asking: Option<&FlowFile>) {
        let properties = &http.properties;
        let passwords = [&properties.request_password, &properties.proxy_password];
        passwords.into_iter().flatten().for_each(|password| self.add_secret(password.reveal()));
        if let Some(password) = self.proxy.as_ref().and_then(|proxy| proxy.url.password()) {
            let password = password.to_owned();
            self.add_secret(&password);
        }
        if self.url_text.is_sensitive() {
            let secret = self.url_text.clone();
            self.add_secret(secret.reveal());
        }
        let Some(flowfile) = asking else { return };
        for (_, value) in flowfile.attributes().iter().filter(|(_, value)| value.is_sensitive()) {
            self.add_secret(value.reveal());
        }
        if let (true, ContentBody::Inline(bytes)) =
            (flowfile.content().is_sensitive(), flowfile.content().body())
        {
            self.add_secret(&String::from_utf8_lossy(bytes).replace(['=', '&'], " "));
        }
    }

    fn content_type(
        &self,
        http: &InvokeHttp,
        session: &Session,
        asking: Option<&FlowFile>,
    ) -> Result<Text, Failure> {
        if !self.can_have_body() || !http.properties.request_body_enabled {
            return Ok("".into());
        }
        let typed = evaluate(session, asking, &http.properties.request_content_type)?;
        let blank = typed.reveal().trim().is_empty();
        Ok(if blank { "application/octet-stream".into() } else { typed })
    }

    fn set_headers(
        &mut self,
        http: &InvokeHttp,
        session: &Session,
        asking: Option<&FlowFile>,
        content_type: Text,
    ) -> Result<(), Failure> {
        let properties = &http.properties;
        let is_given = |name: HeaderName| http.headers.iter().any(|(given, _)| *given == name);
        let mut headers: Vec<(HeaderName, Text)> = Vec::new();
        if matches!(self.payload, Payload::Content) && !is_given(CONTENT_TYPE) {
            headers.push((CONTENT_TYPE, content_type));
        }
        match &properties.request_user_agent {
            Some(agent) => headers.push((USER_AGENT, evaluate(session, asking, agent)?)),
            None if !is_given(USER_AGENT) => headers.push((USER_AGENT, "".into())),
            None => {}
        }
        if properties.request_date_header_enabled {
            let now = session.context().clock.now();
            headers.push((DATE, now.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string().into()));
        }
        for (name, value) in &http.headers {
            headers.push((name.clone(), evaluate(session, asking, value)?));
        }
        headers.extend(asking.into_iter().flat_map(|flowfile| attributes(http, flowfile)));
        let headers = headers.into_iter().filter(|(name, _)| !FRAMING.contains(name));
        headers.into_iter().try_for_each(|(name, value)| self.add_header(name, &value))
    }

    fn add_header(&mut self, name: HeaderName, value: &Text) -> Result<(), Failure> {
        let Ok(mut sent) = HeaderValue::from_bytes(value.reveal().trim().as_bytes()) else {
            return Err(Failure::Header(name.to_string()));
        };
        // What is marked goes to no other server.
        sent.set_sensitive(value.is_sensitive() || sounds_secret(&name));
        if value.is_sensitive() {
            self.is_secret = true;
            self.add_secret(value.reveal());
        }
        self.headers.append(name, sent);
        Ok(())
    }
}

fn name_and_port(url: &Url) -> String {
    let name = url.host_str().unwrap_or_default();
    url.port().map_or(name.to_owned(), |port| format!("{name}:{port}"))
}

/// Whether a header of this name is a credential, even if its value stands in the flow file.
fn sounds_secret(name: &HeaderName) -> bool {
    let last = name.as_str().split('-').next_back();
    name.as_str() != "idempotency-key" && last.is_some_and(|last| SECRET_NAMES.contains(&last))
}

fn address(text: &Text) -> Result<Url, Failure> {
    let why = match Url::parse(text.reveal().trim()) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => return Ok(url),
        Ok(_) => ": it must begin with http:// or https://",
        Err(_) if text.reveal().trim().is_empty() => ": it is empty",
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
    // The type of what is sent is known better.
    let is_type = |name: &str| name.eq_ignore_ascii_case(CONTENT_TYPE.as_str());
    let wanted = |name: &str| {
        !is_own(name) && !is_type(name) && pattern.is_full_match(name).unwrap_or(false)
    };
    let all = flowfile.attributes().iter().filter(|(name, _)| wanted(name));
    all.filter_map(|(name, value)| {
        Some((HeaderName::from_bytes(name.as_bytes()).ok()?, value.clone()))
    })
    .collect()
}
