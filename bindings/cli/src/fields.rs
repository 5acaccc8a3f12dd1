//! What is shown of a manifest and of events, as text and as JSON.

use serde_json::{Map, Value, json};
use vlec::event::{Content, Reason};
use vlec::{Manifest, SignedEvent, Urgency};

use crate::output;
use crate::times::short;

pub(crate) fn urgency(urgency: Urgency) -> &'static str {
    match urgency {
        Urgency::Routine => "routine",
        Urgency::Priority => "priority",
        Urgency::Urgent => "urgent",
        Urgency::Emergency => "emergency",
    }
}

pub(crate) fn reason(reason: Reason) -> &'static str {
    match reason {
        Reason::Unspecified => "unspecified",
        Reason::KeyCompromise => "key-compromise",
        Reason::KeyLoss => "key-loss",
        Reason::Superseded => "superseded",
        Reason::Ceased => "ceased",
    }
}

/// Name and value of every label that is there.
fn labels(manifest: &Manifest) -> Vec<(&'static str, String)> {
    let of = &manifest.labels;
    let all = [
        ("file-name", of.file_name.clone()),
        ("case", of.case.clone()),
        ("operation", of.operation.clone()),
        ("handling", of.handling.clone()),
        ("in-reply-to", of.in_reply_to.map(|id| id.to_string())),
        ("urgency", of.urgency.map(|level| urgency(level).to_owned())),
        ("deadline", of.deadline.map(|time| time.to_string())),
        ("replaces", of.replaces.map(|id| id.to_string())),
    ];
    all.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

pub(crate) fn manifest_json(manifest: &Manifest) -> Value {
    let labels: Map<String, Value> =
        labels(manifest).into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
    let recipients = manifest.recipients.iter().map(
        |to| json!({ "agency": to.agency.to_string(), "epoch": to.epoch.0, "key": to.key_id.to_string() }),
    );
    let heads = manifest.heads.iter().map(|head| json!({ "log": head.origin, "size": head.size }));
    json!({
        "id": manifest.id.to_string(),
        "sender": manifest.sender.to_string(),
        "sender-key": manifest.sender_key.to_string(),
        "recipients": recipients.collect::<Vec<_>>(),
        "created": manifest.created.to_string(),
        "sequence": manifest.sequence,
        "content-type": manifest.content_type,
        "content-bytes": manifest.content_len,
        "labels": labels,
        "heads": heads.collect::<Vec<_>>(),
        "critical-extensions": manifest.critical.iter().map(|extension| extension.id).collect::<Vec<_>>(),
        "extensions": manifest.extensions.iter().map(|extension| extension.id).collect::<Vec<_>>(),
    })
}

pub(crate) fn manifest_text(manifest: &Manifest) -> String {
    let mut lines = vec![
        ("id", manifest.id.to_string()),
        ("from", manifest.sender.to_string()),
        ("key", manifest.sender_key.fingerprint()),
    ];
    lines.extend(manifest.recipients.iter().map(|to| ("to", format!("{}, epoch {}", to.agency, to.epoch))));
    lines.push(("sealed", format!("{}, by the sender's word", short(manifest.created))));
    lines.push(("content", format!("{}, {}", manifest.content_type, output::bytes(manifest.content_len))));
    lines.extend(labels(manifest).into_iter().map(|(name, value)| (name, vlec::shown(&value))));
    lines.into_iter().map(|(name, value)| format!("  {name:<12} {value}\n")).collect()
}

/// What an event says, in a line.
pub(crate) fn event_text(event: &SignedEvent) -> String {
    let body = event.event();
    let rest = match body.content() {
        Content::Genesis(_) => body.anchor().map(|anchor| anchor.fingerprint()).unwrap_or_default(),
        Content::Enrol(enrol) => enrol.identity().id().fingerprint(),
        Content::Epoch(key) => format!("{}, from {}", key.number(), short(key.window().not_before())),
        Content::Rotation(next) | Content::Recovery(next) => next.id().fingerprint(),
        Content::Revoke(revoke) => format!("{}, {}", revoke.key_id().fingerprint(), reason(revoke.reason())),
        _ => String::new(),
    };
    format!("{} {} {rest}", body.subject(), kind(event)).trim_end().to_owned()
}

pub(crate) fn event_json(event: &SignedEvent) -> Value {
    let body = event.event();
    let mut fields = json!({
        "subject": body.subject().to_string(), "kind": kind(event), "serial": body.serial(),
    });
    let more = match body.content() {
        Content::Enrol(enrol) => Some(("key", enrol.identity().id().to_string())),
        Content::Epoch(key) => Some(("key", key.id().to_string())),
        Content::Rotation(next) | Content::Recovery(next) => Some(("key", next.id().to_string())),
        Content::Revoke(revoke) => Some(("key", revoke.key_id().to_string())),
        _ => None,
    };
    if let (Value::Object(map), Some((name, value))) = (&mut fields, more) {
        map.insert(name.into(), value.into());
    }
    fields
}

/// A new identity is the agency's own step, or the roots'.
pub(crate) fn kind(event: &SignedEvent) -> &'static str {
    match event.event().content() {
        Content::Rotation(_) => "rotation",
        Content::Recovery(_) => "recovery",
        _ => event.event().kind().as_str(),
    }
}
