use super::*;
use crate::template::{RenderAs, Scope, TemplateError, names, render};
use serde_json::json;
use std::time::{Duration, Instant};

/// Half of what the workers have, in a debug build: the callers need some of it too.
const STACK: usize = 1 << 20;

fn on_a_small_stack<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    std::thread::Builder::new().stack_size(STACK).spawn(work).unwrap().join().unwrap()
}

/// An expression of `count` operators, whatever the shape needs beside them.
type Shape = (&'static str, fn(usize) -> String);

const EXPRESSIONS: [Shape; 16] = [
    ("not", |n| format!("{}1", "not ".repeat(n))),
    ("minus", |n| format!("{}1", "-".repeat(n))),
    ("plus", |n| format!("1{}", "+1".repeat(n))),
    ("power", |n| format!("1{}", "**1".repeat(n))),
    ("tilde", |n| format!("1{}", "~1".repeat(n))),
    ("and", |n| format!("1{}", " and 1".repeat(n))),
    ("or", |n| format!("0{}", " or 0".repeat(n))),
    ("comparison", |n| format!("1{}", " < 1".repeat(n))),
    ("in", |n| format!("1{}", " in [1]".repeat(n / 2))),
    ("ternary", |n| format!("1{}", " if 0 else 1".repeat(n / 2))),
    ("filter", |n| format!("1{}", "|string".repeat(n))),
    ("test", |n| format!("1{}", " is defined".repeat(n))),
    ("attribute", |n| format!("job{}", ".a".repeat(n))),
    ("subscript", |n| format!("job{}", "[0]".repeat(n))),
    ("call", |n| format!("job{}", "()".repeat(n))),
    ("brackets and not", |n| {
        format!("{}{}1{}", "(not ".repeat(BRACKETS), "-".repeat(n - 2 * BRACKETS), ")".repeat(BRACKETS))
    }),
];

#[test]
fn what_nests_as_deep_as_allowed_fits_the_stack_of_a_worker() {
    for (name, shape) in EXPRESSIONS {
        let text = format!("{{{{ {} }}}}", shape(OPERATORS));
        assert_eq!(check(&text), Ok(()), "{name}");
        on_a_small_stack(move || {
            let _ = names(&text);
            let _ = render(&text, &Scope::default(), RenderAs::Text);
            // With text around it, it is no single expression.
            let _ = render(&format!("a {text}"), &Scope::default(), RenderAs::Text);
        });
    }
}

#[test]
fn one_operator_too_many_is_refused_before_it_is_read() {
    for (name, shape) in EXPRESSIONS {
        for count in [OPERATORS + 2, 50_000] {
            let text = format!("{{{{ {} }}}}", shape(count));
            on_a_small_stack(move || {
                assert!(matches!(names(&text), Err(TemplateError::TooMuch(TooMuch::Operators))), "{name}");
                let rendered = render(&text, &Scope::default(), RenderAs::Text);
                assert!(matches!(rendered, Err(TemplateError::TooMuch(TooMuch::Operators))), "{name}");
            });
        }
    }
}

#[test]
fn statements_as_deep_as_allowed_fit_the_stack_and_more_are_refused() {
    let inner = format!("{{{{ {}1 }}}}", "not ".repeat(OPERATORS));
    let nested = |open: &str, close: &str, n: usize| format!("{}{inner}{}", open.repeat(n), close.repeat(n));
    let brackets =
        format!("{}{}1{}", "[".repeat(BRACKETS), "not ".repeat(OPERATORS - BRACKETS), "]".repeat(BRACKETS));
    let texts = [
        nested("{% if 1 %}", "{% endif %}", STATEMENTS),
        nested("{% for i in [1] %}", "{% endfor %}", STATEMENTS),
        nested("{% with a = 1 %}", "{% endwith %}", STATEMENTS),
        nested("{% set a %}", "{% endset %}", STATEMENTS),
        nested("{% filter upper %}", "{% endfilter %}", STATEMENTS),
        format!("{{% if 0 %}}{}{inner}{{% endif %}}", "{% elif 0 %}".repeat(STATEMENTS - 1)),
        format!("{}{{{{ {brackets} }}}}{}", "{% for i in [1] %}".repeat(STATEMENTS), "{% endfor %}".repeat(STATEMENTS)),
        "{% macro a(n) %}{{ a(n) }}{% endmacro %}{{ a(1) }}".to_owned(),
        "{% macro a(n) %}{% if 1 %}{% for i in [1] %}{% with b = 1 %}{{ a(n) }}{% endwith %}{% endfor %}{% endif %}{% endmacro %}{{ a(1) }}".to_owned(),
        "{% macro a(n) %}{{ [1] | map('string') | map('upper') | list | join(a(n)) }}{% endmacro %}{{ a(1) }}".to_owned(),
        "{% for i in [[1]] recursive %}{{ loop([[1]]) }}{% endfor %}".to_owned(),
    ];
    for text in texts {
        assert_eq!(check(&text), Ok(()), "{text}");
        on_a_small_stack(move || {
            let _ = names(&text);
            let _ = render(&text, &Scope::default(), RenderAs::Text);
        });
    }
    for (open, close) in [
        ("{% if 1 %}", "{% endif %}"),
        ("{% set a %}", "{% endset %}"),
        ("{% set a | default(value=1) %}", "{% endset %}"),
        ("{% macro a() %}", "{% endmacro %}"),
    ] {
        for count in [STATEMENTS + 1, 5_000] {
            let text = nested(open, close, count);
            on_a_small_stack(move || {
                assert!(matches!(names(&text), Err(TemplateError::TooMuch(TooMuch::Statements))), "{open}");
            });
        }
    }
    let elif = format!("{{% if 0 %}}{}{{% endif %}}", "{% elif 0 %}".repeat(STATEMENTS));
    assert_eq!(check(&elif), Err(TooMuch::Statements));
    // One after the other they may be many.
    let many = "{% if 1 %}{% set a = 1 %}x{% else %}y{% endif %}".repeat(1_000);
    assert_eq!(render(&many, &Scope::default(), RenderAs::Text).unwrap(), json!("x".repeat(1_000)));
}

#[test]
fn brackets_within_each_other_have_a_bound() {
    for count in [BRACKETS + 1, 50_000] {
        let text = format!("{{{{ {}1{} }}}}", "(".repeat(count), ")".repeat(count));
        assert_eq!(check(&text), Err(TooMuch::Brackets));
    }
}

#[test]
fn no_loop_nests_a_value() {
    let text = "{% set ns = namespace(x=[]) %}{% for i in range(10000) %}{% set ns.x = [ns.x] %}{% endfor %}{{ ns.x }}";
    on_a_small_stack(move || {
        let error = render(text, &Scope::default(), RenderAs::Text).unwrap_err();
        assert!(error.to_string().contains("namespace"), "{error}");
    });
}

#[test]
fn what_stands_in_a_text_or_a_comment_does_not_count() {
    let long = "-not(".repeat(1_000);
    for text in
        [format!("{{{{ '{long}' }}}}"), format!("{{# {long} #}}{{{{ 1 }}}}"), format!("{long}{{{{ 1 }}}}")]
    {
        assert_eq!(check(&text), Ok(()));
    }
    let raw = format!("{{% raw %}} it's {{% endraw %}}{{{{ {}1 }}}}", "not ".repeat(OPERATORS + 1));
    assert_eq!(check(&raw), Err(TooMuch::Operators));
}

#[test]
fn a_list_may_be_long() {
    let text = format!("{{{{ [{}] | length }}}}", "'a', ".repeat(5_000));
    assert_eq!(render(&text, &Scope::default(), RenderAs::Text).unwrap(), json!(5_000));
}

#[test]
fn a_loop_without_an_end_ends() {
    let around =
        |n: usize| format!("{}x{}", "{% for i in range(10000) %}".repeat(n), "{% endfor %}".repeat(n));
    // What a macro yields is no output, and is counted all the same.
    let inside = "{% macro a() %}{% for i in range(10000) %}{{ 'x' * 100 }}{% endfor %}{% endmacro %}\
                  {% for i in range(10000) %}{% set b = a() %}{% endfor %}";
    for text in [around(3), inside.to_owned()] {
        let began = Instant::now();
        let error = render(&text, &Scope::default(), RenderAs::Text).unwrap_err();
        assert!(matches!(error, TemplateError::TooMuch(TooMuch::Work)), "{error}");
        assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    }
    assert_eq!(render(&around(1), &Scope::default(), RenderAs::Text).unwrap(), json!("x".repeat(10_000)));
}

#[test]
fn what_a_template_yields_has_a_bound() {
    let line = "x".repeat(4_096);
    let text = format!("{{% for i in range(5000) %}}{line}{{% endfor %}}");
    let error = render(&text, &Scope::default(), RenderAs::Text).unwrap_err();
    assert!(matches!(error, TemplateError::TooMuch(TooMuch::Output)), "{error}");
    let error = render("{{ 'xxxxxxxxxx' * 2000000 }}", &Scope::default(), RenderAs::Text).unwrap_err();
    assert!(matches!(error, TemplateError::TooMuch(_)), "{error}");
}

#[test]
fn there_are_no_other_templates() {
    for text in [
        "{% include '/etc/passwd' %}",
        "{% import 'a' as b %}",
        "{%- from 'a' import b %}",
        "{% extends 'a' %}",
    ] {
        let error = names(text).unwrap_err();
        assert!(error.to_string().contains("there are none"), "{error}");
    }
    assert!(names("{{ 'a' if now else 'b' }} import {% set from = 1 %}").is_ok());
}
