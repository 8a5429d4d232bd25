import type { CellReader } from './cells.ts';
import { missing } from './values.ts';

const separator = ' > ';

/**
 * Reads the path of a row's unit below the root: the unit's own path, under its parent unit where the file has a column for it. Rows of one unit
 * share the path.
 */
export const unitPaths = (): ((cell: CellReader) => string[]) => {
  const known = new Map<string, string[]>();
  return (cell) => {
    const own = cell.text('org_unit', 1000) ?? '';
    const above = missing(cell.raw('parent_unit')) ? '' : (cell.text('parent_unit', 1000) ?? '');
    const key = `${above}\n${own}`;
    let path = known.get(key);
    if (!path) {
      path = [...above.split(separator), ...own.split(separator)].map((name) => name.trim()).filter((name) => name !== '');
      known.set(key, path);
    }
    return path;
  };
};

/** The name of a holder: as one, or first and last. */
export const holderName = (cell: CellReader): string | null => {
  const whole = cell.text('holder_name');
  if (whole !== null) return whole;
  const parts = [cell.text('holder_first_name'), cell.text('holder_last_name')].filter((p) => p !== null);
  return parts.length > 0 ? parts.join(' ') : null;
};
