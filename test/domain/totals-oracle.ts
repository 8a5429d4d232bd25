import { Decimal } from 'decimal.js';
import type { Branch } from './kit.ts';

/**
 * The totals of a branch by brute force: every thing, every day, straight from the recorded changes and the words of the
 * domain. It shares no code with the engine but the shape of a recorded change.
 */
const D = Decimal.clone({ precision: 60, rounding: Decimal.ROUND_HALF_EVEN });
type Values = Record<string, string | boolean | null>;
type Dec = Decimal;

const kindOf: Record<string, string> = {
  Org: 'unit',
  Pos: 'position',
  Act: 'actor',
  Pla: 'placement',
  Com: 'compensation',
  Ass: 'assumption',
};

export class Oracle {
  readonly #things = new Map<string, { kind: string; id: string; sets: { from: string; field: string; value: Values[string] }[] }>();

  constructor(branch: Branch) {
    const inOrder = [...branch.recorded].sort(
      (a, b) => Number(a.scenario) - Number(b.scenario) || a.position - b.position || a.index - b.index,
    );
    for (const { change } of inOrder) {
      const kind = kindOf[change.type.slice(0, 3)] as string;
      const key = `${kind} ${change.id}`;
      const thing = this.#things.get(key) ?? { kind, id: change.id, sets: [] };
      this.#things.set(key, thing);
      for (const [field, value] of Object.entries(change.set)) {
        if (change.replace_later) thing.sets = thing.sets.filter((s) => s.field !== field || s.from <= change.effective_from);
        thing.sets.push({ from: change.effective_from, field, value });
      }
    }
  }

  /** The values of a thing on a date: per field the latest date wins, of equal dates the last recorded. */
  on(kind: string, id: string, date: string): Values | undefined {
    const best = new Map<string, { from: string; value: Values[string] }>();
    for (const s of this.#things.get(`${kind} ${id}`)?.sets ?? [])
      if (s.from <= date && s.from >= (best.get(s.field)?.from ?? '')) best.set(s.field, s);
    return best.size === 0 ? undefined : Object.fromEntries([...best].map(([f, s]) => [f, s.value]));
  }

  all(kind: string, date: string): (Values & { id: string })[] {
    const closed = ['closed', 'exited', 'ended'];
    return [...this.#things.values()]
      .filter((t) => t.kind === kind)
      .flatMap((t) => {
        const values = this.on(kind, t.id, date);
        return values && !closed.includes(String(values.status)) ? [{ ...values, id: t.id }] : [];
      });
  }

  /** Every date on which anything changes. */
  dates(): string[] {
    return [...new Set([...this.#things.values()].flatMap((t) => t.sets.map((s) => s.from)))].sort();
  }

  #rate(name: string, rates: Values[], units: string[], about: Values, otherwise: string): Dec {
    const find = (scope: string, ref: unknown) =>
      rates.findLast((r) => r.name === name && r.scope === scope && (r.scope_ref ?? null) === (ref ?? null))?.value;
    for (const u of units) if (find('unit', u)) return new D(String(find('unit', u)));
    const found =
      (about.country && find('country', about.country)) ||
      (about.employment_type && find('employment_type', about.employment_type)) ||
      find('tenant', null);
    return new D(String(found || otherwise));
  }

  #up(unit: unknown, date: string): string[] {
    const units: string[] = [];
    for (let u = unit; typeof u === 'string' && !units.includes(u); u = this.on('unit', u, date)?.parent_id) units.push(u);
    return units;
  }

  #cost(base: Dec, fte: Dec, seat: boolean, rates: Values[], units: string[], about: Values): Dec {
    const cost = base.times(fte).times(this.#rate('on_cost_rate', rates, units, about, '0.28').plus(1));
    return seat ? cost.plus(this.#rate('fixed_on_cost', rates, units, about, '0')) : cost;
  }

  #base(amount: unknown, basis: unknown, currency: unknown, own: string, rates: Values[], units: string[], about: Values): Dec | undefined {
    if (amount == null || currency == null) return undefined;
    const fx = currency === own ? '1' : rates.findLast((r) => r.name === 'fx_rate' && r.scope_ref === currency)?.value;
    if (!fx) return undefined;
    const times =
      basis === 'daily'
        ? this.#rate('working_days', rates, units, about, '220')
        : basis === 'hourly'
          ? this.#rate('working_hours', rates, units, about, '1760')
          : new D(1);
    return new D(String(amount)).times(String(fx)).times(times);
  }

  #seatCost(p: Values, own: string, rates: Values[], ratesDate: string): Dec {
    const units = this.#up(p.unit_id, ratesDate);
    const base = this.#base(p.pay_amount, p.pay_basis, p.pay_currency, own, rates, units, p);
    return base ? this.#cost(base, new D(String(p.capacity_fte ?? 0)), true, rates, units, p) : new D(0);
  }

  #placementCost(p: Values, day: string, own: string, rates: Values[], ratesDate: string): Dec {
    const a = this.on('actor', String(p.actor_id), day);
    if (a?.status !== 'active') return new D(0);
    const units = this.#up(p.unit_id, ratesDate);
    const bases = this.all('compensation', day)
      .filter((c) => c.actor_id === p.actor_id)
      .map((c) => this.#base(c.amount, c.basis, c.currency, own, rates, units, a))
      .filter((b) => b !== undefined);
    if (bases.length === 0) return new D(0);
    const fte = new D(String(a.contract_fte)).times(String(p.allocation)).div(100);
    return this.#cost(
      bases.reduce((x, y) => x.plus(y)),
      fte,
      p.position_id != null,
      rates,
      units,
      a,
    );
  }

  /** Figures of the whole branch, by name, as text. Calendar fiscal years. */
  totals(date: string, currency: string): Record<string, string> {
    const rates = this.all('assumption', date);
    const year = date.slice(0, 4);
    const days: string[] = [];
    for (let d = Date.UTC(Number(year), 0, 1); new Date(d).getUTCFullYear() === Number(year); d += 86_400_000)
      days.push(new Date(d).toISOString().slice(0, 10));
    const changes = this.dates();
    const runs: { day: string; n: number }[] = [];
    for (const day of days) {
      const last = runs.at(-1);
      if (last && !changes.includes(day)) last.n++;
      else runs.push({ day, n: 1 });
    }
    const perYear = (kind: string, cost: (v: Values, day: string) => Dec): Dec => {
      const sums = new Map<string, Dec>();
      for (const { day, n } of runs)
        for (const v of this.all(kind, day)) sums.set(v.id, (sums.get(v.id) ?? new D(0)).plus(cost(v, day).times(n)));
      return [...sums.values()].reduce((x, y) => x.plus(y.div(days.length).toDecimalPlaces(2)), new D(0));
    };
    const perDay = (kind: string, day: string, cost: (v: Values, day: string) => Dec): Dec =>
      this.all(kind, day).reduce((x, v) => x.plus(cost(v, day).toDecimalPlaces(2)), new D(0));
    const seat = (v: Values) => this.#seatCost(v, currency, rates, date);
    const held = (v: Values, day: string) => this.#placementCost(v, day, currency, rates, date);

    const seats = this.all('position', date);
    const placements = this.all('placement', date);
    const people = this.all('actor', date).filter((a) => placements.some((p) => p.actor_id === a.id));
    const months = Array.from({ length: 12 }, (_, i) => `${year}-${String(i + 1).padStart(2, '0')}-01`);
    const sum = (list: Dec[]) => list.reduce((x, y) => x.plus(y), new D(0));
    return Object.fromEntries(
      Object.entries({
        headcount: people.filter((a) => a.kind === 'human').length,
        contractors: people.filter((a) => a.kind === 'human' && a.employment_type === 'contractor').length,
        robots: people.filter((a) => a.kind === 'robot').length,
        ai_agents: people.filter((a) => a.kind === 'ai_agent').length,
        seats: seats.length,
        vacant_positions: seats.filter((s) => s.status !== 'planned' && !placements.some((p) => p.position_id === s.id)).length,
        establishment_fte: sum(seats.map((s) => new D(String(s.capacity_fte ?? 0)))),
        fte: sum(
          placements.map((p) => {
            const a = people.find((x) => x.id === p.actor_id);
            return a ? new D(String(a.contract_fte)).times(String(p.allocation)).div(100).toDecimalPlaces(4) : new D(0);
          }),
        ),
        annualised: perDay('position', date, seat),
        in_year: perYear('position', seat),
        actual_annualised: perDay('placement', date, held),
        actual_in_year: perYear('placement', held),
        one_off: 0,
        ...Object.fromEntries(months.map((m) => [m, perDay('position', m, seat)])),
      }).map(([k, v]) => [k, v.toString()]),
    );
  }

  /** The manager of a position on a date: as it is set, or the nearest head in force. A closed position has one too. */
  manager(id: string, date: string): string | null {
    const p = this.on('position', id, date);
    if (!p || p.reporting === 'none') return null;
    if (p.reporting === 'explicit') return p.manager_id as string;
    const there = this.all('position', date).map((x) => x.id);
    for (const u of this.#up(p.unit_id, date)) {
      const head = this.on('unit', u, date)?.head_id;
      if (typeof head === 'string' && head !== id && there.includes(head)) return head;
    }
    return null;
  }

  /** Positions in force from this one up to the last that is there; null where it is not in force itself, or goes round. */
  layer(id: string, date: string): number | null {
    const there = this.all('position', date).map((x) => x.id);
    if (!there.includes(id)) return null;
    let layer = 0;
    const seen = new Set<string>();
    for (let at: string | null = id; at !== null && this.on('position', at, date); at = this.manager(at, date)) {
      if (seen.has(at)) return null;
      seen.add(at);
      if (there.includes(at)) layer++;
    }
    return layer;
  }

  /** Number of direct reports by manager: a closed manager's are those of the nearest above it that is in force. */
  spans(date: string): Map<string, number> {
    const spans = new Map<string, number>();
    const there = new Set(this.all('position', date).map((x) => x.id));
    for (const id of there) {
      const seen = new Set<string>();
      let lead = this.manager(id, date);
      while (lead !== null && !there.has(lead) && !seen.has(lead) && this.on('position', lead, date)) {
        seen.add(lead);
        lead = this.manager(lead, date);
      }
      if (lead !== null && there.has(lead)) spans.set(lead, (spans.get(lead) ?? 0) + 1);
    }
    return spans;
  }

  /** How many positions have another layer than in an earlier state, by both layers, as sorted text. */
  shiftsFrom(earlier: Oracle, date: string): string[] {
    const shifts = new Map<string, number>();
    for (const id of new Set([...this.all('position', date), ...earlier.all('position', date)].map((x) => x.id))) {
      const [from, to] = [earlier.layer(id, date), this.layer(id, date)];
      if (from !== to) shifts.set(`${from} to ${to}`, (shifts.get(`${from} to ${to}`) ?? 0) + 1);
    }
    return [...shifts].map(([s, n]) => `${s}: ${n}`).sort();
  }

  /** Everything wrong with the shape of the organisation on any date: loops, references to what is not there, primaries. */
  faults(): string[] {
    const faults = new Set<string>();
    for (const date of this.dates()) {
      const units = this.all('unit', date);
      const there = (kind: string, id: unknown) => this.all(kind, date).some((x) => x.id === id);
      for (const u of units) {
        if (u.parent_id != null && !there('unit', u.parent_id)) faults.add(`parent of ${u.id}`);
        if (u.head_id != null && !there('position', u.head_id)) faults.add(`head of ${u.id}`);
        const path = this.#up(u.parent_id, date);
        if (path.includes(u.id)) faults.add(`unit loop at ${u.id}`);
      }
      if (units.filter((u) => u.parent_id == null).length > 1) faults.add('two roots');
      for (const p of this.all('position', date)) {
        if (!there('unit', p.unit_id)) faults.add(`unit of ${p.id}`);
        if (p.reporting === 'explicit' && !there('position', p.manager_id)) faults.add(`manager of ${p.id}`);
        const seen = new Set<string>();
        for (let m = this.manager(p.id, date); m !== null && !seen.has(m); m = this.manager(m, date)) {
          seen.add(m);
          // Named by its members: who comes back into a loop that is there makes no new one.
          if (m === p.id) faults.add(`reporting loop of ${[...seen].sort().join()}`);
        }
      }
      const placements = this.all('placement', date);
      for (const p of placements) {
        if (!there('actor', p.actor_id) || !there('unit', p.unit_id) || (p.position_id != null && !there('position', p.position_id)))
          faults.add(`placement ${p.id}`);
        const own = placements.filter((o) => o.actor_id === p.actor_id);
        if (own.filter((o) => o.is_primary).length !== 1) faults.add(`primaries of ${p.actor_id}`);
        if (own.reduce((n, o) => n + Number(o.allocation), 0) > 300) faults.add(`allocation of ${p.actor_id}`);
      }
    }
    return [...faults];
  }
}
