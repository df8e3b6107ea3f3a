//! Exports, on a thread of their own.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::run::{Engine, Event};
use super::threads::{Task, spawn};
use super::words::exporting;
use super::{ExportError, ExportRequest, export_job, export_run};
use crate::domain::{Activity, ExportPlan, ExportSummary, NoticeLevel};
use crate::export::Report;
use crate::pipeline::Control;

/// What an export would write, as the engine's thread sees the question.
#[derive(Default)]
pub(super) struct Planning {
    /// An answer to an earlier question is dropped: it may come later.
    generation: u64,
    /// Ends the looking for the answer.
    stop: Arc<AtomicBool>,
    /// The question.
    request: ExportRequest,
}

impl Planning {
    /// Nobody waits for an answer any more.
    pub(super) fn forget(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        // Of its own: the flag of one that was stopped stays set until that one has returned.
        *self = Self { generation: self.generation + 1, ..Self::default() };
    }
}

impl Engine<'_> {
    /// Says what an export would write, without writing anything.
    pub(super) fn plan_export(&mut self, request: ExportRequest) {
        self.planning.forget();
        self.planning.request = request.clone();
        let snapshot = self.state.snapshot(Activity::Idle, 0);
        self.state.export_plan = None;
        let (generation, stop, events) =
            (self.planning.generation, Arc::clone(&self.planning.stop), self.events.clone());
        spawn("planning", &self.events, Task::ExportPlan(generation), move || {
            let stopped = || stop.load(Ordering::Relaxed);
            let plan = export_job::plan_until(&snapshot, &request, &stopped);
            let plan = plan.map(|plan| export_job::summary(&plan, &stopped));
            drop(events.send(Event::ExportPlanned(generation, plan.map_err(|error| error.to_string()))));
        });
    }

    /// The answer, unless something else was asked since.
    pub(super) fn export_planned(&mut self, generation: u64, outcome: Result<ExportSummary, String>) {
        if generation == self.planning.generation {
            let request = self.planning.request.clone();
            self.state.export_plan = Some(Arc::new(ExportPlan { request, outcome }));
        }
    }

    pub(super) fn export(&mut self, request: ExportRequest) {
        if self.exporting.is_some() {
            return self.say(NoticeLevel::Error, exporting::WRITING_ALREADY);
        }
        let snapshot = self.state.snapshot(Activity::Idle, 0);
        let control = Arc::new(Control::default());
        self.exporting = Some((0, 0, Arc::clone(&control)));
        let events = self.events.clone();
        self.writing = spawn("export", &self.events, Task::Export, move || {
            let planned = export_job::plan_until(&snapshot, &request, &|| control.is_cancelled());
            let result = planned.and_then(|plan| {
                if control.is_cancelled() {
                    return Ok(Report { cancelled: true, ..Report::default() });
                }
                let mut last = Instant::now();
                export_run(&plan, request.mode, &mut |done, total| {
                    if last.elapsed() > Duration::from_millis(100) {
                        last = Instant::now();
                        drop(events.send(Event::Exporting(done, total)));
                    }
                    !control.is_cancelled()
                })
            });
            drop(events.send(Event::Exported(result, request.to)));
        });
    }

    pub(super) fn exported(&mut self, result: Result<Report, ExportError>, to: &Path) {
        let report = match result {
            Ok(report) => report,
            Err(error) => return self.say(NoticeLevel::Error, error.to_string()),
        };
        let text = exporting::written(report.written, report.unchanged, report.cancelled, to);
        self.say(NoticeLevel::Info, text);
        if let Some(problem) = report.failed.first() {
            let text = exporting::not_written(report.failed.len(), &problem.message);
            self.say(NoticeLevel::Error, text);
        }
    }
}
