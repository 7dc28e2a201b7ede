//! Writing invoices.

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
