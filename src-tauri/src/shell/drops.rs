//! Files that are carried over the window and dropped on it, told to its page.
//!
//! What else is carried over it, such as a link, is nobody's here.

use crate::ipc::FilesDragged;
use std::path::{Path, PathBuf};
use tauri::{DragDropEvent, LogicalPosition, PhysicalPosition, Window};
use tauri_specta::Event;

pub(crate) fn tell(window: &Window, event: &DragDropEvent) {
    let scale = if cfg!(windows) { window.scale_factor().unwrap_or(1.0) } else { 1.0 };
    let Some(told) = told(event, scale) else { return };
    if let Err(error) = told.emit(window) {
        tracing::debug!(%error, "the window did not hear of files that are carried over it");
    }
}

/// `scale`: how many of the event's pixels are one of the page's. Only Windows tells of the screen's own.
fn told(event: &DragDropEvent, scale: f64) -> Option<FilesDragged> {
    let place = |position: &PhysicalPosition<f64>| {
        let LogicalPosition { x, y } = position.to_logical::<i32>(scale);
        (x, y)
    };
    match event {
        DragDropEvent::Enter { paths, position } => {
            let (x, y) = place(position);
            Some(FilesDragged::Entered { paths: files(paths)?, x, y })
        }
        DragDropEvent::Over { position } => {
            let (x, y) = place(position);
            Some(FilesDragged::Over { x, y })
        }
        DragDropEvent::Drop { paths, position } => {
            let (x, y) = place(position);
            Some(FilesDragged::Dropped { paths: files(paths)?, x, y })
        }
        DragDropEvent::Leave => Some(FilesDragged::Left),
        _ => None,
    }
}

/// Those on this computer, if there are any.
fn files(paths: &[PathBuf]) -> Option<Vec<String>> {
    let files: Vec<_> =
        paths.iter().filter(|path| path.is_absolute()).filter_map(|path| Path::to_str(path)).collect();
    (!files.is_empty()).then(|| files.into_iter().map(str::to_owned).collect())
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    fn entered(paths: &[&str]) -> DragDropEvent {
        let paths = paths.iter().map(PathBuf::from).collect();
        DragDropEvent::Enter { paths, position: PhysicalPosition::new(300.0, 150.0) }
    }

    #[test]
    fn files_are_told_where_the_page_has_them() {
        let told = told(&entered(&["/in/a.csv", "https://example.org/"]), 1.5);
        assert_eq!(told, Some(FilesDragged::Entered { paths: vec!["/in/a.csv".into()], x: 200, y: 100 }));
    }

    #[test]
    fn what_is_no_file_is_not_told() {
        assert_eq!(told(&entered(&["https://example.org/"]), 1.0), None);
        assert_eq!(told(&DragDropEvent::Leave, 1.0), Some(FilesDragged::Left));
    }
}
