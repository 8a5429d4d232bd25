import { refuse } from '../domain/codes.ts';

/** Faults of a file that the user asks to be mended on the way in. Each is recorded in the report and in the event. */
export interface Repairs {
  /** virtual: one position without holder above all rows that report to nobody. */
  roots?: 'virtual';
  /** park: rows whose manager is not known stand in a unit "Unplaced" and report to nobody. */
  orphans?: 'park';
  /** root: rows that report to themselves report to nobody. */
  self?: 'root';
  /** Of several rows with one id the first, or the last, counts. */
  duplicates?: 'first' | 'last';
}

const choices = { roots: ['virtual'], orphans: ['park'], self: ['root'], duplicates: ['first', 'last'] } as const satisfies Record<keyof Repairs, readonly string[]>;

/** Reads `--repair name=value` options. Refuses with INPUT_INVALID what is no repair, naming those there are. */
export const parseRepairs = (given: readonly string[]): Repairs => {
  const repairs: Record<string, string> = {};
  for (const text of given) {
    const [name = '', value = ''] = text.split('=');
    if (!(name in choices) || !(choices[name as keyof Repairs] as readonly string[]).includes(value))
      throw refuse('INPUT_INVALID', `"${text}" is no repair`, {
        wayOut: `Use one of ${Object.entries(choices).map(([n, v]) => `${n}=${v.join('|')}`).join(', ')}.`,
      });
    if (repairs[name] !== undefined && repairs[name] !== value) throw refuse('INPUT_INVALID', `the repair ${name} is given twice, as ${repairs[name]} and as ${value}`, { wayOut: 'Give it once.' });
    repairs[name] = value;
  }
  return repairs as Repairs;
};
