//! [`Expr`]: a property that is an expression. Its type says what the expression must give, and is all that an author
//! of a processor writes. Not a value: each evaluation gives one.

use std::{borrow::Cow, fmt, marker::PhantomData, str::FromStr, sync::Arc};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, Visitor},
};

use super::{EvaluateError, ExpressionError, Scope, Template, Type, Value, number};
use crate::Text;

/// Marks a property that gives a text.
pub const TEXT_MARKER: &str = "$headwater::expression::text";
/// Marks a property that gives true or false.
pub const BOOLEAN_MARKER: &str = "$headwater::expression::boolean";
/// Marks a property that gives a whole number.
pub const WHOLE_MARKER: &str = "$headwater::expression::whole";
/// Marks a property that gives a decimal number.
pub const DECIMAL_MARKER: &str = "$headwater::expression::decimal";

/// Whether `template` can be the value of a property marked `marker`; every one can be that of an unknown marker.
///
/// # Errors
/// When it cannot: with the place in the text.
pub fn check(marker: &str, template: &Template) -> Result<(), ExpressionError> {
    match marker {
        TEXT_MARKER => String::check(template),
        BOOLEAN_MARKER => bool::check(template),
        WHOLE_MARKER => i64::check(template),
        DECIMAL_MARKER => f64::check(template),
        _ => Ok(()),
    }
}

/// A type that an expression can give to a property.
pub trait ExpressionType: Sized + private::Sealed {
    /// What marks such a property for a deserializer that knows of expressions.
    const MARKER: &'static str;
    /// The type's name in the schema and the reference.
    const NAME: &'static str;
    /// What an evaluation gives.
    type Output;

    /// Whether a template can give this type.
    ///
    /// # Errors
    /// When it never can.
    fn check(template: &Template) -> Result<(), ExpressionError>;

    /// Evaluates a template that was checked.
    ///
    /// # Errors
    /// When it gives no value of this type.
    fn evaluate(template: &Template, scope: &dyn Scope) -> Result<Self::Output, EvaluateError>;
}

mod private {
    pub trait Sealed {}
    impl Sealed for String {}
    impl Sealed for bool {}
    impl Sealed for i64 {}
    impl Sealed for f64 {}
}

/// A property that is an expression and gives a `T`: `Expr<String>`, `Expr<bool>`, `Expr<i64>`, `Expr<f64>`.
pub struct Expr<T> {
    template: Arc<Template>,
    gives: PhantomData<fn() -> T>,
}

impl<T: ExpressionType> Expr<T> {
    /// Compiles the text of a property.
    ///
    /// # Errors
    /// When an expression in it is wrong or can never give a `T`.
    pub fn compile(text: &str) -> Result<Self, ExpressionError> {
        let template = Template::compile(text)?;
        T::check(&template)?;
        Ok(Self::of(template))
    }

    fn of(template: Template) -> Self {
        Self { template: Arc::new(template), gives: PhantomData }
    }

    /// Evaluates it.
    ///
    /// # Errors
    /// When a function in it cannot work on what it was given, or the result is no `T`.
    pub fn evaluate(&self, scope: &dyn Scope) -> Result<T::Output, EvaluateError> {
        T::evaluate(&self.template, scope)
    }

    /// The compiled text.
    pub fn template(&self) -> &Template {
        &self.template
    }
}

impl Expr<String> {
    /// The value of an attribute: for a default in code.
    pub fn attribute(name: &str) -> Self {
        Self::of(Template::attribute(name))
    }

    /// The text itself, whatever it looks like: for a default in code.
    pub fn literal(text: &str) -> Self {
        Self::of(Template::literal(text))
    }
}

impl Expr<i64> {
    /// A number: for a default in code.
    pub fn whole(number: i64) -> Self {
        Self::of(Template::literal(&number.to_string()))
    }
}

impl ExpressionType for String {
    const MARKER: &'static str = TEXT_MARKER;
    const NAME: &'static str = "text";
    type Output = Text;

    fn check(_template: &Template) -> Result<(), ExpressionError> {
        Ok(())
    }

    fn evaluate(template: &Template, scope: &dyn Scope) -> Result<Text, EvaluateError> {
        template.evaluate(scope)
    }
}

impl ExpressionType for bool {
    const MARKER: &'static str = BOOLEAN_MARKER;
    const NAME: &'static str = "boolean";
    type Output = bool;

    fn check(template: &Template) -> Result<(), ExpressionError> {
        let whole = 0..template.source().len();
        match template.value_type() {
            Some(Type::Boolean) => Ok(()),
            Some(found) => {
                let message =
                    format!("this gives {}, and it must give true or false", found.described());
                Err(ExpressionError::new(whole, message)
                    .label("end it with a question")
                    .help("for example :equals('200'), :isEmpty() or :gt(5)"))
            }
            None if template.constant().is_some_and(|text| text.starts_with("${")) => {
                Err(ExpressionError::new(whole, "this expression is never closed")
                    .label("is a `}`, a quote or a bracket missing?"))
            }
            None => Err(ExpressionError::new(
                whole,
                "this must be one expression, with no text around it",
            )
            .help("for example ${filename:endsWith('.json')}")
            .help("always true: ${literal(true):equals(true)}")),
        }
    }

    fn evaluate(template: &Template, scope: &dyn Scope) -> Result<bool, EvaluateError> {
        Ok(*template.evaluate_value(scope)?.reveal() == Value::Boolean(true))
    }
}

/// A template that is no expression must be a number already; any other one is read when it was evaluated.
fn check_number(
    template: &Template,
    wanted: Type,
    fits: fn(number::Number) -> bool,
) -> Result<(), ExpressionError> {
    let wrong = match (template.value_type(), template.constant()) {
        (Some(found), _) => !found.becomes(wanted),
        (None, Some(text)) => !number::parse(text).is_ok_and(|number| number.is_some_and(fits)),
        (None, None) => false,
    };
    if !wrong {
        return Ok(());
    }
    Err(ExpressionError::new(
        0..template.source().len(),
        format!("this must be {}", wanted.described()),
    ))
}

fn evaluate_number(
    template: &Template,
    scope: &dyn Scope,
    wanted: Type,
) -> Result<number::Number, EvaluateError> {
    let typed = template.evaluate_value(scope)?;
    let read = match typed.reveal() {
        Value::Whole(whole) => Some(number::Number::Whole(*whole)),
        Value::Decimal(decimal) => Some(number::Number::Decimal(*decimal)),
        _ => number::parse(typed.text().reveal()).ok().flatten(),
    };
    read.ok_or_else(|| EvaluateError::Conversion {
        value: format!("`{}`", typed.text().masked()),
        wanted,
    })
}

impl ExpressionType for i64 {
    const MARKER: &'static str = WHOLE_MARKER;
    const NAME: &'static str = "whole";
    type Output = i64;

    fn check(template: &Template) -> Result<(), ExpressionError> {
        check_number(template, Type::Whole, |number| matches!(number, number::Number::Whole(_)))
    }

    fn evaluate(template: &Template, scope: &dyn Scope) -> Result<i64, EvaluateError> {
        Ok(match evaluate_number(template, scope, Type::Whole)? {
            number::Number::Whole(whole) => whole,
            number::Number::Decimal(decimal) => decimal as i64,
        })
    }
}

impl ExpressionType for f64 {
    const MARKER: &'static str = DECIMAL_MARKER;
    const NAME: &'static str = "decimal";
    type Output = f64;

    fn check(template: &Template) -> Result<(), ExpressionError> {
        check_number(template, Type::Decimal, |_| true)
    }

    fn evaluate(template: &Template, scope: &dyn Scope) -> Result<f64, EvaluateError> {
        Ok(match evaluate_number(template, scope, Type::Decimal)? {
            number::Number::Whole(whole) => whole as f64,
            number::Number::Decimal(decimal) => decimal,
        })
    }
}

impl<T> Clone for Expr<T> {
    fn clone(&self) -> Self {
        Self { template: Arc::clone(&self.template), gives: PhantomData }
    }
}

impl<T> PartialEq for Expr<T> {
    fn eq(&self, other: &Self) -> bool {
        self.template.source() == other.template.source()
    }
}

impl<T> fmt::Debug for Expr<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.template.source(), f)
    }
}

impl<T: ExpressionType> FromStr for Expr<T> {
    type Err = ExpressionError;

    fn from_str(text: &str) -> Result<Self, ExpressionError> {
        Self::compile(text)
    }
}

impl<T> Serialize for Expr<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.template.source())
    }
}

impl<'de, T: ExpressionType> Deserialize<'de> for Expr<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(T::MARKER, ExprVisitor(PhantomData))
    }
}

struct ExprVisitor<T>(PhantomData<fn() -> T>);

impl<'de, T: ExpressionType> Visitor<'de> for ExprVisitor<T> {
    type Value = Expr<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Expr<T>, E> {
        Expr::compile(text).map_err(E::custom)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(
        self,
        deserializer: D,
    ) -> Result<Expr<T>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<T: ExpressionType> JsonSchema for Expr<T> {
    fn schema_name() -> Cow<'static, str> {
        format!("Expression_{}", T::NAME).into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "x-expression": T::NAME })
    }
}
