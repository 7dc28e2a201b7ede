//! Answers that are kept in memory, as RFC 9111 lets one who is asked for nobody else keep them. Not on the disk: after a
//! restart all is asked anew. Bounded by bytes; what was kept first is forgotten first.
//!
//! Invariant: an answer is kept under its address and all secrets that it was asked with, so nobody gets what another one
//! was told.

use std::{
    sync::{Mutex, PoisonError},
    time::SystemTime,
};

use http_cache_semantics::{AfterResponse, BeforeRequest, CacheOptions, CachePolicy};
use hyper::{Request, Response, body::Bytes};
use indexmap::IndexMap;
use reqwest::{Method, StatusCode, Url, header::HeaderMap};

/// What an entry takes besides its body and its headers, about.
const ENTRY_BYTES: u64 = 512;

pub(super) struct Cache {
    kept: Mutex<Kept>,
    bytes_max: u64,
}

#[derive(Default)]
struct Kept {
    answers: IndexMap<String, Answer>,
    bytes: u64,
}

#[derive(Clone)]
struct Answer {
    policy: CachePolicy,
    body: Bytes,
    bytes: u64,
}

/// What was asked, as the cache sees it.
pub(super) struct Asked {
    key: String,
    request: Request<()>,
}

/// What is in the cache for a request.
pub(super) enum Found {
    /// An answer that still holds.
    Fresh(HeaderMap, StatusCode, Bytes),
    /// Nothing that holds. These headers let the server say that what is kept still does.
    Stale(HeaderMap),
}

impl Asked {
    /// Only a GET is kept, and one that says itself when to be answered is left to do so.
    pub(super) fn new(method: &Method, url: &Url, headers: &HeaderMap) -> Option<Self> {
        let own = ["if-none-match", "if-modified-since", "range", "if-match", "if-range"];
        if method != Method::GET || own.iter().any(|name| headers.contains_key(*name)) {
            return None;
        }
        let mut key = url.to_string();
        for (name, value) in headers.iter().filter(|(_, value)| value.is_sensitive()) {
            key += &format!("\n{name}:{}", String::from_utf8_lossy(value.as_bytes()));
        }
        let mut request = Request::get(url.as_str()).body(()).ok()?;
        *request.headers_mut() = headers.clone();
        Some(Self { key, request })
    }

    fn policy(&self, status: StatusCode, headers: &HeaderMap, now: SystemTime) -> CachePolicy {
        let options = CacheOptions { shared: false, ..CacheOptions::default() };
        CachePolicy::new_options(&self.request, &response(status, headers), now, options)
    }
}

impl Cache {
    pub(super) fn new(bytes_max: u64) -> Self {
        Self { kept: Mutex::default(), bytes_max }
    }

    /// The largest body that is kept.
    pub(super) fn body_bytes_max(&self) -> usize {
        usize::try_from(self.bytes_max).unwrap_or(usize::MAX)
    }

    pub(super) fn find(&self, asked: &Asked, now: SystemTime) -> Found {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(answer) = kept.answers.get(&asked.key) else {
            return Found::Stale(asked.request.headers().clone());
        };
        match answer.policy.before_request(&asked.request, now) {
            BeforeRequest::Fresh(parts) => {
                Found::Fresh(parts.headers, parts.status, answer.body.clone())
            }
            BeforeRequest::Stale { request, .. } => Found::Stale(request.headers),
        }
    }

    /// What is kept, once the server said (by 304) that it still holds.
    pub(super) fn confirmed(
        &self,
        asked: &Asked,
        headers: &HeaderMap,
        now: SystemTime,
    ) -> Option<(HeaderMap, StatusCode, Bytes)> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = kept.answers.get_mut(&asked.key)?;
        let said = response(StatusCode::NOT_MODIFIED, headers);
        match answer.policy.after_response(&asked.request, &said, now) {
            AfterResponse::NotModified(policy, parts) => {
                answer.policy = policy;
                Some((parts.headers, parts.status, answer.body.clone()))
            }
            AfterResponse::Modified(..) => {
                kept.forget(&asked.key);
                None
            }
        }
    }

    /// Whether this answer is worth to be read for the cache.
    pub(super) fn wants(
        &self,
        asked: &Asked,
        status: StatusCode,
        headers: &HeaderMap,
        now: SystemTime,
    ) -> bool {
        status == StatusCode::OK && asked.policy(status, headers, now).is_storable()
    }

    pub(super) fn keep(&self, asked: &Asked, headers: &HeaderMap, body: &[u8], now: SystemTime) {
        let header_bytes: usize =
            headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
        // The request's headers are kept too.
        let asked_bytes: usize = asked
            .request
            .headers()
            .iter()
            .map(|(name, value)| name.as_str().len() + value.len())
            .sum();
        let own = header_bytes + asked_bytes + 2 * asked.key.len() + body.len();
        let bytes = own as u64 + ENTRY_BYTES;
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.forget(&asked.key);
        if bytes > self.bytes_max {
            return;
        }
        kept.bytes += bytes;
        let policy = asked.policy(StatusCode::OK, headers, now);
        let body = Bytes::copy_from_slice(body);
        kept.answers.insert(asked.key.clone(), Answer { policy, body, bytes });
        while kept.bytes > self.bytes_max {
            let Some((_, oldest)) = kept.answers.shift_remove_index(0) else { break };
            kept.bytes -= oldest.bytes;
        }
    }
}

impl Kept {
    fn forget(&mut self, key: &str) {
        if let Some(answer) = self.answers.shift_remove(key) {
            self.bytes -= answer.bytes;
        }
    }
}

fn response(status: StatusCode, headers: &HeaderMap) -> Response<()> {
    let mut response = Response::new(());
    *response.status_mut() = status;
    *response.headers_mut() = headers.clone();
    response
}

#[cfg(test)]
mod unit_tests {
    use reqwest::header::{AUTHORIZATION, CACHE_CONTROL, HeaderValue};

    use super::*;

    fn asked(path: &str, token: &str) -> Asked {
        let mut value = HeaderValue::from_str(token).unwrap();
        value.set_sensitive(true);
        let headers = HeaderMap::from_iter([(AUTHORIZATION, value)]);
        let url = format!("http://x/{path}").parse().unwrap();
        Asked::new(&Method::GET, &url, &headers).unwrap()
    }

    fn is_fresh(cache: &Cache, asked: &Asked) -> bool {
        matches!(cache.find(asked, SystemTime::UNIX_EPOCH), Found::Fresh(..))
    }

    #[test]
    fn what_is_kept_is_bounded_and_nobody_elses() {
        let cache = Cache::new(4 * 1024);
        let headers =
            HeaderMap::from_iter([(CACHE_CONTROL, HeaderValue::from_static("max-age=60"))]);
        for path in ["a", "b", "c", "d"] {
            cache.keep(&asked(path, "t"), &headers, &[b'x'; 700], SystemTime::UNIX_EPOCH);
        }
        let fresh = |path, token| is_fresh(&cache, &asked(path, token));
        assert_eq!((fresh("a", "t"), fresh("d", "t"), fresh("d", "other")), (false, true, false));
        cache.keep(&asked("d", "t"), &headers, &[b'x'; 5000], SystemTime::UNIX_EPOCH);
        assert!(!fresh("d", "t"));
    }
}
