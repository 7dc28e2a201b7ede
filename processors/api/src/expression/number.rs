//! Numbers as Java reads and writes them in text. Not numbers as they are typed in an expression: the lexer reads
//! those, by other rules.

/// A number that stands in a text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Number {
    Whole(i64),
    Decimal(f64),
}

/// The text is a whole number, but not one of 64 bits.
#[derive(Debug, PartialEq)]
pub(super) struct OutOfRange;

/// Reads a text as a number; `None` when it is not one.
pub(super) fn parse(text: &str) -> Result<Option<Number>, OutOfRange> {
    let text = text.trim_matches(|c: char| c <= ' ');
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let negative = text.starts_with('-');
    if all_digits(unsigned) {
        return text.parse().map(|whole| Some(Number::Whole(whole))).map_err(|_| OutOfRange);
    }
    if let Some(hex) = strip_hex(unsigned) {
        if !hex.is_empty() && hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return hex_whole(hex, negative).map(Some);
        }
        return Ok(
            hex_decimal(hex).map(|value| Number::Decimal(if negative { -value } else { value }))
        );
    }
    Ok(is_decimal(unsigned).then(|| Number::Decimal(text.parse().unwrap_or(f64::NAN))))
}

fn all_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn strip_hex(text: &str) -> Option<&str> {
    text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"))
}

fn hex_whole(hex: &str, negative: bool) -> Result<Number, OutOfRange> {
    let value = i128::from_str_radix(hex, 16).map_err(|_| OutOfRange)?;
    i64::try_from(if negative { -value } else { value }).map(Number::Whole).map_err(|_| OutOfRange)
}

/// `1.5`, `.5`, `1.5e3`, `Infinity`, `NaN`; but neither `5.` nor `12E5`.
fn is_decimal(text: &str) -> bool {
    if text == "Infinity" || text == "NaN" {
        return true;
    }
    let (digits, exponent) = match text.find(['e', 'E']) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    };
    let Some((before, after)) = digits.split_once('.') else { return false };
    let exponent_fits =
        exponent.is_none_or(|e| all_digits(e.strip_prefix(['+', '-']).unwrap_or(e)));
    (before.is_empty() || all_digits(before)) && all_digits(after) && exponent_fits
}

/// `F.Fp10`: hexadecimal digits and a power of two. What follows `0x` is given.
fn hex_decimal(text: &str) -> Option<f64> {
    let at = text.find(['p', 'P'])?;
    let (mantissa, exponent) = (&text[..at], &text[at + 1..]);
    let (before, after) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = || before.bytes().chain(after.bytes());
    if digits().next().is_none()
        || !digits().all(|byte| byte.is_ascii_hexdigit())
        || !all_digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))
    {
        return None;
    }
    // Beyond this every number is zero or infinite anyway, and the sums below cannot overflow.
    let exponent = exponent.parse::<i64>().unwrap_or(if exponent.starts_with('-') {
        -100_000
    } else {
        100_000
    });
    let mut value: u128 = 0;
    let mut dropped: i64 = 0;
    for digit in digits().filter_map(|byte| char::from(byte).to_digit(16)) {
        if value >> 120 == 0 {
            value = (value << 4) | u128::from(digit);
        } else {
            // Below the last bit of a double; only "something is there" matters for the rounding.
            value |= u128::from(digit != 0);
            dropped += 4;
        }
    }
    let power = exponent.clamp(-100_000, 100_000) + dropped
        - 4 * i64::try_from(after.len()).unwrap_or(i64::MAX / 8);
    Some(scale(value, power))
}

/// `value * 2^power`, rounded once: a step that could lose bits is the last one.
fn scale(value: u128, power: i64) -> f64 {
    const STEP: i64 = 500;
    let mut result = value as f64;
    let mut power = power.clamp(-4_000, 4_000);
    while power != 0 && result != 0.0 && result.is_finite() {
        let step = power.clamp(-STEP, STEP);
        result *= 2f64.powi(i32::try_from(step).unwrap_or(0));
        power -= step;
    }
    result
}

/// The text of a decimal: Java's `Double.toString`.
pub(crate) fn decimal_text(value: f64) -> String {
    const PLAIN: std::ops::Range<f64> = 1e-3..1e7;
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "Infinity" } else { "-Infinity" }.to_owned();
    }
    if value == 0.0 || PLAIN.contains(&value.abs()) {
        return format!("{value:?}");
    }
    let shortest = format!("{value:e}");
    let (digits, exponent) = shortest.split_once('e').unwrap_or((&shortest, "0"));
    if digits.contains('.') {
        return format!("{digits}E{exponent}");
    }
    // Java writes two digits at least, and then the two that are nearest (4.9E-324).
    let two = format!("{value:.1e}");
    if two.parse() == Ok(value) { two.replace('e', "E") } else { format!("{digits}.0E{exponent}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decimal_shows_as_in_java() {
        for (value, text) in [
            (2.0, "2.0"),
            (1.0005e7, "1.0005E7"),
            (9_999_999.0, "9999999.0"),
            (1e7, "1.0E7"),
            (0.001, "0.001"),
            (1e-5, "1.0E-5"),
            (-12.5e-9, "-1.25E-8"),
            (f64::MIN_POSITIVE, "2.2250738585072014E-308"),
            (5e-324, "4.9E-324"),
            (f64::MAX, "1.7976931348623157E308"),
            (1e23, "1.0E23"),
            (-0.0, "-0.0"),
            (f64::NAN, "NaN"),
            (f64::NEG_INFINITY, "-Infinity"),
        ] {
            assert_eq!(decimal_text(value), text);
        }
    }

    #[test]
    fn a_text_is_a_number_by_its_shape() {
        for (text, number) in [
            (" 007\t", Some(Number::Whole(7))),
            ("-0x1F", Some(Number::Whole(-31))),
            ("-0x8000000000000000", Some(Number::Whole(i64::MIN))),
            (".5", Some(Number::Decimal(0.5))),
            ("+1.5e3", Some(Number::Decimal(1500.0))),
            ("0xF.Fp10", Some(Number::Decimal(16320.0))),
            ("-0x.5BP+2", Some(Number::Decimal(-1.421_875))),
            ("-Infinity", Some(Number::Decimal(f64::NEG_INFINITY))),
            ("5.", None),
            ("12E5", None),
            ("1e", None),
            ("0x", None),
            ("0x1.8", None),
            ("0xp1", None),
            ("inf", None),
            ("", None),
            ("1 2", None),
        ] {
            assert_eq!(parse(text), Ok(number), "{text}");
        }
        assert_eq!(parse("9223372036854775808"), Err(OutOfRange));
        assert_eq!(parse("0x123456789012345678901234567890123456789"), Err(OutOfRange));
        assert_eq!(parse("0x1p999999999999999999999"), Ok(Some(Number::Decimal(f64::INFINITY))));
    }
}
