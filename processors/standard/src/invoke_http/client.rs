//! The connections of one processor: a pool for http, and one for https that is made at the first such address. Only
//! then a TLS provider is chosen and the machine's certificates are read.

use std::sync::{Arc, Mutex, PoisonError};

use reqwest::{Client, ClientBuilder, redirect};
use rustls::{ClientConfig, RootCertStore, crypto::ring};

use super::{Failure, Properties};

/// The two pools, as far as they are made.
#[derive(Default)]
pub(super) struct Clients {
    plain: Mutex<Option<Client>>,
    secure: Mutex<Option<Client>>,
}

impl Clients {
    pub(super) fn get(&self, secure: bool, properties: &Properties) -> Result<Client, Failure> {
        let pool = if secure { &self.secure } else { &self.plain };
        let mut pool = pool.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = &*pool {
            return Ok(client.clone());
        }
        let builder = if secure { with_tls() } else { without_tls()? };
        let client = configured(builder, properties)
            .build()
            .map_err(|error| Failure::Client(error.without_url().to_string()))?;
        Ok(pool.insert(client).clone())
    }
}

/// The process may have only one provider; whoever was first chose it.
fn with_tls() -> ClientBuilder {
    let _ = ring::default_provider().install_default();
    Client::builder()
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

/// Redirects are followed by `exchange`, which knows what is secret.
fn configured(builder: ClientBuilder, properties: &Properties) -> ClientBuilder {
    let builder = builder
        .no_proxy()
        .redirect(redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .connect_timeout(properties.connection_timeout.duration())
        .pool_idle_timeout(properties.socket_idle_timeout.duration())
        .pool_max_idle_per_host(properties.socket_idle_connections);
    if properties.http_2_disabled { builder.http1_only() } else { builder }
}
