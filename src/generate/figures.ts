import type { Knot } from './random.ts';

/**
 * What the generator knows of real organisations. Measured over published data: the UK organogram returns of 2011 and 2015 (Open Government
 * Licence v3.0), the payroll of the City of Chicago (attribution), Microsoft's AdventureWorks (MIT). Figures only; no row of theirs is here.
 */

/**
 * Direct reports of a manager: how many of 1,000 managers have so many, from the senior posts of the UK government (1,147 managers, mean 4.21;
 * one report 187, below five 646, 10 to 24 50, 25 and more 3; quantiles 5/25/50/75/90/95/99 % at 1, 2, 4, 5, 8, 10, 17).
 */
export const spans: readonly (readonly [reports: number, managers: number])[] = [
  [1, 187],
  [2, 150],
  [3, 145],
  [4, 164],
  [5, 114],
  [6, 62],
  [7, 46],
  [8, 44],
  [9, 35],
  [10, 10],
  [11, 8],
  [12, 7],
  [13, 5],
  [14, 4],
  [15, 4],
  [16, 4],
  [17, 3],
  [18, 1],
  [19, 1],
  [20, 1],
  [22, 1],
  [24, 1],
  [27, 1],
  [31, 1],
  [36, 1],
];

/**
 * How a layer grows out of the one above, in tenths. HMRC begins with 1 and 9, and its last layer is half of the one before. What lies between is
 * chosen for the size of the organisation, and no more than the spans allow.
 */
export const growth = { first: 90, beforeLast: 24, last: 5, most: 40 } as const;

/** FTE of a unit in the UK returns, quantiles 5 to 99 %: a manager whose people are as many heads a unit of their own. */
export const unitSizes: readonly Knot[] = [
  [0, 1],
  [50, 1],
  [250, 6],
  [500, 27],
  [750, 94],
  [900, 317],
  [950, 518],
  [990, 2580],
];

/** Grades of the UK civil service in 2011, from the top: share of FTE in 1 of 10,000, and the pay band in pounds a year. */
export const grades = [
  { grade: 'G6', share: 387, low: 55_318, high: 70_624, title: 'Principal' },
  { grade: 'G7', share: 926, low: 45_434, high: 58_748, title: 'Senior Adviser' },
  { grade: 'SEO', share: 894, low: 32_151, high: 43_104, title: 'Adviser' },
  { grade: 'HEO', share: 1181, low: 25_917, high: 32_652, title: 'Specialist' },
  { grade: 'EO', share: 2150, low: 20_732, high: 25_698, title: 'Officer' },
  { grade: 'AO', share: 3242, low: 16_737, high: 20_783, title: 'Associate' },
  { grade: 'AA', share: 1220, low: 14_725, high: 17_482, title: 'Assistant' },
] as const;

/** Chief and the layer below. The returns withhold most of this pay, so the band is ours. */
export const senior = { grade: 'SCS', low: 75_000, high: 140_000, chief: 190_000, title: 'Director' } as const;

/** Annual salaries of Chicago in dollars (24,951 salaried): quantiles 1, 5, 10, 25, 50, 75, 90, 95, 99 %. */
export const chicagoPay: readonly Knot[] = [
  [10, 40_392],
  [50, 48_078],
  [100, 57_252],
  [250, 76_266],
  [500, 90_024],
  [750, 97_386],
  [900, 110_214],
  [950, 120_384],
  [990, 149_502],
];

/** FTE of senior posts: of 10,000 so many are full-time, 0.8 to 0.99, 0.5 to 0.79, and below. In hundredths. */
export const ftes = [
  { share: 9524, from: 100, to: 100 },
  { share: 191, from: 80, to: 99 },
  { share: 207, from: 50, to: 79 },
  { share: 78, from: 20, to: 49 },
] as const;

/** Of 10,000 named posts in five returns (1,754 posts): 56 were vacant, 50 eliminated. */
export const vacant = 319;
export const eliminated = 285;

/** Days of service of 290 people of AdventureWorks on the last hiring date, quantiles 10 to 99 %. */
export const tenureDays: readonly Knot[] = [
  [0, 30],
  [100, 1178],
  [250, 1275],
  [500, 1578],
  [750, 1616],
  [900, 1637],
  [950, 1926],
  [990, 2027],
];

/** Ours, since no return says it: how many of 10,000 posts without reports are of these kinds. */
export const kinds = { contractor: 600, robot: 40, ai_agent: 80, planned: 60, planned_hire: 60, frozen: 50 } as const;

/**
 * What moves in a month, of 10,000: of posts (moved 140 of 616 in half a year, closed 142 of 743, new 184 of 743) and of holders (left 17 of
 * 590), and of vacant posts filled (10 of 27). Senior posts of the Home Office 2011 and the Ministry of Defence 2015, March to September.
 */
export const monthly = { moved: 379, closed: 319, created: 413, left: 48, filled: 617 } as const;

/**
 * Faults of the six returns that were read (19,380 rows), of 1,000,000 rows: double ids 17, further roots 18, under themselves 1, empty FTE 1,
 * FTE 0.01 48, pay not told 1,660 (in three spellings), ids with leading zeros 634. Unknown managers occur in the series, not in these six:
 * the rate is that of posts under themselves.
 */
export const dirtRates = {
  duplicate_id: 877,
  orphan: 52,
  self_manager: 52,
  further_root: 929,
  fte_empty: 52,
  fte_placeholder: 2_477,
  pay_withheld: 57_104,
  pay_empty: 14_276,
  pay_zero: 14_276,
  leading_zeros: 32_714,
} as const;
