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

const choices = { roots: ['virtual'], orphans: ['park'], self: ['root'], duplicates: ['first', 'last'] } as const satisfies Record<
  keyof Repairs,
  readonly string[]
>;

/** Reads repairs given by name. Refuses with INPUT_INVALID what is no repair, naming those there are. */
export const parseRepairs = (given: Readonly<Record<string, string>>): Repairs => {
  for (const [name, value] of Object.entries(given))
    if (!Object.hasOwn(choices, name) || !(choices[name as keyof Repairs] as readonly string[]).includes(value))
      throw refuse('INPUT_INVALID', `"${name}=${value}" is no repair`, {
        wayOut: `Use one of ${Object.entries(choices)
          .map(([n, v]) => `${n}=${v.join('|')}`)
          .join(', ')}.`,
      });
  return { ...given } as Repairs;
};
