import { holderKinds, holds, type Organisation, type Standing, standingOf, standings } from './organisation.ts';
import { countries } from './places.ts';

/** What an organisation holds, counted over its state. Positions that are closed count in `closed` alone. */
export interface Summary {
  positions: number;
  standings: Record<Standing, number>;
  holders: Record<(typeof holderKinds)[number], number>;
  units: number;
  managers: number;
  largest_span: number;
  layers: number[];
  countries: Record<string, number>;
}

export const summaryOf = (o: Organisation): Summary => {
  const zero = <K extends string>(keys: readonly K[]) => Object.fromEntries(keys.map((k) => [k, 0])) as Record<K, number>;
  const out: Summary = {
    positions: o.size,
    standings: zero(standings),
    holders: zero(holderKinds),
    units: o.units.length,
    managers: 0,
    largest_span: 0,
    layers: [],
    countries: zero(countries.map((c) => c.country)),
  };
  for (let i = 0; i < o.size; i++) {
    const standing = standingOf(o, i);
    out.standings[standing] += 1;
    if (standing === 'closed') continue;
    const kind = holderKinds[o.kind[i] as number] as (typeof holderKinds)[number];
    if (holds(standing)) out.holders[kind] += 1;
    const reports = o.reports[i] as number;
    if (reports > 0) out.managers += 1;
    if (reports > out.largest_span) out.largest_span = reports;
    const layer = (o.layer[i] as number) - 1;
    while (out.layers.length <= layer) out.layers.push(0);
    out.layers[layer] = (out.layers[layer] as number) + 1;
    const { country } = countries[o.country[i] as number] as (typeof countries)[number];
    out.countries[country] = (out.countries[country] ?? 0) + 1;
  }
  return out;
};
