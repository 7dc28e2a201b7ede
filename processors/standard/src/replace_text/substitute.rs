//! `Substitute Variables`: `${name}` in a text becomes the attribute of that name. Not the expression language.

use processors_api::{FlowFile, Text};

use super::ReplaceError;

/// How deep a value may refer to other values.
const DEPTH_MAX: usize = 20;

/// The largest text that is made.
const RESULT_BYTES_MAX: usize = 256 * 1024 * 1024;

/// `${name}`, `${name:-otherwise}`; `$${name}` stands for `${name}`. Values are looked through again. Names that are no
/// attributes stay as they are.
pub(super) fn variables(text: &str, flowfile: &FlowFile) -> Result<Text, ReplaceError> {
    let mut substitution = Substitution { flowfile, result: String::new(), sensitive: false };
    substitution.add(text, 0)?;
    Ok(Text::new(substitution.result, substitution.sensitive))
}

struct Substitution<'a> {
    flowfile: &'a FlowFile,
    result: String,
    sensitive: bool,
}

impl Substitution<'_> {
    fn add(&mut self, text: &str, depth: usize) -> Result<(), ReplaceError> {
        if depth > DEPTH_MAX || self.result.len() > RESULT_BYTES_MAX {
            return Err(ReplaceError::Circle);
        }
        let mut rest = text;
        while let Some(start) = rest.find("${") {
            let (before, variable) = rest.split_at(start);
            let Some(end) = variable.find('}') else { break };
            let (whole, behind) = variable.split_at(end + 1);
            match before.strip_suffix('$') {
                Some(escaped) => {
                    self.result += escaped;
                    self.result += whole;
                }
                None => {
                    self.result += before;
                    self.value(&whole[2..end], whole, depth)?;
                }
            }
            rest = behind;
        }
        self.result += rest;
        Ok(())
    }

    fn value(&mut self, inside: &str, whole: &str, depth: usize) -> Result<(), ReplaceError> {
        let (name, otherwise) = match inside.split_once(":-") {
            Some((name, otherwise)) => (name, Some(otherwise)),
            None => (inside, None),
        };
        match self.flowfile.attribute(name) {
            Some(value) => {
                self.sensitive |= value.is_sensitive();
                self.add(value.reveal(), depth + 1)
            }
            None => match otherwise {
                Some(otherwise) => self.add(otherwise, depth + 1),
                None => {
                    self.result += whole;
                    Ok(())
                }
            },
        }
    }
}
