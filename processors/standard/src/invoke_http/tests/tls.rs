//! Over TLS.

use super::*;

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
