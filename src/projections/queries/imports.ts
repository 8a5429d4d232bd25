import type { Basis } from '../basis.ts';
import type { Sql } from '../sql.ts';

/** What an import found in its file, as the event that made it real says. */
export interface ImportFindings {
  source: string;
  file_name: string;
  event_position: number;
  rows?: number;
  rejected?: number;
  findings: { code: string; severity: string; count: number }[];
}

/** Sources shown at most: the ones imported last. */
const SHOWN = 20;

/** The last import of each source that the basis rests on, newest first. An import recorded before findings were kept shows none. */
export const lastImports = async (sql: Sql, basis: Basis): Promise<ImportFindings[]> => {
  const rows = await sql.query<{
    source: string;
    file_name: string;
    event_position: number;
    rows: number | null;
    rejected: number | null;
    findings: ImportFindings['findings'] | null;
  }>(
    `select source, file_name, position::float8 as event_position, (counts->>'rows')::float8 as rows, (counts->>'rejected')::float8 as rejected, counts->'findings' as findings
    from (select distinct on (source) * from import_applied where tenant = $1::int and position <= $2::bigint order by source, position desc) i
    order by position desc limit $3::int`,
    [basis.tenant, basis.pin, SHOWN],
  );
  return rows.map(({ rows: read, rejected, findings, ...rest }) => ({
    ...rest,
    ...(read === null ? {} : { rows: read }),
    ...(rejected === null ? {} : { rejected }),
    findings: (findings ?? []).map(({ code, severity, count }) => ({ code, severity, count })),
  }));
};
