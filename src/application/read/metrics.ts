import { z } from 'zod';
import { uuid } from '../../domain/changes.ts';
import { refuse } from '../../domain/codes.ts';
import { type Decimal, fteText } from '../../domain/decimal.ts';
import { type MetricName, metrics as registry } from '../../domain/metrics.ts';
import { ratios } from '../../domain/ratios.ts';
import { suppressed } from '../../domain/suppression.ts';
import { diversity } from '../../projections/queries/diversity.ts';
import { branchFigures, branchShape } from '../../projections/queries/totals.ts';
import { operation } from '../operation.ts';
import { basisInput, basisOutput, printBasis, resolveBasis } from './basis.ts';
import { nextCursor, pageInput, readCursor } from './cursor.ts';
import { metricsByUnit, unitMetricsOutput } from './metrics-by-unit.ts';
import { seesPersons } from './shape.ts';

const metric = z.object({
  name: z.string().describe('capability.explain tells more about it.'),
  value: z.union([z.int(), z.string()]).describe('A count, or a decimal as text; ratios have four decimals.'),
  unit: z.string(),
  formula: z.string(),
});

const cells = z.object({
  cells: z.array(z.object({ group: z.string(), people: z.int() })),
  left_out: z
    .int()
    .optional()
    .describe('Groups that are not shown because they, or what could be worked out from them, are under 5 people.'),
});

const ratioText = (value: Decimal): string => value.toDecimalPlaces(4).toFixed(4);

export const metrics = operation({
  name: 'org.metrics',
  title: 'Metrics with their formulas',
  summary:
    'Every count and ratio of the organisation with its formula: people, seats, FTE, vacancy, spans, layers, managers, diversity; by unit on demand.',
  input: z.object({
    ...basisInput,
    by_unit: z.boolean().default(false).describe('Also the counts of each unit, most people first; limit and cursor page through them.'),
    subtree: z.boolean().default(false).describe('With by_unit: each unit with every unit below it; a person counts once in each.'),
    org_unit_id: uuid.optional().describe('With by_unit: only this unit and those below it.'),
    ...pageInput,
  }),
  output: z.object({
    metrics: z.array(metric).describe('Of the whole organisation. A ratio with nothing below the line is absent.'),
    spans: z.array(z.object({ reports: z.string(), managers: z.int() })).describe('Distribution of span_of_control.'),
    layers: z.array(z.object({ layer: z.int(), positions: z.int() })).describe('Seats by layer.'),
    unreached_positions: z.int().optional().describe('Seats in a loop of lines; they stand in no layer.'),
    diversity: z.object({ gender: cells, age: cells }).optional().describe('Needs actors.personal.read.'),
    units: z.array(unitMetricsOutput).optional(),
    unit_count: z.int().optional(),
    next_cursor: z.string().optional().describe('There are more units; give it as cursor.'),
    basis: basisOutput,
  }),
  abilities: ['org-metrics.read'],
  alsoAsksFor: ({ by_unit }) => (by_unit === true ? ['org-units.read'] : []),
  readOnly: true,
  run: async (deps, caller, input) => {
    if (!input.by_unit && (input.subtree || input.org_unit_id !== undefined))
      throw refuse('INPUT_INVALID', 'org_unit_id and subtree belong to by_unit: true', { wayOut: 'Set by_unit, or leave them out.' });
    const page = readCursor('org.metrics', input);
    const basis = await resolveBasis(deps, caller, page.basis);
    const { sql } = deps;
    const [f, lines] = await Promise.all([branchFigures(sql, basis), branchShape(sql, basis)]);
    const ratio = ratios({
      seats: f.seats,
      roots: lines.roots,
      managers: lines.managers,
      establishment_fte: f.establishment_fte,
      fte_in_post: f.fte_in_post,
    });
    const values: [MetricName, number | string | undefined][] = [
      ...(['headcount', 'contractors', 'robots', 'ai_agents', 'seats', 'planned', 'frozen', 'vacant_positions', 'units'] as const).map(
        (name): [MetricName, number] => [name, f[name].toNumber()],
      ),
      ...(['fte', 'establishment_fte', 'fte_in_post'] as const).map((name): [MetricName, string] => [name, fteText(f[name])]),
      ['vacancy_fte', ratio.vacancy_fte && fteText(ratio.vacancy_fte)],
      ['vacancy_rate', ratio.vacancy_rate && ratioText(ratio.vacancy_rate)],
      ['layers', lines.layers.at(-1)?.layer ?? 0],
      ['roots', lines.roots],
      ['managers', lines.managers],
      ['mean_span', ratio.mean_span && ratioText(ratio.mean_span)],
      ['manager_share', ratio.manager_share && ratioText(ratio.manager_share)],
      ['manager_to_ic', ratio.manager_to_ic && ratioText(ratio.manager_to_ic)],
    ];
    const print = (all: { group: string; people: number }[]): z.input<typeof cells> => {
      const { shown, left_out } = suppressed(all);
      return { cells: shown.sort((a, b) => (a.group < b.group ? -1 : 1)), ...(left_out > 0 ? { left_out } : {}) };
    };
    const people = seesPersons(caller) ? await diversity(sql, basis) : undefined;
    const byUnit = input.by_unit ? await metricsByUnit(sql, basis, input) : [];
    const at = Number(page.after ?? 0);
    const shown = byUnit.slice(at, at + input.limit);
    return {
      metrics: values.flatMap(([name, value]) =>
        value === undefined ? [] : [{ name, value, unit: registry[name].unit, formula: registry[name].formula }],
      ),
      spans: lines.spans,
      layers: lines.layers,
      ...(lines.unreached > 0 ? { unreached_positions: lines.unreached } : {}),
      ...(people ? { diversity: { gender: print(people.gender), age: print(people.age) } } : {}),
      ...(input.by_unit ? { units: shown, unit_count: byUnit.length } : {}),
      ...(at + shown.length < byUnit.length ? { next_cursor: nextCursor('org.metrics', basis, input, String(at + shown.length)) } : {}),
      basis: printBasis(basis),
    };
  },
});
