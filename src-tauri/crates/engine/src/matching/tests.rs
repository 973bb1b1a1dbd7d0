use super::*;
use serde_json::Value;

const NOON: &str = "2026-11-23T11:00:00Z";

fn tree() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for name in [
        "a.csv",
        "b.csv",
        ".hidden.csv",
        "c.txt",
        "2026-11/d.csv",
        "2026-11/deep/e.csv",
        "x.csv.courier-1-1.part",
    ] {
        let path = dir.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "four").unwrap();
    }
    dir
}

fn look(step: StepType, field: &str, configuration: &Value) -> Option<PathsLook> {
    let zone = Some("Europe/Berlin");
    PathsLook::of(step, field, configuration.as_object().unwrap(), zone, NOON.parse().unwrap())
}

fn bounded(step: StepType, field: &str, configuration: &Value, most: usize) -> PathsMatch {
    let workspace = Workspace { folder: "/nowhere".into(), roots: Roots::default() };
    let look = look(step, field, configuration).unwrap();
    look.here(&workspace, most, CancellationToken::new()).unwrap()
}

/// What the field `source_path` of a move means below the folder.
fn moved(dir: &tempfile::TempDir, path: &str) -> PathsMatch {
    let path = format!("{}/{path}", dir.path().display());
    bounded(StepType::FileMove, "source_path", &json!({ "source_path": path }), MOST_ENTRIES)
}

#[test]
fn a_pattern_says_how_many_files_how_large_and_the_first_of_them() {
    let dir = tree();
    let found = moved(&dir, "*.csv");
    assert_eq!((found.files, found.bytes, found.is_more), (3, 12, false));
    assert_eq!(found.first, [".hidden.csv", "a.csv", "b.csv"], "hidden files are files");
    assert_eq!(moved(&dir, "**/*.csv").files, 5);
    assert_eq!(moved(&dir, "2026-11/").first, ["d.csv", "deep/e.csv"], "a folder is all that is in it");
    assert_eq!(moved(&dir, "a.csv").files, 1);
    assert_eq!(
        moved(&dir, "*").first,
        [".hidden.csv", "a.csv", "b.csv", "c.txt"],
        "unfinished files are none"
    );
}

#[test]
fn nothing_there_is_told_apart_from_a_folder_that_is_not_there() {
    let dir = tree();
    assert_eq!(moved(&dir, "*.pdf"), PathsMatch::default());
    let gone = |name: &str| Some(format!("{}/{name}", dir.path().display()));
    assert_eq!(moved(&dir, "none/*.csv").missing_folder, gone("none"));
    assert_eq!(moved(&dir, "none/").missing_folder, gone("none"));
    assert_eq!(moved(&dir, "none.csv").missing_folder, None, "its folder is there");
}

#[test]
fn dates_are_known_before_a_run_and_what_steps_make_is_not() {
    let dir = tree();
    let month = moved(&dir, "{{ now | date('%Y-%m') }}/*.csv");
    assert_eq!(month.first, ["d.csv"]);
    let said = |path: &Value| look(StepType::FileMove, "source_path", &json!({ "source_path": path }));
    assert_eq!(said(&json!("{{ steps.fetch.files }}")), None);
    assert_eq!(said(&json!(["/in/*.csv", "/in/{{ params.day }}.csv"])), None, "a part would mislead");
    assert_eq!(said(&json!("from/the/run/*.csv")), None, "the run's folder is not there yet");
    assert_eq!(said(&json!("")), None);
    assert_eq!(said(&json!("/in/{{ now")), None);
}

#[test]
fn only_fields_that_name_what_is_there_before_are_looked_at() {
    for step in StepType::ALL {
        for name in decided_by(*step, decided_by_first(*step)) {
            assert!(step.spec().fields.iter().any(|field| field.name == *name), "{step}.{name}");
        }
    }
    let configuration = json!({ "destination_path": "/out/" });
    assert_eq!(look(StepType::FileMove, "destination_path", &configuration), None);
    assert!(decided_by(StepType::SftpMkdir, "paths").is_empty());
}

/// The field of a step's paths, as its own declaration has it.
fn decided_by_first(step: StepType) -> &'static str {
    [
        "remote_path",
        "paths",
        "local_path",
        "input_path",
        "archive_path",
        "source_paths",
        "source_path",
        "path",
    ]
    .into_iter()
    .find(|field| !decided_by(step, field).is_empty())
    .unwrap_or_default()
}

#[test]
fn a_list_step_counts_folders_as_it_lists_them() {
    let dir = tree();
    let configuration = json!({ "path": format!("{}/", dir.path().display()), "pattern": "*[!t]" });
    let found = bounded(StepType::FileList, "path", &configuration, MOST_ENTRIES);
    assert_eq!((found.files, found.folders), (3, 1), "{found:?}");
}

#[test]
fn a_look_ends_where_there_is_too_much() {
    let dir = tempfile::tempdir().unwrap();
    for number in 0..20 {
        std::fs::write(dir.path().join(format!("{number}.csv")), "x").unwrap();
    }
    let configuration = json!({ "source_path": format!("{}/*.csv", dir.path().display()) });
    let found = bounded(StepType::FileMove, "source_path", &configuration, 12);
    assert_eq!((found.files, found.is_more, found.first.len()), (12, true, FIRST));
    let stop = CancellationToken::new();
    stop.cancel();
    let workspace = Workspace { folder: "/nowhere".into(), roots: Roots::default() };
    let stopped = look(StepType::FileMove, "source_path", &configuration).unwrap().here(&workspace, 12, stop);
    assert_eq!(stopped.unwrap_err().code, ErrorCode::Cancelled);
}

#[test]
fn servers_are_asked_by_the_connection_of_the_step() {
    let id = "0193f4c0-0000-7000-8000-000000000007";
    let fetch = |connection: &str| {
        let configuration =
            json!({ "connection_id": connection, "remote_path": "*.csv", "move_to": "{{ nothing }}" });
        look(StepType::SftpDownload, "remote_path", &configuration)
    };
    assert_eq!(
        fetch(id).unwrap().connection(),
        Some(id.parse().unwrap()),
        "what does not decide is not read"
    );
    assert_eq!(fetch(""), None);
    let rename = json!({ "connection_id": id, "paths": ["/out/*.tmp"] });
    assert!(look(StepType::FtpRename, "paths", &rename).unwrap().connection().is_some());
    let upload = json!({ "connection_id": id, "local_path": "/in/*.csv" });
    assert_eq!(look(StepType::SftpUpload, "local_path", &upload).unwrap().connection(), None);
}
