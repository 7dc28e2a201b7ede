//! Before anything runs.

use super::*;

#[test]
fn the_method_says_whether_repeating_does_harm() {
    for (properties, expected) in [
        ("", Effect::Repeatable),
        ("http_method: put", Effect::Repeatable),
        ("http_method: POST", Effect::NotRepeatable),
        ("http_method: ${m}", Effect::NotRepeatable),
        ("http_method: POST\nrepeatable: true", Effect::Repeatable),
    ] {
        let runner = runner(&format!("http_url: http://x/\n{properties}"));
        assert_eq!(runner.processor().effect(), expected, "{properties}");
    }
}

#[test]
fn mistakes_are_found_at_load() {
    for (properties, message) in [
        ("", "needs the property `http_url`"),
        ("http_url: http://x\nheaders:\n  a b: c\n", "cannot be the name of a header"),
        ("http_url: http://x\nrequest_username: a:b\n", "has no `:`"),
        ("http_url: http://x\nrequest_password: p\n", "needs request_username"),
        ("http_url: http://x\nproxy_password: s3cret\n", "needs proxy_username"),
        ("http_url: http://x\nproxy_username: p\n", "needs proxy_url"),
        ("http_url: http://x\nDigest Authentication: true\n", "needs request_username"),
        ("http_url: http://x\nrequest_header_attributes_pattern: (\n", "no regular expression"),
        ("http_url: http://x\nresponse_cache_size: 2 GB\n", "at most 1 GB"),
        (
            "http_url: http://x\nheaders: { 'post:form:a': b }\n",
            "needs request_multipart_form_data_name",
        ),
        ("http_url: http://x\nform_fields: { a: b }\n", "needs request_multipart_form_data_name"),
        (
            "http_url: http://x\nform_fields: { a: b }\nform-body-form-name: f\nsend-message-body: false\n",
            "request_body_enabled: false does not send it",
        ),
        ("http_url: http://x\nheaders: { 'post:form': b }\n", "which field of the form"),
        (
            "http_url: http://x\nheaders: { Cookie: b }\ncookie-strategy: ACCEPT_ALL\n",
            "do not go together",
        ),
    ] {
        let mistakes = TestRunner::<InvokeHttp>::mistakes_async(properties);
        assert!(mistakes.contains(message), "{properties}: {mistakes}");
    }
}

#[test]
fn a_service_is_refused_with_what_to_use_instead() {
    for (property, instead) in [
        ("SSL Context Service", "ca_file: ./ca.pem"),
        ("proxy-configuration-service", "proxy_url: http://"),
        ("Request OAuth2 Access Token Provider", "Bearer ${access_token}"),
        ("oauth2-access-token-provider", "Bearer ${access_token}"),
        ("OAuth2 Access Token Refresh Strategy", "Bearer ${access_token}"),
    ] {
        let properties = format!("http_url: http://x\n{property}: 0190-a1b2\n");
        let mistakes = TestRunner::<InvokeHttp>::mistakes_async(&properties);
        assert!(
            mistakes.contains("is a controller service of NiFi") && mistakes.contains(instead),
            "{mistakes}"
        );
    }
}

#[test]
fn an_address_that_can_never_be_one_is_found() {
    for (url, message, help) in [
        ("htp://api.example.com/x?k=s3cret", "not `htp://`", "http://api.example.com"),
        ("htps://me:s3cret@api/${x}", "not `htps://`", "https://api"),
        ("ftp://api/x", "not `ftp://`", "://api"),
        ("api.example.com/${id}", "begins with http:// or https://", "https://api.example.com"),
        ("localhost:8080/x", "begins with http:// or https://", "http://localhost:8080"),
        ("http:/api.example.com/x", "begins with", "https://api.example.com"),
        ("String", "begins with http:// or https://", "https://String"),
        ("https://api example.com/${id}", "a space in the name", "https://apiexample.com"),
        ("https://#{tenant}.api.com", "", ""),
        ("https:///${id}", "", ""),
        ("https://", "no server that could be called", "for example"),
        ("http://[1:2/", "no server that could be called", "for example"),
        ("' '", "http_url is empty", ""),
        ("${scheme}://x", "", ""),
        ("http${s}://x", "", ""),
        ("HTTPS://x/ a", "", ""),
        ("http://localhost", "", ""),
    ] {
        let properties = format!("http_url: \"{}\"", url.trim_matches('\''));
        let parameters = [("tenant".to_owned(), Text::from("t"))].into_iter().collect();
        let kind = processors_api::ProcessorType::of_async::<InvokeHttp>();
        let loaded = processors_api::test_runner::load(&kind, &properties, &parameters);
        let mistakes = loaded.err().unwrap_or_default();
        assert_eq!(mistakes.is_empty(), message.is_empty(), "{url}: {mistakes}");
        let told: Vec<&str> = mistakes.lines().filter(|line| !line.contains(" | ")).collect();
        let told = told.join("\n");
        assert!(told.contains(message) && told.contains(help), "{url}: {mistakes}");
        assert!(!told.contains("s3cret"), "{told}");
    }
}

#[test]
fn nifis_names_are_known() {
    for name in [
        "Remote URL: http://x",
        "HTTP URL: http://x\nHTTP Method: GET\nHTTP/2 Disabled: 'False'",
        "http_url: http://x\ndisable-http2: true\nConnection Timeout: 5 secs\nRead Timeout: 1 sec",
        "http_url: http://x\nSocket Write Timeout: 1 sec\nidle-timeout: 1 min\nmax-idle-connections: 3",
        "http_url: http://x\nBasic Authentication Username: a\nBasic Authentication Password: b",
        "http_url: http://x\nPenalize on \"No Retry\": true\nsend-message-body: true",
        "http_url: http://x\nform-body-form-name: a\nset-form-filename: false",
        "http_url: http://x\nRequest Multipart Form-Data Name: a\nRequest Multipart Form-Data Filename Enabled: false",
        "http_url: http://x\nUse Chunked Encoding: true\nContent-Encoding: GZIP\nContent-Type: a/b",
        "http_url: http://x\nInclude Date Header: 'False'\nAttributes to Send: a\nUseragent: b",
        "http_url: http://x\nPut Response Body In Attribute: a\nMax Length To Put In Attribute: 3",
        "http_url: http://x\nignore-response-content: true\nuse-etag: true\netag-max-cache-size: 1MB",
        "http_url: http://x\ncookie-strategy: ACCEPT_ALL\nAlways Output Response: true",
        "http_url: http://x\nflow-file-naming-strategy: URL_PATH\nAdd Response Headers to Request: true",
        "http_url: http://x\nFollow Redirects: 'False'\nResponse FlowFile Naming Strategy: RANDOM",
    ] {
        assert_eq!(TestRunner::<InvokeHttp>::mistakes_async(name), "", "{name}");
    }
}

#[test]
fn a_body_without_a_type_is_told() {
    for (properties, is_told) in [
        ("http_method: POST", true),
        ("http_method: put", true),
        ("http_method: POST\nrequest_content_type: ${mime.type}", true),
        ("http_method: POST\nrequest_content_type: ${kind}", false),
        ("http_method: POST\nrequest_content_type: a/b", false),
        ("http_method: POST\nheaders: { content-type: a/b }", false),
        ("http_method: POST\nrequest_multipart_form_data_name: f", false),
        ("http_method: POST\nrequest_body_enabled: false", false),
        ("http_method: ${m}", false),
        ("", false),
    ] {
        let runner = runner(&format!("http_url: http://x/\n{properties}"));
        let advice = runner.processor().facts().advice;
        assert_eq!(advice.len(), usize::from(is_told), "{properties}");
        assert!(advice.iter().all(|advice| advice.unless_set == Some("mime.type")));
    }
}

#[test]
fn what_its_settings_set_is_known() {
    use processors_api::AttributeName;
    let sets = |properties: &str| -> Vec<_> {
        let runner = runner(&format!("http_url: http://x/\n{properties}"));
        let sets = runner.processor().facts().sets.into_iter();
        sets.map(|set| (set.name, set.on.join(" "))).collect()
    };
    let headers = (AttributeName::HttpHeader("".into()), "response".to_owned());
    let asked = "original retry no_retry".to_owned();
    assert_eq!(sets(""), vec![headers.clone()]);
    assert_eq!(
        sets(
            "response_body_attribute_name: body\nresponse_header_request_attributes_enabled: true\nresponse_header_request_attributes_prefix: a.\n"
        ),
        [
            headers.clone(),
            (AttributeName::HttpHeader("a.".into()), asked.clone()),
            (AttributeName::Exact("body".into()), asked.clone()),
        ]
    );
    assert_eq!(sets("response_body_attribute_name: ${x}"), [headers, (AttributeName::Any, asked)]);
}
