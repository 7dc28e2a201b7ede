//! Tokens, organisations, pages and quotas of the API.

use super::*;

fn check_problem(answer: &Received, expected: Expect) {
    let mut body = answer.json();
    assert_eq!(body["Instance"].as_str().unwrap().len(), 36);
    body["Instance"] = Value::from("GUID");
    expected.assert_eq(&format!("{} {body}", answer.status()));
}

#[test]
fn an_expired_token_is_told_so_and_an_unknown_one_is_not() {
    let xero = start();
    let live = access_token(&xero);
    let expired = field(&xero.expired_credentials(), "access_token");
    assert_eq!(live, expired);
    let answer = call(&xero, "GET", INVOICES, &[], "");
    assert_eq!(answer.status(), 401);
    let detail = answer.text("/Detail");
    // The sandbox's clock went on for a moment since it started at nine.
    assert!(detail.starts_with("TokenExpired: token expired at 03/02/2026 09:0"), "{detail}");

    let unknown = [("Authorization", "Bearer xat-unknown")];
    for headers in [&[][..], &unknown[..], &[("Authorization", "Basic x")][..]] {
        check_problem(
            &request(&xero, "GET", INVOICES, headers, ""),
            expect![[
                r#"401 {"Type":null,"Title":"Unauthorized","Status":401,"Detail":"AuthenticationUnsuccessful","Instance":"GUID","Extensions":{}}"#
            ]],
        );
    }
}

#[test]
fn a_token_lives_half_an_hour() {
    let xero = start();
    xero.advance(Duration::from_mins(29));
    assert_eq!(call(&xero, "GET", INVOICES, &[], "").status(), 200);
    xero.advance(Duration::from_mins(1));
    let answer = call(&xero, "GET", INVOICES, &[], "");
    assert_eq!(answer.status(), 401);
    assert_eq!(answer.text("/Detail"), "TokenExpired: token expired at 03/02/2026 09:30:00");
    refresh(&xero, &refresh_token(&xero));
    assert_eq!(call(&xero, "GET", INVOICES, &[], "").status(), 200);
}

#[test]
fn the_pair_of_a_lost_answer_opens_nothing_more() {
    let xero = start();
    let old = refresh_token(&xero);
    let lost = format!("Bearer {}", refresh(&xero, &old).text("/access_token"));
    refresh(&xero, &old);
    let answer = request(&xero, "GET", "/connections", &[("Authorization", &lost)], "");
    assert_eq!(answer.status(), 401);
}

#[test]
fn another_organisation_is_forbidden() {
    let xero = start();
    let token = format!("Bearer {}", access_token(&xero));
    let authorized = ("Authorization", token.as_str());
    for headers in [&[authorized][..], &[authorized, ("xero-tenant-id", "other")][..]] {
        check_problem(
            &request(&xero, "GET", INVOICES, headers, ""),
            expect![[
                r#"403 {"Type":null,"Title":"Forbidden","Status":403,"Detail":"AuthenticationUnsuccessful","Instance":"GUID","Extensions":{}}"#
            ]],
        );
    }
}

#[test]
fn connections_need_no_organisation() {
    let xero = start();
    let token = format!("Bearer {}", access_token(&xero));
    let answer = request(&xero, "GET", "/connections", &[("Authorization", &token)], "");
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.text("/0/tenantId"), xero.settings().tenant_id);
    assert_eq!(answer.text("/0/tenantType"), "ORGANISATION");
    assert_eq!(answer.text("/0/createdDateUtc"), "2026-03-02T09:00:00");
}

#[test]
fn a_disconnected_app_gets_401_after_a_refresh_too() {
    let xero = start();
    xero.disconnect();
    assert_eq!(call(&xero, "GET", INVOICES, &[], "").status(), 401);
    assert_eq!(refresh(&xero, &refresh_token(&xero)).status(), 200);
    assert_eq!(call(&xero, "GET", INVOICES, &[], "").status(), 401);
}

#[test]
fn invoices_are_xml_unless_json_is_asked_for() {
    let xero = start();
    let xml = call(&xero, "GET", INVOICES, &[], "");
    assert_eq!(xml.header("content-type"), "text/xml; charset=utf-8");
    assert!(xml.body.contains("<Response><Id>"), "{}", xml.body);
    assert_eq!(xml.body.matches("<InvoiceID>").count(), 3);
    assert!(xml.body.contains("<Name>Müller &amp; Söhne GmbH</Name>"));
    assert!(xml.body.contains("<Date>2026-03-01T00:00:00</Date>"));

    let json = call(&xero, "GET", "/api.xro/2.0/invoices", &[JSON], "");
    assert_eq!(json.header("content-type"), "application/json; charset=utf-8");
    assert_eq!(json.text("/Status"), "OK");
    assert_eq!(json.text("/Invoices/0/InvoiceNumber"), "INV-0001");
    assert_eq!(json.text("/Invoices/0/Date"), "/Date(1772323200000+0000)/");
    assert_eq!(json.text("/Invoices/0/DateString"), "2026-03-01T00:00:00");
}

#[test]
fn a_hundred_a_page_and_what_was_modified_since() {
    let xero = start_with(|settings| settings.invoices = 2_500);
    let page = |query: &str, more: &[(&str, &str)]| {
        let answer =
            call(&xero, "GET", &format!("{INVOICES}{query}"), &[&[JSON], more].concat(), "");
        let json = answer.json();
        (json["Invoices"].as_array().unwrap().len(), json["pagination"]["itemCount"].clone())
    };
    assert_eq!(page("", &[]), (100, Value::from(2500)));
    assert_eq!(page("?page=3&pageSize=1000", &[]), (500, Value::from(2500)));
    assert_eq!(page("?page=26", &[]), (0, Value::from(2500)));
    let since = |date| page("", &[("If-Modified-Since", date)]);
    assert_eq!(since("Mon, 02 Mar 2026 09:00:00 GMT"), (0, Value::from(0)));
    assert_eq!(since("2026-03-01T00:00:00"), (9, Value::from(9)));
    assert_eq!(since("yesterday"), (100, Value::from(2500)));

    for query in ["?page=0", "?pageSize=1001"] {
        let answer = call(&xero, "GET", &format!("{INVOICES}{query}"), &[JSON], "");
        assert_eq!(answer.status(), 400);
        assert_eq!(answer.text("/Type"), "QueryParseException");
    }
}

#[test]
fn quotas_show_on_every_answer_and_end_in_429() {
    let xero = start_with(|settings| settings.rate_limits.minute = 2);
    let left = |answer: &Received| {
        ["x-daylimit-remaining", "x-minlimit-remaining", "x-appminlimit-remaining"]
            .map(|name| answer.header(name).to_owned())
    };
    let answer = call(&xero, "GET", INVOICES, &[], "");
    assert_eq!(left(&answer), ["4999", "1", "9999"]);
    let forbidden = request(&xero, "GET", "/nowhere", &[], "");
    assert_eq!((forbidden.status(), left(&forbidden)[1].as_str()), (404, "1"));
    call(&xero, "GET", INVOICES, &[], "");

    let refused = call(&xero, "GET", INVOICES, &[], "");
    assert_eq!(refused.status(), 429);
    assert_eq!(refused.header("x-rate-limit-problem"), "minute");
    assert_eq!(left(&refused), ["4998", "0", "9998"]);
    let wait_s: u64 = refused.header("retry-after").parse().unwrap();
    assert!((1..=60).contains(&wait_s), "{wait_s}");
    xero.advance(Duration::from_secs(wait_s));
    assert_eq!(call(&xero, "GET", INVOICES, &[], "").status(), 200);
}

#[test]
fn more_calls_at_once_than_allowed_are_refused() {
    let xero = start_with(|settings| settings.rate_limits.concurrent = 1);
    xero.inject(Target::Api, Fault::DelayAnswer(Duration::from_millis(300)), 1);
    thread::scope(|scope| {
        let slow = scope.spawn(|| call(&xero, "GET", INVOICES, &[], "").status());
        wait_until("the slow call is there", || xero.api_requests() == 1);
        let refused = call(&xero, "GET", INVOICES, &[], "");
        assert_eq!(refused.status(), 429);
        assert_eq!(refused.header("x-rate-limit-problem"), "concurrent");
        assert_eq!(slow.join().unwrap(), 200);
    });
    assert_eq!(call(&xero, "GET", INVOICES, &[], "").status(), 200);
}

#[test]
fn what_is_not_there_or_not_allowed() {
    let xero = start();
    assert_eq!(call(&xero, "GET", "/api.xro/2.0/Nothing", &[], "").status(), 404);
    let answer = call(&xero, "DELETE", INVOICES, &[], "");
    assert_eq!((answer.status(), answer.header("allow")), (405, "GET, POST, PUT"));
    assert_eq!(call(&xero, "POST", "/connections", &[], "").status(), 405);
}
