/**
 * Every stable code this engine answers with. The codes and their severities come from the invariants of the domain;
 * a code never changes its meaning. `stop` refuses, `approval` needs a second person, `warn` is reported and goes on.
 */
export type Severity = 'stop' | 'approval' | 'warn';

const stop = (rule: string, wayOut: string) => ({ severity: 'stop' as Severity, rule, wayOut });
const warn = (rule: string, wayOut: string) => ({ severity: 'warn' as Severity, rule, wayOut });

export const codes = {
  TREE_CYCLE: stop('Units form a tree on every date.', 'Choose a parent that is not inside the unit you move.'),
  REPORTS_CYCLE: stop(
    'Solid reporting lines have no loop on any date.',
    'Choose a manager who does not report, directly or not, to this position.',
  ),
  TREE_ROOT: stop('There is one root unit; it neither moves nor closes.', 'Act on a unit below the root, or name an existing parent.'),
  ORPHAN_UNIT: stop(
    'The parent unit exists and is not closed on every date the change holds.',
    'Choose an open parent, or a later effective date.',
  ),
  POSITION_UNIT: stop(
    'The unit of a position exists and is not closed on every date the change holds.',
    'Choose an open unit, or a later effective date.',
  ),
  REPORTS_TARGET: stop(
    'The manager position exists and is not closed (vacant is fine).',
    'Choose an open manager position, or a later effective date.',
  ),
  FTE_CAPACITY: warn('Placed FTE stays within the capacity of the position.', 'Raise the capacity or lower an allocation.'),
  ACTOR_FTE: warn('The allocations of an actor stay within 100 %; above 300 % is refused.', 'Lower an allocation.'),
  PRIMARY: stop('A placed actor has exactly one primary placement on each date.', 'Make one placement primary and the others not.'),
  CLOSED_TARGET: stop('No new placement on a closed or frozen position, nothing new in a closed unit.', 'Choose an open position or unit.'),
  CLOSE_OCCUPIED: stop(
    'A position with holders or direct reports closes only with what becomes of them.',
    'Say `holders` and `reports` in the action.',
  ),
  CLOSE_UNIT: stop('A unit closes only with cascade or reparent.', 'Add `mode: "cascade"` or `mode: "reparent"` with `new_parent_id`.'),
  DATE_ORDER: stop('A start lies before its end and inside what contains it.', 'Choose dates inside the life of the thing.'),
  DATE_HORIZON: stop(
    'Dates lie between 1900-01-01 and the horizon (ten years after recording unless set).',
    'Choose a date inside the horizon.',
  ),
  LATER_CHANGE: warn('A later-dated value stands after this change.', 'Add `later: "replace"` to drop it, or leave it.'),
  CURRENCY_UNKNOWN: stop(
    'The currency is known and has a rate on the date.',
    'Use an ISO 4217 code that has a rate. Rates come from a file (`fx_rate`) or `orgonaut tenant set --assume fx_rate:USD=0.92`.',
  ),
  AMOUNT_NEGATIVE: stop('Amounts are zero or more.', 'Give the amount without a minus sign.'),
  AMOUNT_SCALE: stop('An amount has no more decimals than its currency.', 'Round the amount to the decimals of its currency.'),
  FTE_RANGE: stop('Actor FTE 0.01 to 3.00; capacity 0 to 3.00 or unknown; allocation 0 to 300 %.', 'Give a value inside the range.'),
  FTE_MISSING: warn('The FTE is not known; it counts as 0 in every FTE sum.', 'Fill the FTE in the source.'),
  FTE_HIGH: warn('The FTE is above 3.00 for one seat; it is kept as it stands.', 'Check the FTE in the source.'),
  ID_UNIQUE: stop('An id is made once for all branches and never used again.', 'Use a new id.'),
  REFERENCE_UNKNOWN: stop('Every reference exists.', 'Look the id up with org.search, position.list or org.tree.'),
  GRADE_BAND: stop('Pay lies inside the band of the grade.', 'Change the pay or the grade.'),
  BUDGET_GUARD: stop('Planned cost stays inside the budget.', 'Reduce the cost or raise the budget.'),
  SPAN: stop('The span of control stays inside the guardrail.', 'Spread the reports over more managers.'),
  LAYERS: stop('The number of layers stays inside the guardrail.', 'Report to a higher manager.'),
  FREEZE: stop('A hiring freeze is in force.', 'Wait for the end of the freeze, or ask for an exception.'),
  IMPACT_LIMIT: stop('One proposal stays inside the impact limit.', 'Split the plan.'),
  SCENARIO_LOCKED: stop(
    'Only an open, unlocked scenario takes changes.',
    'Ask its owner to unlock or reopen it, or create another scenario.',
  ),
  SCENARIO_MOVED: stop(
    'The scenario changed in what this plan relies on.',
    'Plan again with the arguments in this answer, then confirm the new proposal.',
  ),
  PROPOSAL_UNKNOWN: stop('No such proposal.', 'List proposals with scenario.action.list.'),
  PROPOSAL_EXPIRED: stop('The proposal has expired.', 'Plan again with the arguments in this answer.'),
  PROPOSAL_WITHDRAWN: stop('The proposal was withdrawn.', 'Plan again if the change is still wanted.'),
  PROPOSAL_REPLACED: stop(
    'A proposal that another one stands in for is not confirmed.',
    'Review and confirm the proposal that replaces it, or plan again.',
  ),
  PROPOSAL_CONFIRMED: stop(
    'A confirmed proposal stands; it is not withdrawn.',
    'Plan the opposite change, or take it back with scenario.revert_change.',
  ),
  DIGEST_MISMATCH: stop(
    'The digest given is not the digest of this proposal.',
    'Read the proposal again with scenario.action.get and confirm what you reviewed.',
  ),
  IDEMPOTENCY_MISMATCH: stop('The idempotency key was used with another request.', 'Use a new key for a new request.'),
  FORM_USED: stop('A form makes one thing.', 'Look at the list; load the page with the form anew for another one.'),
  POLICY_STOP: stop('A policy of the tenant stops this change.', 'Change the plan so that the policy holds.'),
  APPROVAL_REQUIRED: stop('A second person must confirm.', 'Ask another user with scenarios.write to confirm.'),
  HUMAN_REQUIRED: stop(
    'The tenant wants a person to confirm; an assistant alone may not.',
    'Ask a person to confirm it on the page /proposals/<id>/confirm of the service, or with `orgonaut proposal confirm`.',
  ),
  SNAPSHOT_NAME_TAKEN: stop('The name of a snapshot is given once and never moves.', 'Choose another name.'),
  SUBSCRIPTION_LIMIT: stop(
    'The subscription allows so many active scenarios.',
    'Archive a scenario that is no longer needed, or move to a larger subscription.',
  ),
  LAST_OWNER: stop('A tenant keeps a person who is its owner.', 'Make another person owner first, with `orgonaut user add --role owner`.'),
  FORBIDDEN: stop('The credential lacks an ability this needs.', 'Use a credential with the ability named here.'),
  NOT_FOUND: stop('There is no such thing, or it is not yours to see.', 'Check the id with a list or search tool.'),
  TOO_LARGE: stop('The request or answer is too large.', 'Use filters, a smaller limit or the cursor.'),
  RATE_LIMITED: stop('Too many requests.', 'Wait as long as Retry-After says.'),
  INPUT_INVALID: stop('The input does not fit the schema.', 'Read the schema with capability.explain and call again.'),
  ROW_INVALID: stop('A row of the file cannot be read.', 'Mend the row and import again.'),
  DUPLICATE_ID: stop('The same id stands on several rows.', 'Remove the double rows, or repair with duplicates=first|last.'),
  MANAGER_UNKNOWN: stop(
    'The manager of a row is not in the file nor in the baseline.',
    'Mend the manager id, or repair with orphans=park.',
  ),
  SELF_MANAGER: stop('A row reports to itself.', 'Mend the manager id, or repair with self=root.'),
  MULTIPLE_ROOTS: stop('Several rows report to nobody.', 'Give them managers, or repair with roots=virtual.'),
  PAY_MISSING: warn('The pay of a row is not known.', 'Nothing needs doing; the coverage of every sum says how many carry pay.'),
  TOKEN_MISSING: stop('A request carries a bearer token.', 'Send `Authorization: Bearer <token>`; `orgonaut token create` makes one.'),
  TOKEN_INVALID: stop(
    'The bearer token is one of this installation.',
    'Check that the whole token was copied, or make a new one with `orgonaut token create`.',
  ),
  TOKEN_EXPIRED: stop('A token holds until it expires.', 'Make a new token with `orgonaut token create`.'),
  TOKEN_REVOKED: stop('A revoked token opens nothing.', 'Make a new token with `orgonaut token create`.'),
  SCOPE_MISSING: stop('A token with scopes opens MCP only with a transport scope.', 'Use a token with mcp.access among its scopes.'),
  TENANT_MISMATCH: stop(
    'Host, X-Tenant and token name the same tenant.',
    'Leave X-Tenant out, or use the host and the token of one tenant.',
  ),
  SUBSCRIPTION_REQUIRED: stop('MCP belongs to the business subscription and above.', 'Raise the subscription of the tenant.'),
  HOST_UNKNOWN: stop(
    'The Host header names a host of this installation.',
    'Use the URL that the service printed, or set PUBLIC_URL or TENANT_DOMAIN.',
  ),
  ORIGIN_FORBIDDEN: stop(
    'A browser page of another site may not call this service.',
    "Call from the service's own origin, or from a client that is no web page.",
  ),
  TOOL_UNKNOWN: stop('The tool exists.', 'List the tools with tools/list or capability.list.'),
  FAULT: stop('The service does what it promises.', 'Try again; if it stays, give the event id to who runs the service.'),
  UNAVAILABLE: stop(
    'A part this needs does not answer.',
    'Try again shortly; the outcome of a change with the same idempotency key stays one.',
  ),
  EVENT_UNKNOWN: stop(
    'Every event in the log is of a type this program knows.',
    'Update to a version that knows the event, then start again; nothing was skipped.',
  ),
  LOG_BROKEN: stop('The event log has a gap or an altered event.', 'Restore the log from a backup and verify it.'),
  LOG_DIVERGED: stop(
    'The copy of the event log says what the event store says.',
    'Find out which of the two was altered; restore it from a backup and verify again.',
  ),
  LOG_ELSEWHERE: stop("A tenant's log lives in one store, and is appended to there alone.", 'Start with the settings of that store.'),
} as const satisfies Record<string, { severity: Severity; rule: string; wayOut: string }>;

export type Code = keyof typeof codes;

/** One thing found wrong or worth knowing. `ids` are the offending things, `dates` the ISO dates on which it holds. */
export interface Finding {
  code: Code;
  severity: Severity;
  message: string;
  ids: string[];
  dates: string[];
  way_out: string;
}

/** Builds a finding with the code's own severity and way out unless others are given. */
export const finding = (
  code: Code,
  message: string,
  more: { ids?: string[]; dates?: string[]; severity?: Severity; wayOut?: string } = {},
): Finding => ({
  code,
  severity: more.severity ?? codes[code].severity,
  message,
  ids: more.ids ?? [],
  dates: more.dates ?? [],
  way_out: more.wayOut ?? codes[code].wayOut,
});

/**
 * A request that is refused for a reason the caller can mend. Carries the findings that stop it and, in `details`,
 * machine-readable help (a schema, the difference, the arguments of the next call). Never carries internals.
 */
export class Refusal extends Error {
  readonly code: Code;
  readonly findings: Finding[];
  readonly details: Record<string, unknown>;
  constructor(findings: Finding[] | Finding, details: Record<string, unknown> = {}) {
    const list = Array.isArray(findings) ? findings : [findings];
    const first = list[0];
    if (!first) throw new TypeError('a refusal needs a finding');
    super(`${first.code}: ${first.message}`);
    this.name = 'Refusal';
    this.code = first.code;
    this.findings = list;
    this.details = details;
  }
}

/** Shorthand for a refusal with one finding. */
export const refuse = (
  code: Code,
  message: string,
  more: Parameters<typeof finding>[2] = {},
  details: Record<string, unknown> = {},
): Refusal => new Refusal(finding(code, message, more), details);
