//! Functions on numbers.

use super::{Documentation, shows};

const NULL: &str = "A missing value, or argument, or one that is no number, gives no value.";
const WRAPS: &str =
    "Whole numbers have 64 bits and wrap around. One decimal number makes the result decimal.";

pub(super) const ENTRIES: &[Documentation] = &[
    Documentation::of(
        "plus",
        &[
            shows("${n:plus(1)}", &[("n", "9223372036854775807")], "-9223372036854775808"),
            shows("[${n:plus(1)}]", &[("n", "x")], "[]"),
        ],
    )
    .notes(WRAPS)
    .null(NULL),
    Documentation::of("minus", &[shows("${n:minus(0.5)}", &[("n", "2")], "1.5")]).notes(WRAPS).null(NULL),
    Documentation::of("multiply", &[shows("${n:multiply(1.5)}", &[("n", "10000000")], "1.5E7")])
        .notes("Whole numbers have 64 bits and wrap around. One decimal number makes the result decimal; large ones are written with an exponent.")
        .null(NULL),
    Documentation::of("divide", &[shows("${n:divide(2.0)}", &[("n", "7")], "3.5")])
        .notes("A decimal number divided by zero is `Infinity` or `NaN`.")
        .null(NULL)
        .errors("A whole number divided by a whole zero."),
    Documentation::of("mod", &[shows("${n:mod(2.5)}", &[("n", "6")], "1.0")])
        .notes("The sign is that of the value before it.")
        .null(NULL)
        .errors("A whole number and a whole zero."),
    Documentation::of(
        "toNumber",
        &[
            shows("${n:toNumber()}", &[("n", "0x1F")], "31"),
            shows("[${n:toNumber()}]", &[("n", "12 EUR")], "[]"),
        ],
    )
    .notes("Decimal numbers are cut towards zero; hexadecimal ones begin with `0x`. A date becomes milliseconds.")
    .null("Gives no value again; so does a text that is no number.")
    .errors("A whole number of more than 64 bits."),
    Documentation::of("toDecimal", &[shows("${n:toDecimal()}", &[("n", "12345678.5")], "1.23456785E7")])
        .notes("Written as Java writes it: from ten million on, and below a thousandth, with an exponent.")
        .null("Gives no value again; so does a text that is no number.")
        .errors("A whole number of more than 64 bits."),
    Documentation::of("toRadix", &[shows("${n:toRadix(16, 6)}", &[("n", "-255")], "000-ff")])
        .notes("A radix outside 2 to 36 counts as 10. Zeros that fill up stand before the sign.")
        .errors("A radix without a value, a result of more than 20 MB."),
    Documentation::of("fromRadix", &[shows("${n:fromRadix(2)}", &[("n", "-101")], "-5")])
        .notes("Only digits of that radix and a sign: no `0x` before them.")
        .errors("Other signs, more than 64 bits, a radix outside 2 to 36."),
    Documentation::of(
        "math",
        &[
            shows("${n:toDecimal():math('sqrt')}", &[("n", "16")], "4.0"),
            shows("${n:toNumber():math('max', 5)}", &[("n", "3")], "5"),
            shows("${n:toDecimal():math('round')}", &[("n", "2.5")], "3"),
        ],
    )
    .notes(
        "One number: abs acos asin atan cbrt ceil cos cosh exp expm1 floor getExponent log log10 log1p nextDown nextUp \
         rint round signum sin sinh sqrt tan tanh toDegrees toRadians ulp, and of whole ones absExact decrementExact \
         incrementExact negateExact toIntExact. Two: atan2 copySign hypot IEEEremainder max min nextAfter pow scalb, and \
         of whole ones addExact ceilDiv ceilDivExact ceilMod divideExact floorDiv floorDivExact floorMod multiplyExact \
         multiplyHigh subtractExact unsignedMultiplyHigh. First in an expression: `${math('random')}`. The last digit of \
         a sine, a logarithm and their like may differ from Java's.",
    )
    .null("A missing value, or argument, gives no value.")
    .errors("A method that is not there for these numbers, and the exact ones when the result does not fit."),
    Documentation::of("count", &[shows("${a:isEmpty():count()}", &[("a", "x")], "0")])
        .notes("What is false does not count, so that conditions can be counted. To go on, wrap it: `${literal(${...:count()}):gt(2)}`.")
        .null("Does not count."),
    Documentation::of("join", &[shows("[${allAttributes('a', 'b'):join(',')}]", &[], "[,]")])
        .null("Counts as the empty text."),
];
