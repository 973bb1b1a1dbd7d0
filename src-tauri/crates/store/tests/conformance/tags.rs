//! Tags on all kinds of things, one by one and many at once.

use crate::fixture::{Fixture, ME};
use crate::keys::{connection, pgp_key, ssh_key};
use crate::monitors::{insert_chain, insert_monitor, literal};
use courier_domain::connection::{Connection, Sealed};
use courier_domain::tag::{Tag, TaggableEntityType};
use courier_domain::{ConnectionId, ErrorCode, IdSource, TagId};
use courier_store::{AuditFilter, StoreError};
use serde_json::json;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use uuid::Uuid;

pub(crate) fn tag(f: &Fixture, name: &str) -> Tag {
    let draft = serde_json::from_value(json!({
        "name": name, "color": "#2563EB", "category": "Partner", "description": "what Größe & Co. send",
    }))
    .unwrap();
    Tag::new(TagId(f.ids.new_id()), draft, f.now())
}

pub(crate) async fn insert_tag(f: &Fixture, name: &str) -> Tag {
    let tag = tag(f, name);
    let mut work = f.store.begin(ME).await.unwrap();
    work.insert_tag(&tag).await.unwrap();
    work.commit().await.unwrap();
    tag
}

pub(crate) async fn a_tag_comes_back_as_it_was_saved(f: &Fixture) {
    let saved = insert_tag(f, "Größe").await;
    let mut session = f.store.read().await.unwrap();
    assert_eq!(session.tag(saved.id).await.unwrap(), saved);
    assert_eq!(session.find_tag("grÖße").await.unwrap(), saved);
    let all = session.tags().await.unwrap();
    assert_eq!((all.len(), &all[0].tag, all[0].uses.len()), (1, &saved, 0));
    drop(session);
    let mut work = f.store.begin(ME).await.unwrap();
    let taken = work.insert_tag(&tag(f, "GRÖßE")).await.unwrap_err();
    assert!(matches!(taken, StoreError::NameTaken { kind: "tag", .. }), "{taken}");
    work.rollback().await;

    let mut theirs = saved.clone();
    theirs.edit(serde_json::from_value(json!({ "name": "partner-x" })).unwrap(), f.now());
    let mut work = f.store.begin(ME).await.unwrap();
    let theirs = work.update_tag(&theirs, saved.updated_at).await.unwrap();
    work.commit().await.unwrap();
    assert_eq!(f.store.read().await.unwrap().tag(saved.id).await.unwrap(), theirs);
    let mut work = f.store.begin(ME).await.unwrap();
    let refused = work.update_tag(&saved, saved.updated_at).await.unwrap_err();
    let StoreError::OutOfDate { sides, .. } = &refused else { panic!("{refused}") };
    assert_eq!((&sides.yours["name"], &sides.current["name"]), (&json!("Größe"), &json!("partner-x")));
}

pub(crate) async fn all_six_kinds_carry_tags(f: &Fixture) {
    use TaggableEntityType as T;
    let job = f.insert_job("Invoices").await;
    let chain = insert_chain(f, "nightly").await;
    let monitor = insert_monitor(f, "Inbox", &job).await;
    let (partner, ours, ops) = (connection(f, "Partner"), pgp_key(f, "ours", "AB"), ssh_key(f, "ops", "CD"));
    let mut work = f.store.begin(ME).await.unwrap();
    work.insert_connection(&partner).await.unwrap();
    work.insert_pgp_key(&ours).await.unwrap();
    work.insert_ssh_key(&ops).await.unwrap();
    work.commit().await.unwrap();
    let things = [
        (T::Job, job.id.0),
        (T::JobChain, chain),
        (T::Connection, partner.id.0),
        (T::PgpKey, ours.id.0),
        (T::SshKey, ops.id.0),
        (T::FileMonitor, monitor.id.0),
    ];
    assert_eq!(things.len(), T::ALL.len());
    let (x, y) = (insert_tag(f, "partner-x").await, insert_tag(f, "Production").await);
    let mut work = f.store.begin(ME).await.unwrap();
    for (kind, id) in things {
        assert_eq!(work.tag_entities(x.id, kind, &[id, id]).await.unwrap(), 1);
        assert_eq!(work.tag_entities(x.id, kind, &[id]).await.unwrap(), 0, "it carries it already");
    }
    work.commit().await.unwrap();
    let mut session = f.store.read().await.unwrap();
    for (kind, id) in things {
        assert_eq!(session.tagged(kind, x.id).await.unwrap(), [id].into(), "{kind}");
        assert_eq!(session.tags_of(kind, &[id]).await.unwrap(), [(id, vec![x.clone()])].into(), "{kind}");
        let filter = AuditFilter { entity_ids: vec![id], limit: 1, ..Default::default() };
        let entry = session.audit_entries(&filter).await.unwrap().remove(0);
        assert_eq!((entry.operation.as_str(), entry.entity_type), ("Tagged", kind.audited_as()));
        assert_eq!(entry.details, json!({ "tag": "partner-x" }));
    }
    let counted = session.tags().await.unwrap().remove(0);
    assert_eq!(counted.tag.id, x.id, "by name, without regard to case");
    assert_eq!(counted.uses, things.map(|(kind, _)| (kind, 1)).into());
    let carriers = session.tag_carriers(x.id).await.unwrap();
    assert_eq!(carriers.iter().map(|(kind, id, _)| (*kind, *id)).collect::<Vec<_>>(), things);
    assert_eq!(carriers[0].2, job.name);
    assert!(session.tag_carriers(y.id).await.unwrap().is_empty());
    drop(session);

    // Set means exactly these; what is deleted is hidden with its tags and has them when it comes back.
    let mut work = f.store.begin(ME).await.unwrap();
    work.set_tags_of(T::Connection, partner.id.0, &[y.id]).await.unwrap();
    work.set_tags_of(T::Job, job.id.0, &[y.id, x.id]).await.unwrap();
    let names = |tags: &BTreeMap<Uuid, Vec<Tag>>, id: Uuid| -> Vec<String> {
        tags.get(&id).map(|tags| tags.iter().map(|t| t.name.clone()).collect()).unwrap_or_default()
    };
    assert_eq!(
        names(&work.tags_of(T::Job, &[job.id.0]).await.unwrap(), job.id.0),
        ["partner-x", "Production"]
    );
    work.delete_connection(partner.id).await.unwrap();
    assert!(work.tagged(T::Connection, y.id).await.unwrap().is_empty());
    assert!(!work.tags().await.unwrap()[1].uses.contains_key(&T::Connection));
    let left: Vec<_> = work.tag_carriers(y.id).await.unwrap().into_iter().map(|(kind, ..)| kind).collect();
    assert_eq!(left, [T::Job], "what is deleted is hidden");
    work.restore_connection(partner.id).await.unwrap();
    assert_eq!(work.tagged(T::Connection, y.id).await.unwrap(), [partner.id.0].into());

    // The same for a deleted tag.
    work.delete_tag(y.id).await.unwrap();
    assert!(work.tags_of(T::Connection, &[partner.id.0]).await.unwrap().is_empty());
    assert!(work.tagged(T::Connection, y.id).await.unwrap().is_empty());
    assert_eq!(work.deleted_tags().await.unwrap()[0].name, "Production");
    work.set_tags_of(T::Connection, partner.id.0, &[x.id]).await.unwrap();
    work.restore_tag(y.id).await.unwrap();
    let both = work.tags_of(T::Connection, &[partner.id.0]).await.unwrap();
    assert_eq!(names(&both, partner.id.0), ["partner-x", "Production"]);
    assert_eq!(work.untag_entities(x.id, T::Connection, &[partner.id.0]).await.unwrap(), 1);
    assert_eq!(work.untag_entities(x.id, T::Connection, &[partner.id.0]).await.unwrap(), 0);
    work.commit().await.unwrap();
}

pub(crate) async fn only_what_is_there_is_tagged(f: &Fixture) {
    let (job, gone) = (f.insert_job("Invoices").await, f.insert_job("Gone").await);
    let x = insert_tag(f, "partner-x").await;
    let mut work = f.store.begin(ME).await.unwrap();
    work.delete_job(gone.id).await.unwrap();
    work.commit().await.unwrap();
    for (kind, id) in [
        (TaggableEntityType::Job, gone.id.0),
        (TaggableEntityType::Connection, job.id.0),
        (TaggableEntityType::Job, f.ids.new_id()),
    ] {
        let mut work = f.store.begin(ME).await.unwrap();
        let refused = work.tag_entities(x.id, kind, &[job.id.0, id]).await.unwrap_err();
        assert_eq!(refused.code(), ErrorCode::NotFound, "{refused}");
        work.rollback().await;
    }
    let mut work = f.store.begin(ME).await.unwrap();
    work.delete_tag(x.id).await.unwrap();
    let refused = work.tag_entities(x.id, TaggableEntityType::Job, &[job.id.0]).await.unwrap_err();
    assert_eq!(refused.code(), ErrorCode::NotFound, "{refused}");
    work.rollback().await;
    let mut work = f.store.begin(ME).await.unwrap();
    work.tag_entities(x.id, TaggableEntityType::Job, &[job.id.0]).await.unwrap();
    work.commit().await.unwrap();
    let nobody = literal(f, f.ids.new_id());
    for bad in [
        "UPDATE entity_tags SET entity_type = 'moon'".to_owned(),
        format!("UPDATE entity_tags SET tag_id = {nobody}"),
        "UPDATE tags SET color = 'blue'".to_owned(),
        "UPDATE tags SET name = ''".to_owned(),
        "UPDATE tags SET is_deleted = TRUE".to_owned(),
        "DELETE FROM tags".to_owned(),
    ] {
        assert!(f.raw(&bad).await.is_err(), "{bad}");
    }
}

pub(crate) async fn five_thousand_things_are_tagged_in_one_unit(f: &Fixture) {
    let x = insert_tag(f, "partner-x").await;
    let draft = connection(f, "Partner").to_draft();
    let mut ids = Vec::new();
    let mut work = f.store.begin(ME).await.unwrap();
    for n in 0..5_000 {
        let id = ConnectionId(f.ids.new_id());
        let mut draft = draft.clone();
        draft.name = format!("partner {n}");
        let one = Connection::new(id, draft, Some(Sealed(vec![1])), f.now());
        work.insert_connection(&one.unwrap()).await.unwrap();
        ids.push(id.0);
    }
    work.commit().await.unwrap();
    let begun = Instant::now();
    let mut work = f.store.begin(ME).await.unwrap();
    assert_eq!(work.tag_entities(x.id, TaggableEntityType::Connection, &ids).await.unwrap(), 5_000);
    work.commit().await.unwrap();
    let tagged = begun.elapsed();
    let mut work = f.store.begin(ME).await.unwrap();
    assert_eq!(work.tags_of(TaggableEntityType::Connection, &ids).await.unwrap().len(), 5_000);
    assert_eq!(work.untag_entities(x.id, TaggableEntityType::Connection, &ids[1..]).await.unwrap(), 4_999);
    work.commit().await.unwrap();
    println!("5,000 tagged in {tagged:?}; asked for and untagged after {:?}", begun.elapsed());
    // Row by row it takes many times as long, also where nothing else runs.
    assert!(tagged < Duration::from_secs(10), "{tagged:?}");
    let left = f.store.read().await.unwrap().tagged(TaggableEntityType::Connection, x.id).await.unwrap();
    assert_eq!(left, [ids[0]].into());
}
