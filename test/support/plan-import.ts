import { type Change, kindOf, readChange } from '../../src/domain/changes.ts';
import type { Kind, Values } from '../../src/domain/entities.ts';
import { type Entry, fold } from '../../src/domain/timeline.ts';
import { type BaselineRow, BaselineView } from '../../src/import/baseline.ts';
import { earliestOf } from '../../src/import/histories.ts';
import { readInputs } from '../../src/import/inputs.ts';
import { type Layout, recognise } from '../../src/import/columns.ts';
import { type CsvTable, parseCsv } from '../../src/import/csv.ts';
import { defaultSource, type ImportPlan, type ImportSettings, planImport } from '../../src/import/plan.ts';

export const root = '00000000-0000-4000-8000-000000000001';
/** Today unless a test says otherwise. */
const day = '2026-06-01';

/** A baseline in memory: changes are recorded one import after the other and folded as everywhere. */
export class MemoryBaseline {
  readonly #entries = new Map<string, { kind: Kind; entries: Entry[] }>();
  readonly #personal = new Map<string, Values>();
  #position = 0;

  constructor() {
    this.record([
      {
        type: 'OrgUnitCreated',
        v: 1,
        id: root,
        effective_from: '1900-01-01',
        set: { name: 'Whole', kind: 'company', parent_id: null, status: 'active' },
      },
    ]);
  }

  record(changes: readonly Change[]): void {
    this.#position += 1;
    changes.forEach((c, index) => {
      const thing = this.#entries.get(c.id) ?? { kind: kindOf(c), entries: [] };
      thing.entries.push({
        scenario: false,
        position: this.#position,
        index,
        effective_from: c.effective_from,
        set: c.set,
        replace_later: c.replace_later ?? false,
      });
      this.#entries.set(c.id, thing);
      if (c.personal) this.#personal.set(c.id, { ...this.#personal.get(c.id), ...(c.personal as Values) });
    });
  }

  view(on: string, from = on): BaselineView {
    const rows: BaselineRow[] = [];
    for (const [id, { kind, entries }] of this.#entries) for (const v of fold(entries)) rows.push({ kind, id, ...v });
    return new BaselineView(on, rows, this.#personal, from);
  }

  /** Things of a kind on a date, by source id. */
  bySource(kind: Kind, on: string): Map<string, Values> {
    const found = new Map<string, Values>();
    const view = this.view(on);
    for (const thing of view.things()) {
      const values = thing.kind === kind ? view.at(thing.id, on) : undefined;
      if (values) found.set(String(values['source_id'] ?? thing.id), { ...values, id: thing.id });
    }
    return found;
  }
}

/** A plan with its changes as a list. */
export type ListedPlan = Omit<ImportPlan, 'changes'> & { changes: Change[] };
/** Whatever an import plans is read again from the log by its schema: what cannot be read fails every test that plans it. */
const listed = (plan: ImportPlan): ListedPlan => {
  const changes = [...plan.changes];
  for (const c of changes) readChange(JSON.parse(JSON.stringify(c)));
  return { ...plan, changes };
};

/** What a test says of an import; `on` is today. */
type More = Partial<ImportSettings> & { on?: string };

const settingsOf = (table: CsvTable, layout: Layout, { on = day, ...settings }: More): ImportSettings => ({
  tenant: 1,
  source: defaultSource(table, layout),
  currency: 'EUR',
  today: on,
  horizonYears: 10,
  complete: false,
  skipRejected: false,
  repairs: {},
  ...settings,
});

/** Plans a text against a baseline as an import would, without recording it. */
export const planText = (text: string, baseline: MemoryBaseline, more: More = {}): ListedPlan => {
  const table = parseCsv(text);
  const layout = recognise(table.header);
  return listed(planImport(table, layout, settingsOf(table, layout, more), baseline.view(more.on ?? day)));
};

/** Plans several files against a baseline, as an import of all of them would, and records what passes. */
export const importTexts = (files: Record<string, string | Uint8Array>, baseline: MemoryBaseline, more: More = {}): ListedPlan => {
  const { on = day } = more;
  const given = Object.entries(files).map(([name, text]) => ({ name, bytes: typeof text === 'string' ? Buffer.from(text) : text }));
  const { main, beside } = readInputs(given);
  const from = earliestOf({ main, beside }, more.dateOrder) ?? on;
  const plan = listed(
    planImport(main.table, main.layout, settingsOf(main.table, main.layout, more), baseline.view(on, from < on ? from : on), beside),
  );
  if (plan.passes) baseline.record(plan.changes);
  return plan;
};

/** Plans and records; the plan must pass. */
export const importText = (text: string, baseline: MemoryBaseline, more: More = {}): ListedPlan => {
  const plan = planText(text, baseline, more);
  if (!plan.passes) throw new Error(JSON.stringify(plan.findings.filter((f) => f.severity === 'stop')));
  baseline.record(plan.changes);
  return plan;
};
