//! Over TLS: whom is trusted, who asks, and HTTP/2.

use std::{convert::Infallible, fs, sync::Arc};

use http_body_util::{BodyExt as _, Full};
use hyper::{Response, body::Bytes, service::service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair,
};
use rustls::{
    RootCertStore, ServerConfig,
    crypto::ring,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
    server::WebPkiClientVerifier,
};
use tempfile::TempDir;

use super::*;

/// An authority, and a folder with its certificate and one that it made out to whoever asks.
struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    folder: TempDir,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, "Authority");
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("ca.pem"), issuer.pem()).unwrap();
        let (certificate, key) = made_out_to(&issuer, "me", ExtendedKeyUsagePurpose::ClientAuth);
        let client = certificate.pem() + &key.serialize_pem();
        fs::write(folder.path().join("client.pem"), client).unwrap();
        Self { issuer, folder }
    }

    fn server(&self, wants_certificate: bool) -> ServerConfig {
        let (certificate, key) =
            made_out_to(&self.issuer, "localhost", ExtendedKeyUsagePurpose::ServerAuth);
        let provider = Arc::new(ring::default_provider());
        let builder = ServerConfig::builder_with_provider(provider.clone())
            .with_safe_default_protocol_versions()
            .unwrap();
        let builder = if wants_certificate {
            let mut roots = RootCertStore::empty();
            roots.add(self.issuer.der().clone()).unwrap();
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            builder.with_client_cert_verifier(verifier.build().unwrap())
        } else {
            builder.with_no_client_auth()
        };
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        builder.with_single_cert(vec![certificate.der().clone()], key).unwrap()
    }

    fn runner(&self, properties: &str) -> TestRunner<InvokeHttp> {
        let mut runner = runner(properties);
        runner.context().folder = self.folder.path().to_owned();
        runner
    }
}

fn made_out_to(
    issuer: &CertifiedIssuer<'_, KeyPair>,
    name: &str,
    purpose: ExtendedKeyUsagePurpose,
) -> (rcgen::Certificate, KeyPair) {
    let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
    let mut params = CertificateParams::new(names).unwrap();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::OrganizationName, "Headwater");
    params.distinguished_name.push(DnType::CommonName, name);
    params.extended_key_usages = vec![purpose];
    let key = KeyPair::generate().unwrap();
    (params.signed_by(&key, issuer).unwrap(), key)
}

#[tokio::test]
async fn a_server_that_the_file_vouches_for_is_trusted() {
    let authority = Authority::new();
    let server = Server::secure(&[ok("safe")], authority.server(false));
    let mut runner = authority.runner(&format!(
        "http_url: {}\nca_file: ca.pem\nresponse_header_request_attributes_enabled: true",
        server.url("/x")
    ));
    runner.enqueue("");
    runner.run_async().await;
    expect![[r#"
        response: Content-Length=4 Content-Type=text/plain invokehttp.remote.dn=CN=localhost,O=Headwater invokehttp.request.url=https://HOST/x invokehttp.response.url=https://HOST/x invokehttp.status.code=200 invokehttp.status.message=OK mime.type=text/plain "safe"
        original: Content-Length=4 Content-Type=text/plain invokehttp.remote.dn=CN=localhost,O=Headwater invokehttp.request.url=https://HOST/x invokehttp.response.url=https://HOST/x invokehttp.status.code=200 invokehttp.status.message=OK
    "#]]
    .assert_eq(&shown(&runner, &server));
}

#[tokio::test]
async fn a_server_that_nobody_vouches_for_is_not_spoken_to() {
    let authority = Authority::new();
    let server = Server::secure(&[ok("")], authority.server(false));
    let other = Authority::new();
    for properties in ["ca_file: ca.pem", ""] {
        let url = server.url("/");
        let mut runner = other.runner(&format!("http_url: {url}\n{properties}"));
        runner.enqueue("").attribute("x", "1");
        runner.run_async().await;
        runner.assert_all_transferred(&FAILURE, 1);
        let failed = &runner.transfers[0];
        let class = failed.attribute("invokehttp.java.exception.class");
        assert_eq!(class.as_deref(), Some("javax.net.ssl.SSLHandshakeException"), "{properties}");
    }
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn a_server_can_want_a_certificate() {
    let authority = Authority::new();
    let server = Server::secure(&[ok("known")], authority.server(true));
    let properties =
        format!("http_url: {}\nca_file: ca.pem\nhttp_2_disabled: true\n", server.url("/"));
    let mut stranger = authority.runner(&properties);
    stranger.enqueue("");
    stranger.run_async().await;
    stranger.assert_all_transferred(&FAILURE, 1);
    let class = stranger.transfers[0].attribute("invokehttp.java.exception.class");
    assert_eq!(class.as_deref(), Some("javax.net.ssl.SSLHandshakeException"));
    let message = stranger.transfers[0].attribute("invokehttp.java.exception.message").unwrap();
    assert!(message.contains("CertificateRequired"), "{message}");

    let mut known = authority.runner(&(properties + "client_certificate_file: client.pem\n"));
    known.enqueue("");
    known.run_async().await;
    let response = known.transferred(&RESPONSE)[0];
    assert_eq!(response.text(), "known");
    let name = response.attribute("invokehttp.remote.dn");
    assert_eq!(name.as_deref(), Some("CN=localhost,O=Headwater"));
}

#[tokio::test]
async fn a_file_that_is_none_is_told_without_what_is_in_it() {
    let authority = Authority::new();
    let broken = "-----BEGIN PRIVATE KEY-----\ns3cret!\n-----END PRIVATE KEY-----\n";
    fs::write(authority.folder.path().join("broken.pem"), broken).unwrap();
    fs::write(authority.folder.path().join("none.pem"), "s3cret").unwrap();
    for (properties, message) in [
        ("ca_file: gone.pem", "ca_file cannot be read"),
        ("ca_file: none.pem", "none.pem is not what is wanted there, as PEM"),
        ("client_certificate_file: broken.pem", "broken.pem is not what is wanted there, as PEM"),
        ("client_certificate_file: ca.pem", "ca.pem is not what is wanted there, as PEM"),
    ] {
        let mut runner = authority.runner(&format!("http_url: https://127.0.0.1:1/\n{properties}"));
        runner.enqueue("");
        runner.run_async().await;
        let reason = runner.transferred(&FAILURE)[0].reason.clone().unwrap();
        assert!(reason.reveal().contains(message), "{properties}: {reason:?}");
        runner.assert_hidden("s3cret");
    }
}

/// A server that speaks whatever TLS agreed on, and tells which it was and what it got.
async fn either(config: ServerConfig) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(stream) = acceptor.accept(stream).await else { continue };
            let is_2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
            let answer = service_fn(|request: hyper::Request<hyper::body::Incoming>| async move {
                let version = format!("{:?}", request.version());
                let agent = request.headers().get("user-agent").cloned();
                let body = request.into_body().collect().await.unwrap().to_bytes();
                let told = format!("{version}, {agent:?}, {} bytes", body.len());
                Ok::<_, Infallible>(Response::new(Full::<Bytes>::from(told)))
            });
            if is_2 {
                let server = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
                tokio::spawn(server.serve_connection(TokioIo::new(stream), answer));
            } else {
                let server = hyper::server::conn::http1::Builder::new();
                tokio::spawn(server.serve_connection(TokioIo::new(stream), answer));
            }
        }
    });
    address
}

#[tokio::test]
async fn http_2_is_spoken_where_the_server_offers_it() {
    let authority = Authority::new();
    let mut config = authority.server(false);
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let address = either(config).await;
    for (properties, version) in [("", "HTTP/2.0"), ("disable-http2: 'True'", "HTTP/1.1")] {
        let mut runner = authority.runner(&format!(
            "http_url: https://{address}/\nhttp_method: POST\nca_file: ca.pem\n{properties}"
        ));
        runner.enqueue(vec![b'x'; 300_000]);
        runner.run_async().await;
        let told = runner.transferred(&RESPONSE)[0].text();
        assert_eq!(told, format!("{version}, Some(\"\"), 300000 bytes"));
        assert_eq!(runner.transferred(&ORIGINAL).len(), 1);
    }
}

#[tokio::test]
async fn a_redirect_leads_from_http_to_https_and_back() {
    let authority = Authority::new();
    let plain = Server::new(&[ok("there")]);
    let away = |server: &Server, path| {
        status("302 Found", &format!("Location: {}\r\n", server.url(path)), "")
    };
    let secure = Server::secure(&[away(&plain, "/end")], authority.server(false));
    let first = Server::new(&[away(&secure, "/middle")]);
    let mut runner = authority.runner(&format!(
        "http_url: {}\nca_file: ca.pem\nrequest_username: me\nrequest_password: s3cret",
        first.url("/")
    ));
    runner.enqueue("");
    runner.run_async().await;
    assert_eq!(runner.transferred(&RESPONSE)[0].text(), "there");
    let sent = |server: &Server| server.seen()[0].header("authorization").is_some();
    assert_eq!((sent(&first), sent(&secure), sent(&plain)), (true, false, false));
}

#[tokio::test]
async fn https_is_made_ready_when_it_is_needed() {
    let server = Server::new(&["HTTP/1.1 400 plain text\r\n\r\n<drop>"]);
    let mut runner = runner(&format!("http_url: https://{}/", server.address));
    runner.enqueue("");
    runner.run_async().await;
    let reason = runner.transfers[0].reason.as_ref().map(Text::reveal).unwrap_or_default();
    assert!(
        reason.starts_with("no safe connection to 127.0.0.1:")
            || reason.starts_with("HTTP cannot be used"),
        "{reason}"
    );
}
