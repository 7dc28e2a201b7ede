//! Real requests over a real socket. The client is a bare socket, so that a test sees every byte, and where they end.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use expect_test::{Expect, expect};
use serde_json::Value;

use super::*;
use crate::sandbox::RateLimitProblem;

const INVOICES: &str = "/api.xro/2.0/Invoices";
const JSON: (&str, &str) = ("Accept", "application/json");

fn start() -> Xero {
    Xero::start_on_thread(XeroSettings::default()).unwrap()
}

fn start_with(change: impl FnOnce(&mut XeroSettings)) -> Xero {
    let mut settings = XeroSettings::default();
    change(&mut settings);
    Xero::start_on_thread(settings).unwrap()
}

/// What came back before the connection was closed.
#[derive(Debug, Default)]
struct Received {
    status: Option<u16>,
    headers: Vec<(String, String)>,
    body: String,
    /// Fewer bytes came than the head promised, or not even a head.
    broken: bool,
}

impl Received {
    fn parse(bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes);
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            return Self { broken: true, ..Self::default() };
        };
        let mut lines = head.lines();
        let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok());
        let headers: Vec<_> = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
            .collect();
        let mut received = Self { status, headers, body: body.to_owned(), broken: false };
        let promised: usize = received.header("content-length").parse().unwrap();
        received.broken = body.len() < promised;
        received
    }

    fn status(&self) -> u16 {
        self.status.unwrap_or_else(|| panic!("no answer: {self:?}"))
    }

    fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    fn text(&self, pointer: &str) -> String {
        self.json().pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
    }
}

fn connect(xero: &Xero) -> TcpStream {
    let stream = TcpStream::connect(xero.url().strip_prefix("http://").unwrap()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream
}

fn exchange(xero: &Xero, request: &str) -> Received {
    let mut stream = connect(xero);
    // A sandbox that closes early makes both fail, which is what some tests want.
    let _ = stream.write_all(request.as_bytes());
    Received::parse(&read_to_end(&mut stream))
}

fn read_to_end(stream: &mut TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    match stream.read_to_end(&mut bytes) {
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::ConnectionReset => {}
        Err(error) => panic!("{error} after {} bytes", bytes.len()),
    }
    bytes
}

fn request_text(method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> String {
    let mut text = format!("{method} {path} HTTP/1.1\r\nHost: sandbox\r\nConnection: close\r\n");
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    if !body.is_empty() {
        text.push_str(&format!("Content-Length: {}\r\n", body.len()));
    }
    text + "\r\n" + body
}

fn request(
    xero: &Xero,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Received {
    exchange(xero, &request_text(method, path, headers, body))
}

/// A call with the newest token and the right organisation.
fn call(xero: &Xero, method: &str, path: &str, more: &[(&str, &str)], body: &str) -> Received {
    let authorization = format!("Bearer {}", access_token(xero));
    let tenant = xero.settings().tenant_id.clone();
    let mut headers = vec![("Authorization", authorization.as_str()), ("xero-tenant-id", &tenant)];
    headers.extend_from_slice(more);
    request(xero, method, path, &headers, body)
}

fn field(credentials: &str, name: &str) -> String {
    serde_json::from_str::<Value>(credentials).unwrap()[name].as_str().unwrap().to_owned()
}

fn access_token(xero: &Xero) -> String {
    field(&xero.credentials(), "access_token")
}

fn refresh_token(xero: &Xero) -> String {
    field(&xero.credentials(), "refresh_token")
}

fn refresh_text(xero: &Xero, token: &str) -> String {
    let authorization = format!("Basic {}", identity::basic(xero.settings()));
    let headers = [
        ("Authorization", authorization.as_str()),
        ("Content-Type", "application/x-www-form-urlencoded"),
    ];
    let body = format!("grant_type=refresh_token&refresh_token={token}");
    request_text("POST", "/connect/token", &headers, &body)
}

fn refresh(xero: &Xero, token: &str) -> Received {
    exchange(xero, &refresh_text(xero, token))
}

/// The error of a refused refresh.
fn refresh_error(xero: &Xero, token: &str) -> String {
    let refused = refresh(xero, token);
    assert_eq!(refused.status(), 400, "{refused:?}");
    refused.text("/error")
}

fn outcomes(xero: &Xero) -> Vec<Outcome> {
    xero.requests().iter().map(|request| request.outcome).collect()
}

/// The log of a request may end a little after its answer.
fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !holds() {
        assert!(Instant::now() < deadline, "waited in vain: {what}");
        thread::sleep(Duration::from_millis(2));
    }
}

mod token_endpoint {
    use super::*;

    #[test]
    fn a_refresh_answers_a_whole_credentials_file() {
        let xero = start();
        let old = refresh_token(&xero);
        let answer = refresh(&xero, &old);
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.body, xero.credentials());
        let fields: Vec<_> = answer.json().as_object().unwrap().keys().cloned().collect();
        assert_eq!(
            fields,
            ["id_token", "access_token", "expires_in", "token_type", "refresh_token", "scope"]
        );
        assert_eq!(answer.json()["expires_in"], 1800);
        assert_ne!(answer.text("/refresh_token"), old);
        assert_eq!(xero.refreshes(), 1);
    }

    #[test]
    fn a_lost_answer_can_be_asked_for_again_within_half_an_hour() {
        let xero = start();
        let old = refresh_token(&xero);
        let lost = refresh(&xero, &old).text("/refresh_token");
        xero.advance(Duration::from_mins(29));
        let again = refresh(&xero, &old).text("/refresh_token");
        assert_eq!(refresh_error(&xero, &lost), "invalid_grant");
        xero.advance(Duration::from_mins(1));
        assert_eq!(refresh_error(&xero, &old), "invalid_grant");
        assert_eq!(xero.state_of(&again), TokenState::Live);
        assert_eq!(xero.refreshes(), 2);
        assert_eq!(xero.token_requests(), 4);
    }

    #[test]
    fn a_token_counts_once_when_its_successor_was_used() {
        let xero = start();
        let first = refresh_token(&xero);
        let second = refresh(&xero, &first).text("/refresh_token");
        assert_eq!(refresh(&xero, &second).status(), 200);
        assert_eq!(refresh_error(&xero, &first), "invalid_grant");
    }

    #[test]
    fn unknown_revoked_and_idle_tokens_are_refused() {
        let xero = start();
        assert_eq!(refresh_error(&xero, "xrt-unknown"), "invalid_grant");
        xero.revoke();
        assert_eq!(refresh_error(&xero, &refresh_token(&xero)), "invalid_grant");

        let xero = start();
        xero.advance(Duration::from_hours(60 * 24));
        assert_eq!(refresh_error(&xero, &refresh_token(&xero)), "invalid_grant");
        assert_eq!(xero.refreshes(), 0);
    }

    #[test]
    fn a_wrong_request_is_refused_by_name() {
        let xero = start();
        let basic = format!("Basic {}", identity::basic(xero.settings()));
        let token = refresh_token(&xero);
        let good = format!("grant_type=refresh_token&refresh_token={token}");
        let form = "application/x-www-form-urlencoded";
        let check = |authorization: &str, content_type: &str, body: &str, expected: &str| {
            let headers = [("Authorization", authorization), ("Content-Type", content_type)];
            let answer = request(&xero, "POST", "/connect/token", &headers, body);
            assert_eq!(answer.status(), 400, "{answer:?}");
            assert_eq!(answer.text("/error"), expected, "{body}");
        };
        check("", form, &good, "invalid_client");
        check("Basic AAAA", form, &good, "invalid_client");
        check(&basic.replace("Basic", "Bearer"), form, &good, "invalid_client");
        check(&basic, "application/json", &good, "invalid_request");
        check(&basic, form, "", "unsupported_grant_type");
        check(&basic, form, &format!("refresh_token={token}"), "unsupported_grant_type");
        check(&basic, form, "grant_type=password", "unsupported_grant_type");
        check(&basic, form, "grant_type=refresh_token", "invalid_request");
        check(&basic, form, "grant_type=refresh_token&refresh_token=", "invalid_request");
        check(&basic, form, &format!("{good}&refresh_token={token}"), "invalid_request");
        check(&basic, form, &format!("{good}%20"), "invalid_grant");
        assert_eq!(xero.refreshes(), 0);

        let answer = request(&xero, "GET", "/connect/token", &[("Authorization", &basic)], "");
        assert_eq!((answer.status(), answer.header("allow")), (405, "POST"));
    }

    #[test]
    fn a_request_that_is_cut_off_rotates_nothing() {
        let xero = start();
        let text = refresh_text(&xero, &refresh_token(&xero));
        let mut stream = connect(&xero);
        stream.write_all(&text.as_bytes()[..text.len() - 1]).unwrap();
        wait_until("the head arrived", || xero.token_requests() == 1);
        drop(stream);
        wait_until("it was given up", || outcomes(&xero) == [Outcome::Dropped]);
        assert_eq!(xero.refreshes(), 0);
    }
}

mod api {
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
        let mut answer = call(&xero, "GET", INVOICES, &[], "");
        assert!(answer.body.contains("TokenExpired: token expired at 03/02/2026 09:00:0"));
        answer.body = answer.body.replacen("03/02/2026 09:00:0", "DATE ", 1);
        answer.body.replace_range(answer.body.find("DATE ").unwrap() + 5.., "\"}");
        assert_eq!(answer.status(), 401);

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
}

mod writes {
    use super::*;

    const TYPE: (&str, &str) = ("Content-Type", "application/json");
    const INVOICE: &str = r#"{"Type":"ACCREC","Contact":{"Name":"A & B"},"Reference":"r"}"#;

    #[test]
    fn created_invoices_are_answered_and_listed() {
        let xero = start();
        let check = |method: &str, body: &str, created: usize| {
            let before = xero.invoices();
            let answer = call(&xero, method, INVOICES, &[JSON, TYPE], body);
            assert_eq!(answer.status(), 200, "{answer:?}");
            assert_eq!(answer.json()["Invoices"].as_array().unwrap().len(), created);
            assert_eq!(xero.invoices(), before + created);
        };
        check("PUT", INVOICE, 1);
        check("POST", &format!("[{INVOICE},{INVOICE}]"), 2);
        check("POST", &format!(r#"{{"Invoices":[{INVOICE}]}}"#), 1);
        let xml = call(&xero, "GET", INVOICES, &[], "").body;
        assert_eq!(xml.matches("<Name>A &amp; B</Name>").count(), 4);
    }

    #[test]
    fn one_key_is_one_write() {
        let xero = start();
        let write = |key: &str, body: &str| {
            call(&xero, "POST", INVOICES, &[JSON, TYPE, ("Idempotency-Key", key)], body)
        };
        let first = write("k1", INVOICE);
        assert_eq!(write("k1", INVOICE).body, first.body);
        assert_ne!(write("k2", INVOICE).body, first.body);
        assert_eq!(xero.invoices(), 5);
        assert_eq!(write("k1", &format!("[{INVOICE}]")).status(), 400);
        assert_eq!(write(&"k".repeat(129), INVOICE).status(), 400);
        assert_eq!(write("k3", "{}").status(), 400);
        assert_eq!(write("k3", INVOICE).status(), 200);
        assert_eq!(xero.invoices(), 6);
    }

    #[test]
    fn one_wrong_element_refuses_all_unless_each_counts_by_itself() {
        let xero = start();
        let body = format!(r#"[{INVOICE},{{"Type":"ACCREC"}}]"#);
        let answer = call(&xero, "POST", INVOICES, &[JSON, TYPE], &body);
        assert_eq!(answer.status(), 400);
        assert_eq!(answer.text("/Elements/0/ValidationErrors/0/Message"), "Contact is mandatory");
        assert_eq!(xero.invoices(), 3);

        let path = format!("{INVOICES}?summarizeErrors=false");
        let answer = call(&xero, "POST", &path, &[JSON, TYPE], &body);
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.text("/Invoices/1/StatusAttributeString"), "ERROR");
        assert_eq!(xero.invoices(), 4);
    }

    #[test]
    fn a_body_that_holds_no_invoices_is_refused() {
        let xero = start();
        for body in ["", "{", "7", "<Invoice/>", r#"{"Invoices":1}"#] {
            assert_eq!(call(&xero, "POST", INVOICES, &[TYPE], body).status(), 400, "{body}");
        }
        let xml = [("Content-Type", "text/xml")];
        assert_eq!(call(&xero, "POST", INVOICES, &xml, "<Invoice/>").status(), 415);
        assert_eq!(xero.invoices(), 3);
    }
}

mod faults {
    use super::*;

    fn refused_by(fault: Fault) -> Received {
        let xero = start();
        xero.inject(Target::Api, fault.clone(), 1);
        let refused = call(&xero, "GET", INVOICES, &[], "");
        assert_eq!(call(&xero, "GET", INVOICES, &[], "").status(), 200, "only once");

        xero.inject(Target::Token, fault, 1);
        let token = refresh_token(&xero);
        assert_eq!(refresh(&xero, &token).status(), refused.status());
        assert_eq!(xero.refreshes(), 0, "nothing was done");
        refused
    }

    #[test]
    fn refusals_do_nothing() {
        let problem = RateLimitProblem::Day;
        let refused = refused_by(Fault::TooManyRequests { problem, retry_after_s: 66_975 });
        assert_eq!(refused.status(), 429);
        assert_eq!(refused.header("retry-after"), "66975");
        assert_eq!(refused.header("x-rate-limit-problem"), "day");
        assert_eq!(refused.header("x-daylimit-remaining"), "0");
        assert_eq!(refused.header("x-minlimit-remaining"), "60");

        assert_eq!(refused_by(Fault::InternalServerError).status(), 500);
        assert_eq!(
            refused_by(Fault::BadGateway).header("content-type"),
            "text/html; charset=utf-8"
        );
        assert_eq!(refused_by(Fault::ServiceUnavailable).status(), 503);
        assert!(refused_by(Fault::Unauthorized).text("/Detail").contains("TokenExpired"));
    }

    #[test]
    fn they_come_in_order_and_as_often_as_asked() {
        let xero = start();
        xero.inject(Target::Api, Fault::Pass, 1);
        xero.inject(Target::Api, Fault::InternalServerError, 2);
        let statuses: Vec<_> =
            (0..4).map(|_| call(&xero, "GET", INVOICES, &[], "").status()).collect();
        assert_eq!(statuses, [200, 500, 500, 200]);
        xero.inject(Target::Api, Fault::InternalServerError, 9);
        xero.forget_faults();
        assert_eq!(call(&xero, "GET", INVOICES, &[], "").status(), 200);
    }

    #[test]
    fn closed_unread_means_nothing_was_done() {
        let xero = start();
        xero.inject(Target::Token, Fault::CloseUnread, 1);
        assert!(refresh(&xero, &refresh_token(&xero)).broken);
        assert_eq!(outcomes(&xero), [Outcome::Dropped]);
        assert_eq!(xero.refreshes(), 0);
    }

    #[test]
    fn a_refused_connection_shows_nowhere() {
        let xero = start();
        xero.refuse_connections(2);
        assert!(refresh(&xero, &refresh_token(&xero)).broken);
        assert!(call(&xero, "GET", INVOICES, &[], "").broken);
        assert_eq!(call(&xero, "GET", INVOICES, &[], "").status(), 200);
        assert_eq!(xero.requests().len(), 1);
    }

    #[test]
    fn dropped_after_the_rotation_the_old_token_recovers() {
        let xero = start();
        let old = refresh_token(&xero);
        xero.inject(Target::Token, Fault::DropAnswer, 1);
        let nothing = refresh(&xero, &old);
        assert!(nothing.broken && nothing.status.is_none(), "{nothing:?}");
        assert_eq!(outcomes(&xero), [Outcome::Dropped]);
        assert_eq!(xero.refreshes(), 1);
        assert_eq!(xero.state_of(&old), TokenState::Grace);
        assert_eq!(refresh(&xero, &old).status(), 200);
        assert_eq!(xero.refreshes(), 2);
    }

    #[test]
    fn cut_in_the_middle_of_the_body() {
        let xero = start();
        xero.inject(Target::Token, Fault::CutBody, 1);
        let cut = refresh(&xero, &refresh_token(&xero));
        assert_eq!((cut.status(), cut.broken), (200, true));
        assert_eq!(cut.body, xero.credentials()[..xero.credentials().len() / 2]);
        assert_eq!(outcomes(&xero), [Outcome::Cut(200)]);
    }

    #[test]
    fn spoiled_answers_come_after_the_rotation() {
        let xero = start();
        let mut spoiled = |fault: Fault| {
            let before = xero.refreshes();
            xero.inject(Target::Token, fault, 1);
            let answer = refresh(&xero, &refresh_token(&xero));
            assert_eq!((answer.status(), answer.broken), (200, false));
            assert_eq!(xero.refreshes(), before + 1);
            answer
        };
        let html = spoiled(Fault::HtmlPage);
        assert_eq!(html.header("content-type"), "text/html; charset=utf-8");
        assert!(html.body.starts_with("<!DOCTYPE html>"));
        assert_eq!(spoiled(Fault::EmptyBody).body, "");
        let truncated = spoiled(Fault::TruncatedBody).body;
        assert!(truncated.starts_with("{\"id_token\"") && !truncated.ends_with('}'), "{truncated}");
        let without = spoiled(Fault::WithoutRefreshToken).json();
        assert!(without.get("refresh_token").is_none() && without["access_token"].is_string());
    }

    #[test]
    fn slow_answers_come_late_and_whole() {
        let xero = start();
        let delay = Duration::from_millis(150);
        for fault in [Fault::DelayAnswer(delay), Fault::DelayBody(delay)] {
            xero.inject(Target::Token, fault, 1);
            let started = Instant::now();
            let answer = refresh(&xero, &refresh_token(&xero));
            assert!(started.elapsed() >= delay);
            assert_eq!(answer.body, xero.credentials());
        }
    }

    #[test]
    fn the_head_of_a_late_body_comes_at_once() {
        let xero = start();
        xero.inject(Target::Api, Fault::DelayBody(Duration::from_secs(600)), 1);
        let mut stream = connect(&xero);
        let token = format!("Bearer {}", access_token(&xero));
        let text = request_text("GET", "/connections", &[("Authorization", &token)], "");
        stream.write_all(text.as_bytes()).unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            head.push(byte[0]);
        }
        assert!(head.starts_with(b"HTTP/1.1 200"));
    }
}

mod gate {
    use super::*;

    #[test]
    fn an_answer_is_held_after_the_rotation_until_released() {
        let xero = start();
        xero.hold_token_answers();
        assert!(!xero.wait_for_token_request(Duration::from_millis(20)));
        let old = refresh_token(&xero);
        thread::scope(|scope| {
            let refreshing = scope.spawn(|| refresh(&xero, &old));
            assert!(xero.wait_for_token_request(Duration::from_secs(20)));
            assert_eq!(xero.refreshes(), 1);
            assert_eq!(outcomes(&xero), [Outcome::Pending]);
            assert_eq!(call(&xero, "GET", INVOICES, &[], "").status(), 200, "calls go on");
            xero.release();
            assert_eq!(refreshing.join().unwrap().body, xero.credentials());
        });
    }

    #[test]
    fn a_client_that_dies_meanwhile_may_come_back() {
        let xero = start();
        let old = refresh_token(&xero);
        xero.hold_token_answers();
        let mut client = connect(&xero);
        client.write_all(refresh_text(&xero, &old).as_bytes()).unwrap();
        assert!(xero.wait_for_token_request(Duration::from_secs(20)));
        drop(client);
        wait_until("its end is seen", || outcomes(&xero) == [Outcome::ClientGone]);
        xero.release();
        assert_eq!(refresh(&xero, &old).body, xero.credentials());
        assert_eq!(xero.refreshes(), 2);
    }
}

mod log {
    use super::*;

    #[test]
    fn it_tells_what_came_and_what_became_of_it() {
        let xero = start();
        call(&xero, "GET", "/api.xro/2.0/Invoices?page=1", &[JSON], "");
        refresh(&xero, &refresh_token(&xero));
        call(&xero, "GET", INVOICES, &[], "");
        request(&xero, "GET", INVOICES, &[("Authorization", "Bearer stranger")], "");
        let lines: Vec<_> = xero
            .requests()
            .iter()
            .map(|r| {
                format!(
                    "{} {} {:?} generation {:?}, {} bytes, {:?}\n",
                    r.method,
                    r.path_and_query,
                    r.outcome,
                    r.token_generation,
                    r.body_bytes,
                    r.header("authorization").unwrap_or_default()
                )
            })
            .collect();
        expect![[r#"
            GET /api.xro/2.0/Invoices?page=1 Answered(200) generation Some(0), 0 bytes, "Bearer ***"
            POST /connect/token Answered(200) generation Some(0), 91 bytes, "Basic ***"
            GET /api.xro/2.0/Invoices Answered(200) generation Some(1), 0 bytes, "Bearer ***"
            GET /api.xro/2.0/Invoices Answered(401) generation None, 0 bytes, "Bearer ***"
        "#]]
        .assert_eq(&lines.concat());
        assert_eq!((xero.token_requests(), xero.api_requests()), (1, 3));
        xero.clear_requests();
        assert_eq!(xero.requests().len(), 0);
    }

    #[test]
    fn no_secret_shows_anywhere() {
        let xero = start();
        let token = access_token(&xero);
        let secret = xero.settings().client_secret.clone();
        let path = format!("{INVOICES}?token={token}&again={token}");
        let headers = [("Authorization", token.as_str()), ("X-Custom", &secret), ("Cookie", "c=1")];
        request(&xero, "GET", &path, &headers, "");
        refresh(&xero, &refresh_token(&xero));
        call(&xero, "GET", INVOICES, &[], "");
        let shown = format!("{xero:?} {:?} {:?}", xero.settings(), xero.requests());
        let issued = xero.issued_tokens();
        assert_eq!(issued.len(), 8);
        for secret in &issued {
            assert!(!shown.contains(secret.as_str()), "{shown}");
        }
        assert!(shown.contains("?token=***&again=***"), "{shown}");
    }
}

mod socket {
    use super::*;

    #[test]
    fn garbage_does_not_disturb_it() {
        let xero = start();
        for garbage in [&b"\0\xff\xfe garbage\r\n\r\n"[..], b"GET", b"", &[b'x'; 100_000]] {
            let mut stream = connect(&xero);
            let _ = stream.write_all(garbage);
            let _ = stream.shutdown(Shutdown::Write);
            let _ = read_to_end(&mut stream);
        }
        assert_eq!(call(&xero, "GET", INVOICES, &[], "").status(), 200);
        assert_eq!(xero.requests().len(), 1);
    }

    #[test]
    fn a_body_that_is_too_large_is_refused() {
        let xero = start();
        let body = format!("refresh_token={}", "x".repeat(TOKEN_BODY_BYTES_MAX));
        let mut stream = connect(&xero);
        let text = request_text("POST", "/connect/token", &[("Content-Type", "text/plain")], &body);
        // The rest is not read: only the head goes.
        let head = text.split_inclusive("\r\n\r\n").next().unwrap();
        stream.write_all(head.as_bytes()).unwrap();
        assert_eq!(Received::parse(&read_to_end(&mut stream)).status(), 413);
    }

    #[test]
    fn one_connection_carries_many_requests() {
        let xero = start();
        let mut stream = connect(&xero);
        let token = format!("Bearer {}", access_token(&xero));
        let last = request_text("GET", "/connections", &[("Authorization", &token)], "");
        let first = last.replace("Connection: close\r\n", "");
        stream.write_all((first + &last).as_bytes()).unwrap();
        let text = String::from_utf8(read_to_end(&mut stream)).unwrap();
        assert_eq!(text.matches("HTTP/1.1 200").count(), 2);
    }

    #[test]
    fn it_listens_on_the_loopback_interface_and_ends_when_dropped() {
        let xero = start();
        let address = xero.url().strip_prefix("http://").unwrap().to_owned();
        assert!(address.starts_with("127.0.0.1:"), "{address}");
        let mut idle = connect(&xero);
        drop(xero);
        assert_eq!(read_to_end(&mut idle), b"");
        assert!(TcpStream::connect(address).is_err());
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
    async fn it_runs_on_a_runtime_that_is_there() {
        let xero = Arc::new(Xero::start(XeroSettings::default()).await.unwrap());
        xero.hold_token_answers();
        let refreshing = tokio::task::spawn_blocking({
            let xero = Arc::clone(&xero);
            move || refresh(&xero, &refresh_token(&xero)).status()
        });
        xero.token_request().await;
        xero.release();
        assert_eq!(refreshing.await.unwrap(), 200);
    }
}
