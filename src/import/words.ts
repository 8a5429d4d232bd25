import { payBases } from '../domain/entities.ts';

/** The words that sources write for our choices. Compared lower-cased, blanks and hyphens as underscores. */
const words = <T extends string>(list: readonly T[]): Record<string, T> => Object.fromEntries(list.map((w) => [w, w])) as Record<string, T>;

export const statusWords = {
  planned: 'planned',
  open: 'open',
  frozen: 'frozen',
  closed: 'closed',
  filled: 'open',
  vacant: 'open',
  active: 'open',
  eliminated: 'closed',
} as const;
export const employmentWords = {
  ...words(['permanent', 'contractor']),
  employee: 'permanent',
  regular: 'permanent',
  full_time: 'permanent',
  part_time: 'permanent',
  contract: 'contractor',
  contingent: 'contractor',
  contingent_worker: 'contractor',
  freelancer: 'contractor',
} as const;
export const reportingWords = words(['explicit', 'unit_head', 'none']);
export const unitKindWords = words(['division', 'department', 'team', 'system']);
export const holderKindWords = { ...words(['human', 'robot', 'ai_agent']), person: 'human', agent: 'ai_agent', ai: 'ai_agent' } as const;
export const basisWords = {
  ...words(payBases),
  annually: 'annual',
  yearly: 'annual',
  year: 'annual',
  salary: 'annual',
  salaried: 'annual',
  day: 'daily',
  hour: 'hourly',
} as const;
export const roleWords = words(['lead', 'member']);
export const fullTimeWords = { f: 'full', full: 'full', full_time: 'full', p: 'part', part: 'part', part_time: 'part' } as const;
