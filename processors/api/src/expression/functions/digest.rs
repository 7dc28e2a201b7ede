//! Functions that make a digest of a text, and identifiers out of one. None of them hides a text: whoever can guess it can
//! check the guess, so what was secret stays secret.

use md2::{Digest, Md2};
use md5::Md5;
use sha1::Sha1;
use sha2::{Sha224, Sha256, Sha384, Sha512, Sha512_224, Sha512_256};
use sha3::{Sha3_224, Sha3_256, Sha3_384, Sha3_512};
use uuid::{Builder, Uuid};

use crate::expression::{
    EvaluateError, Type,
    evaluation::Call,
    function::{Answer, Argument, Function, Kind},
};

const ALGORITHM: &[Argument] = &[Argument::new("algorithm", Kind::Text)];
const NAMESPACE: &[Argument] = &[Argument::new("namespace", Kind::Text)];

pub(super) const FUNCTIONS: &[Function] = &[
    Function::behind(Kind::Text, "hash", Type::String, hash)
        .takes(ALGORITHM)
        .doc(
            "The digest of the text, in hexadecimal: MD2, MD5, SHA-1, SHA-224, SHA-256, SHA-384, SHA-512, \
             SHA-512/224, SHA-512/256, SHA3-224, SHA3-256, SHA3-384, SHA3-512.",
        )
        .example("${a:hash('MD5')}", &[("a", "john")], "527bd5b5d689e2c32ae974c6229ff785"),
    Function::behind(Kind::Text, "UUID3", Type::String, |call| named(call, Version::Three))
        .takes(NAMESPACE)
        .doc("The UUID that the text has in a namespace, by MD5: the same text always has the same.")
        .example(
            "${a:UUID3('b9e81de3-7047-4b5e-a822-8fff5b49f808')}",
            &[("a", "string value")],
            "bf0ea246-a177-3300-bd7e-d4c9e973dc6f",
        ),
    Function::behind(Kind::Text, "UUID5", Type::String, |call| named(call, Version::Five))
        .takes(NAMESPACE)
        .doc("The UUID that the text has in a namespace, by SHA-1: the same text always has the same.")
        .example(
            "${a:UUID5('245b55a8-397d-4480-a41e-16603c8cf9ad')}",
            &[("a", "string value")],
            "4d111477-5100-5f2d-ae79-b38bbe15aa78",
        ),
];

fn hash(call: &Call<'_>) -> Answer {
    let algorithm = call.required(0)?;
    match digest(&algorithm, call.subject_text().as_bytes()) {
        Some(bytes) => {
            Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>().into())
        }
        None => Err(call.error(format!(
            "there is no digest {}; there are MD5, SHA-1, SHA-256, SHA-512, SHA3-256 and more",
            call.evaluation.quote(&algorithm)
        ))),
    }
}

/// The digest by its name in Java, in any case.
fn digest(algorithm: &str, bytes: &[u8]) -> Option<Vec<u8>> {
    Some(match algorithm.to_ascii_uppercase().as_str() {
        "MD2" => Md2::digest(bytes).to_vec(),
        "MD5" => Md5::digest(bytes).to_vec(),
        "SHA-1" | "SHA1" | "SHA" => Sha1::digest(bytes).to_vec(),
        "SHA-224" | "SHA224" => Sha224::digest(bytes).to_vec(),
        "SHA-256" | "SHA256" => Sha256::digest(bytes).to_vec(),
        "SHA-384" | "SHA384" => Sha384::digest(bytes).to_vec(),
        "SHA-512" | "SHA512" => Sha512::digest(bytes).to_vec(),
        "SHA-512/224" | "SHA512/224" => Sha512_224::digest(bytes).to_vec(),
        "SHA-512/256" | "SHA512/256" => Sha512_256::digest(bytes).to_vec(),
        "SHA3-224" => Sha3_224::digest(bytes).to_vec(),
        "SHA3-256" => Sha3_256::digest(bytes).to_vec(),
        "SHA3-384" => Sha3_384::digest(bytes).to_vec(),
        "SHA3-512" => Sha3_512::digest(bytes).to_vec(),
        _ => return None,
    })
}

#[derive(Clone, Copy)]
enum Version {
    Three,
    Five,
}

fn named(call: &Call<'_>, version: Version) -> Answer {
    let namespace = namespace(call)?;
    let mut bytes = namespace.as_bytes().to_vec();
    bytes.extend(call.subject_text().as_bytes());
    let builder = match version {
        Version::Three => Builder::from_md5_bytes(Md5::digest(&bytes).into()),
        Version::Five => {
            let mut first = [0; 16];
            first.iter_mut().zip(Sha1::digest(&bytes)).for_each(|(to, from)| *to = from);
            Builder::from_sha1_bytes(first)
        }
    };
    Ok(builder.into_uuid().hyphenated().to_string().into())
}

/// The namespace; without a value, the UUID of zeros.
fn namespace(call: &Call<'_>) -> Result<Uuid, EvaluateError> {
    let Some(text) = call.text(0)? else { return Ok(Uuid::nil()) };
    read_uuid(&text).ok_or_else(|| {
        let quoted = call.evaluation.quote(&text);
        call.error(format!("the namespace {quoted} is not a UUID"))
    })
}

/// As Java reads one: five hexadecimal numbers, of each as many digits as fit.
fn read_uuid(text: &str) -> Option<Uuid> {
    if text.len() > 36 {
        return None;
    }
    let mut parts = text.split('-').map(|part| {
        let is_hexadecimal = part.bytes().all(|byte| byte.is_ascii_hexdigit());
        u64::from_str_radix(part, 16).ok().filter(|_| is_hexadecimal)
    });
    let mut take = |bits: u32| Some(u128::from(parts.next()??) & ((1 << bits) - 1));
    let value = take(32)? << 96 | take(16)? << 80 | take(16)? << 64 | take(16)? << 48 | take(48)?;
    parts.next().is_none().then(|| Uuid::from_u128(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_digest_has_its_length() {
        for (algorithm, bytes) in [
            ("md2", 16),
            ("MD5", 16),
            ("sha", 20),
            ("Sha-1", 20),
            ("SHA-224", 28),
            ("SHA-256", 32),
            ("SHA-384", 48),
            ("SHA-512", 64),
            ("SHA-512/224", 28),
            ("SHA-512/256", 32),
            ("SHA3-224", 28),
            ("SHA3-256", 32),
            ("SHA3-384", 48),
            ("SHA3-512", 64),
        ] {
            assert_eq!(
                digest(algorithm, b"x").map(|digest| digest.len()),
                Some(bytes),
                "{algorithm}"
            );
        }
        assert_eq!(digest("CRC32", b"x"), None);
    }

    #[test]
    fn a_uuid_is_read_as_java_reads_it() {
        for (text, expected) in [
            ("245b55a8-397d-4480-a41e-16603c8cf9ad", Some("245b55a8-397d-4480-a41e-16603c8cf9ad")),
            ("1-2-3-4-5", Some("00000001-0002-0003-0004-000000000005")),
            ("123456789-0-0-0-0", Some("23456789-0000-0000-0000-000000000000")),
            ("1-2-3-4", None),
            ("1-2-3-4-5-6", None),
            ("1--3-4-5", None),
            ("+1-2-3-4-5", None),
            ("zz", None),
            ("", None),
            ("245b55a8-397d-4480-a41e-16603c8cf9ad0", None),
        ] {
            let read = read_uuid(text).map(|uuid| uuid.hyphenated().to_string());
            assert_eq!(read.as_deref(), expected, "{text}");
        }
    }
}
