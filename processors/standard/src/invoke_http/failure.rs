//! Why there was no answer, in words, and what NiFi would have called it. Never the address's query or user, and never a
//! header's value.

use std::{error::Error, io, time::Duration};

use processors_api::TimePeriod;

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
    #[error("no safe connection to {host}: {why}")]
    Tls { host: String, why: String },
    #[error("{host} ended the connection before the answer was complete")]
    Broken { host: String },
}

impl Failure {
    /// The exception that NiFi would show.
    pub(super) fn java_class(&self) -> &'static str {
        match self {
            Self::Address(_) | Self::Method(_) | Self::Header(_) => {
                "java.lang.IllegalArgumentException"
            }
            Self::Redirects { .. } => "java.net.ProtocolException",
            Self::Client(_) | Self::Broken { .. } => "java.io.IOException",
            Self::UnknownHost { .. } => "java.net.UnknownHostException",
            Self::Connect { .. } => "java.net.ConnectException",
            Self::ConnectTimeout { .. } | Self::Silent { .. } => "java.net.SocketTimeoutException",
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
            let why = cause.map_or("it did not come about".to_owned(), words);
            return Self::Connect { host, why };
        }
        Self::Broken { host }
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
