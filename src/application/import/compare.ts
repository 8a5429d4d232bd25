import { refuse } from '../../domain/codes.ts';
import { streams } from '../../domain/events.ts';
import type { Column } from '../../import/columns.ts';
import { planImport } from '../../import/plan.ts';
import { withSignal } from '../append.ts';
import type { Caller, Deps } from '../context.ts';
import { canonical, derivedId } from '../idempotency.ts';
import { loadBaseline } from './load.ts';
import type { Job } from './read.ts';

/** Changes when the same file and baseline would be staged in other bytes. */
const STAGING = 3;

const personalColumns: readonly Column[] = [
  'holder_name',
  'holder_first_name',
  'holder_last_name',
  'holder_email',
  'holder_birth_date',
  'holder_gender',
];

/** Compares the files of a job with the baseline as it stands now: the plan, the head it rests on, and the id of the import it would be. */
export const compareNow = async (deps: Deps, caller: Caller, job: Job) => {
  const { tenant } = caller;
  const { request, settings, inputs } = job;
  const head = await deps.store.head(tenant, streams.baseline(tenant), withSignal(caller.signal));
  if (!head) throw refuse('NOT_FOUND', 'this tenant has no baseline', { wayOut: 'Create the tenant with `orgonaut tenant create`.' });
  await deps.reached(tenant, head.position, caller.signal);
  const layouts = [inputs.main, ...Object.values(inputs.beside)].map((i) => i.layout);
  const personal = layouts.some(({ at }) => personalColumns.some((c) => at[c] !== undefined));
  const view = await loadBaseline(deps.sql, tenant, head.position, { on: job.on, from: job.from }, personal, request.scratch);
  const complete = request.complete ?? false;
  const skipRejected = request.skip_rejected ?? false;
  const plan = planImport(
    inputs.main.table,
    inputs.main.layout,
    {
      tenant,
      source: job.source,
      currency: settings.currency,
      today: job.today,
      horizonYears: settings.horizon_years,
      complete,
      skipRejected,
      repairs: job.repairs,
      dateOrder: request.date_order,
    },
    view,
    inputs.beside,
    request.scratch,
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
    job.from,
    canonical({ complete, skipRejected, ...job.repairs, date_order: request.date_order ?? null }),
    canonical(layouts.map((l) => l.mapping)),
    settings.currency,
  );
  return { head, plan, import_id };
};
