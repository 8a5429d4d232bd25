import { refuse, Refusal } from '../../domain/codes.ts';
import { isDate } from '../../domain/dates.ts';
import { type EventData, streams, type TenantSettings } from '../../domain/events.ts';
import { type Layout, recognise } from '../../import/columns.ts';
import { type CsvTable, parseCsv } from '../../import/csv.ts';
import { decode } from '../../import/encoding.ts';
import { defaultSource, type ImportPlan, planImport } from '../../import/plan.ts';
import { parseRepairs, type Repairs } from '../../import/repairs.ts';
import { rejectedCsv } from '../../import/report.ts';
import { RevisionConflict } from '../../store/port.ts';
import { withSignal } from '../append.ts';
import { type Caller, type Deps, need } from '../context.ts';
import { canonical, derivedId, sha256 } from '../idempotency.ts';
import { settingsNow, todayOf } from '../tenant/settings.ts';
import { loadBaseline } from './load.ts';
import { type ImportReport, importReport } from './report.ts';
import { apply, stage } from './stage.ts';

export type { ImportReport } from './report.ts';

/** What an import reports while it works. */
export interface ImportProgress {
  step: 'read' | 'compare' | 'stage' | 'apply' | 'project';
  done: number;
  of: number;
}

export interface ImportRequest {
  bytes: Uint8Array;
  file_name: string;
  /** What names the source; files of one source update each other. Default: the shape, for organograms with the organisation. */
  source?: string;
  dry_run?: boolean;
  /** The file holds everything of its source: what it does not name closes. */
  complete?: boolean;
  skip_rejected?: boolean;
  repair?: Readonly<Record<string, string>>;
  mapping?: Readonly<Record<string, string>>;
  /** YYYY-MM-DD; today in the tenant's time zone unless given. */
  effective_on?: string;
  onProgress?: (progress: ImportProgress) => void;
}

/** How often the difference is computed again because the baseline moved meanwhile. */
const TRIES = 10;
/** Changes when the same file and baseline would be staged in other bytes. */
const STAGING = 1;
/** How long an import waits until its rows can be read. It stands from the moment it is in the log. */
const PROJECTION_WAIT_MS = 15 * 60_000;

interface Job {
  request: ImportRequest;
  table: CsvTable;
  layout: Layout;
  encoding: string;
  source: string;
  file_sha256: string;
  repairs: Repairs;
  settings: TenantSettings;
  today: string;
  on: string;
}

const readFile = (request: ImportRequest, settings: TenantSettings, today: string): Job => {
  const { text, encoding } = decode(request.bytes);
  const table = parseCsv(text);
  const layout = recognise(table.header, request.mapping);
  const source = request.source?.trim() || defaultSource(table, layout);
  if (source.length > 200)
    throw refuse('INPUT_INVALID', 'the name of a source has at most 200 characters', { wayOut: 'Use a shorter name.' });
  const on = request.effective_on ?? today;
  if (!isDate(on))
    throw refuse('INPUT_INVALID', `effective_on is no date: ${JSON.stringify(on.slice(0, 40))}`, {
      wayOut: 'Give a calendar date as YYYY-MM-DD.',
    });
  return {
    request,
    table,
    layout,
    encoding,
    source,
    file_sha256: sha256(request.bytes),
    repairs: parseRepairs(request.repair ?? {}),
    settings,
    today,
    on,
  };
};

const compareNow = async (deps: Deps, caller: Caller, job: Job) => {
  const { tenant } = caller;
  const head = await deps.store.head(tenant, streams.baseline(tenant), withSignal(caller.signal));
  if (!head) throw refuse('NOT_FOUND', 'this tenant has no baseline', { wayOut: 'Create the tenant with `orgonaut tenant create`.' });
  await deps.reached(tenant, head.position, caller.signal);
  const personal = job.layout.at.holder_name !== undefined || job.layout.at.holder_email !== undefined;
  const view = await loadBaseline(deps.sql, tenant, head.position, job.on, personal);
  const { request, settings } = job;
  const complete = request.complete ?? false;
  const skipRejected = request.skip_rejected ?? false;
  const plan = planImport(
    job.table,
    job.layout,
    {
      tenant,
      source: job.source,
      currency: settings.currency,
      today: job.today,
      horizonYears: settings.horizon_years,
      complete,
      skipRejected,
      repairs: job.repairs,
    },
    view,
  );
  // Everything that decides what is staged: a run that was killed finds its own batches again, another import never does.
  const import_id = derivedId(
    'import',
    STAGING,
    tenant,
    head.revision,
    job.file_sha256,
    job.source,
    job.on,
    canonical({ complete, skipRejected, ...job.repairs }),
    canonical(job.layout.mapping),
    settings.currency,
  );
  return { head, plan, import_id };
};

const appliedData = (
  job: Job,
  plan: ImportPlan,
  import_id: string,
  batches: EventData['BaselineImportApplied']['batches'],
): EventData['BaselineImportApplied'] => ({
  import_id,
  batches,
  file_name: job.request.file_name.slice(0, 500),
  file_sha256: job.file_sha256,
  source: job.source,
  mapping: job.layout.mapping,
  counts: {
    rows: plan.rows,
    accepted: plan.accepted,
    rejected: plan.rejected,
    ...plan.outcome,
    skip_rejected: job.request.skip_rejected ?? false,
    repairs: job.repairs,
    repaired_rows: plan.repaired.length,
    effective_on: job.on,
  },
  report_digest: sha256(canonical({ findings: plan.findings, repaired: plan.repaired })),
  complete: job.request.complete ?? false,
});

/** Waits until the rows of an import can be read. The import stands already, so an impatient wait is repeated. */
const waitFor = async (deps: Deps, caller: Caller, position: number): Promise<void> => {
  const until = Date.now() + PROJECTION_WAIT_MS;
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
  const job = readFile(request, settings, todayOf(deps, settings));
  progress('read', job.table.rows.length, job.table.rows.length);
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
        file_name: request.file_name,
        format: job.layout.format,
        source: job.source,
        encoding: job.encoding,
        delimiter: job.table.delimiter,
        mapping: job.layout.mapping,
        unknown_columns: job.layout.unknown,
        effective_on: job.on,
        dry_run: request.dry_run ?? false,
        complete: request.complete ?? false,
        rejected_csv: rejectedCsv(job.table, plan.findings),
      });
    if (!plan.passes) return report('refused', position_before);
    if (request.dry_run) return report('checked', position_before);
    if (plan.changes.length === 0) return report('unchanged', position_before);
    const batches = await stage(deps, caller, import_id, plan.changes, (done, of) => progress('stage', done, of));
    try {
      const position = await apply(deps, caller, head.revision, appliedData(job, plan, import_id, batches));
      progress('apply', 1, 1);
      // The log holds them now; the projection beside us has better use for the memory.
      plan.changes.length = 0;
      await waitFor(deps, caller, position);
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
