use super::*;
use crate::ConnectionId;
use crate::connection::ConnectionProtocol;
use crate::step::StepType;
use serde_json::json;
use std::collections::BTreeMap;

fn draft(steps: serde_json::Value) -> JobDraft {
    serde_json::from_value(json!({ "name": "fetch", "steps": steps })).unwrap()
}

fn connection() -> ConnectionId {
    ConnectionId(uuid::Uuid::from_u128(7))
}

fn references() -> References {
    References {
        connections: [(connection(), ConnectionProtocol::Sftp)].into(),
        pgp_keys: BTreeSet::new(),
        jobs: BTreeMap::new(),
        own: None,
    }
}

fn download() -> serde_json::Value {
    json!({ "name": "Download", "type_key": "sftp.download",
            "configuration": { "connection_id": connection().to_string(), "remote_path": "/out/*.pgp" } })
}

fn found(draft: &JobDraft) -> Vec<(String, String)> {
    draft.check(&references()).0.into_iter().map(|p| (p.path, p.code)).collect()
}

#[test]
fn a_good_job_has_no_problems() {
    let job = draft(json!([
        download(),
        { "name": "Unpack", "type_key": "file.unzip", "configuration": { "archive_path": "{{ steps.download.files }}" } },
        { "name": "Deliver", "type_key": "file.move", "configuration": {
            "source_path": "{{ steps.unpack.files }}", "destination_path": "/data/{{ now | date('%Y') }}/" } },
    ]));
    assert_eq!(found(&job), []);
}

#[test]
fn every_problem_is_found_at_once_with_its_path() {
    let job = draft(json!([
        { "name": "", "type_key": "sftp.download", "configuration": { "remote_paht": "/x", "overwrite": "sometimes" } },
        { "name": "Move", "type_key": "file.teleport" },
    ]));
    let expected = [
        ("steps[0].name", "required"),
        ("steps[0].configuration.remote_paht", "unknown_field"),
        ("steps[0].configuration.connection_id", "required"),
        ("steps[0].configuration.remote_path", "required"),
        ("steps[0].configuration.overwrite", "invalid"),
        ("steps[1].type_key", "unknown_type"),
    ];
    assert_eq!(found(&job), expected.map(|(p, c)| (p.to_owned(), c.to_owned())));
}

#[test]
fn a_template_may_only_use_earlier_steps_and_their_outputs() {
    let mut first = download();
    first["configuration"]["local_path"] = json!("{{ steps.later.files }}");
    let job = draft(json!([
        first,
        { "name": "Later", "type_key": "file.delete", "configuration": { "path": ["{{ steps.download.filez }}", "{{ steps.gone.x }}", "{{ params.day }}", "{{ broken"] } },
    ]));
    let problems = job.check(&references());
    let messages: Vec<_> = problems.0.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(messages.join("\n"), @r"
    steps[0].configuration.local_path: The step `later` has no results here: it does not come before this one, is disabled, or stands in a loop or a branch that is over.
    steps[1].configuration.path[0]: The step `download` has no output `filez`; there are steps.download.bytes, steps.download.file, steps.download.file_count, steps.download.files, steps.download.results.
    steps[1].configuration.path[1]: There is no earlier step `gone`; there are steps.download.
    steps[1].configuration.path[2]: This job has no parameter `day`.
    steps[1].configuration.path[3]: This is not a valid template: unexpected end of input, expected end of variable block.
    ");
}

#[test]
fn a_reference_to_what_is_gone_is_a_problem() {
    let mut step = download();
    step["configuration"]["connection_id"] = json!(uuid::Uuid::from_u128(8).to_string());
    assert_eq!(
        found(&draft(json!([step]))),
        [("steps[0].configuration.connection_id".into(), "unknown_reference".into())]
    );
}

#[test]
fn an_unknown_field_of_a_step_is_refused() {
    let step = json!({ "name": "x", "type_key": "file.delete", "colour": "red" });
    assert!(serde_json::from_value::<StepDraft>(step).unwrap_err().to_string().contains("colour"));
}

#[test]
fn aliases_are_unique_and_survive_a_rename() {
    let mut job = draft(json!([download(), download(), { "name": "7 zips", "type_key": "file.delete" }]));
    job.fill_aliases();
    let aliases: Vec<_> = job.steps.iter().map(|s| s.alias.clone().unwrap()).collect();
    assert_eq!(aliases, ["download", "download_2", "_7_zips"]);
    job.steps[0].name = "Fetch".into();
    job.fill_aliases();
    assert_eq!(job.steps[0].alias.as_deref(), Some("download"));
}

#[test]
fn backoff_doubles_up_to_its_limit() {
    let policy =
        FailurePolicy { backoff_base_seconds: 2, backoff_max_seconds: 10, ..FailurePolicy::default() };
    assert_eq!([1, 2, 3, 4, 60].map(|n| policy.backoff_seconds(n)), [2, 4, 8, 10, 10]);
}

#[test]
fn every_step_type_has_a_spec_whose_defaults_are_valid() {
    for spec in crate::step::specs() {
        let step_type: StepType = spec.type_key.parse().unwrap();
        let problems = match step_type.parse(&Configuration::new()) {
            Ok(params) => params.check(),
            Err(problems) => problems,
        };
        assert_eq!(
            problems.has_errors(),
            !spec.fields.is_empty(),
            "{} has nothing that it needs",
            spec.type_key
        );
        for problem in problems.0 {
            assert_eq!(problem.code, "required", "{} {problem}", spec.type_key);
        }
    }
}

#[test]
fn values_that_could_only_fail_in_a_run_are_refused_at_the_save() {
    let connection = connection().to_string();
    let job = draft(json!([
        { "name": "Fetch", "type_key": "sftp.download", "configuration": {
            "connection_id": connection, "remote_path": "/out/*", "after_download": "move", "max_files": 0, "concurrency": 33 } },
        { "name": "Send", "type_key": "sftp.upload", "configuration": {
            "connection_id": connection, "local_path": "/a", "remote_path": "/in/", "after_upload": "move",
            "permissions": "abc", "atomic_suffix": "/../x", "concurrency": 0 } },
        { "name": "Late", "type_key": "sftp.upload", "configuration": {
            "connection_id": connection, "local_path": "/a", "remote_path": "/in/", "permissions": "{{ job.name }}",
            "after_upload": "move", "move_to": "/sent/{{ job.name }}", "atomic_suffix": ".part" } },
        { "name": "Filter", "type_key": "file.delete", "configuration": { "path": "/x/{{ now | date('%Y') | nofilter }}" } },
    ]));
    let expected = [
        ("steps[0].configuration.move_to", "required"),
        ("steps[0].configuration.concurrency", "out_of_range"),
        ("steps[0].configuration.max_files", "out_of_range"),
        ("steps[1].configuration.move_to", "required"),
        ("steps[1].configuration.concurrency", "out_of_range"),
        ("steps[1].configuration.permissions", "invalid"),
        ("steps[1].configuration.atomic_suffix", "invalid"),
        ("steps[3].configuration.path", "template"),
    ];
    assert_eq!(found(&job), expected.map(|(p, c)| (p.to_owned(), c.to_owned())));
}

#[test]
fn a_step_needs_a_connection_of_its_protocol() {
    let mut ftps = download();
    ftps["type_key"] = json!("ftps.download");
    let found = draft(json!([ftps])).check(&references()).0;
    assert_eq!(
        found.iter().map(|p| (p.path.as_str(), p.code.as_str())).collect::<Vec<_>>(),
        [("steps[0].configuration.connection_id", "wrong_protocol")]
    );
    assert!(found[0].message.contains("sftp.download"), "{}", found[0].message);
}

#[test]
fn what_cannot_be_made_or_renamed_is_refused_at_the_save() {
    let step = |type_key: &str, more: serde_json::Value| {
        let mut configuration = json!({ "connection_id": connection().to_string() });
        configuration.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({ "name": type_key, "type_key": type_key, "configuration": configuration })
    };
    let job = draft(json!([
        step("sftp.mkdir", json!({ "paths": ["/a", "/b*"] })),
        step("sftp.rename", json!({ "paths": "/a/*.csv", "to": "?.done" })),
        step("sftp.list", json!({ "remote_path": "/a", "pattern": "[" })),
        step("sftp.rename", json!({ "paths": "/a/*.csv", "to": "done/*.{{ now | date('%Y') }}" })),
        step("sftp.delete", json!({ "paths": ["/a/*.csv", "/b"], "on_missing": "fail", "recursive": true })),
        step("sftp.rmdir", json!({ "recursive": "often" })),
    ]));
    let expected = [
        ("steps[0].configuration.paths", "invalid"),
        ("steps[1].configuration.to", "invalid"),
        ("steps[2].configuration.pattern", "invalid"),
        ("steps[5].configuration.paths", "required"),
        ("steps[5].configuration.recursive", "invalid"),
    ];
    assert_eq!(found(&job), expected.map(|(p, c)| (p.to_owned(), c.to_owned())));
}

/// Steps that set a value `v`, and blocks; what each refers to.
fn blocks(steps: &[(&str, &str, &str)]) -> Vec<String> {
    let steps: Vec<_> = steps
        .iter()
        .map(|(name, type_key, text)| {
            let configuration = match *type_key {
                "flow.foreach" => json!({ "source": text }),
                "flow.if" => json!({ "expression": text }),
                "context.set" => json!({ "values": { "v": text } }),
                _ => json!({}),
            };
            json!({ "name": name, "type_key": type_key, "configuration": configuration })
        })
        .collect();
    draft(json!(steps)).check(&references()).0.iter().map(ToString::to_string).collect()
}

#[test]
fn what_stands_in_a_loop_is_seen_only_there() {
    let found = blocks(&[
        ("List", "context.set", "{{ [1, 2] }}"),
        ("Each", "flow.foreach", "{{ steps.list.v }}"),
        (
            "Inner",
            "context.set",
            "{{ loop.item }} {{ loop.index }} {{ steps.list.v }} {{ loop.parent.item }}",
        ),
        ("Next", "context.set", "{{ steps.inner.v }} {{ loop.length }}"),
        ("End", "flow.end", ""),
        ("After", "context.set", "{{ steps.each.count }} {{ steps.inner.v }} {{ loop.item }}"),
    ]);
    insta::assert_snapshot!(found.join("\n"), @r"
    steps[2].configuration.values.v: `loop.parent` goes too far; loops around this step: 1.
    steps[3].configuration.values.v: A loop has no `length`; there are loop.item, loop.index and loop.parent.
    steps[5].configuration.values.v: `loop` is known only inside a For each.
    steps[5].configuration.values.v: The step `inner` has no results here: it does not come before this one, is disabled, or stands in a loop or a branch that is over.
    ");
}

#[test]
fn what_stands_in_a_branch_is_seen_after_it_but_not_in_the_other() {
    let found = blocks(&[
        ("Check", "flow.if", "1 > 2"),
        ("Then", "context.set", "{{ steps.check.result }}"),
        ("Else", "flow.else", ""),
        ("Other", "context.set", "{{ steps.then.v }}"),
        ("End", "flow.end", ""),
        ("After", "context.set", "{{ steps.then.v }} {{ steps.other.v }}"),
        ("Bad", "flow.if", "steps.nothing.x and"),
    ]);
    insta::assert_snapshot!(found.join("\n"), @r"
    steps[3].configuration.values.v: The step `then` has no results here: it does not come before this one, is disabled, or stands in a loop or a branch that is over.
    steps[6].configuration.expression: This is not a valid template: unexpected end of variable block.
    steps[6].type_key: This If has no End; add one after its last step.
    ");
}

#[test]
fn a_default_of_another_type_is_found_before_a_run() {
    let job: JobDraft = serde_json::from_value(json!({ "name": "j", "steps": [download()], "parameters": [
        { "name": "n", "type": "number", "default": "abc" },
        { "name": "l", "type": "list", "default": "[1,2" },
        { "name": "big", "type": "number", "default": 1e26 },
        { "name": "t", "default": "{{ steps.download.files }}" },
        { "name": "bad", "type": "date", "default": "{{ now | }}" },
        { "name": "day", "type": "date", "default": "{{ now | date('%Y-%m-%d') }}" },
        { "name": "two", "type": "number", "default": "2" },
    ] }))
    .unwrap();
    let paths: Vec<_> = found(&job).into_iter().map(|(path, code)| format!("{path} {code}")).collect();
    assert_eq!(paths, [0, 1, 2, 3, 4].map(|n| format!("parameters[{n}].default invalid")));
}

#[test]
fn an_if_has_either_a_comparison_or_an_expression() {
    let job = draft(json!([
        { "name": "If", "type_key": "flow.if", "configuration": {
            "left": "{{ job.name }}", "operator": "equals", "right": "x", "expression": "job.version > 1" } },
        { "name": "End", "type_key": "flow.end" },
    ]));
    assert_eq!(found(&job), [("steps[0].configuration.expression".into(), "conflict".into())]);
}

#[test]
fn there_are_no_other_templates_to_include() {
    let job = draft(json!([
        { "name": "Set", "type_key": "context.set", "configuration": { "values": { "a": "{% include '/etc/passwd' %}" } } },
    ]));
    assert_eq!(found(&job), [("steps[0].configuration.values.a".into(), "template".into())]);
}

#[test]
fn headers_may_have_dashes() {
    let job = draft(json!([
        { "name": "Call", "type_key": "http.request", "configuration": {
            "url": "https://example.org", "headers": { "X-A": "1", "Content_Type": "text/plain" } } },
        { "name": "Bad", "type_key": "http.request", "configuration": {
            "url": "https://example.org", "headers": { "X A": "1" } } },
    ]));
    let problems = job.check(&references()).0;
    assert_eq!(problems.len(), 1);
    assert!(problems[0].message.contains("`X A` is no header"), "{}", problems[0].message);
}

#[test]
fn names_have_nothing_that_changes_how_they_are_read() {
    for bad in ["a\u{202e}b", "a\u{2066}b", "a\u{200f}b", "a\u{7}b", "a\u{2028}b", "\u{feff}a"] {
        let mut job = draft(json!([download()]));
        job.name = bad.to_owned();
        assert_eq!(found(&job), [("name".into(), "invalid".into())], "{bad:?}");
    }
    let mut job = draft(json!([download()]));
    job.name = "Größe 日本 שלום 👩\u{200d}💻".to_owned();
    assert_eq!(found(&job), []);
}
