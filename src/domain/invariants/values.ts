import { type Code, type Finding, finding } from '../codes.ts';
import { currencyDecimals, Decimal } from '../decimal.ts';
import type { Kind, Value } from '../entities.ts';
import type { Touch, View, World } from '../working-set.ts';
import { boundaries, type Invariant, isActive } from './invariant.ts';

/** Calls back with every value of a touched field that holds from the change on. */
const eachValue = (
  world: World,
  view: View,
  kind: Kind,
  field: string,
  check: (value: Value, touch: Touch, date: string) => Finding[],
): Finding[] =>
  world.touched(kind, field).flatMap((touch) =>
    world
      .versions(view, kind, touch.id)
      .filter((v) => v.effective_to > touch.from && isActive(kind, v.values))
      .flatMap((v) => check(v.values[field] ?? null, touch, v.effective_from > touch.from ? v.effective_from : touch.from)),
  );

const range =
  (kind: Kind, field: string, low: string, high: string, said: string): Invariant =>
  (world, view) =>
    eachValue(world, view, kind, field, (value, { id }, date) => {
      if (value === null) return field === 'capacity_fte' ? [] : [finding('FTE_RANGE', `${said} is missing`, { ids: [id], dates: [date] })];
      const n = new Decimal(String(value));
      return n.lessThan(low) || n.greaterThan(high)
        ? [finding('FTE_RANGE', `${said} is ${n.toFixed()}, outside ${low} to ${high}`, { ids: [id], dates: [date] })]
        : [];
    });

export const contractFte = range('actor', 'contract_fte', '0.01', '3', 'contract FTE');
export const capacityFte = range('position', 'capacity_fte', '0', '3', 'capacity FTE');
export const allocation = range('placement', 'allocation', '0', '300', 'allocation');

const pays: { kind: Kind; amount: string; currency: string }[] = [
  { kind: 'position', amount: 'pay_amount', currency: 'pay_currency' },
  { kind: 'compensation', amount: 'amount', currency: 'currency' },
];

/** AMOUNT_NEGATIVE, AMOUNT_SCALE and the code half of CURRENCY_UNKNOWN. No amount is told: not everybody may read amounts. */
export const amounts: Invariant = (world, view) =>
  pays.flatMap(({ kind, amount, currency }) =>
    world.touched(kind, amount, currency).flatMap((touch) =>
      world
        .versions(view, kind, touch.id)
        .filter((v) => v.effective_to > touch.from && isActive(kind, v.values) && v.values[amount] != null)
        .flatMap((v) => {
          const code = String(v.values[currency]);
          const decimals = currencyDecimals(code);
          const value = new Decimal(String(v.values[amount]));
          const say = (c: Code, message: string) =>
            finding(c, message, { ids: [touch.id], dates: [v.effective_from > touch.from ? v.effective_from : touch.from] });
          if (decimals === undefined) return [say('CURRENCY_UNKNOWN', `${code} is no known currency`)];
          return [
            ...(value.isNegative() ? [say('AMOUNT_NEGATIVE', 'the amount is negative')] : []),
            ...(value.decimalPlaces() > decimals
              ? [say('AMOUNT_SCALE', `the amount has ${value.decimalPlaces()} decimals, ${code} has ${decimals}`)]
              : []),
          ];
        }),
    ),
  );

/** The other half of CURRENCY_UNKNOWN: a foreign currency has a rate in force on every date on which the pay holds. */
export const foreignCurrency: Invariant = (world, view) => {
  const rates = world.ids('assumption').map((id) => world.versions(view, 'assumption', id));
  const own = world.ctx.settings.currency;
  return pays.flatMap(({ kind, amount, currency }) =>
    world.touched(kind, amount, currency).flatMap((touch) => {
      const versions = world.versions(view, kind, touch.id);
      const code = (date: string) => {
        const values = versions.findLast((v) => v.effective_from <= date)?.values;
        const said = isActive(kind, values) && values[amount] != null ? values[currency] : null;
        return said === own || typeof said !== 'string' || currencyDecimals(said) === undefined ? undefined : said;
      };
      if (!boundaries(touch.from, versions).some(code)) return [];
      const dates = boundaries(touch.from, versions, ...rates).filter((date) => {
        const wanted = code(date);
        return (
          wanted !== undefined &&
          !rates.some((r) => {
            const values = r.findLast((v) => v.effective_from <= date && date < v.effective_to)?.values;
            return isActive('assumption', values) && values.name === 'fx_rate' && values.scope_ref === wanted;
          })
        );
      });
      const first = dates[0];
      return first === undefined
        ? []
        : [finding('CURRENCY_UNKNOWN', `no rate from ${code(first)} to ${own} is in force on ${first}`, { ids: [touch.id], dates })];
    }),
  );
};
