//! The log of runs: lines are handed over at once and written in batches by one task, so that no step waits for them.
//!
//! A log that cannot be written does not stop a run; the trouble is traced.

use courier_domain::{Clock, JobExecutionId};
use courier_store::{LogLevel, LogLine, Store};
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};

/// Lines in one write.
const BATCH: usize = 500;

enum Message {
    Line(LogLine),
    Flush(oneshot::Sender<()>),
}

/// Takes lines; clones feed the same log.
#[derive(Clone)]
pub(crate) struct RunLog {
    sender: mpsc::UnboundedSender<Message>,
    clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for RunLog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RunLog")
    }
}

impl RunLog {
    /// Starts the writing task; it ends when the last clone is gone.
    pub(crate) fn start(store: Store, clock: Arc<dyn Clock>) -> Self {
        let (sender, receiver) = mpsc::unbounded_channel();
        tokio::spawn(write(store, receiver));
        Self { sender, clock }
    }

    pub(crate) fn line(
        &self,
        execution: JobExecutionId,
        level: LogLevel,
        step_alias: Option<&str>,
        file: Option<&str>,
        message: String,
    ) {
        let line = LogLine {
            id: 0,
            job_execution_id: execution,
            at: self.clock.now(),
            level,
            step_alias: step_alias.map(str::to_owned),
            file: file.map(str::to_owned),
            message,
        };
        // Without a writer the process is ending.
        let _ = self.sender.send(Message::Line(line));
    }

    /// Waits until every line handed over so far is written.
    pub(crate) async fn flush(&self) {
        let (done, written) = oneshot::channel();
        if self.sender.send(Message::Flush(done)).is_ok() {
            let _ = written.await;
        }
    }
}

async fn write(store: Store, mut receiver: mpsc::UnboundedReceiver<Message>) {
    let mut batch = Vec::new();
    while receiver.recv_many(&mut batch, BATCH).await > 0 {
        let (mut lines, mut waiting) = (Vec::new(), Vec::new());
        for message in batch.drain(..) {
            match message {
                Message::Line(line) => lines.push(line),
                Message::Flush(done) => waiting.push(done),
            }
        }
        if let Err(error) = store.append_log(&lines).await {
            tracing::warn!(%error, lines = lines.len(), "lines of the runs' log were not written");
        }
        for done in waiting {
            let _ = done.send(());
        }
    }
}
