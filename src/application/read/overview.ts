import { z } from 'zod';
import { fiscalYear } from '../../domain/dates.ts';
import { ratios } from '../../domain/ratios.ts';
import { lastImports } from '../../projections/queries/imports.ts';
import { branchFigures, branchShape } from '../../projections/queries/totals.ts';
import { operation } from '../operation.ts';
import { basisInput, basisOutput, printBasis, resolveBasis } from './basis.ts';
import { figuresOutput, printFigures, seesCosts } from './shape.ts';

export const overview = operation({
  name: 'org.overview',
  title: 'Overview of the organisation',
  summary: 'Headcount, seats, FTE, vacancies, layers, spans of control and cost of the baseline or a scenario on a date.',
  input: z.object(basisInput),
  output: z.object({
    ...figuresOutput,
    layers: z
      .array(z.object({ layer: z.int(), positions: z.int() }))
      .describe('Seats by layer of solid reporting lines; layer 1 reports to nobody.'),
    unreached_positions: z
      .int()
      .optional()
      .describe('Seats that no line from a root reaches: a loop in the data. Absent when there are none.'),
    managers: z.int().describe('Seats with at least one direct report.'),
    spans: z.array(z.object({ reports: z.string(), managers: z.int() })).describe('How many managers have so many direct reports.'),
    mean_span: z.string().optional().describe('(seats - roots) / managers, two decimals. Absent without managers.'),
    data_quality: z
      .array(
        z.object({
          source: z.string(),
          file_name: z.string(),
          event_position: z.int().describe('The import; audit.events tells who ran it and when.'),
          rows: z.int().optional(),
          rejected: z.int().optional().describe('Rows that were left out.'),
          findings: z.array(z.object({ code: z.string(), severity: z.string(), count: z.int() })),
        }),
      )
      .optional()
      .describe('What the last import of each source found in its file. Absent when nothing was imported.'),
    basis: basisOutput,
  }),
  abilities: ['org-metrics.read'],
  readOnly: true,
  run: async (deps, caller, input) => {
    const basis = await resolveBasis(deps, caller, input);
    const [figures, lines] = await Promise.all([branchFigures(deps.sql, basis), branchShape(deps.sql, basis)]);
    const mean = ratios({ ...figures, roots: lines.roots, managers: lines.managers }).mean_span;
    const findings = await lastImports(deps.sql, basis);
    return {
      ...printFigures(basis, figures, fiscalYear(basis.effective_on, basis.settings.fiscal_year_start), seesCosts(caller)),
      layers: lines.layers,
      ...(lines.unreached > 0 ? { unreached_positions: lines.unreached } : {}),
      managers: lines.managers,
      spans: lines.spans,
      ...(mean ? { mean_span: mean.toFixed(2) } : {}),
      ...(findings.length > 0 ? { data_quality: findings } : {}),
      basis: printBasis(basis),
    };
  },
});
