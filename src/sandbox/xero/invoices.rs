//! The organisation's invoices: the same ones at every start, pages of them, and what is written to them.
//! Not the requests: it takes numbers and JSON, and knows neither headers nor statuses.
//!
//! Limit: [`INVOICES_MAX`] invoices.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::super::clock::timestamp;
use super::super::letters::Letters;

pub(super) const INVOICES_MAX: usize = 100_000;
const PAGE_SIZE: usize = 100;
const PAGE_SIZE_MAX: usize = 1_000;
const DAY_MS: u64 = 24 * 60 * 60 * 1_000;

/// Names with everything that a text format may stumble over.
const CONTACTS: [&str; 8] = [
    "Ridgeway University",
    "Marine Systems",
    "Müller & Söhne GmbH",
    "\"Boom\" FM",
    "Bayside <Club>",
    "Bank West; Branch 7",
    "東京オフィス",
    "O'Brien's",
];

pub(super) struct Invoices {
    letters: Letters,
    /// Each an object.
    all: Vec<Stored>,
}

struct Stored {
    id: String,
    updated_ms: u64,
    invoice: Map<String, Value>,
}

/// Which invoices are asked for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct PageRequest {
    page: usize,
    page_size: usize,
    modified_after_ms: Option<u64>,
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum QueryError {
    #[error("'{value}' is not a page: pages count from 1")]
    Page { value: String },
    #[error("'{value}' is not a page size: it is a number from 1 to {PAGE_SIZE_MAX}")]
    PageSize { value: String },
}

impl PageRequest {
    pub(super) fn new(
        query: &[(String, String)],
        modified_after_ms: Option<u64>,
    ) -> Result<Self, QueryError> {
        let value = |name: &str| {
            query.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
        };
        let page = match value("page") {
            None => 1,
            Some(value) => within(value, usize::MAX)
                .ok_or_else(|| QueryError::Page { value: value.clone() })?,
        };
        let page_size = match value("pageSize") {
            None => PAGE_SIZE,
            Some(value) => within(value, PAGE_SIZE_MAX)
                .ok_or_else(|| QueryError::PageSize { value: value.clone() })?,
        };
        Ok(Self { page, page_size, modified_after_ms })
    }
}

fn within(text: &str, max: usize) -> Option<usize> {
    text.parse().ok().filter(|number| (1..=max).contains(number))
}

/// What became of one element of a write.
pub(super) enum Written {
    Stored(Value),
    /// The element as it came, with what is wrong with it.
    Refused(Value),
}

impl Invoices {
    pub(super) fn new(mut letters: Letters, count: usize, now_ms: u64) -> Self {
        let all = (0..count.min(INVOICES_MAX)).map(|number| example(number, &mut letters, now_ms));
        let all = all.collect();
        Self { letters, all }
    }

    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    /// The `pagination` and the `Invoices` of an answer. A page behind the last one is empty.
    pub(super) fn page(&self, request: &PageRequest) -> (Value, Vec<Value>) {
        let wanted = |stored: &&Stored| {
            request.modified_after_ms.is_none_or(|after_ms| stored.updated_ms > after_ms)
        };
        let items: Vec<&Stored> = self.all.iter().filter(wanted).collect();
        let skipped = (request.page - 1).saturating_mul(request.page_size);
        let page = items.iter().skip(skipped).take(request.page_size);
        let pagination = json!({
            "page": request.page,
            "pageSize": request.page_size,
            "pageCount": items.len().div_ceil(request.page_size),
            "itemCount": items.len(),
        });
        (pagination, page.map(|stored| Value::Object(stored.invoice.clone())).collect())
    }

    /// Stores a new invoice, or changes the one whose `InvoiceID` it names where that is allowed.
    pub(super) fn write(&mut self, element: Value, may_change: bool, now_ms: u64) -> Written {
        match self.check(&element, may_change) {
            Err(message) => Written::Refused(refused(element, message)),
            Ok(Checked { fields, known: Some(place) }) => {
                let stored = &mut self.all[place];
                stored.invoice.extend(fields);
                stored.updated_ms = now_ms;
                stored.invoice.insert("UpdatedDateUTC".to_owned(), json!(json_moment(now_ms)));
                Written::Stored(Value::Object(stored.invoice.clone()))
            }
            Ok(Checked { fields, known: None }) => {
                let stored = self.complete(fields, now_ms);
                let answer = Value::Object(stored.invoice.clone());
                self.all.push(stored);
                Written::Stored(answer)
            }
        }
    }

    /// The element with what is wrong with it, if it would not be stored.
    pub(super) fn refuse(&self, element: &Value, may_change: bool) -> Option<Value> {
        self.check(element, may_change).err().map(|message| refused(element.clone(), message))
    }

    fn check(&self, element: &Value, may_change: bool) -> Result<Checked, &'static str> {
        let Value::Object(fields) = element else { return Err("An invoice is an object") };
        let fields = fields.clone();
        if let Some(id) = fields.get("InvoiceID").and_then(Value::as_str) {
            let known = self.all.iter().position(|stored| stored.id == id);
            return match known {
                Some(_) if may_change => Ok(Checked { fields, known }),
                Some(_) => Err("The invoice exists already"),
                None => Err("The invoice does not exist"),
            };
        }
        if self.all.len() >= INVOICES_MAX {
            return Err("The organisation has as many invoices as the sandbox keeps");
        }
        if !matches!(fields.get("Type").and_then(Value::as_str), Some("ACCREC" | "ACCPAY")) {
            return Err("Invoice not of valid type for update");
        }
        if !fields.get("Contact").is_some_and(Value::is_object) {
            return Err("Contact is mandatory");
        }
        Ok(Checked { fields, known: None })
    }

    fn complete(&mut self, fields: Map<String, Value>, now_ms: u64) -> Stored {
        let id = self.letters.guid();
        let mut invoice = Map::new();
        invoice.insert("InvoiceID".to_owned(), json!(id));
        invoice.insert("InvoiceNumber".to_owned(), json!(invoice_number(self.all.len())));
        invoice.insert("Status".to_owned(), json!("DRAFT"));
        invoice.extend(fields);
        // Once more: what came may have an `InvoiceID` that is no text.
        invoice.insert("InvoiceID".to_owned(), json!(id));
        invoice.insert("UpdatedDateUTC".to_owned(), json!(json_moment(now_ms)));
        Stored { id, updated_ms: now_ms, invoice }
    }
}

/// An element that may be stored.
struct Checked {
    fields: Map<String, Value>,
    /// Where the invoice stands that it changes.
    known: Option<usize>,
}

fn refused(element: Value, message: &str) -> Value {
    let mut fields = object(element);
    fields.insert("HasErrors".to_owned(), json!(true));
    fields.insert("StatusAttributeString".to_owned(), json!("ERROR"));
    fields.insert("ValidationErrors".to_owned(), json!([{ "Message": message }]));
    Value::Object(fields)
}

/// The fields of an object; anything else has none.
fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

pub(super) fn json_moment(ms: u64) -> String {
    format!("/Date({ms}+0000)/")
}

fn invoice_number(number: usize) -> String {
    format!("INV-{:04}", number + 1)
}

/// One of the invoices that are there from the start, dated before the sandbox began.
fn example(number: usize, letters: &mut Letters, now_ms: u64) -> Stored {
    let age_days = (number % 300) as u64 + 1;
    let date_ms = (now_ms / DAY_MS).saturating_sub(age_days) * DAY_MS;
    let due_ms = date_ms + 14 * DAY_MS;
    let updated_ms = date_ms + 9 * 60 * 60 * 1_000 + number as u64 % 86_400;
    let lines: Vec<Line> = (0..=number % 3).map(|line| Line::example(number, line)).collect();
    let net_cents: u64 = lines.iter().map(Line::net_cents).sum();
    let tax_cents: u64 = lines.iter().map(Line::tax_cents).sum();
    let total_cents = net_cents + tax_cents;
    let (status, paid_cents) = match number % 4 {
        1 => ("PAID", total_cents),
        3 => ("DRAFT", 0),
        _ => ("AUTHORISED", 0),
    };
    let id = letters.guid();
    let invoice = json!({
        "Type": if number % 5 == 4 { "ACCPAY" } else { "ACCREC" },
        "InvoiceID": id,
        "InvoiceNumber": invoice_number(number),
        "Reference": format!("P/O {}", 9000 + number),
        "Contact": { "ContactID": letters.guid(), "Name": CONTACTS[number % CONTACTS.len()] },
        "DateString": day(date_ms),
        "Date": json_moment(date_ms),
        "DueDateString": day(due_ms),
        "DueDate": json_moment(due_ms),
        "Status": status,
        "LineAmountTypes": "Exclusive",
        "LineItems": lines.iter().map(|line| line.json(letters.guid())).collect::<Vec<_>>(),
        "SubTotal": money(net_cents),
        "TotalTax": money(tax_cents),
        "Total": money(total_cents),
        "UpdatedDateUTC": json_moment(updated_ms),
        "CurrencyCode": "NZD",
        "AmountDue": money(total_cents - paid_cents),
        "AmountPaid": money(paid_cents),
        "AmountCredited": money(0),
        "HasErrors": false,
    });
    Stored { id, updated_ms, invoice: object(invoice) }
}

struct Line {
    description: String,
    quantity: u64,
    unit_cents: u64,
}

impl Line {
    fn example(number: usize, line: usize) -> Self {
        Self {
            description: format!("Consulting, part {}", line + 1),
            quantity: (number % 7 + line + 1) as u64,
            unit_cents: 1_995 + 1_250 * line as u64 + 5 * (number % 40) as u64,
        }
    }

    fn net_cents(&self) -> u64 {
        self.quantity * self.unit_cents
    }

    fn tax_cents(&self) -> u64 {
        self.net_cents() * 15 / 100
    }

    fn json(&self, id: String) -> Value {
        json!({
            "LineItemID": id,
            "Description": self.description,
            "Quantity": self.quantity as f64,
            "UnitAmount": money(self.unit_cents),
            "TaxType": "OUTPUT2",
            "TaxAmount": money(self.tax_cents()),
            "LineAmount": money(self.net_cents()),
            "AccountCode": "200",
        })
    }
}

fn money(cents: u64) -> f64 {
    cents as f64 / 100.0
}

/// `2026-03-02T00:00:00`
fn day(ms: u64) -> String {
    let moment: Timestamp = timestamp(ms);
    moment.strftime("%Y-%m-%dT%H:%M:%S").to_string()
}

#[cfg(test)]
mod tests {
    use super::super::super::Seed;
    use super::*;

    const NOW_MS: u64 = 1_772_442_000_000;

    fn invoices(count: usize) -> Invoices {
        Invoices::new(Letters::new(Seed::fixed(1), "invoices"), count, NOW_MS)
    }

    fn request(query: &str, modified_after_ms: Option<u64>) -> Result<PageRequest, QueryError> {
        PageRequest::new(&super::super::super::http::form(query.as_bytes()), modified_after_ms)
    }

    fn numbers(page: &[Value]) -> Vec<&str> {
        page.iter().map(|invoice| invoice["InvoiceNumber"].as_str().unwrap()).collect()
    }

    #[test]
    fn every_start_has_the_same_invoices() {
        let all = request("pageSize=1000", None).unwrap();
        assert_eq!(invoices(400).page(&all), invoices(400).page(&all));
        assert_eq!(invoices(0).page(&all).1, Vec::<Value>::new());
    }

    #[test]
    fn sums_add_up() {
        let (_, page) = invoices(200).page(&request("pageSize=1000", None).unwrap());
        for invoice in &page {
            let cents = |name: &str| (invoice[name].as_f64().unwrap() * 100.0).round() as u64;
            assert_eq!(cents("Total"), cents("SubTotal") + cents("TotalTax"));
            assert_eq!(cents("Total"), cents("AmountDue") + cents("AmountPaid"));
        }
    }

    #[test]
    fn pages() {
        let invoices = invoices(250);
        let check = |query: &str, items: usize, pagination: Value| {
            let (found, page) = invoices.page(&request(query, None).unwrap());
            assert_eq!((page.len(), found), (items, pagination), "{query}");
        };
        let shown = |page: u64, size: u64, count: u64| json!({ "page": page, "pageSize": size, "pageCount": count, "itemCount": 250 });
        check("", 100, shown(1, 100, 3));
        check("page=3", 50, shown(3, 100, 3));
        check("page=4", 0, shown(4, 100, 3));
        check("page=1&pageSize=1000", 250, shown(1, 1000, 1));
        check("PAGE=2&pagesize=249", 1, shown(2, 249, 2));
        check("page=18446744073709551615", 0, shown(u64::MAX, 100, 3));
        let (_, page) = invoices.page(&request("page=2&pageSize=2", None).unwrap());
        assert_eq!(numbers(&page), ["INV-0003", "INV-0004"]);
    }

    #[test]
    fn a_page_that_is_none_is_refused() {
        for query in ["page=0", "page=-1", "page=x", "page="] {
            assert!(matches!(request(query, None), Err(QueryError::Page { .. })), "{query}");
        }
        for query in ["pageSize=0", "pageSize=1001", "pageSize=1e3"] {
            assert!(matches!(request(query, None), Err(QueryError::PageSize { .. })), "{query}");
        }
    }

    #[test]
    fn a_change_shows_in_what_was_modified_since() {
        let mut invoices = invoices(10);
        let since = request("", Some(NOW_MS)).unwrap();
        assert_eq!(invoices.page(&since).1, Vec::<Value>::new());

        let id = invoices.all[3].id.clone();
        let change = json!({ "InvoiceID": id, "Reference": "changed" });
        assert!(matches!(invoices.write(change.clone(), false, NOW_MS + 1), Written::Refused(_)));
        assert!(matches!(invoices.write(change, true, NOW_MS + 1), Written::Stored(_)));
        let new = json!({ "Type": "ACCREC", "Contact": { "Name": "A" } });
        assert!(matches!(invoices.write(new, true, NOW_MS + 2), Written::Stored(_)));

        let (_, page) = invoices.page(&since);
        assert_eq!(numbers(&page), ["INV-0004", "INV-0011"]);
        assert_eq!(page[0]["Reference"], "changed");
    }

    #[test]
    fn what_is_no_invoice_is_refused_with_a_reason() {
        let mut invoices = invoices(1);
        for element in [
            json!(7),
            json!({}),
            json!({ "Type": "ACCREC" }),
            json!({ "Type": "X", "Contact": {} }),
            json!({ "InvoiceID": "unknown" }),
        ] {
            let Written::Refused(answer) = invoices.write(element, true, NOW_MS) else {
                panic!("stored");
            };
            assert!(answer["ValidationErrors"][0]["Message"].is_string(), "{answer}");
        }
        assert_eq!(invoices.len(), 1);
    }
}
