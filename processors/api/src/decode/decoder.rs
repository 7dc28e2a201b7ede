//! The serde `Deserializer` over a [`Node`].

use std::sync::Arc;

use serde::de::{Deserializer, Error as _, IntoDeserializer, Visitor};

use super::{
    EXPRESSION, Failure, PROPERTY, PropertyText, SENSITIVE, State, TEXT,
    access::{Entries, Fields, Items, Variant},
    address,
    scalar::{Subject, is_reference},
};
use crate::{
    Diagnostic, MASK, Map, Node, Text,
    diagnostic::{code, normalize, suggest},
    property,
};

#[derive(Clone, Copy)]
pub(super) struct Decoder<'n, 's> {
    pub(super) subject: Subject<'n, 's>,
    /// The outermost value: nothing at all is a map without entries.
    is_root: bool,
    /// Parameters stay as they are: the text is an expression.
    is_raw: bool,
}

static NO_ENTRIES: &[crate::Entry] = &[];

impl<'n, 's> Decoder<'n, 's> {
    pub(super) fn root(node: &'n Node, state: &'s State<'s>) -> Self {
        let subject = Subject { node, key: None, property: None, state, secret: false };
        Self { subject, is_root: true, is_raw: false }
    }

    /// For a value inside this one; an item of a list goes by the list's name.
    pub(super) fn inside(&self, node: &'n Node, key: Option<&'n str>) -> Self {
        let property = self.subject.property.or(key);
        let subject = Subject { node, key: key.or(self.subject.key), property, ..self.subject };
        Self { subject, is_root: false, is_raw: false }
    }

    /// Puts a failure into its place, if it has none yet.
    pub(super) fn located(&self, failure: Failure) -> Failure {
        let node = self.subject.node;
        let message = match failure {
            located @ Failure::Located { .. } => return located,
            Failure::Missing(field) => return self.missing(field),
            Failure::Plain(message) => match node {
                Node::Scalar(_) => match self.subject.text() {
                    Ok(text) => return self.unreadable(&text, &message),
                    Err(failure) => return failure,
                },
                _ if self.subject.secret => format!("{} cannot be `{MASK}`", self.subject.name()),
                _ => format!("{}: {message}", self.subject.name()),
            },
        };
        self.subject.failure(Diagnostic::error(code::NOT_READABLE, node.span(), message))
    }

    fn missing(&self, field: &str) -> Failure {
        let node = self.subject.node;
        let entries = node.as_map().map(|map| map.entries.as_slice()).unwrap_or_default();
        if self.subject.state.is_told(field, entries) {
            return Failure::Located { node: address(node), diagnostic: None };
        }
        let message = format!("{} needs an entry `{field}`", self.subject.name());
        let diagnostic = Diagnostic::error(code::MISSING_PROPERTY, node.span(), message);
        self.subject.failure(diagnostic.label(format!("add `{field}:`")))
    }

    fn unreadable(&self, text: &Text, why: &str) -> Failure {
        // The reason may quote the value.
        let why = if text.is_sensitive() { String::new() } else { format!(": {why}") };
        self.subject.failure(self.subject.cannot_be(code::NOT_READABLE, text, &why))
    }

    fn string(&self) -> Result<String, Failure> {
        if self.is_raw {
            return Ok(self.subject.scalar()?.text.to_string());
        }
        Ok(self.subject.text()?.reveal().to_owned())
    }

    fn map(&self, wanted: &str) -> Result<Option<&'n Map>, Failure> {
        match self.subject.node {
            Node::Map(map) => Ok(Some(map)),
            Node::Absent(_) if self.is_root => Ok(None),
            node => Err(self.subject.wrong_kind(node, wanted)),
        }
    }

    fn truth(&self) -> Result<bool, Failure> {
        let text = self.subject.text()?;
        let typed = text.reveal().trim().to_lowercase();
        match typed.as_str() {
            "true" => return Ok(true),
            "false" => return Ok(false),
            _ => {}
        }
        let meant = match typed.as_str() {
            "yes" | "on" | "y" | "1" => Some("true"),
            "no" | "off" | "n" | "0" => Some("false"),
            other => suggest(other, ["true", "false"]),
        };
        let diagnostic =
            self.subject.cannot_be(code::NOT_READABLE, &text, ": true or false is wanted");
        Err(self.subject.failure(match meant {
            Some(meant) => diagnostic
                .label(format!("did you mean `{meant}`?"))
                .fix(self.subject.node.span(), meant),
            None => diagnostic.label("write true or false"),
        }))
    }

    fn whole<T: std::str::FromStr>(&self, min: i128, max: i128) -> Result<T, Failure> {
        let text = self.subject.text()?;
        let typed = text.reveal().trim();
        if let Ok(number) = typed.parse() {
            return Ok(number);
        }
        let why = if typed.parse::<i128>().is_ok() {
            format!(": it can be from {min} to {max}")
        } else {
            ": a whole number is wanted".to_owned()
        };
        let diagnostic = self.subject.cannot_be(code::NOT_READABLE, &text, &why);
        let label = match typed.parse::<i128>() {
            Ok(number) if number < min && min == 0 => "it cannot be below zero",
            Ok(number) if number < min => "too small",
            Ok(_) => "too large",
            Err(_) => "write digits only, without a unit",
        };
        Err(self.subject.failure(diagnostic.label(label)))
    }

    fn decimal(&self) -> Result<f64, Failure> {
        let text = self.subject.text()?;
        match text.reveal().trim().parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(number),
            _ => {
                let diagnostic =
                    self.subject.cannot_be(code::NOT_READABLE, &text, ": a number is wanted");
                Err(self
                    .subject
                    .failure(diagnostic.label("write digits, with a point for decimals: 1.5")))
            }
        }
    }

    fn expression<V: Visitor<'static>>(
        self,
        marker: &str,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        let scalar = self.subject.scalar()?;
        let context = self.subject.state.context;
        let template = (context.check_expression)(marker, &scalar.text, context.parameters)
            .map_err(|problem| self.subject.problem(scalar, problem, false))?;
        context.add_text(PropertyText {
            property: self.subject.property.unwrap_or_default().into(),
            key: self.subject.key.unwrap_or_default().into(),
            scalar: scalar.clone(),
            template: Arc::new(template),
        });
        visitor
            .visit_newtype_struct(Self { is_raw: true, ..self })
            .map_err(|failure| self.located(failure))
    }

    /// One of our own types: its mistakes have a place inside the text.
    fn property<V: Visitor<'static>>(self, marker: &str, visitor: V) -> Result<V::Value, Failure> {
        let scalar = self.subject.scalar()?;
        let text = self.subject.text()?;
        let filled_in = text.reveal() != &*scalar.text;
        if let Err(problem) = property::check(marker, text.reveal()) {
            if filled_in && !text.is_sensitive() {
                return Err(self.unreadable(&text, &problem.message));
            }
            return Err(self.subject.problem(scalar, problem, filled_in));
        }
        visitor.visit_newtype_struct(self)
    }

    /// A secret: hands over whether it came from a parameter, and the value.
    fn sensitive<V: Visitor<'static>>(mut self, visitor: V) -> Result<V::Value, Failure> {
        self.subject.secret = true;
        let text = self.subject.node.as_scalar().map(|scalar| &*scalar.text);
        let is_literal = text.is_none_or(|text| !is_reference(text));
        if is_literal {
            self.subject.state.context.add_secret(self.subject.node);
        }
        visitor.visit_seq(FlagAndValue { decoder: self, flag: Some(!is_literal), is_done: false })
    }

    /// A text that may be a secret: hands over whether it is one, and the value.
    fn known_text<V: Visitor<'static>>(self, visitor: V) -> Result<V::Value, Failure> {
        let flag = Some(self.subject.text()?.is_sensitive());
        visitor.visit_seq(FlagAndValue { decoder: self, flag, is_done: false })
    }

    fn variant(&self, variants: &'static [&'static str]) -> Result<&'static str, Failure> {
        let text = self.subject.text()?;
        let typed = normalize(text.reveal());
        if let Some(variant) = variants.iter().find(|variant| normalize(variant) == typed) {
            return Ok(variant);
        }
        let shown = self.subject.state.names().shown(variants);
        let normal: Vec<String> = shown.iter().map(|name| normalize(name)).collect();
        let mut allowed = format!("allowed: {}", shown.join(", "));
        if normal.iter().zip(&shown).any(|(normal, shown)| normal != shown) {
            allowed.push_str(&format!(" (also written {})", normal.join(", ")));
        }
        let diagnostic = self.subject.cannot_be(code::NOT_ALLOWED, &text, "");
        let meant = suggest(text.masked(), shown.iter().copied());
        Err(self.subject.failure(match meant {
            Some(meant) => diagnostic
                .label(format!("did you mean `{meant}`?"))
                .help(allowed)
                .fix(self.subject.node.span(), meant),
            None => diagnostic.label("not one of the allowed values").help(allowed),
        }))
    }
}

/// What is known of a value, and then the value.
struct FlagAndValue<'n, 's> {
    decoder: Decoder<'n, 's>,
    flag: Option<bool>,
    is_done: bool,
}

impl serde::de::SeqAccess<'static> for FlagAndValue<'_, '_> {
    type Error = Failure;

    fn next_element_seed<T: serde::de::DeserializeSeed<'static>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Failure> {
        match self.flag.take() {
            Some(flag) => seed.deserialize(flag.into_deserializer()).map(Some),
            None if self.is_done => Ok(None),
            None => {
                self.is_done = true;
                let decoder = self.decoder;
                seed.deserialize(decoder).map(Some).map_err(|failure| decoder.located(failure))
            }
        }
    }
}

macro_rules! whole_numbers {
    ($($deserialize:ident $visit:ident $number:ty,)*) => {$(
        fn $deserialize<V: Visitor<'static>>(self, visitor: V) -> Result<V::Value, Failure> {
            visitor.$visit(self.whole::<$number>(i128::from(<$number>::MIN), i128::from(<$number>::MAX))?)
        }
    )*};
}

impl Deserializer<'static> for Decoder<'_, '_> {
    type Error = Failure;

    fn deserialize_any<V: Visitor<'static>>(self, visitor: V) -> Result<V::Value, Failure> {
        match self.subject.node {
            Node::Scalar(_) => visitor.visit_string(self.string()?),
            Node::Sequence(_) => self.deserialize_seq(visitor),
            Node::Map(_) => self.deserialize_map(visitor),
            Node::Absent(_) => visitor.visit_unit(),
            node @ Node::Broken(_) => Err(self.subject.wrong_kind(node, "a value")),
        }
    }

    fn deserialize_bool<V: Visitor<'static>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_bool(self.truth()?)
    }

    whole_numbers! {
        deserialize_i8 visit_i8 i8,
        deserialize_i16 visit_i16 i16,
        deserialize_i32 visit_i32 i32,
        deserialize_i64 visit_i64 i64,
        deserialize_u8 visit_u8 u8,
        deserialize_u16 visit_u16 u16,
        deserialize_u32 visit_u32 u32,
        deserialize_u64 visit_u64 u64,
    }

    fn deserialize_f32<V: Visitor<'static>>(self, visitor: V) -> Result<V::Value, Failure> {
        self.deserialize_f64(visitor)
    }

    fn deserialize_f64<V: Visitor<'static>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_f64(self.decimal()?)
    }

    fn deserialize_char<V: Visitor<'static>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_string(self.string()?)
    }

    fn deserialize_str<V: Visitor<'static>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_string(self.string()?)
    }

    fn deserialize_string<V: Visitor<'static>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_string(self.string()?)
    }

    fn deserialize_bytes<V: Visitor<'static>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_byte_buf(self.string()?.into_bytes())
    }

    fn deserialize_byte_buf<V: Visitor<'static>>(self, visitor: V) -> Result<V::Value, Failure> {
        self.deserialize_bytes(visitor)
    }

    fn deserialize_option<V: Visitor<'static>>(self, visitor: V) -> Result<V::Value, Failure> {
        match self.subject.node {
            Node::Absent(_) => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_unit<V: Visitor<'static>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'static>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        visitor.visit_unit()
    }

    fn deserialize_newtype_struct<V: Visitor<'static>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        if name == SENSITIVE {
            self.sensitive(visitor)
        } else if name == TEXT {
            self.known_text(visitor)
        } else if name.starts_with(EXPRESSION) {
            self.expression(name, visitor)
        } else if name.starts_with(PROPERTY) {
            self.property(name, visitor)
        } else {
            visitor.visit_newtype_struct(self)
        }
    }

    fn deserialize_seq<V: Visitor<'static>>(self, visitor: V) -> Result<V::Value, Failure> {
        match self.subject.node {
            Node::Sequence(sequence) => visitor.visit_seq(Items::new(self, &sequence.items)),
            node => Err(self.subject.wrong_kind(node, "a list")),
        }
    }

    fn deserialize_tuple<V: Visitor<'static>>(
        self,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'static>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'static>>(self, visitor: V) -> Result<V::Value, Failure> {
        let map = self.map("a map")?;
        visitor.visit_map(Entries::new(self, map.map_or(NO_ENTRIES, |map| &map.entries)))
    }

    fn deserialize_struct<V: Visitor<'static>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        let map = self.map("a map")?;
        let entries = map.map_or(NO_ENTRIES, |map| &map.entries);
        let mut access = Fields::new(self, entries, fields, !self.is_root);
        let outcome = visitor.visit_map(&mut access);
        outcome.map_err(|failure| match failure {
            Failure::Missing(_) if self.is_root => failure,
            Failure::Plain(message) => access.at_last_key(message),
            failure => self.located(failure),
        })
    }

    fn deserialize_enum<V: Visitor<'static>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        match self.subject.node {
            Node::Map(map) if map.entries.len() == 1 => match map.entries.first() {
                Some(entry) => visitor.visit_enum(Variant::with_value(self, entry, variants)),
                None => Err(Failure::custom("a value is wanted")),
            },
            _ => visitor.visit_enum(Variant::alone(self, self.variant(variants)?)),
        }
        .map_err(|failure| self.located(failure))
    }

    fn deserialize_identifier<V: Visitor<'static>>(self, visitor: V) -> Result<V::Value, Failure> {
        self.deserialize_str(visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'static>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_unit()
    }
}
