//! Lists of runs as scripts page through them.

use crate::courier::Courier;
use anyhow::{Context, Result};
use serde_json::Value;

const JOBS: &str = "courier: 1\njobs:\n  \
    - { name: Tidy, max_instances: 9, steps: [{ name: D, type_key: file.delete, configuration: { path: /nowhere/x } }] }\n  \
    - { name: Invoices, steps: [{ name: D, type_key: file.delete, configuration: { path: /nowhere/y } }] }\n";

fn ids(list: &Value) -> Vec<&str> {
    list.as_array().into_iter().flatten().filter_map(|run| run["id"].as_str()).collect()
}

#[test]
fn runs_are_filtered_sorted_and_read_page_by_page() -> Result<()> {
    let courier = Courier::new()?;
    courier.apply(JOBS)?.expect(0)?;
    let mut queued = Vec::new();
    for n in 0..7 {
        let job = if n % 3 == 0 { "Invoices" } else { "Tidy" };
        let run = courier.json(&["run", job, "--detach"])?;
        queued.push(run["id"].as_str().context("no id")?.to_owned());
    }
    for id in &queued[..2] {
        courier.ok(&["execution", "cancel", id])?;
    }
    let newest: Vec<&str> = queued.iter().rev().map(String::as_str).collect();
    let list = |args: &[&str]| courier.json(&[&["execution", "list"], args].concat());
    assert_eq!(ids(&list(&[])?), newest);
    assert_eq!(ids(&list(&["--sort", "oldest", "--limit", "2"])?), queued[..2]);
    assert_eq!(ids(&list(&["--state", "cancelled", "--state", "failed"])?), [&*queued[1], &queued[0]]);
    assert_eq!(ids(&list(&["--job", "invoices", "--state", "queued"])?), [&*queued[6], &queued[3]]);
    assert_eq!(ids(&list(&["--search", "VOICE"])?), [&*queued[6], &queued[3], &queued[0]]);
    assert_eq!(ids(&list(&["--triggered-by", "manual"])?), newest);
    assert!(ids(&list(&["--triggered-by", "schedule"])?).is_empty());
    assert!(ids(&list(&["--until", "2026-01-01"])?).is_empty());
    assert_eq!(ids(&list(&["--since", "2026-01-01T00:00:00Z"])?), newest);

    // The id of the last run seen is where the next page begins.
    let mut seen: Vec<String> = Vec::new();
    loop {
        let mut args = vec!["--limit", "3"];
        if let Some(last) = seen.last() {
            args.extend(["--after", last]);
        }
        let page = list(&args)?;
        if ids(&page).is_empty() {
            break;
        }
        let page: Vec<String> = ids(&page).into_iter().map(str::to_owned).collect();
        seen.extend(page);
    }
    assert_eq!(seen, newest);

    let page = courier.run(&["execution", "list", "--json", "--limit", "3"])?.expect(0)?;
    let last = format!("--after {}", newest[2]);
    assert!(page.stderr.contains(&last), "the cursor is told beside the list: {}", page.stderr);
    let end = courier.run(&["execution", "list", "--json", "--limit", "7"])?.expect(0)?;
    assert!(!end.stderr.contains("--after"), "there is no next page: {}", end.stderr);

    // Runs outlive their job.
    for id in &queued {
        let _ = courier.run(&["execution", "cancel", id])?;
    }
    courier.ok(&["job", "delete", "Invoices"])?;
    assert_eq!(ids(&list(&["--job", "invoices"])?), [&*queued[6], &queued[3], &queued[0]]);
    courier.run(&["execution", "list", "--job", "Nobody"])?.expect(3)?;
    courier.run(&["execution", "list", "--after", "yesterday"])?.expect(2)?;
    courier.run(&["execution", "list", "--sort", "sideways"])?.expect(2)?;
    Ok(())
}
