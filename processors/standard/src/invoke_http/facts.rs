//! What is known of `InvokeHttp` before it runs: its attributes, what its settings make likely to be a mistake, and ways
//! to use it, which a test runs.

use processors_api::{
    Advice, AttributeName, AttributeUse, Example, ExampleAnswer, ExampleFlowFile, Expr, Facts,
    SetAttribute, ShownIn, diagnostic::code,
};
use reqwest::header::CONTENT_TYPE;

use super::{InvokeHttp, properties::MIME_TYPE};

pub(super) const READS: &[AttributeUse] = &[
    AttributeUse::new(
        "mime.type",
        "The type of what is sent, unless request_content_type says it.",
    ),
    AttributeUse::new("filename", "The name of the content as a part of a form."),
];

/// The relationships of flowfiles that an answer came for.
const ANSWERED: &[&str] = &["response", "original", "retry", "no_retry"];

/// Those of flowfiles that asked.
const ASKED: [&str; 3] = ["original", "retry", "no_retry"];

const fn answered(name: &'static str, description: &'static str) -> AttributeUse {
    AttributeUse::new(name, description).on(ANSWERED).outcome()
}

pub(super) const WRITES: &[AttributeUse] = &[
    answered("invokehttp.status.code", "The status of the answer."),
    answered("invokehttp.status.message", "What the server calls that status."),
    answered("invokehttp.request.url", "The address that was called."),
    answered("invokehttp.response.url", "The address that answered, after redirects."),
    answered("invokehttp.request.duration", "How long it took, in milliseconds."),
    answered("invokehttp.tx.id", "An id that the flowfiles of one request share."),
    AttributeUse::new(
        "invokehttp.remote.dn",
        "Whom the server's certificate was made out to, over TLS and not through a proxy.",
    )
    .on(ANSWERED)
    .outcome(),
    AttributeUse::new(
        "invokehttp.response.body",
        "The first 256 bytes of an answer that is no success, unless response_body_attribute_name names another attribute.",
    )
    .on(&["retry", "no_retry"])
    .outcome(),
    AttributeUse::new("mime.type", "The `Content-Type` of the answer.").on(&["response"]).outcome(),
    AttributeUse::new(
        "filename",
        "The last part of the address, when response_flowfile_naming_strategy is URL_PATH.",
    )
    .on(&["response"]),
    AttributeUse::new("invokehttp.java.exception.class", "What NiFi calls the reason of a failure.")
        .on(&["failure"])
        .outcome(),
    AttributeUse::new("invokehttp.java.exception.message", "Why there was no answer.")
        .on(&["failure"])
        .outcome(),
];

fn asked(name: AttributeName) -> SetAttribute {
    ASKED.into_iter().fold(SetAttribute::named(name), SetAttribute::on)
}

impl InvokeHttp {
    pub(super) fn known(&self) -> Facts {
        let properties = &self.properties;
        let header = |prefix: &str| AttributeName::HttpHeader(prefix.into());
        let mut sets = vec![SetAttribute::named(header("")).on("response")];
        if properties.response_header_request_attributes_enabled {
            let prefix = &properties.response_header_request_attributes_prefix;
            let name = match prefix.as_ref().map(|prefix| prefix.template().constant()) {
                None => header(""),
                Some(Some(prefix)) => header(prefix),
                Some(None) => AttributeName::Any,
            };
            sets.push(asked(name));
        }
        if let Some(name) = &properties.response_body_attribute_name {
            let name = name.template().constant();
            let name = name.map_or(AttributeName::Any, |name| AttributeName::Exact(name.into()));
            sets.push(asked(name));
        }
        Facts {
            sets,
            new_content: vec!["response".into()],
            shown: vec![("http_url", ShownIn::Url)],
            advice: self.without_content_type().into_iter().collect(),
            ..Facts::default()
        }
    }

    /// What is sent has no type of its own: neither the flow nor, perhaps, an attribute says one.
    fn without_content_type(&self) -> Option<Advice> {
        let properties = &self.properties;
        let method = self
            .constant_method()
            .filter(|method| ["POST", "PUT", "PATCH"].contains(&method.as_str()))?;
        let is_default = properties.request_content_type == Expr::attribute("mime.type")
            || properties.request_content_type.template().source() == MIME_TYPE;
        let is_given = self.headers.iter().any(|(name, _)| *name == CONTENT_TYPE);
        let is_form =
            !self.form_fields.is_empty() || properties.request_multipart_form_data_name.is_some();
        if !is_default || is_given || is_form || !properties.request_body_enabled {
            return None;
        }
        Some(Advice {
            entry: None,
            code: code::CONTENT_TYPE,
            property: "request_content_type",
            message: format!(
                "this {method} says no content type: without the attribute mime.type it sends application/octet-stream, which most servers refuse"
            ),
            label: "add request_content_type".to_owned(),
            help: vec![
                "request_content_type: application/json".to_owned(),
                "request_content_type: application/x-www-form-urlencoded".to_owned(),
            ],
            unless_set: Some("mime.type"),
        })
    }
}

pub(super) const EXAMPLES: &[Example] = &[
    Example::new(
        "Fetch a record for each flowfile",
        "http_url: '#{api_url}/orders/${order.id}'\nheaders:\n  Accept: application/json\n",
    )
    .inputs(&[ExampleFlowFile::new("", &[("order.id", "17")])])
    .answers(&[ExampleAnswer {
        status: 200,
        headers: &[("Content-Type", "application/json"), ("X-Rate-Left", "59")],
        body: "{\"total\": 3}",
    }])
    .outputs(&[
        (
            "original",
            ExampleFlowFile::new("", &[("order.id", "17"), ("invokehttp.status.code", "200")]),
        ),
        (
            "response",
            ExampleFlowFile::new(
                "{\"total\": 3}",
                &[
                    ("order.id", "17"),
                    ("mime.type", "application/json"),
                    ("X-Rate-Left", "59"),
                    ("invokehttp.status.message", "OK"),
                ],
            ),
        ),
    ]),
    Example::new(
        "Send a form and keep the answer in an attribute",
        "http_url: '#{api_url}/token'\nhttp_method: POST\nrequest_content_type: application/x-www-form-urlencoded\nresponse_body_attribute_name: answer\n",
    )
    .inputs(&[ExampleFlowFile::new("grant_type=client_credentials", &[])])
    .answers(&[ExampleAnswer {
        status: 201,
        headers: &[],
        body: "{\"ok\": true}",
    }])
    .outputs(&[(
        "original",
        ExampleFlowFile::new(
            "grant_type=client_credentials",
            &[("answer", "{\"ok\": true}"), ("invokehttp.status.code", "201")],
        ),
    )]),
    Example::new(
        "A refusal goes to no_retry, with what the server says",
        "http_url: '#{api_url}/orders'\nhttp_method: PUT\nrequest_content_type: application/json\n",
    )
    .inputs(&[ExampleFlowFile::new("{\"total\": 3}", &[])])
    .answers(&[ExampleAnswer {
        status: 401,
        headers: &[("WWW-Authenticate", "Bearer")],
        body: "{\"error\": \"invalid_token\"}",
    }])
    .outputs(&[(
        "no_retry",
        ExampleFlowFile::new(
            "{\"total\": 3}",
            &[
                ("invokehttp.status.code", "401"),
                ("invokehttp.response.body", "{\"error\": \"invalid_token\"}"),
            ],
        ),
    )]),
    Example::new(
        "A server that is busy: retry, and Retry-After says when",
        "http_url: '#{api_url}/orders'\nresponse_header_request_attributes_enabled: true\nresponse_header_request_attributes_prefix: answer.\n",
    )
    .inputs(&[ExampleFlowFile::new("", &[])])
    .answers(&[ExampleAnswer {
        status: 429,
        headers: &[("Retry-After", "30")],
        body: "slow down",
    }])
    .outputs(&[(
        "retry",
        ExampleFlowFile::new(
            "",
            &[
                ("invokehttp.status.code", "429"),
                ("answer.Retry-After", "30"),
                ("invokehttp.response.body", "slow down"),
            ],
        ),
    )]),
];
