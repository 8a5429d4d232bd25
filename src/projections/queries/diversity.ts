import type { Cell } from '../../domain/suppression.ts';
import type { Basis } from '../basis.ts';
import type { Sql } from '../sql.ts';
import { counting } from './counting.ts';
import { Query } from './query.ts';

/** Ages in whole years on the date, as they are grouped: the first age of each group. */
const bands: [first: number, label: string][] = [
  [65, '65+'],
  [55, '55-64'],
  [45, '45-54'],
  [35, '35-44'],
  [25, '25-34'],
  [0, 'under 25'],
];

/**
 * The headcount by gender and by age on the date, every cell as it is: callers suppress small ones and check actors.personal.read.
 * What a person's data do not say is counted as "unknown".
 */
export const diversity = (sql: Sql, basis: Basis): Promise<{ gender: Cell[]; age: Cell[] }> =>
  counting(sql, async (tx) => {
    const q = new Query(basis);
    const on = q.value(basis.effective_on, 'text');
    // Birth dates are text that may be anything; only what looks like a date is read, and never as one.
    const age = `substr(${on}, 1, 4)::int - substr(p.birth_date, 1, 4)::int - (substr(${on}, 6, 5) < substr(p.birth_date, 6, 5))::int`;
    const rows = await q.run<{ gender: string | null; age: string | null; people: number }>(
      tx,
      `
      with person as (select coalesce(nullif(lower(trim(p.gender)), ''), 'unknown') as gender,
          case when p.birth_date ~ '^\\d{4}-\\d{2}-\\d{2}$' then case ${bands.map(([first, label]) => `when ${age} >= ${first} then '${label}'`).join(' ')} else 'unknown' end else 'unknown' end as age
        from ${q.effective('actor', { columns: ['id', 'kind', 'status'] })} a
        left join ${q.effective('actor_personal', { columns: ['id', 'gender', 'birth_date'] })} p on p.id = a.id
        where a.status = 'active' and a.kind = 'human' and exists (select 1
          from ${q.effective('placement', { columns: ['actor_id', 'status'] })} l where l.status = 'active' and l.actor_id = a.id))
      select gender, age, count(*)::int as people from person group by grouping sets ((gender), (age))`,
    );
    return {
      gender: rows.flatMap((r) => (r.gender === null ? [] : [{ group: r.gender, people: r.people }])),
      age: rows.flatMap((r) => (r.age === null ? [] : [{ group: r.age, people: r.people }])),
    };
  });
