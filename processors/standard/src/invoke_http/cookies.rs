//! The cookies that servers set, kept in memory for as long as the processor lives. Not on the disk, and not without a
//! bound: a server that sets more and more makes them all forgotten.

use std::sync::{PoisonError, RwLock};

use reqwest::{
    Url,
    cookie::{CookieStore, Jar},
    header::HeaderValue,
};

/// How many cookies are taken before all are forgotten: what a browser must at least be able to keep.
const COOKIES_MAX: usize = 3000;

/// A longer one is not taken.
const COOKIE_BYTES_MAX: usize = 4096;

#[derive(Default)]
pub(super) struct Cookies(RwLock<Taken>);

#[derive(Default)]
struct Taken {
    jar: Jar,
    count: usize,
}

impl CookieStore for Cookies {
    fn set_cookies(&self, headers: &mut dyn Iterator<Item = &HeaderValue>, url: &Url) {
        let cookies: Vec<_> = headers.filter(|header| header.len() <= COOKIE_BYTES_MAX).collect();
        if cookies.is_empty() {
            return;
        }
        let mut taken = self.0.write().unwrap_or_else(PoisonError::into_inner);
        taken.count += cookies.len();
        if taken.count > COOKIES_MAX {
            *taken = Taken { jar: Jar::default(), count: cookies.len() };
        }
        taken.jar.set_cookies(&mut cookies.into_iter(), url);
    }

    /// In the order of their names: the jar itself has none.
    fn cookies(&self, url: &Url) -> Option<HeaderValue> {
        let taken = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let all = taken.jar.cookies(url)?;
        let mut all: Vec<&[u8]> = all.as_bytes().split(|byte| *byte == b';').collect();
        all.iter_mut().for_each(|cookie| *cookie = cookie.trim_ascii());
        all.sort_unstable();
        let mut value = HeaderValue::from_bytes(&all.join(&b"; "[..])).ok()?;
        value.set_sensitive(true);
        Some(value)
    }
}

#[cfg(test)]
mod unit_tests {
    use super::*;

    #[test]
    fn what_is_kept_has_a_bound() {
        let (cookies, url) = (Cookies::default(), "http://localhost/".parse().unwrap());
        for count in 0..COOKIES_MAX + 2 {
            let cookie = HeaderValue::from_str(&format!("c{count}=1")).unwrap();
            cookies.set_cookies(&mut [&cookie].into_iter(), &url);
        }
        let long = HeaderValue::from_str(&format!("l={}", "x".repeat(COOKIE_BYTES_MAX))).unwrap();
        cookies.set_cookies(&mut [&long].into_iter(), &url);
        let sent = cookies.cookies(&url).unwrap();
        assert_eq!(sent, format!("c{}=1; c{}=1", COOKIES_MAX, COOKIES_MAX + 1));
    }
}
