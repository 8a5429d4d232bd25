import { refuse } from '../domain/codes.ts';
import type { BaselineView } from './baseline.ts';
import type { Layout } from './columns.ts';
import { type CsvTable, cellsAt } from './csv.ts';
import type { Inputs } from './inputs.ts';
import { planSeats } from './plan-seats.ts';
import { planTeams } from './plan-teams.ts';
import type { ImportPlan, ImportSettings } from './plan-types.ts';
import { ratesOf } from './rates.ts';
import { memoryScratch, type OpenScratch } from './scratch.ts';

export type { ImportPlan, ImportSettings, Outcome } from './plan-types.ts';

/** The name of a file's source where the user gives none: the shape, and for organograms the organisation. Files of one source update each other. */
export const defaultSource = (table: CsvTable, layout: Layout): string => {
  if (layout.format === 'memberships') return 'teams';
  const at = layout.at.organisation;
  if (layout.format !== 'uk-organogram' || at === undefined) return layout.format;
  const names = new Set(cellsAt(table, at));
  if (names.size !== 1) return layout.format;
  const slug = ([...names][0] as string)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
  return slug === '' ? layout.format : `${layout.format}:${slug.slice(0, 80)}`;
};

/**
 * What a file, with the files beside it, would do to the baseline: pure, and the same for the same files, settings and view. Any finding that
 * stops refuses the whole, unless refused rows are to be left out.
 */
export const planImport = (
  table: CsvTable,
  layout: Layout,
  settings: ImportSettings,
  view: BaselineView,
  beside: Inputs['beside'] = {},
  scratch: OpenScratch = memoryScratch,
): ImportPlan => {
  const root = view.root;
  if (root === undefined)
    throw refuse('TREE_ROOT', 'the tenant has no root unit', { wayOut: 'Make the tenant with `orgonaut tenant create` first.' });
  const reading = { currency: settings.currency, rates: new Set(ratesOf(view).keys()), dateOrder: settings.dateOrder, scratch };
  const given = { table, layout, beside, settings, view, root, reading, scratch };
  return layout.format === 'teams' || layout.format === 'memberships' ? planTeams(given) : planSeats(given);
};
