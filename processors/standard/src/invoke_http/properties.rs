//! The settings of `InvokeHttp`. What is wrong with them is said by `check`.

use indexmap::IndexMap;
use processors_api::{DataSize, Expr, Sensitive, TimePeriod};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, de::IgnoredAny};

use crate::yes;

/// Sends an HTTP request for each flowfile and makes a flowfile of the answer.
///
/// An answer of 200 to 299 goes to `response`, the flowfile that asked to `original`. 429 and 500 to 599 send it to
/// `retry`, after the time that the server asks for; any other answer to `no_retry`; no answer to `failure`. Without
/// anything that leads to it, it asks each time its schedule fires.
///
/// Answers that are compressed by gzip, br or zstd arrive as what they were before, without `Content-Encoding` and
/// `Content-Length`; whoever asks for an `Accept-Encoding` in `headers` gets them as they are. Proxies are used only
/// where `proxy_url` says so: `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` change nothing, unless it is written
/// `proxy_url: ${HTTPS_PROXY}`. Passwords, cookies and all that is secret never go to another server when a redirect
/// leads there.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Properties {
    /// The address to call, for example `https://api.example.com/orders/${order.id}`. What needs encoding is to be
    /// encoded already.
    #[serde(alias = "remote_url")]
    pub(super) http_url: Expr<String>,

    /// What to do there: GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS or any other method. POST, PUT and PATCH send
    /// the flowfile's content.
    #[serde(default = "get")]
    pub(super) http_method: Expr<String>,

    /// Headers of the request, by name. NiFi's name for a field of a form, `post:form:NAME`, is understood here too.
    #[serde(default)]
    pub(super) headers: IndexMap<String, Expr<String>>,

    /// Fields of a form, by name: sent as `multipart/form-data`, with the content if `request_multipart_form_data_name`
    /// gives it a name.
    #[serde(default)]
    pub(super) form_fields: IndexMap<String, Expr<String>>,

    /// Says that repeating the request does no harm, so that it may be repeated after a crash. GET, HEAD, PUT, DELETE,
    /// OPTIONS and TRACE are so by themselves.
    #[serde(default)]
    pub(super) repeatable: bool,

    /// Whether to speak HTTP/1.1 only. Otherwise a server that offers HTTP/2 over TLS gets it.
    #[serde(default, alias = "disable_http2")]
    pub(super) http_2_disabled: bool,

    /// A file with the certificates of the authorities that servers are trusted by, as PEM, in the place of those that
    /// the machine trusts.
    #[serde(default)]
    pub(super) ca_file: Option<String>,

    /// A file with the certificate and the private key that this side shows, as PEM.
    #[serde(default)]
    pub(super) client_certificate_file: Option<String>,

    /// The proxy to go through: http://, https://, socks5:// or socks5h:// (which lets the proxy look up names). Only
    /// the environment and parameters are known here; nothing means no proxy.
    #[serde(default)]
    pub(super) proxy_url: Option<Expr<String>>,

    /// The user name for the proxy.
    #[serde(default)]
    pub(super) proxy_username: Option<String>,

    /// The password for the proxy.
    #[serde(default)]
    pub(super) proxy_password: Option<Sensitive<String>>,

    /// How long a connection may take to come about.
    #[serde(default = "five_seconds")]
    pub(super) connection_timeout: TimePeriod,

    /// How long the other side may be silent.
    #[serde(default = "fifteen_seconds", alias = "read_timeout")]
    pub(super) socket_read_timeout: TimePeriod,

    /// How long the other side may take nothing of what is sent.
    #[serde(default = "fifteen_seconds")]
    pub(super) socket_write_timeout: TimePeriod,

    /// How long all of it may take, from the connection to the last byte of the answer, redirects included: a server
    /// that is never silent for long could keep a flowfile for ever. `0 sec` means without end.
    #[serde(default = "one_hour")]
    pub(super) total_timeout: TimePeriod,

    /// How long a connection that is not used is kept.
    #[serde(default = "five_minutes", alias = "idle_timeout")]
    pub(super) socket_idle_timeout: TimePeriod,

    /// How many connections that are not used are kept, for each server.
    #[serde(default = "five", alias = "max_idle_connections")]
    pub(super) socket_idle_connections: usize,

    /// The user name for Basic or Digest authentication.
    #[serde(default, alias = "basic_authentication_username")]
    pub(super) request_username: Option<String>,

    /// The password for it.
    #[serde(default, alias = "basic_authentication_password")]
    pub(super) request_password: Option<Sensitive<String>>,

    /// Whether it is Digest authentication. Then the password is sent only as a hash, after the server asked for it.
    #[serde(default, alias = "digest_authentication")]
    pub(super) request_digest_authentication_enabled: bool,

    /// Whether a flowfile that goes to `no_retry` waits for the penalty time.
    #[serde(default, alias = "penalize_on_no_retry", alias = "penalize_on_no_retry_")]
    pub(super) request_failure_penalization_enabled: bool,

    /// Whether POST, PUT and PATCH send the flowfile's content.
    #[serde(default = "yes", alias = "send_message_body")]
    pub(super) request_body_enabled: bool,

    /// The name of the content as a part of a `multipart/form-data`.
    #[serde(default, alias = "form_body_form_name")]
    pub(super) request_multipart_form_data_name: Option<Expr<String>>,

    /// Whether that part bears the flowfile's `filename`.
    #[serde(default = "yes", alias = "set_form_filename")]
    pub(super) request_multipart_form_data_filename_enabled: bool,

    /// Whether the content is sent in chunks, without saying its length first. HTTP/2 has ways of its own.
    #[serde(default, alias = "use_chunked_encoding")]
    pub(super) request_chunked_transfer_encoding_enabled: bool,

    /// Whether what is sent is compressed. Its length is not said then.
    #[serde(default, alias = "content_encoding")]
    pub(super) request_content_encoding: ContentEncoding,

    /// The `Content-Type` of what is sent; `application/octet-stream` when this gives nothing.
    #[serde(default = "mime_type", alias = "content_type")]
    pub(super) request_content_type: Expr<String>,

    /// Whether to send a `Date`.
    #[serde(default = "yes", alias = "include_date_header")]
    pub(super) request_date_header_enabled: bool,

    /// A regular expression: attributes whose whole name matches are sent as headers.
    #[serde(default, alias = "attributes_to_send")]
    pub(super) request_header_attributes_pattern: Option<String>,

    /// The `User-Agent`; empty when left out.
    #[serde(default, alias = "useragent")]
    pub(super) request_user_agent: Option<Expr<String>>,

    /// An attribute of the flowfile that asked, to take the answer's body in the place of a flowfile.
    #[serde(default, alias = "put_response_body_in_attribute")]
    pub(super) response_body_attribute_name: Option<Expr<String>>,

    /// How many bytes of the body that attribute takes.
    #[serde(default = "attribute_size", alias = "max_length_to_put_in_attribute")]
    pub(super) response_body_attribute_size: usize,

    /// Whether to leave the answer's body where it is.
    #[serde(default, alias = "ignore_response_content")]
    pub(super) response_body_ignored: bool,

    /// The largest body that is taken, decompressed. It goes to the disk as it comes, and this keeps one server from
    /// filling it.
    #[serde(default = "one_gigabyte")]
    pub(super) maximum_response_size: DataSize,

    /// Whether answers to GET are kept in memory and asked for again only when they may have changed, as their
    /// `Cache-Control`, `Expires`, `ETag` and `Last-Modified` say.
    #[serde(default, alias = "use_etag")]
    pub(super) response_cache_enabled: bool,

    /// How much memory these take together.
    #[serde(default = "ten_megabytes", alias = "etag_max_cache_size")]
    pub(super) response_cache_size: DataSize,

    /// Whether cookies that servers set are sent back to them, until the flow ends.
    #[serde(default, alias = "cookie_strategy")]
    pub(super) response_cookie_strategy: CookieStrategy,

    /// Whether every answer makes a flowfile for `response`, whatever its status.
    #[serde(default, alias = "always_output_response")]
    pub(super) response_generation_required: bool,

    /// How the answer's flowfile is called.
    #[serde(default, alias = "flow_file_naming_strategy")]
    pub(super) response_flowfile_naming_strategy: Naming,

    /// Whether the flowfile that asked gets the answer's headers as attributes too.
    #[serde(default, alias = "add_response_headers_to_request")]
    pub(super) response_header_request_attributes_enabled: bool,

    /// What stands before the names of these attributes.
    #[serde(default)]
    pub(super) response_header_request_attributes_prefix: Option<Expr<String>>,

    /// Whether to go where the server points to, from http to https and back too. Secrets are not sent along to
    /// another server.
    #[serde(default = "yes", alias = "follow_redirects")]
    pub(super) response_redirects_enabled: bool,

    #[serde(default)]
    #[schemars(skip)]
    pub(super) ssl_context_service: Option<IgnoredAny>,

    #[serde(default)]
    #[schemars(skip)]
    pub(super) proxy_configuration_service: Option<IgnoredAny>,

    #[serde(default, alias = "oauth2_access_token_provider")]
    #[schemars(skip)]
    pub(super) request_oauth2_access_token_provider: Option<IgnoredAny>,

    #[serde(default)]
    #[schemars(skip)]
    pub(super) oauth2_access_token_refresh_strategy: Option<IgnoredAny>,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
pub(super) enum Naming {
    /// As the flowfile that asked, or by chance.
    #[default]
    #[serde(rename = "RANDOM")]
    Random,
    /// As the last part of the address says, for GET.
    #[serde(rename = "URL_PATH")]
    UrlPath,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub(super) enum ContentEncoding {
    /// Sent as it is.
    #[default]
    Disabled,
    /// Compressed by gzip.
    Gzip,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum CookieStrategy {
    /// Cookies are not kept.
    #[default]
    Disabled,
    /// Every cookie is kept for the server that set it.
    AcceptAll,
}

fn get() -> Expr<String> {
    Expr::literal("GET")
}

fn mime_type() -> Expr<String> {
    Expr::compile(MIME_TYPE).unwrap_or_else(|_| Expr::literal(""))
}

/// What `request_content_type` is when it is left out.
pub(super) const MIME_TYPE: &str = "${mime.type}";

fn five_seconds() -> TimePeriod {
    TimePeriod::from_secs(5)
}

fn fifteen_seconds() -> TimePeriod {
    TimePeriod::from_secs(15)
}

fn five_minutes() -> TimePeriod {
    TimePeriod::from_secs(300)
}

fn one_hour() -> TimePeriod {
    TimePeriod::from_secs(3600)
}

fn five() -> usize {
    5
}

fn attribute_size() -> usize {
    256
}

fn one_gigabyte() -> DataSize {
    DataSize::from_bytes(1 << 30)
}

fn ten_megabytes() -> DataSize {
    DataSize::from_bytes(10 << 20)
}
