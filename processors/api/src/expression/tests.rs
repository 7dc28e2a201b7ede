//! The language as a user meets it: values, errors with their places, secrets, and inputs that nobody would type.

use expect_test::{Expect, expect};
use proptest::prelude::*;
use serde::Deserialize;

use super::*;
use crate::{Parameters, Text};

fn scope() -> StaticScope {
    let parameters: Parameters =
        [("p".to_owned(), Text::plain("v")), ("secret".to_owned(), Text::sensitive("s3cr3t"))]
            .into_iter()
            .collect();
    StaticScope::new()
        .with_parameters(parameters)
        .with_attribute("a", "1")
        .with_attribute("b", "B")
        .with_attribute("token", Text::sensitive("t0ken"))
        .with_environment("HOME", "/home/x")
}

fn text(value: &str) -> String {
    match Template::compile(value) {
        Ok(template) => match template.evaluate(&scope()) {
            Ok(text) => text.reveal().to_owned(),
            Err(error) => format!("run: {error}"),
        },
        Err(error) => format!("load: {error}"),
    }
}

/// Marks the place of an error under the value, as the loader will.
fn check_error(value: &str, expected: Expect) {
    let error = Template::compile(value).unwrap_err();
    let indent = " ".repeat(value[..error.offset].chars().count());
    let carets =
        "^".repeat(value[error.offset..error.offset + error.length].chars().count().max(1));
    let mut shown = format!(
        "{}\n{value}\n{indent}{carets} {}\n",
        error.message,
        error.label.unwrap_or_default()
    );
    for help in error.help {
        shown += &format!("= help: {help}\n");
    }
    expected.assert_eq(&shown);
}

#[test]
fn errors_point_at_their_place() {
    check_error(
        "x ${invokehttp.status.code:equal('200')}",
        expect![[r#"
            there is no function `equal`
            x ${invokehttp.status.code:equal('200')}
                                       ^^^^^ did you mean `equals`?
            = help: try it: headwater eval "\${invokehttp.status.code:equals('200')}" -a invokehttp.status.code=200 --type
        "#]],
    );
    check_error(
        "${a:append('é${b:plus(1.5e)}')}",
        expect![[r#"
            `1.5e` is neither a number nor a name
            ${a:append('é${b:plus(1.5e)}')}
                                  ^^^^ put it in quotes
        "#]],
    );
    check_error(
        r"${a:append('\\\'${b:bogus()}')}",
        expect![[r#"
            there is no function `bogus`
            ${a:append('\\\'${b:bogus()}')}
                                ^^^^^ 
            = help: upper and lower case count; list them: headwater functions
        "#]],
    );
    check_error(
        "${a:substring()}",
        expect![[r#"
            `substring` cannot take no arguments
            ${a:substring()}
                ^^^^^^^^^ write `substring(start[, end])`
            = help: its page: headwater functions substring
        "#]],
    );
    check_error(
        "${a:isNull():plus(1)}",
        expect![[r#"
            `plus` works on a number, and this gives true or false
            ${a:isNull():plus(1)}
                         ^^^^ 
        "#]],
    );
    check_error(
        "${a:toUpper}",
        expect![[r#"
            `toUpper` needs its parentheses
            ${a:toUpper}
                       ^ write `toUpper()`
        "#]],
    );
    check_error(
        "${count}",
        expect![[r#"
            `count` is a word of the expression language, not an attribute
            ${count}
              ^^^^^ 
            = help: the attribute: ${'count'}
        "#]],
    );
    check_error(
        "${now}",
        expect![[r#"
            `now` is a word of the expression language, not an attribute
            ${now}
              ^^^ the function is written `now()`
            = help: the attribute: ${'now'}
        "#]],
    );
    check_error(
        "${a b}",
        expect![[r#"
            `b` cannot stand here
            ${a b}
                ^ is a `:` missing before it?
            = help: a name with a space in it stands in quotes: ${'my attribute'}
        "#]],
    );
    check_error(
        "${a:append(b)}",
        expect![[r#"
            an argument cannot be a bare name
            ${a:append(b)}
                       ^ the attribute is ${b}, the text is 'b'
        "#]],
    );
    check_error(
        "${a:matches('(')}",
        expect![[r#"
            this is not a regular expression: a `(` has no `)`
            ${a:matches('(')}
                        ^^^ 
        "#]],
    );
    check_error(
        "${a:format('yyyy', 'PST')}",
        expect![[r#"
            there is no time zone `PST`
            ${a:format('yyyy', 'PST')}
                               ^^^^^ 
            = help: zones are written `Europe/Amsterdam`, `UTC` or `+02:00`; short names such as `EST` are not one zone
        "#]],
    );
    check_error(
        "${allAttributes('a'):count():plus(1)}",
        expect![[r#"
            nothing can follow `count`
            ${allAttributes('a'):count():plus(1)}
                                         ^^^^ 
            = help: put the whole into a new one: ${literal(${...:count()}):...}
        "#]],
    );
    check_error(
        "${a:jsonPath('$[?(@.x = 1)]')}",
        expect![[r#"
        this is not a JSONPath: `=` is no operator of a filter (write: ==)
        ${a:jsonPath('$[?(@.x = 1)]')}
                     ^^^^^^^^^^^^^^^ 
        = help: the operators: === !== == != =~ <= >= < > in nin contains all size empty subsetof anyof noneof
    "#]],
    );
}

#[test]
fn dollars_and_hashes_escape() {
    for (value, result) in [
        ("$${a}", "${a}"),
        ("$$${a}", "$1"),
        ("$$$$${a}", "$$1"),
        ("$$$$${a", "$$$$${a"),
        ("$5 $$5", "$5 $$5"),
        ("$$ ${a}", "$ 1"),
        ("a$$ b", "a$$ b"),
        ("${a} $${b} $${c}", "1 ${b} ${c}"),
        ("${a} owes $$${", "1 owes $${"),
        ("${'$$${b}'}", ""),
        ("${literal('$$5 $${a} $$${a}')}", "$$5 ${a} $1"),
        ("#{p} ##{p} ###{p} #{'p'}", "v #{p} #v v"),
        ("##{p} ${a}#{p}", "#{p} 1v"),
        ("#{missing}.", "."),
        ("${literal('#{p}')}${#{p}}", "#{p}v"),
        ("${a # it is a comment\n:append('!')}", "1!"),
    ] {
        assert_eq!(text(value), result, "{value}");
    }
}

#[test]
fn a_value_is_looked_up_in_attributes_then_the_environment() {
    assert_eq!(text("${HOME}"), "/home/x");
    assert_eq!(text("${allMatchingAttributes('.*'):count()}"), "3");
}

#[test]
fn what_a_template_reads_is_known_with_its_place() {
    let template = Template::compile(
        "x #{p} ${'é':append(#{q}):append(\"${b}\")}${allAttributes('c')}${a:in('#{z}')}",
    );
    assert!(template.is_err());
    let template =
        Template::compile("x #{p} ${'é':append(#{q}):append(\"${b}\")}${${c}:prepend('#{z}')}")
            .unwrap();
    let places = |references: &[Reference]| {
        references
            .iter()
            .map(|r| format!("{}@{}+{}", r.name, r.offset, r.length))
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(places(template.parameters()), "p@2+4 q@21+4");
    assert_eq!(places(template.attributes()), "é@9+4 b@37+1 c@46+1");
    assert!(!template.is_constant());
    assert_eq!(Template::compile("$${a} ##{b}").unwrap().constant(), Some("${a} #{b}"));
}

#[test]
fn whatever_is_made_of_a_secret_is_one() {
    for value in [
        "${token}",
        "x #{secret} y",
        "${#{secret}:append('x')}",
        "${token:length()}",
        "${token:isEmpty():ifElse('a', 'b')}",
        "${b:append(${token:substring(0, 1)})}",
        "${allMatchingAttributes('.*'):join(',')}",
        "${literal('${token}')}",
        "${b:replaceAll('B', ${token})}",
    ] {
        let text = Template::compile(value).unwrap().evaluate(&scope()).unwrap();
        assert!(text.is_sensitive(), "{value}");
    }
    let template = Template::compile("${a:plus(1)} #{p}").unwrap();
    assert!(!template.evaluate(&scope()).unwrap().is_sensitive());
    assert_eq!(
        format!("{:?}", Template::compile("${token}").unwrap().evaluate_value(&scope()).unwrap()),
        "string \"***\""
    );
}

#[test]
fn an_error_never_quotes_a_secret() {
    for value in [
        "${token:toDate('yyyy')}",
        "${token:format('yyyy')}",
        "${b:matches(${token:append('(')})}",
        "${literal('$'):append('{zz:'):append(${token}):append('()}'):evaluateELString()}",
        "${a:toDate():format('yyyy', ${token})}",
        "${a:toDate():plusDuration(${token})}",
        "${token:plusInstantDuration('1 day')}",
        "${b:UUID3(${token})}",
        "${token:append('9999999999999999999'):replaceAll('[a-z]', '0'):toNumber()}",
        "${b:replaceByPattern(${token})}",
        "${b:replaceByPattern(${token:prepend('(?'):append(':x')})}",
        "${b:replaceAll('B', ${literal('$'):append('{'):append(${token}):append('}')})}",
        "${b:find(${token:prepend('[z-a]')})}",
        "${b:getDelimitedField(1, ${token})}",
        "${b:hash(${token})}",
        "${token:jsonPath('$.x')}",
        "${literal('{}'):jsonPath(${token:prepend('$[')})}",
    ] {
        let error = Template::compile(value).unwrap().evaluate(&scope()).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("t0ken"), "{error}");
    }
    assert_eq!(
        text("${b:toDate('yyyy')}"),
        "run: `toDate`: `B` cannot be read: the text does not fit the pattern"
    );
}

#[test]
fn what_would_never_end_is_stopped() {
    let endless = scope().with_attribute("e", "${e:evaluateELString()}${e:evaluateELString()}");
    let run = |value: &str| Template::compile(value).unwrap().evaluate(&endless).unwrap_err();
    assert_eq!(run("${e:evaluateELString()}"), EvaluateError::TooDeep);
    assert_eq!(run("${a:padLeft(2000000000)}"), EvaluateError::TooLarge);
    assert_eq!(run("${a:repeat(9999999999)}"), EvaluateError::TooLarge);
    assert_eq!(run("${a:toRadix(2, 9999999999)}"), EvaluateError::TooLarge);
    let doubling = "${a:repeat(9999999):replace('1', '1111')}";
    assert_eq!(run(doubling), EvaluateError::TooLarge);
}

#[test]
fn deep_nesting_is_refused_and_long_chains_are_not() {
    let nested = |depth: usize| format!("{}a{}", "${".repeat(depth), "}".repeat(depth));
    assert!(Template::compile(&nested(40)).is_ok());
    let error = Template::compile(&nested(100_000)).unwrap_err();
    assert_eq!(error.message, "expressions stand inside each other more than 40 deep");
    let chain = format!("${{a{}}}", ":toUpper()".repeat(20_000));
    assert_eq!(text(&chain), "1");
    let pieces = scope().with_attribute("list", ",x".repeat(300_000));
    let template = Template::compile("${allDelineatedValues(${list}, ','):count()}").unwrap();
    assert_eq!(template.evaluate(&pieces).unwrap().reveal(), "300001");
}

#[derive(Debug, Deserialize)]
struct Properties {
    text: Expr<String>,
    condition: Expr<bool>,
    times: Expr<i64>,
    share: Expr<f64>,
}

#[test]
fn properties_give_their_types() {
    let properties: Properties = serde_yaml::from_str(
        "text: a ${b}\ncondition: ${a:equals('1')}\ntimes: \"3\"\nshare: ${a:divide(4.0)}\n",
    )
    .unwrap();
    let scope = scope();
    assert_eq!(properties.text.evaluate(&scope).unwrap().reveal(), "a B");
    assert_eq!(properties.condition.evaluate(&scope), Ok(true));
    assert_eq!(properties.times.evaluate(&scope), Ok(3));
    assert_eq!(properties.share.evaluate(&scope), Ok(0.25));
    assert_eq!(format!("{:?}", properties.text), "\"a ${b}\"");
    let attribute = Expr::attribute("it's");
    assert_eq!(Expr::<String>::compile(attribute.template().source()), Ok(attribute.clone()));
    assert_eq!(
        attribute.evaluate(&StaticScope::new().with_attribute("it's", "x")).unwrap().reveal(),
        "x"
    );
    assert_eq!(Expr::literal("${a}").evaluate(&scope).unwrap().reveal(), "${a}");
    let wrong = Expr::<i64>::compile("${b}").unwrap().evaluate(&scope).unwrap_err();
    assert_eq!(wrong.to_string(), "`B` cannot be read as a whole number");
}

#[test]
fn a_condition_must_be_one_question() {
    let check = |marker: &str, text: &str| check(marker, &Template::compile(text)?);
    let problem = |text: &str| check(BOOLEAN_MARKER, text).unwrap_err().to_string();
    assert!(problem("${a:equals('1')").starts_with("this expression is never closed"));
    assert!(problem("${a:equals('1)}").starts_with("this expression is never closed"));
    assert_eq!(problem("true"), "this must be one expression, with no text around it");
    assert_eq!(problem(" ${a:isNull()}"), "this must be one expression, with no text around it");
    assert_eq!(
        problem("${a}"),
        "this gives a text, and it must give true or false (end it with a question)"
    );
    assert_eq!(check(BOOLEAN_MARKER, "${a:isNull()}"), Ok(()));
    assert_eq!(check(WHOLE_MARKER, "x").unwrap_err().to_string(), "this must be a whole number");
    assert_eq!(check(TEXT_MARKER, "${a:bogus()}").unwrap_err().offset, 4);
}

#[test]
fn the_schema_says_that_it_is_an_expression() {
    let schema = schemars::schema_for!(Expr<bool>);
    assert_eq!(schema.get("type").unwrap(), "string");
    assert_eq!(schema.get("x-expression").unwrap(), "boolean");
}

/// Expressions that the grammar allows; most of them compile.
fn expressions() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("a".to_owned()),
        Just("'b c'".to_owned()),
        Just("now()".to_owned()),
        Just("literal('x')".to_owned()),
        Just("#{p}".to_owned()),
        Just("allAttributes('a', 'b')".to_owned()),
    ];
    let names: Vec<&str> = functions().map(|function| function.name).collect();
    let call = move |inner: BoxedStrategy<String>| {
        let argument = prop_oneof![
            Just("1".to_owned()),
            Just("-2.5e3".to_owned()),
            Just("'x,y'".to_owned()),
            Just("'yyyy-MM-dd HH:mm'".to_owned()),
            Just("'[a-z]+'".to_owned()),
            Just("null".to_owned()),
            Just("9223372036854775807".to_owned()),
            inner.clone().prop_map(|inner| inner),
        ];
        let arguments =
            prop::collection::vec(argument, 0..3).prop_map(|arguments| arguments.join(", "));
        let names = prop::sample::select(names.clone());
        (inner, prop::collection::vec((names, arguments), 0..4)).prop_map(|(subject, calls)| {
            let calls: String =
                calls.iter().map(|(name, arguments)| format!(":{name}({arguments})")).collect();
            format!("${{{subject}{calls}}}")
        })
    };
    leaf.prop_recursive(3, 12, 3, move |inner| call(inner.boxed()))
}

#[test]
fn what_may_be_absent_and_what_decides() {
    let seen = |text: &str| {
        let template = Template::compile(text).unwrap();
        let names = template.attributes().iter().map(|reference| {
            format!("{}{}", reference.name, if reference.may_be_absent { "?" } else { "" })
        });
        (names.collect::<Vec<_>>().join(" "), template.is_pure())
    };
    for (text, names, pure) in [
        ("${a} ${b:isNull()}", "a b?", true),
        ("${a:trim():replaceEmpty('x')}", "a?", true),
        ("${a:append(${b:isEmpty()}):toUpper()}", "a b?", true),
        ("${allAttributes('a', 'b'):notNull()}", "a? b?", true),
        ("${anyAttribute('a', 'b'):equals('x')}", "a b", true),
        ("${anyMatchingAttribute('a.*'):equals('x')}", "", false),
        ("${${a}:isNull()}", "a", false),
        ("${a:equals(${now()})}", "a", false),
    ] {
        assert_eq!(seen(text), (names.to_owned(), pure), "{text}");
    }
    let template = Template::compile("${allAttributes('a', 'bc'):count()}").unwrap();
    let places = template.attributes().iter();
    let places: Vec<_> = places.map(|reference| (reference.offset, reference.length)).collect();
    assert_eq!(places, [(16, 3), (21, 4)]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn no_text_panics(value in r#"([a-c$#{}()'",:\\ .0-9é\n]|\$\{|\}|:plus\(|'\)){0,40}"#) {
        if let Ok(template) = Template::compile(&value) {
            let _ = template.evaluate(&scope());
        }
    }

    #[test]
    fn no_expression_panics(value in expressions(), attribute in r"[0-9a-z,:/\-\\+.\t é]{0,20}") {
        match Template::compile(&value) {
            Ok(template) => {
                let _ = template.evaluate_value(&scope().with_attribute("a", attribute));
            }
            Err(error) => {
                prop_assert!(value.get(error.offset..error.offset + error.length).is_some(), "{error:?} in {value}");
            }
        }
    }

    #[test]
    fn an_escaped_text_is_itself_again(text in r#"[a-z${}'" é]{0,20}"#) {
        // Doubling the dollars before a brace is all it takes as long as nothing in the text is an expression.
        let mut escaped = String::new();
        for (index, c) in text.char_indices() {
            let run_ends_in_brace = text[index..].trim_start_matches('$').starts_with('{');
            let closes = text[index..].split_once('{').is_some_and(|(_, rest)| rest.contains('}'));
            escaped.push(c);
            if c == '$' && run_ends_in_brace && closes {
                escaped.push('$');
            }
        }
        let template = Template::compile(&escaped).unwrap();
        prop_assert_eq!(template.constant(), Some(text.as_str()));
    }

    #[test]
    fn a_quoted_literal_is_itself_again(text in r#"[a-z'"\\#{}() é,:.]{0,20}"#) {
        let quoted = text.replace('\\', r"\\").replace('\'', r"\'").replace('"', "\\\"");
        let template = Template::compile(&format!("${{literal('{quoted}')}}")).unwrap();
        let result = template.evaluate(&scope()).unwrap();
        prop_assert_eq!(result.reveal(), text);
    }

    #[test]
    fn dates_survive_their_pattern(milliseconds in -60_000_000_000_000_i64..250_000_000_000_000) {
        let scope = StaticScope::new().with_attribute("t", milliseconds.to_string());
        let value = "${t:toNumber():toDate():format('uuuu-MM-dd HH:mm:ss.SSS'):toDate('uuuu-MM-dd HH:mm:ss.SSS'):toNumber()}";
        let back = Template::compile(value).unwrap().evaluate(&scope).unwrap();
        prop_assert_eq!(back.reveal(), milliseconds.to_string());
    }
}
