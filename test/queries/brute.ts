import type { Change } from '../../src/domain/changes.ts';
import { Decimal } from '../../src/domain/decimal.ts';

/** A recorded change with its place, in a branch (0: baseline). */
export interface Recorded {
  branch: number;
  position: number;
  change: Change;
  kind: string;
}
export type Row = Record<string, string | boolean | null>;

/** A count made the slow way, thing by thing and day by day; shares no code with the queries but the decimal type. */
export class Brute {
  readonly #things = new Map<string, Map<string, Recorded[]>>();
  constructor(log: readonly Recorded[], branch: number, position: number, pin: number) {
    for (const r of log) {
      if (!(r.branch === 0 ? r.position <= pin : r.branch === branch && r.position <= position)) continue;
      const kind = this.#things.get(r.kind) ?? new Map<string, Recorded[]>();
      this.#things.set(r.kind, kind);
      kind.set(r.change.id, [...(kind.get(r.change.id) ?? []), r]);
    }
  }

  /** The state of one thing on a date: per field the latest date wins, and of equal dates the one recorded last. */
  at(kind: string, id: string | null, date: string): (Row & { id: string }) | undefined {
    const found: Record<string, { from: string; value: string | boolean | null }> = {};
    let any = false;
    // Recorded order: the baseline's before the scenario's.
    for (const { change } of [...(this.#things.get(kind)?.get(id ?? '') ?? [])].sort((a, b) => Math.sign(a.branch) - Math.sign(b.branch)))
      if (change.effective_from <= date) {
        any = true;
        for (const [f, value] of Object.entries(change.set))
          if (!found[f] || found[f].from <= change.effective_from) found[f] = { from: change.effective_from, value };
      }
    return any ? { ...Object.fromEntries(Object.entries(found).map(([f, v]) => [f, v.value])), id: id as string } : undefined;
  }

  all(kind: string, date: string): (Row & { id: string })[] {
    return [...(this.#things.get(kind)?.keys() ?? [])].flatMap((id) => this.at(kind, id, date) ?? []);
  }

  seats(date: string) {
    return this.all('position', date).filter((p) => ['planned', 'open', 'frozen'].includes(p.status as string));
  }

  placed(date: string) {
    return this.all('placement', date).filter((l) => l.status === 'active');
  }

  /** The rate for a subject: nearest unit upward, country, employment type, tenant, default. */
  rate(name: string, date: string, unit: string | null, country: unknown, employment: unknown, missing: string): Decimal {
    const rows = this.all('assumption', date).filter((a) => a.status === 'active' && a.name === name);
    for (let at = unit, n = 0; at && n < 50; n++) {
      const own = rows.find((a) => a.scope === 'unit' && a.scope_ref === at);
      if (own) return new Decimal(own.value as string);
      at = (this.at('org_unit', at, date)?.parent_id as string | null) ?? null;
    }
    const hit =
      rows.find((a) => a.scope === 'country' && a.scope_ref === country) ??
      rows.find((a) => a.scope === 'employment_type' && a.scope_ref === employment) ??
      rows.find((a) => a.scope === 'tenant' && !a.scope_ref);
    return new Decimal((hit?.value as string) ?? missing);
  }

  /** Pay of 1.0 FTE and a year in the tenant's currency by the rates of `on`, or undefined. */
  base(
    on: string,
    tenantCurrency: string,
    row: { amount: unknown; basis: unknown; currency: unknown; unit: unknown; country: unknown; employment: unknown },
  ): Decimal | undefined {
    if (row.amount == null || row.currency == null) return undefined;
    const fx =
      row.currency === tenantCurrency
        ? '1'
        : (this.all('assumption', on).find((a) => a.status === 'active' && a.name === 'fx_rate' && a.scope_ref === row.currency)?.value as
            | string
            | undefined);
    if (fx === undefined) return undefined;
    const amount = new Decimal(row.amount as string).times(fx);
    const by = (name: string, missing: string) => this.rate(name, on, row.unit as string, row.country, row.employment, missing);
    return row.basis === 'daily'
      ? amount.times(by('working_days', '220'))
      : row.basis === 'hourly'
        ? amount.times(by('working_hours', '1760'))
        : amount;
  }

  /** Not rounded annualised cost of a position on a date, by the rates of `on`. */
  seatCost(p: Row, on: string, currency: string): Decimal {
    const subject = { unit: p.unit_id, country: p.country, employment: p.employment_type };
    const base = this.base(on, currency, { amount: p.pay_amount, basis: p.pay_basis, currency: p.pay_currency, ...subject });
    if (!base) return new Decimal(0);
    const rate = (name: string, missing: string) => this.rate(name, on, p.unit_id as string, p.country, p.employment_type, missing);
    return base
      .times((p.capacity_fte as string) ?? 0)
      .times(rate('on_cost_rate', '0.28').plus(1))
      .plus(rate('fixed_on_cost', '0'));
  }

  /** Not rounded annualised cost of a placement on a date, by the rates of `on`. */
  placementCost(l: Row, date: string, on: string, currency: string): Decimal {
    const a = this.at('actor', l.actor_id as string, date);
    if (a?.status !== 'active') return new Decimal(0);
    let sum = new Decimal(0);
    let fixed = new Decimal(0);
    for (const c of this.all('compensation', date)) {
      if (c.status !== 'active' || c.actor_id !== l.actor_id) continue;
      const base = this.base(on, currency, {
        amount: c.amount,
        basis: c.basis,
        currency: c.currency,
        unit: l.unit_id,
        country: a.country,
        employment: a.employment_type,
      });
      if (!base) continue;
      const rate = (name: string, missing: string) => this.rate(name, on, l.unit_id as string, a.country, a.employment_type, missing);
      sum = sum.plus(base.times(this.fte(l, date)).times(rate('on_cost_rate', '0.28').plus(1)));
      if (l.position_id) fixed = rate('fixed_on_cost', '0');
    }
    return sum.plus(fixed);
  }

  fte(l: Row, date: string): Decimal {
    const a = this.at('actor', l.actor_id as string, date);
    if (a?.status !== 'active' || a.contract_fte == null || l.allocation == null) return new Decimal(0);
    return new Decimal(a.contract_fte as string).times(l.allocation as string).dividedBy(100);
  }

  managerOf(p: Row & { id: string }, date: string): string | null {
    if (p.reporting === 'explicit') return (p.manager_id as string | null) ?? null;
    if (p.reporting !== 'unit_head') return null;
    let unit = this.at('org_unit', p.unit_id as string, date);
    for (let n = 0; unit && n < 50; n++) {
      const head = unit.head_id as string | null;
      const there = head ? this.at('position', head, date) : undefined;
      if (there && ['planned', 'open', 'frozen'].includes(there.status as string) && there.id !== p.id) return there.id;
      unit = unit.parent_id ? this.at('org_unit', unit.parent_id as string, date) : undefined;
    }
    return null;
  }

  /** Layer of a seat: seats in force on its line up to the root; undefined in a loop. */
  layer(p: Row & { id: string }, date: string): number | undefined {
    let layer = 0;
    const seen = new Set<string>();
    for (let at: (Row & { id: string }) | undefined = p; at; ) {
      if (seen.has(at.id)) return undefined;
      seen.add(at.id);
      if (['planned', 'open', 'frozen'].includes(at.status as string)) layer++;
      const manager: string | null = this.managerOf(at, date);
      at = manager ? this.at('position', manager, date) : undefined;
    }
    return layer;
  }
}
