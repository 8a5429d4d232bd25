import { z } from 'zod';
import { uuid } from '../../domain/changes.ts';
import { type Decimal, fteText, moneyText } from '../../domain/decimal.ts';
import { fiscalYear } from '../../domain/dates.ts';
import { kinds, references, type Values } from '../../domain/entities.ts';
import type { Basis } from '../../projections/basis.ts';
import { type Difference, differences } from '../../projections/queries/differences.ts';
import { namesOf } from '../../projections/queries/names.ts';
import { changesOfThings, type RecordedChange } from '../../projections/queries/recorded.ts';
import { branchFigures } from '../../projections/queries/totals.ts';
import type { Figures } from '../../projections/queries/figures.ts';
import type { Caller, Deps } from '../context.ts';
import { operation } from '../operation.ts';
import { basisInput, basisOutput, printBasis, resolveBasis } from './basis.ts';
import { tellChanges } from './change-words.ts';
import { printValues } from './entity.ts';
import { printFigures, seesCosts, seesPersons, idField } from './shape.ts';
import { findScenario } from './visibility.ts';

const counts = ['headcount', 'contractors', 'robots', 'ai_agents', 'seats', 'planned', 'frozen', 'vacant_positions', 'units'] as const;
const ftes = ['fte', 'establishment_fte', 'fte_in_post'] as const;
const moneys = ['planned_annualised', 'planned_in_year', 'actual_annualised', 'actual_in_year'] as const;

const value = z.union([z.string(), z.boolean()]);
const changed = z.object({
  kind: z.enum(kinds),
  id: idField,
  name: z.string().optional(),
  change: z.enum(['created', 'changed']),
  effective_from: z
    .string()
    .describe('Since when it differs from the baseline: before effective_on too, or after it where it does not differ yet.'),
  fields: z
    .record(z.string(), z.object({ before: value.optional(), after: value.optional() }))
    .describe('By field, on effective_on or on the later date from which it differs; an absent side is unknown or not set.'),
  changes: z.array(z.string()).describe('What the scenario did to it, one sentence each, in the order recorded.'),
});

/** Sentences told of one thing; its fields say the rest. */
const SENTENCES = 5;

/** Changes that say nothing to whoever may not read costs. */
const ofPay = new Set<string>(['PositionPaySet', 'CompensationSet', 'CompensationEnded', 'AssumptionSet']);

/** Sentences of the changes that a scenario holds, by the thing they are about. */
const sentencesOf = async (deps: Deps, basis: Basis, list: readonly Difference[], costs: boolean): Promise<Map<string, string[]>> => {
  const at = { tenant: basis.tenant, branch: basis.branch, position: basis.position };
  const recorded: RecordedChange[] = [];
  for (const [kind, things] of Map.groupBy(list, (d) => d.kind)) {
    const ids = things.map((d) => d.id);
    recorded.push(...(await changesOfThings(deps.sql, { ...at, kind, ids }, SENTENCES)));
  }
  recorded.sort((a, b) => a.position - b.position || a.index - b.index);
  const told = await tellChanges(deps, basis, recorded);
  const by = new Map<string, string[]>();
  for (const [nth, { id, type }] of recorded.entries())
    if (costs || !ofPay.has(type)) by.set(id, [...(by.get(id) ?? []), told[nth] as string]);
  return by;
};

const difference = z
  .record(z.string(), z.union([z.int(), z.string()]))
  .describe(
    'Figures by name less those of the first branch: counts, FTE, and with costs.read planned_ and actual_ annualised and in_year with their currency.',
  );

const branch = z.object({
  scenario_id: idField.optional().describe('Absent for the baseline.'),
  name: z.string(),
  figures: z.looseObject({}).describe('By the names and meanings of org.overview: headcount, seats, fte, cost and so on.'),
  difference: difference.optional().describe('Absent on the first branch.'),
  changed: z.array(changed).describe('What the scenario holds otherwise than the baseline at its pin.'),
  more_changed: z.int().optional().describe('Further things it touches.'),
  basis: basisOutput,
});

const printDifference = (basis: Basis, first: Figures, these: Figures, costs: boolean): z.input<typeof difference> => {
  const less = (name: (typeof counts | typeof ftes | typeof moneys)[number]): Decimal => these[name].minus(first[name]);
  const all = (names: readonly (typeof counts | typeof ftes | typeof moneys)[number][], print: (d: Decimal) => string | number) =>
    Object.fromEntries(names.map((name) => [name, print(less(name))]));
  return {
    ...all(counts, (d) => d.toNumber()),
    ...all(ftes, fteText),
    ...(costs ? { ...all(moneys, (d) => moneyText(d, basis.settings.currency)), currency: basis.settings.currency } : {}),
  } as z.input<typeof difference>;
};

const printChanged = async (deps: Deps, caller: Caller, basis: Basis, list: readonly Difference[]): Promise<z.input<typeof changed>[]> => {
  const costs = seesCosts(caller);
  const sentences = await sentencesOf(deps, basis, list, costs);
  const names = new Map<string, string>();
  const called = (values: Values): string | undefined => (values.actor_id ? names.get(String(values.actor_id)) : undefined);
  for (const kind of ['org_unit', 'position', 'actor'] as const) {
    const ids = list.flatMap((d) => [
      ...(d.kind === kind ? [d.id] : []),
      ...references(d.kind)
        .flatMap(([field, target]) => (target === kind ? [d.before[field], d.after[field]] : []))
        .filter((v) => typeof v === 'string'),
    ]);
    for (const [id, name] of await namesOf(deps.sql, basis, kind, ids, seesPersons(caller))) names.set(id, name);
  }
  return list
    .filter((d) => costs || (d.kind !== 'compensation' && d.kind !== 'assumption'))
    .flatMap((d) => {
      const [before, after] = [printValues(d.kind, d.before, costs), printValues(d.kind, d.after, costs)];
      const shown = Object.keys(d.fields).flatMap((f) => {
        const pair = { ...(before[f] === undefined ? {} : { before: before[f] }), ...(after[f] === undefined ? {} : { after: after[f] }) };
        return Object.keys(pair).length > 0 ? [[f, pair] as const] : [];
      });
      // Without costs.read a change of pay alone tells nothing that may be told.
      if (shown.length === 0) return [];
      const name = names.get(d.id) ?? called(d.after) ?? called(d.before);
      return [
        {
          kind: d.kind,
          id: d.id,
          ...(name === undefined ? {} : { name }),
          change: d.created ? ('created' as const) : ('changed' as const),
          effective_from: d.effective_from,
          fields: Object.fromEntries(shown),
          changes: sentences.get(d.id) ?? [],
        },
      ];
    });
};

export const compare = operation({
  name: 'scenario.compare',
  title: 'Compare scenarios',
  summary:
    'Figures of two or more branches (scenarios and the baseline) on one date, their differences from the first, and what each scenario changes.',
  input: z.object({
    scenario_ids: z
      .array(uuid.nullable())
      .min(1)
      .max(10)
      .describe(
        'The branches, null for the baseline; the first is what the others are compared with. One scenario alone is compared with the baseline.',
      ),
    as_of: basisInput.as_of,
    effective_on: basisInput.effective_on,
    limit: z.int().min(1).max(200).default(50).describe('Most changed things shown per scenario.'),
  }),
  output: z.object({ branches: z.array(branch) }),
  abilities: ['scenarios.read', 'org-metrics.read'],
  readOnly: true,
  run: async (deps, caller, input) => {
    const asked = [...new Set(input.scenario_ids)];
    const ids = asked.length === 1 ? [null, ...asked.filter((id) => id !== null)] : asked;
    // One position for all branches, so that they are compared at one moment.
    const asOf = input.as_of ?? (await deps.projected(caller.tenant));
    const branches: z.input<typeof branch>[] = [];
    let first: Figures | undefined;
    for (const id of ids) {
      caller.progress?.(branches.length, ids.length, 'counting a branch');
      const basis = await resolveBasis(deps, caller, { scenario_id: id, as_of: asOf, effective_on: input.effective_on });
      const name = id === null ? 'Baseline' : (await findScenario(deps, caller, id)).name;
      const figures = await branchFigures(deps.sql, basis);
      const found = await differences(deps.sql, basis, input.limit);
      const costs = seesCosts(caller);
      branches.push({
        ...(id === null ? {} : { scenario_id: id }),
        name,
        figures: printFigures(basis, figures, fiscalYear(basis.effective_on, basis.settings.fiscal_year_start), costs),
        ...(first ? { difference: printDifference(basis, first, figures, costs) } : {}),
        changed: await printChanged(deps, caller, basis, found.changed),
        ...(found.more > 0 ? { more_changed: found.more } : {}),
        basis: printBasis(basis),
      });
      first ??= figures;
    }
    return { branches };
  },
});
