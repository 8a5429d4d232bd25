import { z } from 'zod';
import { uuid } from '../../domain/changes.ts';
import { refuse } from '../../domain/codes.ts';
import { fiscalYear } from '../../domain/dates.ts';
import { type Decimal, moneyText } from '../../domain/decimal.ts';
import { addCosts, type CostGroup, costGroupings, costGroups, type CostSums } from '../../projections/queries/cost-groups.ts';
import { branchFigures } from '../../projections/queries/totals.ts';
import { type TreeUnit, unitTree, upward } from '../../projections/queries/unit-tree.ts';
import { operation } from '../operation.ts';
import { basisInput, basisOutput, printBasis, resolveBasis } from './basis.ts';
import { budgetOf } from './budget.ts';
import { nextCursor, pageInput, readCursor } from './cursor.ts';
import { costOutput, figuresOutput, moneyField, printCost } from './shape.ts';

const budgetOutput = {
  budget: moneyField.optional().describe('The budget for the fiscal year, where one is set for the tenant or this unit (with subtree).'),
  variance: moneyField.optional().describe('budget - planned in_year; positive is under. Absent without a budget.'),
};

const group = z.object({
  key: z.string().describe('Id of the unit, the grade, ISO country, employment type or kind of actor; "" where it is not known.'),
  name: z.string().optional().describe('Of the unit.'),
  planned: costOutput.optional(),
  actual: costOutput,
  ...budgetOutput,
});

/** Adds each unit's own cost to every unit above it. */
const rollUp = (groups: ReadonlyMap<string, CostGroup>, tree: ReadonlyMap<string, TreeUnit>): Map<string, CostGroup> => {
  const sums = new Map<string, CostGroup>();
  for (const own of groups.values())
    for (const key of own.key === '' ? [''] : upward(tree, own.key)) {
      const sum = sums.get(key);
      sums.set(key, sum ? { key, planned: addCosts(sum.planned, own.planned), actual: addCosts(sum.actual, own.actual) } : { ...own, key });
    }
  return sums;
};

export const costSummary = operation({
  name: 'cost.summary',
  title: 'Cost by unit, grade, country or kind',
  summary:
    'Planned and actual cost of the baseline or a scenario by unit (own or with what lies below), grade, country, employment type or kind of actor.',
  input: z.object({
    ...basisInput,
    by: z.enum(costGroupings).default('unit').describe('What to group by. actor_kind groups actual cost alone: a seat has no actor.'),
    subtree: z
      .boolean()
      .default(false)
      .describe('By unit: each unit with every unit below it. Groups then overlap; the root is the total.'),
    org_unit_id: uuid.optional().describe('By unit: only this unit and those below it.'),
    ...pageInput,
  }),
  output: z.object({
    by: z.enum(costGroupings),
    total: z.object({ planned: costOutput, actual: costOutput, ...budgetOutput }).describe('Of everything; the figures of org.overview.'),
    groups: z.array(group).describe('Largest planned annualised cost first. Without subtree they add up to the total to the last digit.'),
    group_count: z.int(),
    fiscal_year: figuresOutput.fiscal_year,
    next_cursor: z.string().optional().describe('There are more; give it as cursor.'),
    basis: basisOutput,
  }),
  abilities: ['org-metrics.read', 'costs.read'],
  alsoAsksFor: ({ by = 'unit' }) => (by === 'unit' ? ['org-units.read'] : []),
  readOnly: true,
  run: async (deps, caller, input) => {
    const byUnit = input.by === 'unit';
    if (!byUnit && (input.org_unit_id !== undefined || input.subtree))
      throw refuse('INPUT_INVALID', `org_unit_id and subtree belong to by: "unit", not to by: "${input.by}"`, {
        wayOut: 'Leave them out, or group by unit.',
      });
    const page = readCursor('cost.summary', input);
    const basis = await resolveBasis(deps, caller, page.basis);
    const { sql } = deps;
    const { currency, policies } = basis.settings;
    const year = fiscalYear(basis.effective_on, basis.settings.fiscal_year_start);
    const figures = await branchFigures(sql, basis);
    const tree = byUnit ? await unitTree(sql, basis) : new Map<string, TreeUnit>();
    if (input.org_unit_id !== undefined && !tree.has(input.org_unit_id))
      throw refuse('NOT_FOUND', `there is no unit ${input.org_unit_id}`, {
        ids: [input.org_unit_id],
        wayOut: 'Look the unit up with org.search or org.tree.',
      });
    const own = await costGroups(sql, basis, input.by);
    const all = [...(input.subtree ? rollUp(own, tree) : own).values()]
      .filter((g) => input.org_unit_id === undefined || upward(tree, g.key).includes(input.org_unit_id))
      .sort(
        (a, b) =>
          b.planned.annualised.comparedTo(a.planned.annualised) ||
          b.actual.annualised.comparedTo(a.actual.annualised) ||
          (a.key < b.key ? -1 : 1),
      );
    const at = Number(page.after ?? 0);
    const shown = all.slice(at, at + input.limit);
    const side = (s: CostSums) => printCost(s, currency);
    const against = (budget: Decimal | undefined, inYear: Decimal) =>
      budget === undefined ? {} : { budget: moneyText(budget, currency), variance: moneyText(budget.minus(inYear), currency) };
    const sums = (of: 'planned' | 'actual'): CostSums => ({
      annual_base: figures[`${of}_base`],
      annualised: figures[`${of}_annualised`],
      in_year: figures[`${of}_in_year`],
      with_pay: figures[`${of}_with_pay`],
      of: of === 'planned' ? figures.seats : figures.placed_actors,
    });
    return {
      by: input.by,
      total: {
        planned: side(sums('planned')),
        actual: side(sums('actual')),
        ...against(budgetOf(policies), figures.planned_in_year),
      },
      groups: shown.map((g) => {
        const name = tree.get(g.key)?.name;
        return {
          key: g.key,
          ...(name ? { name } : {}),
          ...(input.by === 'actor_kind' ? {} : { planned: side(g.planned) }),
          actual: side(g.actual),
          // A budget of a unit is for everything below it too.
          ...(input.subtree ? against(budgetOf(policies, g.key), g.planned.in_year) : {}),
        };
      }),
      group_count: all.length,
      fiscal_year: { label: year.label, from: year.from, to: year.to },
      ...(at + shown.length < all.length ? { next_cursor: nextCursor('cost.summary', basis, input, String(at + shown.length)) } : {}),
      basis: printBasis(basis),
    };
  },
});
