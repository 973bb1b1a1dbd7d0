//! Names of what is referred to, by id.

use crate::app::App;
use crate::error::Result;
use courier_domain::tag::TaggableEntityType;
use courier_store::Session;
use serde_json::Value;
use std::collections::HashMap;
use uuid::Uuid;

/// Every kind in one map, because ids are unique over all of them.
#[derive(Debug, Default)]
pub(crate) struct NamesById(HashMap<String, String>);

impl NamesById {
    pub(in crate::bundle) fn add(&mut self, id: impl ToString, name: &str) {
        self.0.insert(id.to_string(), name.to_owned());
    }

    /// The name, or the id itself of what is not there any more.
    pub(in crate::bundle) fn of(&self, id: impl ToString) -> String {
        let id = id.to_string();
        self.0.get(&id).cloned().unwrap_or(id)
    }

    /// Puts names where ids stand.
    pub(crate) fn put(&self, value: &mut Value) {
        match value {
            Value::String(id) => {
                if let Some(name) = self.0.get(id) {
                    *id = name.clone();
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.put(item)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => {}
        }
    }
}

impl App {
    pub(crate) async fn names_by_id(&self) -> Result<NamesById> {
        let mut session = self.read().await?;
        let mut names = NamesById::default();
        session.connections().await?.iter().for_each(|c| names.add(c.id, &c.name));
        session.pgp_keys().await?.iter().for_each(|k| names.add(k.id, &k.name));
        session.ssh_keys().await?.iter().for_each(|k| names.add(k.id, &k.name));
        session.jobs().await?.iter().for_each(|j| names.add(j.id, &j.name));
        session.chains().await?.iter().for_each(|c| names.add(c.id, &c.name));
        session.monitors().await?.iter().for_each(|m| names.add(m.id, &m.name));
        session.calendars().await?.iter().for_each(|c| names.add(c.id, &c.name));
        session.tags().await?.iter().for_each(|t| names.add(t.tag.id, &t.tag.name));
        Ok(names)
    }
}

/// The names of the tags on each of these things, in their order; things without tags are left out.
pub(in crate::bundle) async fn tag_names(
    session: &mut Session,
    kind: TaggableEntityType,
    ids: impl Iterator<Item = impl Into<Uuid>>,
) -> Result<HashMap<Uuid, Vec<String>>> {
    let ids: Vec<Uuid> = ids.map(Into::into).collect();
    let tags = session.tags_of(kind, &ids).await?;
    Ok(tags.into_iter().map(|(id, tags)| (id, tags.into_iter().map(|t| t.name).collect())).collect())
}
