//! What is wrong with the settings, said when the flow is loaded: properties that need a service, that do not go
//! together, an address that can never be one.

use processors_api::{
    DataSize, Expr, JavaRegex, PropertiesError,
    diagnostic::{quote, suggest},
};
use reqwest::{Url, header::HeaderName};

use super::{Properties, form::FORM_FIELD, properties::CookieStrategy};

/// The most that the cache and an attribute may take: they are held in memory.
const MEMORY_BYTES_MAX: u64 = 1 << 30;

/// A header or a field of a form: its name as it is sent, and its value.
pub(super) type Named<N> = (N, Expr<String>);

/// What the settings come to once they are checked.
pub(super) struct Checked {
    pub(super) headers: Vec<Named<HeaderName>>,
    pub(super) form_fields: Vec<Named<String>>,
    pub(super) header_attributes: Option<JavaRegex>,
}

pub(super) fn checked(properties: &Properties) -> Result<Checked, PropertiesError> {
    no_services(properties)?;
    address(properties.http_url.template().source(), properties.http_url.template().is_constant())?;
    credentials(properties)?;
    sizes(properties)?;
    let form_fields = form_fields(properties)?;
    if properties.request_body_enabled {
        if !form_fields.is_empty() && properties.request_multipart_form_data_name.is_none() {
            let message = "a form that is sent with the content needs request_multipart_form_data_name: the name of the content's part";
            return Err(PropertiesError::of(home_of_fields(properties), message)
                .help("request_multipart_form_data_name: file")
                .help("request_body_enabled: false    # to send the fields without the content"));
        }
    } else if properties.request_multipart_form_data_name.is_some() {
        let message = "request_multipart_form_data_name names the content, and request_body_enabled: false does not send it";
        return Err(PropertiesError::of("request_multipart_form_data_name", message)
            .help("remove one of them"));
    }
    Ok(Checked {
        headers: headers(properties)?,
        form_fields,
        header_attributes: header_attributes(properties)?,
    })
}

/// Controller services are not there yet; most of what they do is.
fn no_services(properties: &Properties) -> Result<(), PropertiesError> {
    let oauth = [
        "headers: { Authorization: \"Bearer ${access_token}\" }",
        "an InvokeHttp before this one fetches the token, and EvaluateJsonPath takes it out of the answer",
    ];
    let refused = [
        (
            "ssl_context_service",
            properties.ssl_context_service.is_some(),
            &["ca_file: ./ca.pem", "client_certificate_file: ./client.pem"],
        ),
        (
            "proxy_configuration_service",
            properties.proxy_configuration_service.is_some(),
            &["proxy_url: http://proxy.example.com:3128", "proxy_username: and proxy_password:"],
        ),
        (
            "request_oauth2_access_token_provider",
            properties.request_oauth2_access_token_provider.is_some(),
            &oauth,
        ),
        (
            "oauth2_access_token_refresh_strategy",
            properties.oauth2_access_token_refresh_strategy.is_some(),
            &oauth,
        ),
    ];
    let Some((name, _, instead)) = refused.into_iter().find(|(_, is_given, _)| *is_given) else {
        return Ok(());
    };
    let message = format!("{name} is a controller service of NiFi, which there is not here");
    let error = PropertiesError::of(name, message);
    Err(instead.iter().fold(error, |error, line| error.help(*line)))
}

fn credentials(properties: &Properties) -> Result<(), PropertiesError> {
    let has_colon = |name: &Option<String>| name.as_ref().is_some_and(|name| name.contains(':'));
    let wrong = |property, message: &str| Err(PropertiesError::of(property, message));
    if has_colon(&properties.request_username) {
        return wrong("request_username", "a user name has no `:`");
    }
    if has_colon(&properties.proxy_username) {
        return wrong("proxy_username", "a user name has no `:`");
    }
    if properties.request_username.is_none() {
        if properties.request_password.is_some() {
            return wrong("request_password", "request_password needs request_username");
        }
        if properties.request_digest_authentication_enabled {
            let property = "request_digest_authentication_enabled";
            return wrong(property, "Digest authentication needs request_username");
        }
    }
    if properties.proxy_username.is_none() && properties.proxy_password.is_some() {
        return wrong("proxy_password", "proxy_password needs proxy_username");
    }
    if properties.proxy_url.is_none() && properties.proxy_username.is_some() {
        return wrong("proxy_username", "proxy_username needs proxy_url");
    }
    Ok(())
}

fn sizes(properties: &Properties) -> Result<(), PropertiesError> {
    let most = DataSize::from_bytes(MEMORY_BYTES_MAX);
    let too_large =
        |name| Err(PropertiesError::of(name, format!("{name} is held in memory: at most {most}")));
    if properties.response_cache_size > most {
        return too_large("response_cache_size");
    }
    if properties.response_body_attribute_size as u64 > MEMORY_BYTES_MAX {
        return too_large("response_body_attribute_size");
    }
    Ok(())
}

fn headers(properties: &Properties) -> Result<Vec<Named<HeaderName>>, PropertiesError> {
    let given = properties.headers.iter().filter(|(name, _)| !name.starts_with(FORM_FIELD));
    let headers = given.map(|(name, value)| {
        let sent = HeaderName::from_bytes(name.as_bytes()).map_err(|_| {
            let message = format!("{} cannot be the name of a header", quote(name));
            PropertiesError::of("headers", message)
        })?;
        let keeps_cookies = properties.response_cookie_strategy == CookieStrategy::AcceptAll;
        if sent == reqwest::header::COOKIE && keeps_cookies {
            let message = "the header Cookie and response_cookie_strategy: ACCEPT_ALL do not go together: which cookies are sent?";
            return Err(PropertiesError::of("headers", message).help("remove one of them"));
        }
        Ok((sent, value.clone()))
    });
    headers.collect()
}

/// Those under their own name and, in NiFi's form, those among the headers.
fn form_fields(properties: &Properties) -> Result<Vec<Named<String>>, PropertiesError> {
    let own = properties.form_fields.iter().map(|(name, value)| (name.clone(), value.clone()));
    let mut fields: Vec<Named<String>> = own.collect();
    for (given, value) in &properties.headers {
        let Some(rest) = given.strip_prefix(FORM_FIELD) else { continue };
        match rest.strip_prefix(':').filter(|name| !name.is_empty()) {
            Some(name) => fields.push((name.to_owned(), value.clone())),
            None => {
                let message = format!("{} does not say which field of the form", quote(given));
                let error = PropertiesError::of("headers", message);
                return Err(error.help("post:form:NAME, or NAME under form_fields:"));
            }
        }
    }
    Ok(fields)
}

fn home_of_fields(properties: &Properties) -> &'static str {
    if properties.form_fields.is_empty() { "headers" } else { "form_fields" }
}

fn header_attributes(properties: &Properties) -> Result<Option<JavaRegex>, PropertiesError> {
    let pattern = properties.request_header_attributes_pattern.as_deref();
    pattern.map(JavaRegex::new).transpose().map_err(|error| {
        let property = "request_header_attributes_pattern";
        PropertiesError::of(property, format!("`{property}` is no regular expression: {error}"))
    })
}

/// What stands before the first expression or parameter can already show that no address comes of it. Only scheme and
/// host are repeated: the rest may be a secret.
fn address(text: &str, is_whole: bool) -> Result<(), PropertiesError> {
    let begin = ["${", "#{"].iter().filter_map(|sign| text.find(sign)).min().unwrap_or(text.len());
    let known = if is_whole { text.trim() } else { text[..begin].trim_start() };
    let wrong = |message: String| PropertiesError::of("http_url", message);
    if known.is_empty() {
        return if is_whole { Err(wrong("http_url is empty".to_owned())) } else { Ok(()) };
    }
    let Some((scheme, rest)) = known.split_once("://") else {
        let is_clear = is_whole || known.contains(['/', '.', ':']);
        return if is_clear { Err(without_scheme(known)) } else { Ok(()) };
    };
    if !["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known)) {
        let meant = suggest(scheme, ["https", "http"]).unwrap_or("https");
        let message = format!(
            "an address begins with http:// or https://, not {}",
            quote(&format!("{scheme}://"))
        );
        return Err(wrong(message).help(format!("{meant}://{}", shown_host(rest))));
    }
    let host = host(rest);
    if host.contains(char::is_whitespace) {
        let mended: String = host.chars().filter(|sign| !sign.is_whitespace()).collect();
        let message = "there is a space in the name of the server".to_owned();
        return Err(wrong(message).help(format!("{scheme}://{mended}")));
    }
    if is_whole && Url::parse(known).map_or(true, |url| !url.has_host()) {
        let message = format!("{} is no server that could be called", quote(&shown_host(rest)));
        return Err(wrong(message).help("for example https://api.example.com/orders"));
    }
    Ok(())
}

fn without_scheme(known: &str) -> PropertiesError {
    let rest = known.split_once(":/").map_or(known, |(_, rest)| rest).trim_start_matches('/');
    let host = shown_host(rest);
    let is_near = host.starts_with("localhost") || host.starts_with("127.");
    let scheme = if is_near { "http" } else { "https" };
    PropertiesError::of("http_url", "an address begins with http:// or https://")
        .help(format!("{scheme}://{host}"))
}

/// What is behind the scheme, up to the path, without who is named there.
fn host(rest: &str) -> &str {
    let whole = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    whole.rsplit_once('@').map_or(whole, |(_, host)| host)
}

fn shown_host(rest: &str) -> String {
    host(rest).chars().filter(|sign| !sign.is_whitespace()).collect()
}
