//! Functions on numbers. Whole ones wrap around as Java's do; one decimal operand makes the result decimal.

use super::boolean::as_decimal;
use crate::expression::{
    Type, Value,
    evaluation::Call,
    function::{Answer, Argument, Function, Kind, OnNull, Position},
};

const NUMBER: &[Argument] = &[Argument::new("number", Kind::Number)];
const TO_RADIX: &[Argument] =
    &[Argument::new("radix", Kind::Whole), Argument::new("digits", Kind::Whole).optional()];
const FROM_RADIX: &[Argument] = &[Argument::new("radix", Kind::Whole)];
const DELIMITER: &[Argument] = &[Argument::new("delimiter", Kind::Text)];

const fn calculates(name: &'static str, run: fn(&Call<'_>) -> Answer) -> Function {
    Function::behind(Kind::Number, name, Type::Number, run).takes(NUMBER)
}

pub(super) const FUNCTIONS: &[Function] = &[
    calculates("plus", |call| calculate(call, i64::wrapping_add, |a, b| a + b))
        .doc("The sum.")
        .example("${n:plus(1.5)}", &[("n", "2")], "3.5"),
    calculates("minus", |call| calculate(call, i64::wrapping_sub, |a, b| a - b))
        .doc("The difference.")
        .example("${n:minus(5)}", &[("n", "2")], "-3"),
    calculates("multiply", |call| calculate(call, i64::wrapping_mul, |a, b| a * b))
        .doc("The product.")
        .example("${n:multiply(10)}", &[("n", "2")], "20"),
    calculates("divide", |call| divide(call, i64::wrapping_div, |a, b| a / b))
        .doc("The quotient; of whole numbers without its fraction.")
        .example("${n:divide(2)}", &[("n", "-7")], "-3"),
    calculates("mod", |call| divide(call, i64::wrapping_rem, |a, b| a % b))
        .doc("What is left over when it is divided.")
        .example("${n:mod(5)}", &[("n", "-7")], "-2"),
    Function::behind(Kind::Whole, "toNumber", Type::Whole, |call| Ok(call.subject.clone()))
        .doc("The value as a whole number; nothing when it is not a number.")
        .example("${n:toNumber()}", &[("n", "1.9")], "1"),
    Function::behind(Kind::Decimal, "toDecimal", Type::Decimal, |call| Ok(call.subject.clone()))
        .doc("The value as a decimal number; nothing when it is not a number.")
        .example("${n:toDecimal()}", &[("n", "2")], "2.0"),
    Function::behind(Kind::Whole, "toRadix", Type::String, to_radix)
        .takes(TO_RADIX)
        .doc("The number written with another base than ten.")
        .example("${n:toRadix(16, 4)}", &[("n", "255")], "00ff"),
    Function::behind(Kind::Text, "fromRadix", Type::Whole, from_radix)
        .takes(FROM_RADIX)
        .doc("The number that digits of another base than ten stand for.")
        .example("${n:fromRadix(16)}", &[("n", "ff")], "255"),
    Function::first("random", Type::Whole, |call| Ok(((call.evaluation.scope.random() >> 1) as i64).into()))
        .doc("A random number, 0 or more.")
        .example("${random():ge(0)}", &[], "true"),
    Function::first("nextInt", Type::Whole, |call| Ok(call.evaluation.scope.next_int().into()))
        .doc("The next number of a counter that the whole program shares.")
        .example("${nextInt()}", &[], "0"),
    Function::behind(Kind::Any, "count", Type::Whole, count)
        .at(Position::Last(Kind::Any))
        .on_null(OnNull::Handled)
        .doc("How many values there are that are neither missing nor false. Nothing can follow it.")
        .example("${allAttributes('a', 'b'):count()}", &[("a", "1")], "1"),
    Function::behind(Kind::Text, "join", Type::String, join)
        .at(Position::Last(Kind::Text))
        .on_null(OnNull::Handled)
        .takes(DELIMITER)
        .doc("The values one after the other with the delimiter between them. Nothing can follow it.")
        .example("${allAttributes('a', 'b'):join('-')}", &[("a", "1"), ("b", "2")], "1-2"),
];

fn calculate(call: &Call<'_>, whole: fn(i64, i64) -> i64, decimal: fn(f64, f64) -> f64) -> Answer {
    Ok(match (&call.subject, call.value(0)?) {
        (Value::Whole(a), Value::Whole(b)) => whole(*a, b).into(),
        (a, b) => as_decimal(a).zip(as_decimal(&b)).map(|(a, b)| decimal(a, b)).into(),
    })
}

fn divide(call: &Call<'_>, whole: fn(i64, i64) -> i64, decimal: fn(f64, f64) -> f64) -> Answer {
    match (&call.subject, call.value(0)?) {
        (Value::Whole(_), Value::Whole(0)) => {
            Err(call.error("a whole number cannot be divided by zero"))
        }
        (Value::Whole(a), Value::Whole(b)) => Ok(whole(*a, b).into()),
        (a, b) => Ok(as_decimal(a).zip(as_decimal(&b)).map(|(a, b)| decimal(a, b)).into()),
    }
}

fn to_radix(call: &Call<'_>) -> Answer {
    let (Value::Whole(number), Some(radix)) = (&call.subject, call.whole(0)?) else {
        return Ok(Value::Null);
    };
    let radix = u64::try_from(radix).ok().filter(|radix| (2..=36).contains(radix)).unwrap_or(10);
    let mut left = number.unsigned_abs();
    let mut digits = Vec::new();
    while left > 0 || digits.is_empty() {
        digits.push(char::from_digit((left % radix) as u32, radix as u32).unwrap_or('0'));
        left /= radix;
    }
    if *number < 0 {
        digits.push('-');
    }
    // As in NiFi, the zeros stand before the sign.
    let width = usize::try_from(call.whole(1)?.unwrap_or(0)).unwrap_or(0);
    call.evaluation.check_size(width)?;
    let zeros = width.saturating_sub(digits.len());
    Ok(std::iter::repeat_n('0', zeros).chain(digits.into_iter().rev()).collect::<String>().into())
}

fn from_radix(call: &Call<'_>) -> Answer {
    let Some(radix) = call.whole(0)? else { return Ok(Value::Null) };
    let Some(radix) = u32::try_from(radix).ok().filter(|radix| (2..=36).contains(radix)) else {
        return Err(call.error("the radix must be from 2 to 36"));
    };
    let number = i64::from_str_radix(call.subject_text(), radix);
    Ok(number.map_err(|_| call.error(format!("the text is not a number of radix {radix}")))?.into())
}

fn count(call: &Call<'_>) -> Answer {
    let counts = |value: &&Value| !value.is_null() && **value != Value::Boolean(false);
    let count = call.values.iter().filter(counts).count();
    Ok(i64::try_from(count).unwrap_or(i64::MAX).into())
}

fn join(call: &Call<'_>) -> Answer {
    let delimiter = call.text(0)?.unwrap_or_default();
    let mut joined = String::new();
    for (index, value) in call.values.iter().enumerate() {
        if index > 0 {
            joined += &delimiter;
        }
        joined += &crate::expression::convert::text(value, call.evaluation).unwrap_or_default();
        call.evaluation.check_size(joined.len())?;
    }
    Ok(joined.into())
}
