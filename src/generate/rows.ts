import { addDays } from '../domain/dates.ts';
import { chicagoPay, ftes, grades, senior, tenureDays } from './figures.ts';
import { type HolderKind, holderKinds, holds, type Organisation, standingOf } from './organisation.ts';
import { countries, familyNames, families, givenNames, rateText } from './places.ts';
import { quantile } from './random.ts';
import type { Unit } from './units.ts';

/** The columns of a generated file, a subset of the canonical CSV in its order. */
export const columns = [
  'position_id',
  'title',
  'manager_position_id',
  'org_unit',
  'org_unit_id',
  'unit_kind',
  'cost_centre',
  'unit_head',
  'job_family',
  'grade',
  'location',
  'country',
  'status',
  'fte',
  'employment_type',
  'pay',
  'pay_basis',
  'currency',
  'fx_rate',
  'holder_id',
  'holder_kind',
  'holder_name',
  'holder_email',
  'holder_pay',
  'holder_pay_basis',
  'start_date',
] as const;
export type Column = (typeof columns)[number];
export type Row = Record<Column, string>;

const padded = (letter: string, n: number): string => `${letter}${String(n + 1).padStart(7, '0')}`;
export const positionName = (i: number): string => padded('P', i);
export const holderName = (n: number): string => padded('A', n);
export const unitName = (u: number): string => padded('U', u - 1);

const statuses = { filled: 'open', vacant: 'open', frozen: 'frozen', planned: 'planned', planned_hire: 'open', closed: 'closed' } as const;
const unitKinds = ['', 'division', 'department'] as const;

/** How far from the top a position stands, 0 to 9,999: its place in the order of layers, some way up or down; managers stand higher. */
const seniority = (o: Organisation, i: number): number => {
  if (i >= o.poolFrom) return 3_388 + o.dice.below(6_612, 'seniority', i);
  const place = Math.floor((i * 10_000) / o.poolFrom);
  const manages = (o.reports[i] as number) > 0 && i < o.first;
  const moved = place + o.dice.below(2_401, 'seniority', i) - 1_200 + (manages ? -250 : 75);
  return moved < 0 ? Math.min(9_999, -moved) : moved > 9_999 ? 19_998 - moved : moved;
};

const gradeAt = (place: number) => {
  let left = place;
  return grades.find((g) => (left -= g.share) < 0) ?? grades[6];
};

/** An amount of hundredths as text with the decimals of its currency. */
const amount = (hundredths: number, decimals: number): string => {
  const whole = Math.floor(hundredths / 100);
  return decimals === 0 || hundredths % 100 === 0 ? String(whole) : `${whole}.${String(hundredths % 100).padStart(2, '0')}`;
};

/** Pay in hundredths of the country's currency, a year. Robots and agents cost what running them costs. */
const annualPay = (o: Organisation, i: number, place: number, grade: { low: number; high: number } | null, kind: HolderKind): number => {
  const { country, pay, decimals } = countries[o.country[i] as number] as (typeof countries)[number];
  const factor = country === 'US' ? 127 : pay;
  const inPounds = (pounds: number) => Math.floor((pounds * factor) / 100) * 100;
  if (kind === 'robot') return inPounds(9_000);
  if (kind === 'ai_agent') return inPounds(2_400);
  if (i === 0) return inPounds(senior.chief);
  const scale = grade ?? senior;
  const whole =
    country === 'US' && grade
      ? quantile(chicagoPay, Math.floor((9_999 - place) / 10)) * 100
      : inPounds(scale.low + o.dice.below(scale.high - scale.low + 1, 'pay', i));
  // As in Chicago, one amount in 159 has cents.
  return decimals > 0 && o.dice.below(159, 'cents', i) === 0 ? whole + 1 + o.dice.below(99, 'centsOf', i) : whole;
};

/** A contractor's day: two fifths above an employee's pay, over 220 days. */
const perDay = (annual: number, decimals: number): number => {
  const day = Math.floor((annual * 14) / 2_200);
  return decimals === 0 ? day - (day % 100) : day;
};

const fteText = (o: Organisation, i: number): string => {
  let left = o.dice.below(10_000, 'fte', i);
  const band = ftes.find((f) => (left -= f.share) < 0) ?? ftes[0];
  const hundredths = band.from + o.dice.below(band.to - band.from + 1, 'fteWithin', i);
  return hundredths === 100 ? '1' : `0.${String(hundredths).padStart(2, '0').replace(/0$/, '')}`;
};

const startText = (o: Organisation, holder: number, future: boolean): string => {
  const known = o.startedOn.get(holder);
  if (known) return known;
  const { on } = o.settings;
  return future
    ? addDays(on, 31 + o.dice.below(150, 'tenure', holder))
    : addDays(on, -quantile(tenureDays, o.dice.below(1_000, 'tenure', holder)));
};

const ratesTo = (own: string): readonly string[] => countries.map((c) => rateText(c.currency, own));
const rates = new Map<string, readonly string[]>();
const rateOf = (own: string, country: number): string => {
  const known = rates.get(own) ?? ratesTo(own);
  rates.set(own, known);
  return known[country] as string;
};

const titleOf = (o: Organisation, i: number, unit: Unit, gradeTitle: string, kind: HolderKind): string => {
  const [work, noun] = families[unit.family] as (typeof families)[number];
  if (i === 0) return 'Chief Executive';
  if (kind === 'robot') return `${work} Robot`;
  if (kind === 'ai_agent') return `${work} Agent`;
  if (unit.head === i) return `Head of ${work}`;
  return (o.reports[i] as number) > 0 && i < o.first ? `${noun} Manager` : `${gradeTitle} ${noun}`;
};

/** The row of one position, as the organisation stands now. */
export const rowOf = (o: Organisation, i: number): Row => {
  const standing = standingOf(o, i);
  const kind = holderKinds[o.kind[i] as number] as HolderKind;
  const unitNumber = o.unit[i] as number;
  const unit = o.units[unitNumber] as Unit;
  const home = o.units[o.home[i] as number] as Unit;
  const place = seniority(o, i);
  const grade = (o.layer[i] as number) <= 2 ? null : gradeAt(place);
  const machine = kind === 'robot' || kind === 'ai_agent';
  const contractor = kind === 'contractor';
  const country = o.country[i] as number;
  const { decimals, ...where } = countries[country] as (typeof countries)[number];
  const annual = annualPay(o, i, place, grade, kind);
  const pay = contractor ? perDay(annual, decimals) : annual;
  const holder = o.holder[i] as number;
  const held = holder >= 0 && holds(standing);
  const actual = Math.floor((annual * (9_500 + o.dice.below(1_001, 'actualPay', Math.max(holder, 0)))) / 1_000_000) * 100;
  const person = held && !machine && o.settings.names;
  const first = givenNames[o.dice.below(givenNames.length, 'name', holder)] as string;
  const last = familyNames[o.dice.below(familyNames.length, 'surname', holder)] as string;
  return {
    position_id: positionName(i),
    title: titleOf(o, i, home, grade?.title ?? senior.title, kind),
    manager_position_id: i === 0 ? '' : positionName(o.parent[i] as number),
    org_unit: unit.path,
    org_unit_id: unitNumber === 0 ? '' : unitName(unitNumber),
    unit_kind: unitNumber === 0 ? '' : (unitKinds[unit.level] ?? 'team'),
    cost_centre: unitNumber === 0 ? '' : `CC${String(unitNumber).padStart(5, '0')}`,
    unit_head: unit.head === i ? 'yes' : '',
    job_family: families[home.family]?.[0] ?? '',
    grade: machine ? '' : (grade?.grade ?? senior.grade),
    location: where.cities[i % where.cities.length] as string,
    country: where.country,
    status: statuses[standing],
    fte: machine ? '1' : fteText(o, i),
    employment_type: contractor ? 'contractor' : 'permanent',
    pay: amount(pay, decimals),
    pay_basis: contractor ? 'daily' : 'annual',
    currency: where.currency,
    fx_rate: rateOf(o.settings.currency, country),
    holder_id: held ? holderName(holder) : '',
    holder_kind: held ? (contractor ? 'human' : kind) : '',
    holder_name: person ? `${first} ${last}` : '',
    holder_email: person ? `${first}.${last}.${holder + 1}@generated.example`.toLowerCase() : '',
    holder_pay: held && !machine ? amount(contractor ? perDay(actual, decimals) : actual, decimals) : '',
    holder_pay_basis: held && !machine ? (contractor ? 'daily' : 'annual') : '',
    start_date: held ? startText(o, holder, standing === 'planned_hire') : '',
  };
};
