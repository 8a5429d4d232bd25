import type { CellReader } from './cells.ts';
import { missing } from './values.ts';

const separator = ' > ';

/** The path of a row's unit below the root: the unit's own path, under its parent unit where the file has a column for it. */
export const unitPath = (cell: CellReader): string[] => {
  const own = (cell.text('org_unit', 1000) ?? '').split(separator);
  const above = missing(cell.raw('parent_unit')) ? [] : (cell.text('parent_unit', 1000) ?? '').split(separator);
  return [...above, ...own].map((name) => name.trim()).filter((name) => name !== '');
};

/** The name of a holder: as one, or first and last. */
export const holderName = (cell: CellReader): string | null => {
  const whole = cell.text('holder_name');
  if (whole !== null) return whole;
  const parts = [cell.text('holder_first_name'), cell.text('holder_last_name')].filter((p) => p !== null);
  return parts.length > 0 ? parts.join(' ') : null;
};
