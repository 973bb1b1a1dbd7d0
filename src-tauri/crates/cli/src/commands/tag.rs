//! `courier tag`.

use super::flat_all;
use crate::args::monitor::ListSort;
use crate::args::tag::{TagCommand, TagLook};
use crate::exit;
use crate::output::Out;
use courier_app::{App, AppError, TagRow};
use courier_domain::tag::{Tag, TagDraft};
use std::cmp::Reverse;

pub(super) async fn run(app: &App, command: TagCommand, out: &Out) -> Result<u8, AppError> {
    match command {
        TagCommand::List { category, deleted, page } => {
            let mut rows = if deleted {
                let tags = app.tags_deleted().await?;
                tags.into_iter().map(|tag| TagRow { tag, uses: Default::default() }).collect()
            } else {
                app.tags_list().await?
            };
            if let Some(category) = category.map(|c| c.to_lowercase()) {
                rows.retain(|r| r.tag.category.as_ref().is_some_and(|c| c.to_lowercase() == category));
            }
            match page.sort {
                ListSort::Name => rows.sort_by_key(|r| (r.tag.name.to_lowercase(), r.tag.id)),
                ListSort::Changed => rows.sort_by_key(|r| Reverse((r.tag.updated_at, r.tag.id))),
            }
            let id = |row: &TagRow| row.tag.id.to_string();
            let (rows, more) = super::page_of(rows, page.after.as_deref(), page.limit, id)?;
            list(&rows, out)?;
            super::tell_more(more.filter(|_| !out.json), out);
        }
        TagCommand::Create { name, look } => {
            let draft = TagDraft {
                name,
                color: filled(look.color),
                category: look.category,
                description: look.description,
            };
            saved(&app.tags_save(None, draft, None).await?, "Made", out);
        }
        TagCommand::Edit { tag, name, look } => {
            let found = app.tags_find(&tag).await?;
            let draft = edited(found.to_draft(), name, look);
            saved(&app.tags_save(Some(found.id), draft, Some(found.updated_at)).await?, "Changed", out);
        }
        TagCommand::Delete { tag } => {
            let found = app.tags_find(&tag).await?;
            app.tags_delete(found.id).await?;
            out.hint(&format!("Deleted {}; `courier tag restore` brings it back.", found.name));
        }
        TagCommand::Restore { tag } => {
            let found = app.tags_find_deleted(&tag).await?;
            saved(&app.tags_restore(found.id).await?, "Restored", out);
        }
        TagCommand::Add { tag, kind, name } => {
            let found = app.tags_find(&tag).await?;
            let ids = app.tags_subjects(kind, &name).await?;
            counted(app.tags_add_bulk(found.id, kind, ids).await?, "tagged", out);
        }
        TagCommand::Remove { tag, kind, name } => {
            let found = app.tags_find(&tag).await?;
            let ids = app.tags_subjects(kind, &name).await?;
            counted(app.tags_remove_bulk(found.id, kind, ids).await?, "untagged", out);
        }
    }
    Ok(exit::DONE)
}

fn filled(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

/// What was given replaces what is there; empty text takes it away.
fn edited(draft: TagDraft, name: Option<String>, look: TagLook) -> TagDraft {
    TagDraft {
        name: name.unwrap_or(draft.name),
        color: filled(look.color.or(draft.color)),
        category: look.category.or(draft.category),
        description: look.description.or(draft.description),
    }
}

fn saved(tag: &Tag, done: &str, out: &Out) {
    if out.json {
        return out.json(tag);
    }
    out.hint(&format!("{done} {}.", tag.name));
}

fn counted(count: u64, done: &str, out: &Out) {
    if out.json {
        let mut result = serde_json::Map::new();
        result.insert(done.to_owned(), count.into());
        return out.json(&result);
    }
    out.hint(&format!("{count} {done}."));
}

fn list(rows: &[TagRow], out: &Out) -> Result<(), AppError> {
    if out.json {
        out.json(&flat_all(rows, "tag")?);
        return Ok(());
    }
    let rows: Vec<_> = rows
        .iter()
        .map(|row| {
            let uses: Vec<_> = row.uses.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
            vec![
                row.tag.name.clone(),
                row.tag.category.clone().unwrap_or_else(|| "-".to_owned()),
                row.tag.color.clone().unwrap_or_else(|| "-".to_owned()),
                if uses.is_empty() { "-".to_owned() } else { uses.join(", ") },
            ]
        })
        .collect();
    out.table(&["TAG", "CATEGORY", "COLOR", "ON"], &rows);
    Ok(())
}
