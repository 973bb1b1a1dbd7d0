//! Guides of a job's logic.

use super::StepGuide;
use crate::error::ErrorCode as E;
use crate::step::StepType;
use serde_json::json;

pub(super) fn condition() -> StepGuide {
    StepGuide::of(
        "Does the steps inside only if something holds, else those under Otherwise if there are any.",
    )
    .when("To ask for the number of files, a size, a weekday, or a value that the job was started with.")
    .fact("Numbers compare as numbers, also when they are texts; dates compare by time.")
    .fact("Exists may be asked of a name that is not there.")
    .fact("It touches nothing outside the run, and time limits do not apply to blocks.")
    .fails(
        E::Validation,
        "The regular expression is none.",
        "Correct it; the builder's list of problems says where.",
    )
    .fails(
        E::TemplateFailed,
        "An expression names what is not known here, or does not evaluate.",
        "Choose from the list: type { in the field. What stands in a loop is seen only there.",
    )
    .example(
        "Only if there is more than nothing",
        json!({ "left": "{{ steps.list.file_count }}", "operator": "greater_than", "right": 0 }),
    )
    .example(
        "An expression of one's own",
        json!({ "expression": "steps.list.file_count > 3 and params.full" }),
    )
    .see(&[StepType::FlowElse, StepType::FlowEnd, StepType::FlowFail])
}

pub(super) fn otherwise() -> StepGuide {
    StepGuide::of("Begins what is done when the condition of its If does not hold.")
        .when("Inside an If, once. In the builder it is a part of the block.")
        .fact("It does nothing by itself, so it cannot fail. A job in which it has no If cannot be saved.")
        .example("It has no fields", json!({}))
        .see(&[StepType::FlowIf, StepType::FlowEnd])
}

pub(super) fn for_each() -> StepGuide {
    StepGuide::of("Does the steps inside once for every item of a list, several at once if you like.")
        .when("When every file needs its own treatment: another name, another receiver, another decision.")
        .when("Most steps take many files at once and need no loop; that is faster, too.")
        .fact("Inside, loop.item is the item, loop.index counts from 0, and loop.parent is the loop around.")
        .fact("An item that fails for good fails the loop once what runs beside it is over. With Skip and continue on the loop the next item has its turn, and skipped counts them.")
        .fact("A run that goes on leaves out the items that are done. The list must still be the same; otherwise the run says so instead of guessing.")
        .fails(E::Validation, "It was given something that is no list.", "Choose files or entries of an earlier step.")
        .fails(E::TemplateFailed, "An expression names what is not known here.", "Choose from the list: type { in the field.")
        .fails(E::ContextTooLarge, "What the steps of one item hand on takes more than 64 MiB as JSON.", "Hand on files instead of their content.")
        .example("Every entry of a listing, four at once", json!({ "source": "{{ steps.list.entries }}", "concurrency": 4 }))
        .see(&[StepType::FlowEnd, StepType::FlowIf, StepType::SftpList, StepType::FileList])
}

pub(super) fn end() -> StepGuide {
    StepGuide::of("Ends an If or a For each.")
        .when("Every block has one. In the builder it is a part of the block.")
        .fact("It does nothing by itself, so it cannot fail. A job in which a block has no end cannot be saved.")
        .example("It has no fields", json!({}))
        .see(&[StepType::FlowIf, StepType::FlowForEach])
}

pub(super) fn wait() -> StepGuide {
    StepGuide::of("Waits for some time, or until a moment.")
        .when("To give a partner time between a request and its answer.")
        .when("To start a job at a time of day, use a schedule; to wait for a file, a monitor.")
        .fact("A run that goes on after a crash waits only for what is left. The step's time limit does not cut a wait off, cancelling the run does.")
        .fact("A moment that is past does not wait.")
        .fails(E::Validation, "Neither or both are given, or the moment has no offset.", "Give either seconds, or a time such as 2027-01-31T06:30:00+01:00.")
        .example("Five minutes", json!({ "seconds": 300 }))
        .example("Until a moment that the job was started with", json!({ "until": "{{ params.not_before }}" }))
        .see(&[StepType::FlowIf, StepType::HttpRequest])
}

pub(super) fn fail() -> StepGuide {
    StepGuide::of("Ends the run as failed, with words of your own.")
        .when("Inside an If: when what arrived is not what was agreed, and somebody has to look.")
        .fact("Notification rules tell it like any other failure. It is never tried again: the same would come of it.")
        .fails(E::FailedOnPurpose, "The step was reached.", "Do what its message says; then retry the run.")
        .example("Tell how many are missing", json!({ "message": "Only {{ steps.list.file_count }} files came; there should be 3." }))
        .see(&[StepType::FlowIf])
}

pub(super) fn set() -> StepGuide {
    StepGuide::of("Keeps values under names, so that later steps need not repeat an expression.")
        .when("When a folder's name or a date is needed in many steps.")
        .fact("Later steps call them by the step's own name, such as steps.names.folder. A value that is one expression keeps its type.")
        .fails(E::TemplateFailed, "An expression names what is not known here, or does not evaluate.", "Choose from the list: type { in the field.")
        .fails(E::ContextTooLarge, "What the run hands on takes more than 64 MiB as JSON.", "Keep names of files instead of their content.")
        .example("A folder for today", json!({ "values": { "folder": "/data/{{ now | date('%Y-%m-%d') }}/", "first": "{{ steps.download.file }}" } }))
        .see(&[StepType::FlowIf, StepType::JobRun])
}
