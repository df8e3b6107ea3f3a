//! Exports, on a thread of their own.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::run::{Engine, Event, spawn};
use super::{ExportError, ExportRequest, export_job, export_plan, export_run};
use crate::domain::{Activity, NoticeLevel, count, thousands};
use crate::export::Report;
use crate::pipeline::Control;

impl Engine<'_> {
    /// Says what an export would write, without writing anything.
    pub(super) fn plan_export(&mut self, request: ExportRequest) {
        let snapshot = self.state.snapshot(Activity::Idle, 0);
        self.state.export_plan = None;
        let events = self.events.clone();
        spawn("export plan", move || {
            let plan = export_plan(&snapshot, &request).map(|plan| export_job::summary(&plan));
            drop(events.send(Event::ExportPlanned(plan.map_err(|error| error.to_string()))));
        });
    }

    pub(super) fn export(&mut self, request: ExportRequest) {
        if self.exporting.is_some() {
            return self.say(NoticeLevel::Error, "Albums are being written already. Wait for them or cancel");
        }
        let snapshot = self.state.snapshot(Activity::Idle, 0);
        let control = Arc::new(Control::default());
        self.exporting = Some((0, 0, Arc::clone(&control)));
        let events = self.events.clone();
        spawn("export", move || {
            let result = export_plan(&snapshot, &request).and_then(|plan| {
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
        let there = if report.unchanged > 0 {
            format!(", {} were there already", thousands(report.unchanged))
        } else {
            String::new()
        };
        let stopped = if report.cancelled { "Stopped: " } else { "" };
        self.say(NoticeLevel::Info, format!("{stopped}{} written{there}: {}", photos(report.written), to.display()));
        if let Some(problem) = report.failed.first() {
            let failed = photos(report.failed.len());
            let text = format!("{failed} could not be written. The first: {}", problem.message);
            self.say(NoticeLevel::Error, text);
        }
    }
}

fn photos(number: usize) -> String {
    count(number, "photo", "photos")
}
