//! Answers to writes that named an `Idempotency-Key`: the same request again gets the same answer and changes nothing.
//! A refused write is not remembered: it may be sent again, corrected, under its key.
//!
//! Limit: the newest [`KEYS_MAX`] keys.

use std::collections::VecDeque;

use hyper::Method;

use super::super::answer::Answer;

const KEYS_MAX: usize = 1_000;

#[derive(Default)]
pub(super) struct Idempotency(VecDeque<Known>);

struct Known {
    key: String,
    request: blake3::Hash,
    answer: Answer,
}

/// What is known about a key.
pub(super) enum Remembered {
    New,
    Same(Answer),
    /// The key was used for a different request.
    Other,
}

impl Idempotency {
    pub(super) fn recall(&self, key: &str, method: &Method, body: &[u8]) -> Remembered {
        match self.0.iter().find(|known| known.key == key) {
            None => Remembered::New,
            Some(known) if known.request == digest(method, body) => {
                Remembered::Same(known.answer.clone())
            }
            Some(_) => Remembered::Other,
        }
    }

    pub(super) fn remember(&mut self, key: String, method: &Method, body: &[u8], answer: Answer) {
        if self.0.len() >= KEYS_MAX {
            self.0.pop_front();
        }
        self.0.push_back(Known { key, request: digest(method, body), answer });
    }
}

fn digest(method: &Method, body: &[u8]) -> blake3::Hash {
    blake3::Hasher::new().update(method.as_str().as_bytes()).update(b" ").update(body).finalize()
}
