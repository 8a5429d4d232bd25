/**
 * The columns an import understands, each with the other names sources give it: the project's own, the UK organogram series, and the headings
 * that BambooHR, Workday, ChartHop, Agentnoon, Orgvue and OrgChart exports carry. Names are compared lower-cased, letters and digits only.
 */
export const aliases = {
  position_id: ['post unique reference', 'position number', 'position code', 'job id', 'seat id', 'role id', 'box id'],
  manager_position_id: [
    'reports to senior post',
    'reporting senior post',
    'reports to',
    'manager position',
    'reports to position id',
    'parent position id',
    'manager job id',
    'supervisor position id',
    'superior position id',
  ],
  manager_employee_id: [
    'manager person id',
    'manager worker id',
    'managers employee id',
    'manager employee number',
    'supervisor employee id',
    'supervisor eid',
    'workers manager id',
    'line manager employee id',
  ],
  /** Names a person or a position; which of the two is decided by what its values match. */
  manager_id: [
    'manager',
    'managers id',
    'manager name',
    'manager email',
    'supervisor',
    'supervisor id',
    'supervisor name',
    'reporting to',
    'reports to id',
    'parent id',
    'line manager',
    'line manager id',
    'workers manager',
  ],
  reporting: [],
  org_unit: ['unit', 'department', 'org unit path', 'unit path', 'supervisory organization', 'department name', 'dept'],
  org_unit_id: ['unit id', 'department id', 'team id', 'supervisory organization id'],
  parent_unit: ['department group', 'division', 'business unit', 'parent department', 'parent unit name'],
  parent_team_id: ['parent unit id', 'parent org unit id'],
  unit_name: ['team name', 'name of unit'],
  organisation: ['organization', 'company'],
  unit_kind: [],
  unit_type: ['team type'],
  unit_purpose: ['team description'],
  cost_centre: ['cost center', 'cost center code'],
  unit_head: ['is unit head', 'head of unit'],
  title: ['job title', 'position title', 'generic job title', 'business title', 'role title', 'position name'],
  grade: ['level', 'grade or equivalent', 'management level', 'compensation grade', 'job level', 'band', 'job grade'],
  profession: ['professional occupational group'],
  job_family: ['family', 'job family group', 'function'],
  location: ['site', 'office', 'work location', 'location name'],
  country: ['country code'],
  status: ['position status', 'post status'],
  fte: ['capacity fte', 'full time equivalent', 'fte percent of one'],
  posts: ['count', 'number of posts', 'number of posts in fte'],
  employment_type: ['contract type', 'worker type', 'employment status'],
  pay: ['target pay', 'pay amount'],
  pay_min: ['salary min', 'payscale minimum'],
  pay_max: ['salary max', 'payscale maximum'],
  pay_basis: [],
  currency: ['pay currency', 'currency code', 'base pay currency'],
  fx_rate: [],
  holder_id: [
    'employee id',
    'person id',
    'worker id',
    'actor id',
    'employee number',
    'employee',
    'employee no',
    'eid',
    'employee code',
    'staff id',
  ],
  holder_kind: ['actor kind'],
  holder_name: ['employee name', 'full name', 'worker', 'worker name', 'display name', 'person name', 'preferred name'],
  holder_first_name: ['first name', 'given name', 'forename', 'legal first name'],
  holder_last_name: ['last name', 'surname', 'family name', 'legal last name'],
  holder_email: ['work email', 'email address', 'email', 'primary work email'],
  holder_gender: ['gender'],
  holder_birth_date: ['birth date', 'date of birth', 'birthdate'],
  holder_fte: ['contract fte'],
  holder_employment_type: [],
  holder_country: [],
  allocation: ['allocation percent'],
  primary: ['is primary'],
  placement_role: [],
  holder_pay: [
    'actual pay',
    'base salary',
    'annual salary',
    'salary',
    'annual base pay',
    'total base pay',
    'base comp',
    'base compensation',
    'pay rate',
  ],
  holder_pay_basis: ['pay type', 'pay per', 'salary or hourly', 'pay rate type', 'pay frequency basis'],
  holder_hourly_pay: ['hourly rate', 'hourly pay', 'hourly wage', 'hourly base pay'],
  holder_currency: [],
  weekly_hours: [
    'typical weekly hours',
    'scheduled weekly hours',
    'standard weekly hours',
    'standard hours',
    'hours per week',
    'work hours',
  ],
  full_time: ['full or part time', 'time type', 'full time part time', 'full part time'],
  start_date: ['hire date', 'start', 'original hire date', 'date of joining'],
  end_date: ['termination date', 'end', 'exit date', 'last day'],
  effective_date: ['effective from', 'rate change date', 'pay effective date'],
  source: [],
} as const satisfies Record<string, readonly string[]>;

export type Column = keyof typeof aliases;

/** Every column an import understands, for help texts. */
export const columnNames = Object.keys(aliases) as Column[];

/** A heading as it is compared. */
export const plainHeading = (name: string): string => name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');

const byName = new Map<string, Column>(columnNames.flatMap((c) => [c, ...aliases[c]].map((n) => [plainHeading(n), c] as const)));

/** The column that a heading means, or undefined where nobody knows it. */
export const columnOf = (heading: string): Column | undefined => byName.get(plainHeading(heading));

/** Headings that mean a column only in lists of teams and memberships, where nobody is hired and nothing is paid. */
const ofTeams = new Map<string, Column>([
  ['name', 'unit_name'],
  ['type', 'unit_type'],
  ['description', 'unit_purpose'],
  ['parentid', 'parent_team_id'],
  ['role', 'placement_role'],
]);

/** The column that a heading means in a list of teams or memberships. */
export const teamColumnOf = (heading: string): Column | undefined => ofTeams.get(plainHeading(heading)) ?? columnOf(heading);

/** `Name` names a person wherever rows are people or seats. */
export const seatColumnOf = (heading: string): Column | undefined =>
  columnOf(heading) ?? (plainHeading(heading) === 'name' ? 'holder_name' : undefined);
