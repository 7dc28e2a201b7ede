//! Functions that encode a text for a place where some signs mean something, and back.

mod csv;
mod entity;
mod html;
mod json;
mod percent;
mod xml;

use crate::{
    base64,
    expression::{
        Type,
        evaluation::Call,
        function::{Answer, Function, Kind, OnNull},
    },
};
use html::Version;

const fn on_text(name: &'static str, run: fn(&Call<'_>) -> Answer) -> Function {
    Function::behind(Kind::Text, name, Type::String, run)
}

/// Escaping gives an empty text for a missing value.
const fn escape(name: &'static str, run: fn(&Call<'_>) -> Answer) -> Function {
    on_text(name, run).on_null(OnNull::Empty)
}

pub(super) const FUNCTIONS: &[Function] = &[
    on_text("urlEncode", |call| Ok(percent::encode(call.subject_text()).into()))
        .doc("The text as a form field or a query of a URL holds it; a space becomes `+`.")
        .example("${a:urlEncode()}", &[("a", "a b&c=é")], "a+b%26c%3D%C3%A9"),
    on_text("urlDecode", |call| {
        Ok(percent::decode(call.subject_text()).map_err(|reason| call.error(reason))?.into())
    })
    .doc("The text that a form field or a query of a URL stands for.")
    .example("${a:urlDecode()}", &[("a", "a+b%26c%3D%C3%A9")], "a b&c=é"),
    on_text("base64Encode", |call| Ok(base64::encode(call.subject_text().as_bytes()).into()))
        .doc("The text in Base64.")
        .example("${a:base64Encode()}", &[("a", "admin:admin")], "YWRtaW46YWRtaW4="),
    on_text("base64Decode", |call| match base64::decode(call.subject_text()) {
        Some(bytes) => Ok(String::from_utf8_lossy(&bytes).as_ref().into()),
        None => Err(call.error("the text is not Base64")),
    })
    .doc("The text that a Base64 text stands for.")
    .example("${a:base64Decode()}", &[("a", "YWRtaW46YWRtaW4=")], "admin:admin"),
    escape("escapeJson", |call| Ok(json::escape(call.subject_text()).into()))
        .doc("The text as it stands between the quotes of a JSON string.")
        .example("${a:escapeJson()}", &[("a", "say \"é\"")], "say \\\"\\u00E9\\\""),
    escape("unescapeJson", |call| {
        Ok(json::unescape(call.subject_text()).map_err(|reason| call.error(reason))?.into())
    })
    .doc("The text of a JSON string, given without its quotes.")
    .example("${a:unescapeJson()}", &[("a", "say \\\"hi\\\"")], "say \"hi\""),
    escape("escapeXml", |call| Ok(xml::escape(call.subject_text()).into()))
        .doc("The text as it stands in XML.")
        .example("${a:escapeXml()}", &[("a", "M & M")], "M &amp; M"),
    escape("unescapeXml", |call| Ok(xml::unescape(call.subject_text()).into()))
        .doc("The text that XML stands for.")
        .example("${a:unescapeXml()}", &[("a", "M &amp; M &#65;")], "M & M A"),
    escape("escapeCsv", |call| Ok(csv::escape(call.subject_text()).into()))
        .doc("The text as a field of a CSV file; in quotes only where needed.")
        .example("${a:escapeCsv()}", &[("a", "a,b")], "\"a,b\""),
    escape("unescapeCsv", |call| Ok(csv::unescape(call.subject_text()).into()))
        .doc("The text that a field of a CSV file stands for.")
        .example("${a:unescapeCsv()}", &[("a", "\"a,b\"")], "a,b"),
    escape("escapeHtml3", |call| Ok(html::escape(call.subject_text(), Version::Html3).into()))
        .doc("The text as it stands in HTML, with the names of HTML 3 for Latin letters and signs.")
        .example("${a:escapeHtml3()}", &[("a", "<é ♣>")], "&lt;&eacute; ♣&gt;"),
    escape("escapeHtml4", |call| Ok(html::escape(call.subject_text(), Version::Html4).into()))
        .doc("The text as it stands in HTML, with the names of HTML 4 also for Greek letters and symbols.")
        .example("${a:escapeHtml4()}", &[("a", "<é ♣>")], "&lt;&eacute; &clubs;&gt;"),
    escape("unescapeHtml3", |call| Ok(html::unescape(call.subject_text(), Version::Html3).into()))
        .doc("The text that HTML stands for; the names of HTML 3 are known.")
        .example("${a:unescapeHtml3()}", &[("a", "&clubs;&copy;&#65;")], "&clubs;©A"),
    escape("unescapeHtml4", |call| Ok(html::unescape(call.subject_text(), Version::Html4).into()))
        .doc("The text that HTML stands for; the names of HTML 4 are known.")
        .example("${a:unescapeHtml4()}", &[("a", "&clubs;&copy;&bogus;")], "♣©&bogus;"),
];
