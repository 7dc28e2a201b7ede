//! Why there was no answer, in words, and what NiFi would have called it. Never the address's query or user, and never a
//! header's value.

use std::{error::Error, io, time::Duration};

use processors_api::{DataSize, EvaluateError, TimePeriod};

/// How the HTTP library begins to say that it cannot read an answer.
const NOT_HTTP: [&str; 2] = ["invalid HTTP", "message head is too large"];

/// How it begins to say that a proxy refuses.
const PROXY: [&str; 2] = ["tunnel error", "SOCKS error"];

#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    #[error("http_url gives no http or https address{0}")]
    Address(String),
    #[error("http_method gives `{0}`, which is no method")]
    Method(String),
    #[error("the header `{0}` has a value that cannot be sent")]
    Header(String),
    #[error("there are too many redirects: more than {most}, the last one by {host}")]
    Redirects { host: String, most: usize },
    #[error(
        "proxy_url gives no address of a proxy: http://, https://, socks5:// or socks5h://, and a server"
    )]
    ProxyAddress,
    #[error("{property} cannot be read: {path}: {why}")]
    File { property: &'static str, path: String, why: String },
    #[error("{property}: {path} is not what is wanted there, as PEM")]
    NotPem { property: &'static str, path: String },
    #[error("HTTP cannot be used: {0}")]
    Client(String),
    #[error("the name {host} is not known")]
    UnknownHost { host: String },
    #[error("no connection to {host}: {why}")]
    Connect { host: String, why: String },
    #[error("no connection to {host} within {}", TimePeriod::new(*.limit))]
    ConnectTimeout { host: String, limit: Duration },
    #[error("{host} was silent for {}", TimePeriod::new(*.limit))]
    Silent { host: String, limit: Duration },
    #[error("{host} took nothing of what was sent for {}", TimePeriod::new(*.limit))]
    NotTaken { host: String, limit: Duration },
    #[error("the answer of {host} was not complete after {}, which is total_timeout", TimePeriod::new(*.limit))]
    TooLong { host: String, limit: Duration },
    #[error("the answer of {host} is larger than {limit}, which is maximum_response_size")]
    TooLarge { host: String, limit: DataSize },
    #[error("no safe connection to {host}: {why}")]
    Tls { host: String, why: String },
    #[error("{host} ended the connection before the answer was complete")]
    Broken { host: String },
    #[error("what {host} answers is not HTTP: {why}")]
    Nonsense { host: String, why: String },
    #[error("the answer of {host} could not be kept: {error}")]
    NotKept { host: String, error: io::Error },
    #[error("a property could not be evaluated: {0}")]
    Expression(#[from] EvaluateError),
}

impl Failure {
    /// The exception that NiFi would show.
    pub(super) fn java_class(&self) -> &'static str {
        match self {
            Self::Address(_) | Self::Method(_) | Self::Header(_) | Self::ProxyAddress => {
                "java.lang.IllegalArgumentException"
            }
            Self::File { .. } | Self::TooLarge { .. } => "java.io.IOException",
            Self::NotPem { .. } => "javax.net.ssl.SSLException",
            Self::TooLong { .. } => "java.io.InterruptedIOException",
            Self::Redirects { .. } | Self::Nonsense { .. } => "java.net.ProtocolException",
            Self::Client(_) | Self::Broken { .. } | Self::NotKept { .. } => "java.io.IOException",
            Self::Expression(_) => {
                "org.apache.nifi.attribute.expression.language.exception.AttributeExpressionLanguageException"
            }
            Self::UnknownHost { .. } => "java.net.UnknownHostException",
            Self::Connect { .. } => "java.net.ConnectException",
            Self::ConnectTimeout { .. } | Self::Silent { .. } | Self::NotTaken { .. } => {
                "java.net.SocketTimeoutException"
            }
            Self::Tls { .. } => "javax.net.ssl.SSLHandshakeException",
        }
    }

    /// What an error of the HTTP library means.
    pub(super) fn of(error: &reqwest::Error, host: String, connection_timeout: Duration) -> Self {
        if error.is_connect() && error.is_timeout() {
            return Self::ConnectTimeout { host, limit: connection_timeout };
        }
        let causes = causes(error);
        if let Some(why) = causes.iter().find_map(|cause| cause.downcast_ref::<rustls::Error>()) {
            return Self::Tls { host, why: why.to_string() };
        }
        let cause = causes.iter().find_map(|cause| cause.downcast_ref::<io::Error>());
        if error.is_connect() {
            if causes.iter().any(|cause| cause.to_string() == "dns error") {
                return Self::UnknownHost { host };
            }
            if cause.is_some_and(|cause| cause.to_string() == "tls handshake eof") {
                return Self::Tls { host, why: "it ended the connection".to_owned() };
            }
            let of_proxy = |words: &String| PROXY.iter().any(|begin| words.starts_with(begin));
            if let Some(why) = causes.iter().map(ToString::to_string).find(of_proxy) {
                return Self::Connect { host, why };
            }
            let why = cause.map_or("it did not come about".to_owned(), words);
            return Self::Connect { host, why };
        }
        let words = causes.iter().map(ToString::to_string);
        match words.into_iter().find(|words| NOT_HTTP.iter().any(|begin| words.starts_with(begin)))
        {
            Some(why) => Self::Nonsense { host, why },
            None => Self::Broken { host },
        }
    }
}

/// An operating system's message without its number.
fn words(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => "connection refused".to_owned(),
        io::ErrorKind::ConnectionReset => "connection reset".to_owned(),
        io::ErrorKind::NetworkUnreachable => "the network is unreachable".to_owned(),
        io::ErrorKind::HostUnreachable => "the host is unreachable".to_owned(),
        io::ErrorKind::TimedOut => "timed out".to_owned(),
        _ => error.to_string(),
    }
}

/// The error and everything below it. What an I/O error wraps is not among its sources.
fn causes<'e>(error: &'e (dyn Error + 'static)) -> Vec<&'e (dyn Error + 'static)> {
    const CAUSES_MAX: usize = 20;
    let mut causes = Vec::new();
    let mut next = Some(error);
    while let Some(cause) = next.filter(|_| causes.len() < CAUSES_MAX) {
        causes.push(cause);
        let wrapped = cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        next = match wrapped {
            Some(wrapped) => Some(wrapped as &(dyn Error + 'static)),
            None => cause.source(),
        };
    }
    causes
}
