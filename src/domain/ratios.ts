import { Decimal } from './decimal.ts';

/** What the ratios of an organisation's shape are made of: counts of positions in force, and FTE. */
export interface ShapeCounts {
  seats: Decimal;
  /** Positions that report to nobody. */
  roots: number;
  managers: number;
  establishment_fte: Decimal;
  fte_in_post: Decimal;
}

const over = (above: Decimal, below: Decimal | number): Decimal | undefined => {
  const by = new Decimal(below);
  return by.isZero() ? undefined : above.dividedBy(by);
};

/** The ratios as src/domain/metrics.ts defines them, not rounded. One with nothing below the line is undefined, never 0. */
export const ratios = (
  c: ShapeCounts,
): Record<'vacancy_rate' | 'mean_span' | 'manager_share' | 'manager_to_ic' | 'vacancy_fte', Decimal | undefined> => {
  const vacancy = c.establishment_fte.minus(c.fte_in_post);
  return {
    vacancy_fte: vacancy,
    vacancy_rate: over(vacancy, c.establishment_fte),
    mean_span: over(c.seats.minus(c.roots), c.managers),
    manager_share: over(new Decimal(c.managers), c.seats),
    manager_to_ic: over(new Decimal(c.managers), c.seats.minus(c.managers)),
  };
};
