/** One definition per number: what a metric counts, its formula in the words of the domain, and where it is shown. */
export interface Metric {
  readonly title: string;
  readonly formula: string;
  readonly unit: 'people' | 'positions' | 'units' | 'FTE' | 'ratio' | 'money' | 'layers' | 'reports';
  readonly notes?: string;
}

/** Every metric by the name that answers use for it. */
export const metrics = {
  headcount: {
    title: 'Headcount',
    unit: 'people',
    formula: 'distinct human actors with an active placement on the date',
    notes: 'Contractors are within it and also counted on their own; robots and AI agents are counted beside it.',
  },
  contractors: { title: 'Contractors', unit: 'people', formula: 'human actors within headcount whose employment type is contractor' },
  robots: {
    title: 'Robots',
    unit: 'people',
    formula: 'distinct actors of kind robot with an active placement on the date',
    notes: 'Not within headcount.',
  },
  ai_agents: {
    title: 'AI agents',
    unit: 'people',
    formula: 'distinct actors of kind ai_agent with an active placement on the date',
    notes: 'Not within headcount.',
  },
  seats: { title: 'Seats', unit: 'positions', formula: 'positions with status planned, open or frozen in force on the date' },
  planned: { title: 'Planned positions', unit: 'positions', formula: 'positions with status planned in force on the date' },
  frozen: { title: 'Frozen positions', unit: 'positions', formula: 'positions with status frozen in force on the date' },
  units: { title: 'Units', unit: 'units', formula: 'org units with status active in force on the date' },
  fte: {
    title: 'FTE',
    unit: 'FTE',
    formula: 'sum over active placements of actor contract FTE x allocation / 100',
    notes: 'An unknown contract FTE counts as 0.',
  },
  establishment_fte: {
    title: 'Establishment FTE',
    unit: 'FTE',
    formula: 'sum of the capacity FTE of seats',
    notes: 'An unknown capacity counts as 0.',
  },
  fte_in_post: { title: 'FTE in post', unit: 'FTE', formula: 'sum of effective FTE over active placements that name a position' },
  vacancy_fte: { title: 'Vacancy FTE', unit: 'FTE', formula: 'establishment FTE - FTE in post', notes: 'May be negative.' },
  vacancy_rate: {
    title: 'Vacancy rate',
    unit: 'ratio',
    formula: 'vacancy FTE / establishment FTE',
    notes: 'Absent when there is no establishment.',
  },
  vacant_positions: {
    title: 'Vacant positions',
    unit: 'positions',
    formula: 'open or frozen positions without an active placement on the date',
  },
  span_of_control: {
    title: 'Span of control',
    unit: 'reports',
    formula: 'direct solid-line reports of a manager position',
    notes: 'Shown with its distribution: 1, 2-3, 4-7, 8-12, 13-16, 17+. Vacant manager seats keep their reports.',
  },
  mean_span: { title: 'Mean managerial span', unit: 'ratio', formula: '(positions - roots) / managers' },
  layers: {
    title: 'Layers',
    unit: 'layers',
    formula: 'number of positions on the solid line from a position up to the root, both counted; the root is layer 1',
  },
  managers: { title: 'Managers', unit: 'positions', formula: 'positions with at least one direct report' },
  roots: { title: 'Roots', unit: 'positions', formula: 'positions in force that report to nobody' },
  manager_share: { title: 'Manager share', unit: 'ratio', formula: 'managers / positions' },
  manager_to_ic: {
    title: 'Manager-to-IC ratio',
    unit: 'ratio',
    formula: 'managers / (positions - managers)',
    notes: 'An IC (individual contributor) is a position without a direct report. Absent when there is none.',
  },
  diversity: {
    title: 'Diversity',
    unit: 'people',
    formula: 'headcount by gender, and by age in whole years on the date',
    notes:
      'Cells of fewer than 5 people are left out, with as many of the smallest others that they can not be worked out: never one cell alone, never fewer than 5 people together. Needs actors.personal.read.',
  },
  annual_base: {
    title: 'Annual base',
    unit: 'money',
    formula: 'pay for 1.0 FTE and 12 months per head, without FTE and on-cost (day rate x working days, hourly rate x working hours)',
  },
  annualised: {
    title: 'Annualised cost',
    unit: 'money',
    formula: 'annual base x FTE x (1 + on-cost rate) + fixed on-cost per seat',
    notes: 'On-cost rate 0.28 where no assumption says otherwise. Rounded half-even at the leaf.',
  },
  in_year: { title: 'In-year cost', unit: 'money', formula: 'annualised x active days in the fiscal year / days in the fiscal year' },
  full_year_effect: { title: 'Full-year effect', unit: 'money', formula: 'annualised change - in-year change' },
  run_rate: { title: 'Run rate', unit: 'money', formula: 'sum of annualised for what is active on the date; monthly is / 12' },
  one_off: { title: 'One-off cost', unit: 'money', formula: 'severance, recruiting and equipment: dated, outside the run rate' },
  variance: { title: 'Variance', unit: 'money', formula: 'budget - planned in-year cost', notes: 'Positive is under budget.' },
  planned_cost: {
    title: 'Planned cost',
    unit: 'money',
    formula: 'cost over the capacity FTE of seats with target pay, vacant and frozen ones included',
  },
  actual_cost: { title: 'Actual cost', unit: 'money', formula: 'cost over active placements with the compensation of their actors' },
  coverage: {
    title: 'Coverage',
    unit: 'ratio',
    formula: 'how many of the seats (planned) or actors (actual) within a sum carry pay',
    notes: 'Printed as with_pay and of.',
  },
} as const satisfies Record<string, Metric>;

export type MetricName = keyof typeof metrics;
