//! Digest authentication (RFC 7616): the password is never sent, only a hash of it with what the server asked. What one
//! server asked is remembered, so that the next request need not be sent twice.

use std::sync::{Mutex, PoisonError};

use digest_auth::{AuthContext, HttpMethod, Qop, WwwAuthenticateHeader};
use processors_api::ProcessorContext;
use reqwest::{
    Method, Url,
    header::{HeaderMap, HeaderValue, WWW_AUTHENTICATE},
};

use super::Properties;

const SCHEME: &str = "digest ";

/// A longer challenge is not looked at.
const CHALLENGE_BYTES_MAX: usize = 8 * 1024;

/// What the server last asked, and which one it was.
#[derive(Default)]
pub(super) struct Digest(Mutex<Option<(String, WwwAuthenticateHeader)>>);

/// What is to be proven: that whoever asks for this knows the password.
pub(super) struct Asked<'a> {
    pub(super) properties: &'a Properties,
    pub(super) context: &'a ProcessorContext,
    pub(super) method: &'a Method,
    pub(super) url: &'a Url,
}

impl Digest {
    /// The answer to what this server asked before.
    pub(super) fn known(&self, asked: &Asked<'_>) -> Option<Answer> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (_, challenge) =
            known.as_mut().filter(|(origin, _)| *origin == origin_of(asked.url))?;
        answer(challenge, asked)
    }

    /// The answer to what a server asks now, unless it is what was answered already: then the password is wrong.
    pub(super) fn new_answer(
        &self,
        headers: &HeaderMap,
        asked: &Asked<'_>,
        refused: Option<&Answer>,
    ) -> Option<Answer> {
        let mut challenge = challenges(headers).next()?;
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *known = None;
        if refused.is_some_and(|refused| refused.nonce == challenge.nonce) {
            return None;
        }
        let answer = answer(&mut challenge, asked);
        *known = Some((origin_of(asked.url), challenge));
        answer
    }
}

/// What proves it, for the header `Authorization`, and which question it answers.
pub(super) struct Answer {
    pub(super) header: HeaderValue,
    nonce: String,
}

fn origin_of(url: &Url) -> String {
    url.origin().ascii_serialization()
}

fn answer(challenge: &mut WwwAuthenticateHeader, asked: &Asked<'_>) -> Option<Answer> {
    let properties = asked.properties;
    let name = properties.request_username.as_deref()?;
    let password = properties.request_password.as_ref();
    let uri = match asked.url.query() {
        Some(query) => format!("{}?{query}", asked.url.path()),
        None => asked.url.path().to_owned(),
    };
    let mut secrets = AuthContext::new_with_method(
        name,
        password.map_or("", |password| password.reveal().as_str()),
        uri,
        None::<&[u8]>,
        HttpMethod::from(asked.method.as_str()),
    );
    secrets.set_custom_cnonce(asked.context.new_id().simple().to_string());
    let answer = challenge.respond(&secrets).ok()?.to_string();
    let mut header = HeaderValue::from_str(&answer).ok()?;
    header.set_sensitive(true);
    Some(Answer { header, nonce: challenge.nonce.clone() })
}

/// What a server offers to ask, as far as it can be answered: without a hash of the body, which would have to be read
/// twice.
fn challenges(headers: &HeaderMap) -> impl Iterator<Item = WwwAuthenticateHeader> {
    let lines = headers.get_all(WWW_AUTHENTICATE).iter().filter_map(|line| line.to_str().ok());
    let lines = lines.filter(|line| line.len() <= CHALLENGE_BYTES_MAX);
    lines.filter_map(|line| {
        let begin = line.to_ascii_lowercase().find(SCHEME)?;
        let mut challenge = digest_auth::parse(&line[begin + SCHEME.len()..]).ok()?;
        if let Some(offered) = &mut challenge.qop {
            offered.retain(|one| *one == Qop::AUTH);
            if offered.is_empty() {
                return None;
            }
        }
        Some(challenge)
    })
}

#[cfg(test)]
mod unit_tests {
    use super::*;

    fn offered(lines: &[&str]) -> Vec<String> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(WWW_AUTHENTICATE, HeaderValue::from_bytes(line.as_bytes()).unwrap());
        }
        challenges(&headers).map(|one| format!("{} {}", one.realm, one.algorithm)).collect()
    }

    #[test]
    fn only_what_can_be_answered_is_answered() {
        for (lines, expected) in [
            (vec![r#"Digest realm="r", nonce="n""#], vec!["r MD5"]),
            (
                vec![r#"Basic realm="b", digest realm="r", nonce="n", algorithm=SHA-256"#],
                vec!["r SHA-256"],
            ),
            (vec![r#"Digest realm="r", nonce="n", qop="auth,auth-int""#], vec!["r MD5"]),
            (vec![r#"Digest realm="r", nonce="n", qop="auth-int""#], vec![]),
            (
                vec![
                    r#"Digest realm="r", nonce="n", algorithm=ROT13"#,
                    r#"Digest realm="s", nonce="n""#,
                ],
                vec!["s MD5"],
            ),
            (vec![r#"Digest realm="ä", nonce="n""#], vec![]),
            (
                vec!["Digest ", "Digest realm=\"", "Digest =,=\"\\", "Digest", "Basic realm=x"],
                vec![],
            ),
        ] {
            assert_eq!(offered(&lines), expected, "{lines:?}");
        }
    }
}
