//! `math`: the methods of Java's `Math` by name. The types of the numbers choose among methods of one name, as in
//! Java: there is a square root of a decimal number, and none of a whole one.

use crate::expression::{
    Type, Value,
    evaluation::Call,
    function::{Answer, Argument, Function, Kind, Position},
};

const METHOD: &[Argument] =
    &[Argument::new("method", Kind::Text), Argument::new("number", Kind::Number).optional()];

pub(super) const FUNCTIONS: &[Function] =
    &[Function::behind(Kind::Number, "math", Type::Number, math)
        .at(Position::BehindOrFirst(Kind::Number))
        .takes(METHOD)
        .doc("A method of Java's Math: `abs`, `sqrt`, `pow`, ... What it takes, whole or decimal, must fit exactly.")
        .example("${n:toDecimal():math('pow', ${literal(3):toDecimal()})}", &[("n", "2")], "8.0")];

fn math(call: &Call<'_>) -> Answer {
    let Some(method) = call.text(0)? else { return Ok(Value::Null) };
    let other = if call.argument_count() == 2 { Some(call.value(1)?) } else { None };
    if other.as_ref().is_some_and(Value::is_null) {
        return Ok(Value::Null);
    }
    let answer = match (&call.subject, other) {
        (Value::Null, _) if method == "random" => Some(random(call).into()),
        (Value::Whole(number), None) => of_whole(&method, *number).map(Value::from),
        (Value::Decimal(number), None) => of_decimal(&method, *number),
        (Value::Whole(a), Some(Value::Whole(b))) => of_wholes(&method, *a, b).map(Value::from),
        (Value::Decimal(a), Some(Value::Decimal(b))) => {
            of_decimals(&method, *a, b).map(Value::from)
        }
        (Value::Decimal(a), Some(Value::Whole(b))) if method == "scalb" => {
            // Java takes a whole number of 32 bits here.
            Some(scale_by_power(*a, b as i32).into())
        }
        _ => None,
    };
    answer.ok_or_else(|| {
        let method = call.evaluation.quote(&method);
        call.error(format!("there is no method {method} for these numbers, or it has no result"))
    })
}

/// At least 0 and less than 1.
fn random(call: &Call<'_>) -> f64 {
    const BITS: u32 = 53;
    (call.evaluation.scope.random() >> (64 - BITS)) as f64 / (1_u64 << BITS) as f64
}

fn of_whole(method: &str, n: i64) -> Option<i64> {
    match method {
        "abs" => Some(n.wrapping_abs()),
        "absExact" => n.checked_abs(),
        "negateExact" => n.checked_neg(),
        "incrementExact" => n.checked_add(1),
        "decrementExact" => n.checked_sub(1),
        "toIntExact" => i32::try_from(n).ok().map(i64::from),
        _ => None,
    }
}

fn of_wholes(method: &str, a: i64, b: i64) -> Option<i64> {
    // Rounds towards negative infinity; the division of the smallest number by -1 wraps.
    let floor_div = || {
        let quotient = if b == 0 { return None } else { a.wrapping_div(b) };
        Some(quotient - i64::from(a.wrapping_rem(b) != 0 && (a < 0) != (b < 0)))
    };
    let ceil_div = || floor_div().map(|quotient| quotient + i64::from(a.wrapping_rem(b) != 0));
    match method {
        "max" => Some(a.max(b)),
        "min" => Some(a.min(b)),
        "addExact" => a.checked_add(b),
        "subtractExact" => a.checked_sub(b),
        "multiplyExact" => a.checked_mul(b),
        "multiplyHigh" => Some(((i128::from(a) * i128::from(b)) >> 64) as i64),
        "floorDiv" => floor_div(),
        "floorMod" => floor_div().map(|quotient| a.wrapping_sub(quotient.wrapping_mul(b))),
        "ceilDiv" => ceil_div(),
        "ceilMod" => ceil_div().map(|quotient| a.wrapping_sub(quotient.wrapping_mul(b))),
        "divideExact" => a.checked_div(b),
        "floorDivExact" => a.checked_div(b).and(floor_div()),
        "ceilDivExact" => a.checked_div(b).and(ceil_div()),
        "unsignedMultiplyHigh" => {
            Some(((u128::from(a as u64) * u128::from(b as u64)) >> 64) as u64 as i64)
        }
        _ => None,
    }
}

fn of_decimal(method: &str, n: f64) -> Option<Value> {
    let result = match method {
        "round" => return Some(round(n).into()),
        "getExponent" => return Some(exponent(n).into()),
        "abs" => n.abs(),
        "sqrt" => n.sqrt(),
        "cbrt" => n.cbrt(),
        "ceil" => n.ceil(),
        "floor" => n.floor(),
        "rint" => n.round_ties_even(),
        "signum" if n == 0.0 || n.is_nan() => n,
        "signum" => n.signum(),
        "sin" => n.sin(),
        "cos" => n.cos(),
        "tan" => n.tan(),
        "asin" => n.asin(),
        "acos" => n.acos(),
        "atan" => n.atan(),
        "sinh" => n.sinh(),
        "cosh" => n.cosh(),
        "tanh" => n.tanh(),
        "exp" => n.exp(),
        "expm1" => n.exp_m1(),
        "log" => n.ln(),
        "log10" => n.log10(),
        "log1p" => n.ln_1p(),
        "toRadians" => n * (std::f64::consts::PI / 180.0),
        "toDegrees" => n * (180.0 / std::f64::consts::PI),
        "nextUp" => n.next_up(),
        "nextDown" => n.next_down(),
        "ulp" if n.abs() == f64::MAX => n.abs() - n.abs().next_down(),
        "ulp" if !n.is_finite() => n.abs(),
        "ulp" => n.abs().next_up() - n.abs(),
        _ => return None,
    };
    Some(result.into())
}

/// Half goes up, also below zero.
fn round(n: f64) -> i64 {
    let below = n.floor();
    (if n - below >= 0.5 { below + 1.0 } else { below }) as i64
}

fn exponent(n: f64) -> i64 {
    const BIAS: i64 = 1023;
    (n.to_bits() >> 52 & 0x7ff) as i64 - BIAS
}

/// `n * 2^power`, rounded once.
fn scale_by_power(n: f64, power: i32) -> f64 {
    const STEP: i32 = 512;
    const POWER_MAX: i32 = 4 * STEP + 200;
    let (mut result, mut left) = (n, power.clamp(-POWER_MAX, POWER_MAX));
    // The odd step first: what loses bits on the way to the smallest numbers is the last step alone.
    while left != 0 {
        let step = if left % STEP == 0 { STEP * left.signum() } else { left % STEP };
        result *= 2f64.powi(step);
        left -= step;
    }
    result
}

/// What is left when the nearest multiple is taken away; of two that are equally near, the even one.
fn ieee_remainder(a: f64, b: f64) -> f64 {
    if a.is_nan() || b.is_nan() || a.is_infinite() || b == 0.0 {
        return f64::NAN;
    }
    if b.is_infinite() {
        return a;
    }
    let size = b.abs();
    // Below twice the divisor, so that whether the quotient is odd can be seen.
    let mut left = if size <= f64::MAX / 2.0 { a.abs() % (size + size) } else { a.abs() };
    if size < f64::MIN_POSITIVE * 2.0 {
        if left + left > size {
            left -= size;
            if left + left >= size {
                left -= size;
            }
        }
    } else if left > size * 0.5 {
        left -= size;
        if left >= size * 0.5 {
            left -= size;
        }
    }
    if a.is_sign_negative() { -left } else { left }
}

fn of_decimals(method: &str, a: f64, b: f64) -> Option<f64> {
    let not_a_number = a.is_nan() || b.is_nan();
    Some(match method {
        "max" | "min" if not_a_number => f64::NAN,
        // Of two zeros, the negative one is the smaller one.
        "max" => {
            if a.total_cmp(&b).is_ge() {
                a
            } else {
                b
            }
        }
        "min" => {
            if a.total_cmp(&b).is_le() {
                a
            } else {
                b
            }
        }
        // Java has no opinion on 1 to the power of what is not a number.
        "pow" if b.is_nan() || (a.abs() == 1.0 && b.is_infinite()) => f64::NAN,
        "pow" => a.powf(b),
        "atan2" => a.atan2(b),
        "hypot" => a.hypot(b),
        "copySign" => a.copysign(b),
        "IEEEremainder" => ieee_remainder(a, b),
        "nextAfter" if not_a_number => f64::NAN,
        "nextAfter" => match a.partial_cmp(&b) {
            Some(std::cmp::Ordering::Less) => a.next_up(),
            Some(std::cmp::Ordering::Greater) => a.next_down(),
            _ => b,
        },
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_rounded_and_divided_as_in_java() {
        for (n, rounded) in
            [(2.5, 3), (-2.5, -2), (-0.6, -1), (0.499_999_999_999_999_94, 0), (1e300, i64::MAX)]
        {
            assert_eq!(round(n), rounded, "{n}");
        }
        assert_eq!(round(f64::NAN), 0);
        for (a, b, floor, modulus, ceil) in [
            (-7, 2, -4, 1, -3),
            (7, -2, -4, -1, -3),
            (6, 3, 2, 0, 2),
            (i64::MIN, -1, i64::MIN, 0, i64::MIN),
        ] {
            let of = |method: &str| of_wholes(method, a, b);
            assert_eq!(
                (of("floorDiv"), of("floorMod"), of("ceilDiv")),
                (Some(floor), Some(modulus), Some(ceil))
            );
        }
        assert_eq!(of_wholes("floorMod", 1, 0), None);
        assert_eq!(of_whole("absExact", i64::MIN), None);
        assert_eq!(of_whole("sqrt", 4), None);
    }
}
