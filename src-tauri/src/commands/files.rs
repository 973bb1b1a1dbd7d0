//! Files that jobs and people have handled: found, their lives, sent again.

use super::connections::ticks;
use super::{Answer, Courier};
use crate::shell::transfers::Transfers;
use courier_app::domain::ReceiptId;
use courier_app::domain::step::Overwrite;
use courier_app::{FoundFile, MovedFile, Passport, ProgressTick};
use tauri::State;
use tauri::ipc::Channel;

#[tauri::command]
#[specta::specta]
pub(crate) async fn files_search(
    courier: Courier<'_>,
    text: String,
    most: Option<u32>,
) -> Answer<Vec<FoundFile>> {
    courier.files_search(&text, most).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn files_passport(courier: Courier<'_>, sha256: String) -> Answer<Passport> {
    courier.files_passport(&sha256).await
}

/// `transfer` is a name under which it can be stopped.
#[tauri::command]
#[specta::specta]
pub(crate) async fn files_send_again(
    courier: Courier<'_>,
    transfers: State<'_, Transfers>,
    receipt: ReceiptId,
    replace: bool,
    transfer: String,
    channel: Channel<ProgressTick>,
) -> Answer<Vec<MovedFile>> {
    let running = transfers.begin(&transfer);
    let overwrite = if replace { Overwrite::Overwrite } else { Overwrite::Fail };
    courier.files_send_again(receipt, overwrite, running.cancel(), ticks(channel)).await
}
