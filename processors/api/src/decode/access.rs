//! What is inside a value: items, entries, fields, variants. Left out is what a mistake was found in before.

use serde::de::{
    DeserializeSeed, EnumAccess, MapAccess, SeqAccess, VariantAccess, Visitor,
    value::StrDeserializer,
};

use super::{Failure, address, decoder::Decoder};
use crate::{
    Diagnostic, Entry, Node,
    diagnostic::{code, normalize, quote},
};

pub(super) struct Items<'n, 's> {
    list: Decoder<'n, 's>,
    items: std::slice::Iter<'n, Node>,
}

impl<'n, 's> Items<'n, 's> {
    pub(super) fn new(list: Decoder<'n, 's>, items: &'n [Node]) -> Self {
        Self { list, items: items.iter() }
    }
}

impl SeqAccess<'static> for Items<'_, '_> {
    type Error = Failure;

    fn next_element_seed<T: DeserializeSeed<'static>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Failure> {
        let state = self.list.subject.state;
        let Some(item) = self.items.find(|item| !state.is_left_out(item)) else { return Ok(None) };
        let decoder = self.list.inside(item, None);
        seed.deserialize(decoder).map(Some).map_err(|failure| decoder.located(failure))
    }
}

/// The entries of a map whose names the author chose.
pub(super) struct Entries<'n, 's> {
    map: Decoder<'n, 's>,
    entries: std::slice::Iter<'n, Entry>,
    current: Option<&'n Entry>,
}

impl<'n, 's> Entries<'n, 's> {
    pub(super) fn new(map: Decoder<'n, 's>, entries: &'n [Entry]) -> Self {
        Self { map, entries: entries.iter(), current: None }
    }
}

impl MapAccess<'static> for Entries<'_, '_> {
    type Error = Failure;

    fn next_key_seed<K: DeserializeSeed<'static>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Failure> {
        let state = self.map.subject.state;
        self.current = self.entries.find(|entry| !state.is_left_out(&entry.value));
        let Some(entry) = self.current else { return Ok(None) };
        let key: Result<K::Value, Failure> =
            seed.deserialize(StrDeserializer::new(&entry.key.text));
        key.map(Some).map_err(|failure| at_key(entry, &failure.to_string()))
    }

    fn next_value_seed<V: DeserializeSeed<'static>>(
        &mut self,
        seed: V,
    ) -> Result<V::Value, Failure> {
        let Some(entry) = self.current.take() else {
            return Err(Failure::Plain("a value is wanted".into()));
        };
        let decoder = self.map.inside(&entry.value, Some(&entry.key.text));
        seed.deserialize(decoder).map_err(|failure| decoder.located(failure))
    }
}

fn at_key(entry: &Entry, message: &str) -> Failure {
    let message = format!("{}: {message}", quote(&entry.key.text));
    let diagnostic = Diagnostic::error(code::NOT_READABLE, entry.key.span, message);
    Failure::Located { node: address(&entry.value), diagnostic: Some(Box::new(diagnostic)) }
}

/// The entries of a struct, under the names that serde knows.
pub(super) struct Fields<'n, 's> {
    map: Decoder<'n, 's>,
    known: std::vec::IntoIter<(&'static str, &'n Entry)>,
    current: Option<&'n Entry>,
}

impl<'n, 's> Fields<'n, 's> {
    /// Reports what the struct does not have.
    pub(super) fn new(
        map: Decoder<'n, 's>,
        entries: &'n [Entry],
        fields: &'static [&'static str],
        is_nested: bool,
    ) -> Self {
        let normal: Vec<(String, &'static str)> =
            fields.iter().map(|field| (normalize(field), *field)).collect();
        let mut known: Vec<(&'static str, &'n Entry)> = Vec::new();
        for entry in entries.iter().filter(|entry| !map.subject.state.is_left_out(&entry.value)) {
            let typed = normalize(&entry.key.text);
            let field = normal.iter().find(|(name, _)| *name == typed).map(|(_, field)| *field);
            let first =
                known.iter().find(|(name, _)| Some(*name) == field).map(|(_, entry)| *entry);
            match (field, first) {
                (None, _) => unknown(&map, entry, fields, is_nested),
                (Some(_), Some(first)) => given_twice(&map, entry, first),
                (Some(field), None) => {
                    if !is_nested {
                        map.subject.state.fields_used.borrow_mut().insert(field);
                    }
                    known.push((field, entry));
                }
            }
        }
        Self { map, known: known.into_iter(), current: None }
    }

    /// A failure that serde found between two values: the name before was given before, under another one.
    pub(super) fn at_last_key(&self, message: String) -> Failure {
        match self.current {
            Some(entry) => {
                let diagnostic = Diagnostic::error(code::DUPLICATE, entry.key.span, message)
                    .label("remove one of them");
                Failure::Located {
                    node: address(&entry.value),
                    diagnostic: Some(Box::new(diagnostic)),
                }
            }
            None => self.map.located(Failure::Plain(message)),
        }
    }
}

fn unknown(map: &Decoder<'_, '_>, entry: &Entry, fields: &[&str], is_nested: bool) {
    let state = map.subject.state;
    let parent = map.subject.key.filter(|_| is_nested);
    state.report(state.context.unknown(&entry.key, &state.names().shown(fields), parent));
    state.leave_out(address(&entry.value));
}

fn given_twice(map: &Decoder<'_, '_>, entry: &Entry, first: &Entry) {
    let state = map.subject.state;
    let message = format!(
        "{} and {} are the same {}",
        quote(&first.key.text),
        quote(&entry.key.text),
        state.context.noun
    );
    let diagnostic = Diagnostic::error(code::DUPLICATE, entry.key.span, message)
        .label(format!("the first is at line {}", first.key.span.start.line))
        .help("remove one of them");
    state.report(diagnostic);
    state.leave_out(address(&entry.value));
}

impl MapAccess<'static> for &mut Fields<'_, '_> {
    type Error = Failure;

    fn next_key_seed<K: DeserializeSeed<'static>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Failure> {
        let Some((field, entry)) = self.known.next() else {
            self.current = None;
            return Ok(None);
        };
        self.current = Some(entry);
        seed.deserialize(StrDeserializer::new(field)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'static>>(
        &mut self,
        seed: V,
    ) -> Result<V::Value, Failure> {
        let Some(entry) = self.current.take() else {
            return Err(Failure::Plain("a value is wanted".into()));
        };
        let decoder = self.map.inside(&entry.value, Some(&entry.key.text));
        seed.deserialize(decoder).map_err(|failure| decoder.located(failure))
    }
}

/// One way of several, alone or with its value.
pub(super) struct Variant<'n, 's> {
    decoder: Decoder<'n, 's>,
    name: &'n str,
    value: Option<Decoder<'n, 's>>,
}

impl<'n, 's> Variant<'n, 's> {
    pub(super) fn alone(decoder: Decoder<'n, 's>, name: &'static str) -> Self {
        Self { decoder, name, value: None }
    }

    pub(super) fn with_value(
        decoder: Decoder<'n, 's>,
        entry: &'n Entry,
        variants: &'static [&'static str],
    ) -> Self {
        let typed = normalize(&entry.key.text);
        let name = variants.iter().find(|variant| normalize(variant) == typed).copied();
        let value = decoder.inside(&entry.value, Some(&entry.key.text));
        Self { decoder, name: name.unwrap_or(&entry.key.text), value: Some(value) }
    }
}

impl<'n, 's> EnumAccess<'static> for Variant<'n, 's> {
    type Error = Failure;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'static>>(
        self,
        seed: V,
    ) -> Result<(V::Value, Self), Failure> {
        let variant: Result<V::Value, Failure> = seed.deserialize(StrDeserializer::new(self.name));
        variant.map(|variant| (variant, self))
    }
}

impl<'n, 's> Variant<'n, 's> {
    fn value(self) -> Result<Decoder<'n, 's>, Failure> {
        let missing = || Failure::Plain(format!("{} needs a value", quote(self.name)));
        self.value.ok_or_else(|| self.decoder.located(missing()))
    }
}

impl VariantAccess<'static> for Variant<'_, '_> {
    type Error = Failure;

    fn unit_variant(self) -> Result<(), Failure> {
        match self.value {
            None => Ok(()),
            Some(_) => {
                Err(Failure::Plain(format!("{} stands alone, without a value", quote(self.name))))
            }
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'static>>(
        self,
        seed: T,
    ) -> Result<T::Value, Failure> {
        seed.deserialize(self.value()?)
    }

    fn tuple_variant<V: Visitor<'static>>(
        self,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        serde::Deserializer::deserialize_tuple(self.value()?, length, visitor)
    }

    fn struct_variant<V: Visitor<'static>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        serde::Deserializer::deserialize_struct(self.value()?, "", fields, visitor)
    }
}
