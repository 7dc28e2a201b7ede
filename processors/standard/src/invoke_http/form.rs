//! A form as `multipart/form-data` (RFC 7578): its fields, and the content as one of its parts. What surrounds the content
//! is held in memory, the content never is.

use processors_api::{FlowFile, Session, Text, core_attributes};
use reqwest::header::HeaderValue;

use super::{Failure, InvokeHttp, request::evaluate};

/// How NiFi begins the name of a property that is a field of a form.
pub(super) const FORM_FIELD: &str = "post:form";

const LINE_END: &str = "\r\n";

/// A form, ready to be sent.
pub(super) struct Form {
    boundary: String,
    /// All that stands before the content.
    pub(super) begin: Vec<u8>,
    /// All that stands behind it.
    pub(super) end: Vec<u8>,
    /// Whether the content is one of its parts.
    pub(super) has_content: bool,
    /// The values that are secret.
    pub(super) secrets: Vec<Text>,
}

impl Form {
    /// The form of a flowfile; nothing when it is not sent as one.
    pub(super) fn of(
        http: &InvokeHttp,
        session: &Session,
        flowfile: &FlowFile,
        content_type: &Text,
    ) -> Result<Option<Self>, Failure> {
        let properties = &http.properties;
        let name = properties.request_multipart_form_data_name.as_ref();
        let name = name.map(|name| evaluate(session, Some(flowfile), name)).transpose()?;
        let name = name.filter(|name| !name.reveal().is_empty());
        if http.form_fields.is_empty() && name.is_none() {
            return Ok(None);
        }
        let mut form = Self {
            boundary: session.context().new_id().to_string(),
            begin: Vec::new(),
            end: Vec::new(),
            has_content: name.is_some() && properties.request_body_enabled,
            secrets: Vec::new(),
        };
        for (field, value) in &http.form_fields {
            let value = evaluate(session, Some(flowfile), value)?;
            form.add_field(field, &value);
        }
        if let Some(name) = name.filter(|_| form.has_content) {
            let with_filename = properties.request_multipart_form_data_filename_enabled;
            let filename = flowfile.attribute(core_attributes::FILENAME);
            form.begin_content(&name, filename.filter(|_| with_filename), content_type);
        }
        form.end = format!("{LINE_END}--{}--{LINE_END}", form.boundary).into_bytes();
        Ok(Some(form))
    }

    pub(super) fn content_type(&self) -> HeaderValue {
        let kind = format!("multipart/form-data; boundary={}", self.boundary);
        HeaderValue::from_str(&kind).unwrap_or(HeaderValue::from_static("multipart/form-data"))
    }

    fn add_field(&mut self, name: &str, value: &Text) {
        self.begin_part(name, "");
        self.begin.extend_from_slice(LINE_END.repeat(2).as_bytes());
        self.begin.extend_from_slice(value.reveal().as_bytes());
        self.keep_secret(value);
    }

    fn begin_content(&mut self, name: &Text, filename: Option<Text>, content_type: &Text) {
        filename.iter().chain([name, content_type]).for_each(|text| self.keep_secret(text));
        let filename = filename.as_ref().map_or(String::new(), |filename| {
            format!("; filename=\"{}\"", quoted(filename.reveal()))
        });
        self.begin_part(name.reveal(), &filename);
        let content_type = content_type.reveal().replace(['\r', '\n'], " ");
        let line = format!("{LINE_END}Content-Type: {content_type}{LINE_END}{LINE_END}");
        self.begin.extend_from_slice(line.as_bytes());
    }

    fn begin_part(&mut self, name: &str, more: &str) {
        let before = if self.begin.is_empty() { "" } else { LINE_END };
        let head = format!(
            "{before}--{}{LINE_END}Content-Disposition: form-data; name=\"{}\"{more}",
            self.boundary,
            quoted(name)
        );
        self.begin.extend_from_slice(head.as_bytes());
    }

    fn keep_secret(&mut self, value: &Text) {
        if value.is_sensitive() {
            self.secrets.push(value.clone());
        }
    }
}

/// A name inside the quotes of a part's head, as browsers write it: it can end neither them nor the line.
fn quoted(name: &str) -> String {
    name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A")
}

#[cfg(test)]
mod unit_tests {
    use super::*;

    #[test]
    fn a_name_cannot_leave_its_quotes() {
        assert_eq!(quoted("a\"; x=\"b\r\nEvil: 1"), "a%22; x=%22b%0D%0AEvil: 1");
        assert_eq!(quoted("Größe 100%.txt"), "Größe 100%.txt");
    }
}
