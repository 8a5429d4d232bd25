import { refuse, Refusal } from '../../domain/codes.ts';
import type { EventData } from '../../domain/events.ts';
import type { ImportPlan } from '../../import/plan.ts';
import { countByCode, rejectedCsv } from '../../import/report.ts';
import { RevisionConflict } from '../../store/port.ts';
import { withSignal } from '../append.ts';
import { type Caller, type Deps, need } from '../context.ts';
import { canonical, sha256 } from '../idempotency.ts';
import { settingsNow, todayOf } from '../tenant/settings.ts';
import { compareNow } from './compare.ts';
import { type Job, readingOf, readJob } from './read.ts';
import { besideReport, type ImportReport, importReport } from './report.ts';
import type { ImportProgress, ImportRequest } from './request.ts';
import { apply, stage } from './stage.ts';

export { chunksOf, type FileBytes } from '../../import/chunks.ts';
export type { OpenScratch, Scratch } from '../../import/scratch.ts';
export type { ImportReport } from './report.ts';
export type { ImportProgress, ImportReading, ImportRequest } from './request.ts';

/** How often the difference is computed again because the baseline moved meanwhile. */
const TRIES = 10;
/** How long an import waits until its rows can be read, and how much longer for each change. It stands from the moment it is in the log. */
const PROJECTION_WAIT_MS = 15 * 60_000;
const CHANGE_WAIT_MS = 2;

const appliedData = (
  job: Job,
  plan: ImportPlan,
  import_id: string,
  batches: EventData['BaselineImportApplied']['batches'],
): EventData['BaselineImportApplied'] => ({
  import_id,
  batches,
  file_name: job.files
    .map((f) => f.name)
    .join(', ')
    .slice(0, 500),
  file_sha256: job.file_sha256,
  source: job.source,
  mapping: job.inputs.main.layout.mapping,
  counts: {
    rows: plan.rows,
    files: job.files,
    accepted: plan.accepted,
    rejected: plan.rejected,
    ...plan.outcome,
    skip_rejected: job.request.skip_rejected ?? false,
    repairs: job.repairs,
    repaired_rows: plan.repaired.length,
    findings: countByCode(plan.findings),
    effective_on: job.on,
    assumed: plan.assumed,
  },
  report_digest: sha256(canonical({ findings: plan.findings, repaired: plan.repaired })),
  complete: job.request.complete ?? false,
});

/** Waits until the rows of an import can be read. The import stands already, so an impatient wait is repeated. */
const waitFor = async (deps: Deps, caller: Caller, position: number, changes: number): Promise<void> => {
  const until = Date.now() + PROJECTION_WAIT_MS + CHANGE_WAIT_MS * changes;
  for (;;)
    try {
      return await deps.reached(caller.tenant, position, caller.signal);
    } catch (error) {
      if (!(error instanceof Refusal) || error.code !== 'UNAVAILABLE' || caller.signal?.aborted || Date.now() > until) throw error;
    }
};

/**
 * Reads a file into the baseline as one atomic step, or says all that is wrong with it and writes nothing. The difference to the baseline is
 * computed at one revision of it, staged, and made real by one event at exactly that revision; when the baseline has moved, it is computed again.
 * The same file again, or a run that was interrupted, ends in the same baseline. Throws FORBIDDEN without `imports.write`, and a Refusal for
 * a file that is no table of a known shape; faults of rows come in the report.
 */
export const importFile = async (deps: Deps, caller: Caller, request: ImportRequest): Promise<ImportReport> => {
  need(caller, 'imports.write');
  const progress = (step: ImportProgress['step'], done: number, of: number) => request.onProgress?.({ step, done, of });
  const { settings } = await settingsNow(deps, caller.tenant, caller.signal);
  const job = readJob(request, settings, todayOf(deps, settings));
  const { main, beside } = job.inputs;
  const { layout, table } = main;
  const all = [main, ...Object.values(beside)].reduce((n, i) => n + i.table.rows.length, 0);
  request.onRead?.(readingOf(job));
  progress('read', all, all);
  for (let attempt = 1; ; attempt++) {
    const { head, plan, import_id } = await compareNow(deps, caller, job);
    progress('compare', plan.rows, plan.rows);
    const position_before = (await deps.store.heads(withSignal(caller.signal))).get(caller.tenant) ?? head.position;
    const report = (status: ImportReport['status'], event_position: number) =>
      importReport(plan, {
        import_id,
        status,
        sha256: job.file_sha256,
        position_before,
        event_position,
        file_name: main.name,
        format: layout.format,
        source: job.source,
        encoding: main.encoding,
        delimiter: table.delimiter,
        mapping: layout.mapping,
        unknown_columns: layout.unknown,
        effective_on: job.on,
        dry_run: request.dry_run ?? false,
        complete: request.complete ?? false,
        rejected_csv: rejectedCsv(table, plan.findings),
        beside: besideReport(job, plan),
      });
    if (!plan.passes) return report('refused', position_before);
    if (request.dry_run) return report('checked', position_before);
    if (plan.changes.length === 0) return report('unchanged', position_before);
    const batches = await stage(deps, caller, import_id, plan.changes, (done, of) => progress('stage', done, of));
    try {
      const position = await apply(deps, caller, head.revision, appliedData(job, plan, import_id, batches));
      progress('apply', 1, 1);
      // The log holds them now; the projection beside us has better use for the memory.
      const changes = plan.changes.length;
      plan.changes.close();
      await waitFor(deps, caller, position, changes);
      progress('project', 1, 1);
      return report('applied', position);
    } catch (error) {
      if (!(error instanceof RevisionConflict)) throw error;
      if (attempt >= TRIES)
        throw refuse('UNAVAILABLE', 'the baseline kept changing while the file was compared with it', {
          wayOut: 'Run the import again when other imports have ended.',
        });
    }
  }
};
