//! The connections of one processor: a pool for http, and one for https that is made at the first such address. Only
//! then a TLS provider is chosen and certificates are read: the machine's, or those of the files that the flow names.

use std::{
    fs,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use processors_api::ProcessorContext;
use reqwest::{
    Certificate, Client, ClientBuilder, Identity, Proxy, header::ACCEPT_ENCODING, redirect,
};
use rustls::{ClientConfig, RootCertStore, crypto::ring};

use super::{Failure, InvokeHttp, Request, cookies::Cookies, properties::CookieStrategy};

/// The two pools, as far as they are made.
#[derive(Default)]
pub(super) struct Clients {
    plain: Mutex<Option<Client>>,
    secure: Mutex<Option<Client>>,
    /// Cookies are the same for both.
    cookies: Arc<Cookies>,
}

impl InvokeHttp {
    pub(super) fn client(
        &self,
        is_https: bool,
        request: &Request,
        context: &ProcessorContext,
    ) -> Result<Client, Failure> {
        // A proxy can itself be spoken to over TLS.
        let secure = is_https || request.proxy.as_ref().is_some_and(|proxy| proxy.is_https());
        let pool = if secure { &self.clients.secure } else { &self.clients.plain };
        let mut pool = pool.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = &*pool {
            return Ok(client.clone());
        }
        let builder = if secure { self.with_tls(context)? } else { without_tls()? };
        let builder = self.with_proxy(self.configured(builder), request)?;
        let client =
            builder.build().map_err(|error| Failure::Client(error.without_url().to_string()))?;
        Ok(pool.insert(client).clone())
    }

    /// The process may have only one provider; whoever was first chose it.
    fn with_tls(&self, context: &ProcessorContext) -> Result<ClientBuilder, Failure> {
        let _ = ring::default_provider().install_default();
        let mut builder = Client::builder().tls_info(true);
        if let Some(path) = &self.properties.ca_file {
            let read = read("ca_file", &context.path(path), Certificate::from_pem_bundle)?;
            builder = builder.tls_certs_only(read);
        }
        if let Some(path) = &self.properties.client_certificate_file {
            let path = context.path(path);
            let read = read("client_certificate_file", &path, Identity::from_pem)?;
            builder = builder.identity(read);
        }
        Ok(builder)
    }

    fn with_proxy(
        &self,
        builder: ClientBuilder,
        request: &Request,
    ) -> Result<ClientBuilder, Failure> {
        let Some(proxy) = &request.proxy else { return Ok(builder.no_proxy()) };
        let properties = &self.properties;
        let mut through = Proxy::all(proxy.url.clone()).map_err(|_| Failure::ProxyAddress)?;
        if let Some(name) = &properties.proxy_username {
            let password = properties.proxy_password.as_ref();
            through = through
                .basic_auth(name, password.map_or("", |password| password.reveal().as_str()));
        }
        Ok(builder.no_proxy().proxy(through))
    }

    /// Redirects are followed by `exchange`, which knows what is secret.
    fn configured(&self, builder: ClientBuilder) -> ClientBuilder {
        let properties = &self.properties;
        let mut builder = builder
            .redirect(redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .http1_ignore_invalid_headers_in_responses(true)
            .connect_timeout(properties.connection_timeout.duration())
            .pool_idle_timeout(properties.socket_idle_timeout.duration())
            .pool_max_idle_per_host(properties.socket_idle_connections);
        if properties.http_2_disabled {
            builder = builder.http1_only();
        }
        if properties.response_cookie_strategy == CookieStrategy::AcceptAll {
            builder = builder.cookie_provider(self.clients.cookies.clone());
        }
        // Whoever asks for a coding gets it.
        if self.headers.iter().any(|(name, _)| name == ACCEPT_ENCODING) {
            builder = builder.no_gzip().no_brotli().no_zstd();
        }
        builder
    }
}

/// A client must have a TLS configuration even if it never uses one. This one trusts nobody and costs nothing.
fn without_tls() -> Result<ClientBuilder, Failure> {
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| Failure::Client(error.to_string()))?
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth();
    Ok(Client::builder().tls_backend_preconfigured(config))
}

/// What stands in a PEM file. The library's errors are not repeated: they could quote a key.
fn read<T>(
    property: &'static str,
    path: &Path,
    parse: impl FnOnce(&[u8]) -> reqwest::Result<T>,
) -> Result<T, Failure> {
    let shown = path.display().to_string();
    let bytes = fs::read(path).map_err(|error| Failure::File {
        property,
        path: shown.clone(),
        why: error.to_string(),
    })?;
    let has_pem = bytes.windows(11).any(|window| window == b"-----BEGIN ");
    let parsed = if has_pem { parse(&bytes).ok() } else { None };
    parsed.ok_or(Failure::NotPem { property, path: shown })
}
