//! Paths held against what NiFi's library gives, against `jsonpath-rust` where both mean the same, and against garbage.

use std::cell::Cell;

use expect_test::{Expect, expect};
use jsonpath_rust::JsonPath as _;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{
    Edit, EditError, Found, JsonPath, LookupError, Query, limits::VISITS_MAX, parser, walk::Lookup,
};
use crate::json;

fn store() -> Value {
    json!({"store": {
        "book": [
            {"category": "reference", "author": "Nigel Rees", "title": "Sayings of the Century", "price": 8.95},
            {"category": "fiction", "author": "Evelyn Waugh", "title": "Sword of Honour", "price": 12.99},
            {"category": "fiction", "author": "Herman Melville", "title": "Moby Dick", "isbn": "0-553-21311-3", "price": 8.99},
            {"category": "fiction", "author": "J. R. R. Tolkien", "title": "The Lord of the Rings", "isbn": "0-395-19395-8", "price": 22.99},
        ],
        "bicycle": {"color": "red", "price": 19.95},
    }, "expensive": 10})
}

fn small() -> Value {
    json!({
        "a": {"b-c": [1, {"d e": 2}, "x"], "n": null, "": "empty"},
        "list": [{"id": 1, "n": 5, "tags": ["x", "y"]}, {"id": 2, "name": "Zoë", "tags": []}],
        "numbers": [3, 1.5, -2, "7", null],
        "many": [0, 1, 2, 3, 4],
        "words": ["a", "b"],
        "big": 12345678901234567890123_i128,
    })
}

/// What a path finds, as text; `-` when it is not found.
fn found(document: &Value, path: &str) -> String {
    match JsonPath::compile(path).unwrap_or_else(|error| panic!("{path}: {error}")).find(document) {
        Ok(Some(found)) => found.text(100_000).unwrap(),
        Ok(None) => "-".to_owned(),
        Err(error) => format!("error: {error}"),
    }
}

#[track_caller]
fn check(document: &Value, cases: &[(&str, &str)]) {
    for (path, expected) in cases {
        assert_eq!(found(document, path), *expected, "{path}");
    }
}

#[test]
fn names_and_places_find_one_value() {
    check(
        &small(),
        &[
            ("$.a.b-c[0]", "1"),
            ("a.b-c[0]", "1"),
            ("@.a.b-c[0]", "1"),
            (" $.a.b-c[0] ", "1"),
            ("$.a.['b-c'][-1]", "x"),
            ("$['a'][\"b-c\"][1]['d e']", "2"),
            ("$[ 'a' ] [ 'n' ]".replace(" [", "[").as_str(), "null"),
            ("$.a['']", "empty"),
            ("$.a.n", "null"),
            ("$.a.n.x", "-"),
            ("$.a.x", "-"),
            ("$.a[0]", "-"),
            ("$.list.id", "-"),
            ("$.many[9]", "-"),
            ("$.many[-9]", "-"),
            ("$.a['b-c'][1]no-dot#", "-"),
            ("['words'][1]", "b"),
            ("$.a['b\\u002dc'][2]", "x"),
            ("$.big", "12345678901234567890123"),
            ("$.words", "[\"a\",\"b\"]"),
        ],
    );
}

#[test]
fn what_may_find_several_finds_a_list() {
    check(
        &small(),
        &[
            ("$.list[*].id", "[1,2]"),
            ("$.list.*.n", "[5]"),
            ("$.list.[*].none", "[]"),
            ("$.list[0:1].id", "[1]"),
            ("$.many[1:3]", "[1,2]"),
            ("$.many[-2:]", "[3,4]"),
            ("$.many[:-3]", "[0,1]"),
            ("$.many[1:-1]", "[]"),
            ("$.many[0, -1]", "[0,4]"),
            ("$.many[0,9]", "[0]"),
            ("$.a.n[*]", "[]"),
            ("$.a[1:2]", "-"),
            ("$.missing[*]", "-"),
            ("$.missing[*].x", "-"),
            ("$.list[9][*]", "[]"),
            ("$.list[9].tags[0:1]", "[]"),
            ("$.list['x'][0,1]", "-"),
            ("$['words','many'][0]", "[\"a\",0]"),
            ("*", &found(&small(), "$[*]")),
        ],
    );
}

#[test]
fn several_names_at_the_end_are_one_object() {
    check(
        &small(),
        &[
            ("$.list[0]['id','n','gone']", "{\"id\":1,\"n\":5}"),
            ("$.list[*]['id', \"n\"]", "[{\"id\":1,\"n\":5},{\"id\":2}]"),
            ("$.list['id','n']", "-"),
            ("$..['id','n']", "[{\"id\":1,\"n\":5}]"),
        ],
    );
    assert!(JsonPath::compile("$['a','b']").unwrap().is_definite());
    assert!(!JsonPath::compile("$['a','b'].c").unwrap().is_definite());
}

#[test]
fn anywhere_below_is_in_the_order_of_the_document() {
    check(
        &store(),
        &[
            ("$..price", "[8.95,12.99,8.99,22.99,19.95]"),
            ("$.store..price", "[8.95,12.99,8.99,22.99,19.95]"),
            ("$..book[2].title", "[\"Moby Dick\"]"),
            ("$..book[-1:].title", "[\"The Lord of the Rings\"]"),
            ("$..[0].author", "[\"Nigel Rees\"]"),
            ("$..nothing", "[]"),
            (".color", "[\"red\"]"),
            ("$.gone..price", "-"),
            ("$..[?(@.isbn)].title", "[\"Moby Dick\",\"The Lord of the Rings\"]"),
        ],
    );
    check(
        &json!({"a": {"a": {"a": 1}}, "b": [2]}),
        &[
            ("$..a", "[{\"a\":{\"a\":1}},{\"a\":1},1]"),
            ("$..*", "[{\"a\":{\"a\":1}},[2],{\"a\":1},1,2]"),
            ("$..a..a", "[{\"a\":1},1,1]"),
        ],
    );
}

#[test]
fn filters_compare_as_nifi_does() {
    let book = "$.store.book[?(";
    for (condition, titles) in [
        ("@.price < 10", "0 2"),
        ("@.price<=8.99", "0 2"),
        ("@.price == 8.990", "2"),
        ("@.price == '8.99'", "2"),
        ("'8.99' == @.price", "2"),
        ("@.price === '8.99'", ""),
        ("@.price !== '8.99'", "0 1 2 3"),
        ("@.price > '8'", ""),
        ("@.price < $.expensive", "0 2"),
        ("@.isbn", "2 3"),
        ("!@.isbn", "0 1"),
        ("!(@.isbn)", "0 1"),
        ("!(@.price < 10) || @.isbn", "1 2 3"),
        ("@.isbn != null", "0 1 2 3"),
        ("@.isbn == null", ""),
        ("@.category == 'fiction' && @.price < 10", "2"),
        ("@.category=='fiction'&&@.price<10", "2"),
        ("@.category == \"reference\" || @.price > 20", "0 3"),
        ("@.category == 'fiction' && (@.price < 10 || @.price > 20)", "2 3"),
        ("@.author =~ /.*REES/i", "0"),
        ("@.author =~ /Rees/", ""),
        ("@.isbn =~ /0-3.*/", "3"),
        ("/[NE].*/ =~ @.author", "0 1"),
        ("@.title =~ /.*\\/.*/", ""),
        ("@.category in ['fiction', 'poetry']", "1 2 3"),
        ("@.category nin ['fiction']", "0"),
        ("@.gone in ['fiction']", ""),
        ("'red' IN [\"red\"]", "0 1 2 3"),
        ("@.title contains 'of'", "0 1 3"),
        ("@.category size 7", "1 2 3"),
        ("@.category empty false", "0 1 2 3"),
        ("@['author', 'title'] size 2", "0 1 2 3"),
        ("@.length() == 5", "2 3"),
        ("@.author.length() > 1", ""),
        ("@ == @", "0 1 2 3"),
        ("1 == 1.0", "0 1 2 3"),
        ("true == false", ""),
        ("@.price == -1", ""),
    ] {
        let path = format!("{book}{condition})].price");
        let prices = [8.95, 12.99, 8.99, 22.99];
        let expected: Vec<f64> = titles
            .split_whitespace()
            .map(|index| prices[index.parse::<usize>().unwrap()])
            .collect();
        assert_eq!(found(&store(), &path), json!(expected).to_string(), "{condition}");
    }
}

#[test]
fn filters_compare_lists() {
    let document = json!([{"t": ["a", "b"]}, {"t": []}, {"t": ["c"]}, {"t": "a"}, {}]);
    check(
        &document,
        &[
            ("$[?(@.t subsetof ['a', 'b', 'x'])].t", "[[\"a\",\"b\"],[]]"),
            ("$[?(@.t anyof ['b', 'c'])].t", "[[\"a\",\"b\"],[\"c\"]]"),
            ("$[?(@.t noneof ['b'])].t", "[[],[\"c\"]]"),
            ("$[?(@.t contains 'a')].t", "[[\"a\",\"b\"],\"a\"]"),
            ("$[?(@.t all ['a', 'b'])].t", "[[\"a\",\"b\"]]"),
            ("$[?(@.t size 1)].t", "[[\"c\"],\"a\"]"),
            ("$[?(@.t empty true)].t", "[[]]"),
            ("$[?(@.t == ['c'])].t", "[[\"c\"]]"),
            ("$[?(@.t =~ /[bc]/)].t", "[[\"a\",\"b\"],[\"c\"]]"),
            ("$[?('a' in @.t)].t", "[[\"a\",\"b\"]]"),
            ("$[?(@.t[0])].t", "[[\"a\",\"b\"],[\"c\"]]"),
            ("$[?(@.t[*])].t", "[[\"a\",\"b\"],[\"c\"]]"),
            ("$[?(@.t.length() > 1)].t", "[[\"a\",\"b\"]]"),
            ("$[?(@ == {'t': ['c']})].t", "[[\"c\"]]"),
        ],
    );
    check(
        &json!([{"id": 12345678901234567890123_i128}, {"id": 12345678901234567890124_i128}]),
        &[
            ("$[?(@.id == 12345678901234567890124)].id", "[12345678901234567890124]"),
            ("$[?(@.id > 12345678901234567890123)].id", "[12345678901234567890124]"),
        ],
    );
}

/// RFC 9535 would look into the object.
#[test]
fn a_filter_on_an_object_asks_the_object_itself() {
    check(
        &store(),
        &[
            ("$.store.bicycle[?(@.color == 'red')].price", "[19.95]"),
            ("$.store.bicycle[?(@.color == 'blue')].price", "[]"),
            ("$.expensive[?(@.color)]", "-"),
            ("$..[?(@.color == 'red')]", "[{\"color\":\"red\",\"price\":19.95}]"),
        ],
    );
}

#[test]
fn functions_end_a_path() {
    check(
        &small(),
        &[
            ("$.many.length()", "5"),
            ("$.list[0].length()", "3"),
            ("$.list.size()", "2"),
            ("$.words[0].length()", "null"),
            ("$.length($.many)", "5"),
            ("$.list[*].tags.length()", "[2,0]"),
            ("$..tags.length()", "2"),
            ("$.gone.length()", "-"),
            ("$.many[9].length()", "-"),
            ("$.numbers.sum()", "2.5"),
            ("$.numbers.min()", "-2.0"),
            ("$.numbers.max()", "3.0"),
            ("$.many.avg()", "2.0"),
            ("$.many.stddev()", "1.4142135623730951"),
            ("$.sum($.many, 5)", "15.0"),
            ("$..id.sum()", "3.0"),
            ("$.sum($.list[*].id)", "3.0"),
            (
                "$.list[*].id.sum()",
                "error: `sum()` works on a list with numbers, and here are none",
            ),
            ("$.words.sum()", "error: `sum()` works on a list with numbers, and here are none"),
            ("$.list[1].keys()", "[\"id\",\"name\",\"tags\"]"),
            ("$.words.keys()", "null"),
            ("$.words.concat()", "ab"),
            ("$.concat($.words, \"-\", $.list[1].name, $.many)", "ab-Zoë01234"),
            ("$.words.append(\"c\", 1)", "[\"a\",\"b\",\"c\",1]"),
            ("$.words.first()", "a"),
            ("$.words.last()", "b"),
            ("$.many.index(-2)", "3"),
            ("$.many.index(7)", "error: `index()` finds nothing at this place of the list"),
            ("$.a.first()", "error: `first()` works on a list, and this is none"),
            ("$.sum($.gone)", "-"),
        ],
    );
    assert!(JsonPath::compile("$..id.sum()").unwrap().is_definite());
}

#[test]
fn what_is_no_path_says_where() {
    fn shown(paths: &[&str]) -> String {
        let line = |path: &&str| {
            let error = JsonPath::compile(path).unwrap_err();
            let mark = format!(
                "{}{}",
                " ".repeat(path[..error.offset].chars().count()),
                "^".repeat(error.length.max(1))
            );
            format!(
                "{path}\n{mark} {error}{}\n",
                error.help.iter().map(|help| format!("; {help}")).collect::<String>()
            )
        };
        paths.iter().map(line).collect()
    }
    let expected: Expect = expect![[r#"
        $..
          ^ a path must not end with a dot
        $.xyz.
             ^ a path must not end with a dot
        $[0]. _id
             ^ a name with a blank stands in brackets and quotes; write: ['my name']
        LoremIpsum []
                  ^ a name with a blank stands in brackets and quotes; write: ['my name']
        LoremIpsum[]
                   ^ there is nothing in the brackets
        $...a
           ^ there is a dot too many
        $abc
         ^ a dot or a bracket is wanted behind `$`
        $.a[
           ^ this bracket is never closed
        $.a[b]
            ^ in brackets stands a name in quotes, a place, `*` or a filter `?(...)` (write: ['b'])
        $.a['b
            ^ this quote is never closed
        $.a['b' 'c']
                ^ a `]` is wanted at the end of the brackets, not `'`
        $.a['b',]
                ^ a name in quotes is wanted here
        $.a[1 2]
            ^^^ `1 2` is no place in a list
        $.a[99999999999]
            ^^^^^^^^^^^ `99999999999` is no place in a list
        $.a[:]
            ^ a part of a list needs a begin or an end (all of it: [*])
        $.a[0:4:2]
            ^^^^^ a part of a list cannot be taken in steps (NiFi reads a third number and ignores it)
        $.a[1
             ^ a `]` is missing at the end of the brackets
        $.a[*x]
             ^ a `]` is wanted at the end of the brackets, not `x`
        $.a.bogus()
            ^^^^^ there is no function `bogus()`; the functions: length, size, min, max, avg, sum, stddev, keys, concat, append, first, last, index; a name with a parenthesis in it stands in brackets and quotes: ['f(x)']
        $.a.length().b
                    ^ nothing can follow a function
        $.a.length(
                   ^ a value is missing at the end
        $.a.index()
            ^^^^^^^ `index()` takes one argument: a place
        $.a[?@.b]
             ^ the condition of a filter stands in parentheses; write: [?(@.name == 'x')]
        $.a[?(@.x
                 ^ a `)` is missing behind the condition of a filter
        $.a[?(@.x]
                 ^ an operator is wanted here; the operators: === !== == != =~ <= >= < > in nin contains all size empty subsetof anyof noneof
        $.a[?(@.x = 1)]
                  ^ `=` is no operator of a filter (write: ==); the operators: === !== == != =~ <= >= < > in nin contains all size empty subsetof anyof noneof
        $.a[?(@.x == )]
                     ^ a value is wanted here; a path begins with @ or $, a text stands in quotes
        $.a[?(@.x == y)]
                     ^ `y` is no value (the text: 'y', the path: @.y)
        $.a[?(@.x is 1)]
                  ^^ `is` is no operator of a filter; the operators: === !== == != =~ <= >= < > in nin contains all size empty subsetof anyof noneof
        $.a[?(1)]
              ^ this alone is no condition (compare it with a path: @.name == ...)
        $.a[?(!@.x == 1)]
               ^^^^^^^^ what `!` turns around stands in parentheses; write: !(@.name == 'x')
        $.a[?(@.x =~ 'a')]
                  ^^^^^^ a regular expression goes with `=~`; write: [?(@.name =~ /a.*/i)]
        $.a[?(@.x == /a/)]
                  ^^^^^^ a regular expression goes with `=~`; write: [?(@.name =~ /a.*/i)]
        $.a[?(@.x =~ /a(/)]
                     ^^^^ this is not a regular expression: a `(` has no `)`
        $.a[?(@.x =~ /a/q)]
                     ^^^^ a regular expression has no flag `q`; the flags: i (upper and lower case alike), m, s, x, u, U, d
        $.a[?(@.x =~ /a)]
                     ^ this regular expression is never closed
        $.a[?(@.x in ['a)]
                      ^ this quote is never closed
        $.a[?(@.x == 1.2.3)]
                     ^^^^^ `1.2.3` is no number
        $['\u12']
           ^^ `\u` is followed by four hexadecimal digits
        $[?(@.x) 
                ^ a `]` is missing behind the filter
    "#]];
    expected.assert_eq(&shown(&[
        "$..",
        "$.xyz.",
        "$[0]. _id",
        "LoremIpsum []",
        "LoremIpsum[]",
        "$...a",
        "$abc",
        "$.a[",
        "$.a[b]",
        "$.a['b",
        "$.a['b' 'c']",
        "$.a['b',]",
        "$.a[1 2]",
        "$.a[99999999999]",
        "$.a[:]",
        "$.a[0:4:2]",
        "$.a[1",
        "$.a[*x]",
        "$.a.bogus()",
        "$.a.length().b",
        "$.a.length(",
        "$.a.index()",
        "$.a[?@.b]",
        "$.a[?(@.x",
        "$.a[?(@.x]",
        "$.a[?(@.x = 1)]",
        "$.a[?(@.x == )]",
        "$.a[?(@.x == y)]",
        "$.a[?(@.x is 1)]",
        "$.a[?(1)]",
        "$.a[?(!@.x == 1)]",
        "$.a[?(@.x =~ 'a')]",
        "$.a[?(@.x == /a/)]",
        "$.a[?(@.x =~ /a(/)]",
        "$.a[?(@.x =~ /a/q)]",
        "$.a[?(@.x =~ /a)]",
        "$.a[?(@.x in ['a)]",
        "$.a[?(@.x == 1.2.3)]",
        r"$['\u12']",
        "$[?(@.x) ",
    ]));
    for text in ["", "   "] {
        assert_eq!(JsonPath::compile(text).unwrap_err().message, "the path is empty");
    }
    let deep = format!("$[?({}1 == 1{})]", "(".repeat(50), ")".repeat(50));
    assert!(JsonPath::compile(&deep).unwrap_err().message.contains("more than 32 deep"));
    assert!(
        JsonPath::compile(&format!("${}", "[?(@".repeat(50)))
            .unwrap_err()
            .message
            .contains("more than 32 deep")
    );
    assert!(
        JsonPath::compile(&".a".repeat(300)).unwrap_err().message.contains("at most 256 steps")
    );
    assert!(
        JsonPath::compile(&"a".repeat(20_000)).unwrap_err().message.contains("at most 16384 bytes")
    );
}

/// Lenient as the library is.
#[test]
fn unusual_names_are_taken() {
    for path in [
        "TestTest['sdfadsf']#$%#$^#$^.xyz",
        "LoremIpsum@$Q#$^Q$%Q#",
        "$.a-b",
        "$.ä",
        "$.1",
        "$['a']b",
        "$.$ref",
        "@",
    ] {
        JsonPath::compile(path).unwrap_or_else(|error| panic!("{path}: {error}"));
    }
    assert_eq!(found(&json!({"$ref": 1, "1": 2}), "$.$ref"), "1");
    assert_eq!(found(&json!({"$ref": 1, "1": 2}), "$.1"), "2");
}

fn edited(document: &str, path: &str, edit: &Edit) -> String {
    let mut document = json::parse(document.as_bytes()).unwrap();
    match JsonPath::compile(path).unwrap().edit(&mut document, edit) {
        Ok(()) => json::compact(&document, 10_000).unwrap(),
        Err(error) => format!("error: {error}"),
    }
}

#[test]
fn everything_a_path_finds_is_deleted() {
    for (document, path, expected) in [
        (r#"{"a":1,"b":2,"c":3}"#, "$.a", r#"{"b":2,"c":3}"#),
        (r#"{"a":1}"#, "$.x", r#"{"a":1}"#),
        (r#"{"a":1}"#, "$.x.y[0]", r#"{"a":1}"#),
        (r#"{"a":[0,1,2,3]}"#, "$.a[1]", r#"{"a":[0,2,3]}"#),
        (r#"{"a":[0,1,2,3]}"#, "$.a[-1]", r#"{"a":[0,1,2]}"#),
        (r#"{"a":[0,1,2,3]}"#, "$.a[2,0]", r#"{"a":[1,3]}"#),
        (r#"{"a":[0,1,2,3]}"#, "$.a[*]", r#"{"a":[]}"#),
        (r#"[{"t":1,"v":1},{"t":2},{"t":1}]"#, "$[?(@.t == 1)]", r#"[{"t":2}]"#),
        (r#"[{"t":1,"v":1},{"t":2},{"t":1}]"#, "$[*].t", r#"[{"v":1},{},{}]"#),
        (r#"{"a":{"a":1,"b":{"a":2}}}"#, "$.a..a", r#"{"a":{"b":{}}}"#),
        (r#"[[1,[2]],[3]]"#, "$..[0]", r#"[[]]"#),
        (r#"{"a":1,"b":2,"c":3}"#, "$['a','c','x']", r#"{"b":2}"#),
        (r#"{"a":1}"#, "$", "error: the whole document can be neither deleted nor replaced"),
        (r#"{"a":[1]}"#, "$.a.length()", "error: the result of a function cannot be changed"),
    ] {
        assert_eq!(edited(document, path, &Edit::Delete), expected, "{path}");
    }
}

#[test]
fn everything_a_path_finds_is_replaced_or_grows() {
    let set = Edit::Set(json!(9));
    let add = Edit::Add(json!(9));
    let put = Edit::Put("k".to_owned(), json!("v"));
    for (document, path, edit, expected) in [
        (r#"{"a":1.50,"b":2}"#, "$.b", &set, r#"{"a":1.5,"b":9}"#),
        (r#"{"a":1}"#, "$.x", &set, r#"{"a":1}"#),
        (r#"[1,2]"#, "$[*]", &set, r#"[9,9]"#),
        (r#"{"a":{"a":1}}"#, "$..a", &set, r#"{"a":9}"#),
        (r#"{"a":1}"#, "$['a','b']", &set, r#"{"a":9,"b":9}"#),
        (r#"{"a":1}"#, "$", &set, "error: the whole document can be neither deleted nor replaced"),
        (r#"{"a":[]}"#, "$.a", &add, r#"{"a":[9]}"#),
        (r#"[1]"#, "$", &add, r#"[1,9]"#),
        (r#"[[1],[2]]"#, "$[*]", &add, r#"[[1,9],[2,9]]"#),
        (r#"{"a":null}"#, "$.a", &add, r#"{"a":null}"#),
        (r#"{"a":"x"}"#, "$.a", &add, "error: a value is added to a list only"),
        (
            r#"{"a":1}"#,
            "$['a','b']",
            &add,
            "error: nothing can be added to several members together",
        ),
        (r#"{"z":1,"a":{"x":1}}"#, "$.a", &put, r#"{"z":1,"a":{"x":1,"k":"v"}}"#),
        (r#"{"k":1,"a":2}"#, "$", &put, r#"{"k":"v","a":2}"#),
        (r#"{"a":[]}"#, "$.a", &put, "error: a member is put into an object only"),
    ] {
        assert_eq!(edited(document, path, edit), expected, "{path} {edit:?}");
    }
}

/// A lookup that would go on for ever is given up, however little is left of what it may look at.
#[test]
fn every_lookup_ends() {
    let wide: Value = (0..3_000).collect();
    let nested: Value = (0..100).fold(json!([1]), |inner, _| json!([inner, 1]));
    let anywhere = format!("${}", "..*".repeat(60));
    let doubling = format!("$[0]{}", "[0,0]".repeat(50));
    for (document, path) in [
        (&wide, "$[?($[?($[?($[*] == 1)])])]"),
        (&wide, "$[?($ == $)]"),
        (&wide, "$[?($ anyof $)]"),
        (&wide, "$[?($..* == 1)]"),
        (&nested, "$..[?(@..* == 1)]"),
        (&nested, "$..['x','y']..[?($ == $)]"),
        (&nested, &anywhere),
        (&nested, &doubling),
    ] {
        let visits = Cell::new(VISITS_MAX - 100_000);
        let found = JsonPath::compile(path).unwrap().find_within(document, &visits);
        let ends = found == Err(LookupError::TooManyVisits) || path.contains("'x'");
        assert!(ends, "{path}");
    }
    let path = JsonPath::compile(&anywhere).unwrap();
    let visits = Cell::new(VISITS_MAX - 100_000);
    let error = path.edit_within(&mut nested.clone(), &Edit::Delete, &visits).unwrap_err();
    assert_eq!(error, EditError::Lookup(LookupError::TooManyVisits));
}

/// `docs/json-path.md`: every row of a table that begins with a path.
#[test]
fn the_page_about_paths_is_true() {
    let page = include_str!("../../../../docs/json-path.md");
    let start = page.find("```json\n").unwrap() + "```json\n".len();
    let length = page[start..].find("```").unwrap();
    let document = json::parse(&page.as_bytes()[start..start + length]).unwrap();
    let mut tried = 0;
    for row in page.lines().filter(|line| line.starts_with("| `")) {
        let row = row.replace("\\|", "\u{0}");
        let mut cells = row.split('|').skip(1).map(|cell| cell.trim().replace('\0', "|"));
        let (path, expected) = (cells.next().unwrap(), cells.next().unwrap());
        let expected = expected.replace("not found", "-");
        assert_eq!(found(&document, path.trim_matches('`')), expected.trim_matches('`'), "{path}");
        tried += 1;
    }
    assert!(tried > 50, "{tried}");
    for refused in ["[0:4:2]", "[?(!@.a == 1)]", "[?@.x]", "$.bogus()", "$.a.length().b"] {
        assert!(JsonPath::compile(refused).is_err(), "{refused}");
    }
    let negative = json!({"n": [-3, -1], "one": [7], "items": [{}, {"error": 1}]});
    check(
        &negative,
        &[
            ("$.n.max()", "-1.0"),
            ("$.one.last()", "7"),
            ("$.one.index(-1)", "7"),
            ("$.items[?(@..error)]", "[{\"error\":1}]"),
        ],
    );
}

fn document() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-3_i64..3).prop_map(Value::from),
        "[ab]{0,2}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec(("[abc]", inner), 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// A step that means the same in RFC 9535.
fn standard_step() -> impl Strategy<Value = String> {
    prop_oneof![
        "\\.[abc]",
        "\\['[abc]'\\]",
        (-3_i64..4).prop_map(|place| format!("[{place}]")),
        Just("[*]".to_owned()),
        Just(".*".to_owned()),
        (0_i64..3, 0_i64..4).prop_map(|(from, to)| format!("[{from}:{to}]")),
        (-3_i64..0, -3_i64..0).prop_map(|(from, to)| format!("[{from}:{to}]")),
        (-3_i64..3).prop_map(|from| format!("[{from}:]")),
        (-3_i64..3).prop_map(|to| format!("[:{to}]")),
    ]
}

/// What looks like a path.
fn garbage() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "$",
        "@",
        ".",
        "..",
        "[",
        "]",
        "(",
        ")",
        "?",
        "?(",
        "'",
        "\"",
        "*",
        ",",
        ":",
        "-",
        "0",
        "12",
        "a",
        "b c",
        "==",
        "!=",
        "!",
        "<",
        ">=",
        "=~",
        "/",
        "/a/i",
        "&&",
        "||",
        "in",
        "nin",
        "size",
        "empty",
        "true",
        "null",
        "{",
        "}",
        "\\",
        "\\u00e9",
        "é",
        "😀",
        "length()",
        "sum(",
        "concat($.a,",
        "@.a",
        "$[?(@.a",
        ")]",
        "1.5",
        "e9",
    ]);
    prop::collection::vec(piece, 0..14).prop_map(|pieces| pieces.concat())
}

fn texts(found: &[&Value]) -> String {
    json::compact(&found, 1_000_000).unwrap()
}

proptest! {
    /// The walk and the query find the same, and that is what RFC 9535 finds.
    #[test]
    fn standard_paths_find_what_the_standard_says(document in document(), steps in prop::collection::vec(standard_step(), 0..5)) {
        let path = format!("${}", steps.concat());
        let ours = JsonPath::compile(&path).unwrap();
        let route = parser::path(&path).unwrap();
        let found = ours.find(&document).unwrap();
        let walked = Lookup::new(&document, &Cell::new(0)).find(&route, &document).unwrap();
        prop_assert_eq!(&found, &walked, "{}", &path);
        prop_assert_eq!(Query::of(&route).is_some(), !route.is_plain());
        let theirs = document.query(&path).unwrap();
        let expected = texts(&theirs);
        match found {
            Some(Found::One(value)) => prop_assert_eq!(texts(&[&*value]), expected),
            Some(Found::Many(values)) => prop_assert_eq!(texts(&values.iter().map(AsRef::as_ref).collect::<Vec<_>>()), expected),
            None => prop_assert_eq!("[]", expected),
        }
    }

    /// The standard goes through a level after the other; what it finds is the same.
    #[test]
    fn anywhere_finds_what_the_standard_says(document in document(), step in prop_oneof![Just("a"), Just("*"), Just("[0]"), Just("['b']"), Just("[1:]")]) {
        let path = format!("$..{step}");
        let sorted = |values: &[&Value]| {
            let mut texts: Vec<String> = values.iter().map(|value| value.to_string()).collect();
            texts.sort();
            texts
        };
        let Some(Found::Many(found)) = JsonPath::compile(&path).unwrap().find(&document).unwrap() else {
            return Err(TestCaseError::fail("one value"));
        };
        let found: Vec<&Value> = found.iter().map(AsRef::as_ref).collect();
        prop_assert_eq!(sorted(&found), sorted(&document.query(&path).unwrap()));
    }

    #[test]
    fn nothing_makes_it_panic(path in prop_oneof![garbage(), ".{0,30}"], document in document(), value in document()) {
        match JsonPath::compile(&path) {
            Err(error) => {
                prop_assert!(path.get(error.offset..error.offset + error.length).is_some(), "{:?}", error);
            }
            Ok(compiled) => {
                if let Ok(Some(found)) = compiled.find(&document) {
                    prop_assert!(found.text(1_000_000).is_ok());
                    prop_assert_eq!(matches!(found, Found::One(_)), compiled.is_definite());
                }
                for edit in [Edit::Delete, Edit::Set(value.clone()), Edit::Add(value.clone()), Edit::Put("k".to_owned(), value.clone())] {
                    let _ = compiled.edit(&mut document.clone(), &edit);
                }
            }
        }
    }

    /// What was deleted is not found any more.
    #[test]
    fn a_deleted_value_is_gone(mut document in document(), name in "[abc]") {
        let path = JsonPath::compile(&format!("$..{name}")).unwrap();
        path.edit(&mut document, &Edit::Delete).unwrap();
        prop_assert!(path.find(&document).unwrap().unwrap().is_empty());
    }
}
