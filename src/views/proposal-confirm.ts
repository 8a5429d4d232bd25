import { type Html, html } from './html.ts';
import { note, type Person, pageOf } from './layout.ts';

interface Delta {
  before: string;
  after: string;
  delta: string;
}

/** A proposal as its reviewer sees it; what the reviewer may not see is not in it. */
export interface ProposalReview {
  proposal_id: string;
  title: string;
  scenario_name: string;
  state: 'planned' | 'confirmed' | 'withdrawn' | 'replaced' | 'expired';
  reason?: string | undefined;
  digest: string;
  expires_at: string;
  approval_required: boolean;
  change_count: number;
  changes: readonly { sentence: string }[];
  impact: Readonly<Record<string, unknown>>;
  findings: readonly { code: string; severity: string; message: string; way_out: string }[];
}

export interface ProposalConfirmView {
  tenant: string;
  person: Person;
  proposal: ProposalReview;
  /** Whether this person's role may confirm. */
  may: boolean;
  problem?: string | undefined;
  done?: string | undefined;
}

const figures: readonly [name: string, words: string][] = [
  ['headcount', 'Headcount'],
  ['contractors', 'of them contractors'],
  ['robots', 'Robots'],
  ['ai_agents', 'AI agents'],
  ['seats', 'Seats'],
  ['vacant_positions', 'Vacant positions'],
  ['establishment_fte', 'Establishment FTE'],
  ['fte', 'FTE'],
  ['annualised', 'Planned cost, annualised'],
  ['in_year', 'Planned cost, this year'],
  ['actual_annualised', 'Actual cost, annualised'],
  ['actual_in_year', 'Actual cost, this year'],
  ['one_off', 'One-off cost'],
];

/** Digits in groups, as people read them: 1,234,567.50. */
const grouped = (text: string): string => text.replace(/^(-?\d+)/, (whole) => whole.replace(/\B(?=(\d{3})+$)/g, ','));
const signed = (text: string): string => (/^-|^0(?:\.0+)?$/.test(text) ? grouped(text) : `+${grouped(text)}`);

const impactRows = (impact: ProposalReview['impact']): Html[] =>
  figures.flatMap(([name, words]) => {
    const d = impact[name] as Delta | undefined;
    return d
      ? [html`<tr><th scope="row">${words}</th><td>${grouped(d.before)}</td><td>${grouped(d.after)}</td><td>${signed(d.delta)}</td></tr>`]
      : [];
  });

const verdict = ({ state, approval_required, expires_at }: ProposalReview): string => {
  switch (state) {
    case 'planned':
      return `Waits to be confirmed until ${expires_at}.${approval_required ? ' A second person has to confirm it, not the one who planned it.' : ''}`;
    case 'confirmed':
      return 'Is confirmed: its changes hold in the scenario.';
    case 'withdrawn':
      return 'Was withdrawn: nobody can confirm it.';
    case 'replaced':
      return 'Was replaced by a later plan: confirm that one.';
    case 'expired':
      return 'Has expired: it has to be planned again.';
    default:
      return state satisfies never;
  }
};

const form = ({ person, proposal }: ProposalConfirmView): Html =>
  html`<form method="post" action="/proposals/${proposal.proposal_id}/confirm"><input type="hidden" name="csrf" value="${person.csrf}"><input type="hidden" name="digest" value="${proposal.digest}">
<div class="field"><label for="reason">Why (kept with the event)</label><input type="text" id="reason" name="reason" maxlength="2000"></div>
<button>Confirm exactly this</button></form>`;

/** What a person reads before confirming a proposal, and the button. Every text of the organisation stands escaped. */
export const proposalConfirmPage = (v: ProposalConfirmView): Html => {
  const { proposal: p } = v;
  const more = p.change_count - p.changes.length;
  return pageOf({
    title: 'Confirm a proposal',
    tenant: v.tenant,
    person: v.person,
    body: html`<h1>${p.title}</h1>
<p>For scenario “${p.scenario_name}”. ${verdict(p)}</p>
<p class="quiet small">Digest <code>${p.digest}</code></p>
${note('bad', v.problem)}${note('good', v.done)}
${p.reason !== undefined && html`<p>Reason given: “${p.reason}”</p>`}
<h2>What changes</h2>
<ul>${p.changes.map((c) => html`<li>${c.sentence}</li>`)}${more > 0 && html`<li>… and ${more} more</li>`}</ul>
<h2>What it comes to</h2>
<table><caption>On ${String(p.impact.effective_on)}, fiscal year ${String(p.impact.fiscal_year)}, money in ${String(p.impact.currency)}</caption><thead><tr><th scope="col">Figure</th><th scope="col">Before</th><th scope="col">After</th><th scope="col">Difference</th></tr></thead><tbody>${impactRows(p.impact)}</tbody></table>
<h2>What the rules say</h2>
${p.findings.length === 0 ? html`<p>Nothing.</p>` : html`<ul>${p.findings.map((f) => html`<li><strong>${f.severity}</strong> ${f.code}: ${f.message}</li>`)}</ul>`}
${p.state === 'planned' && (v.may ? form(v) : html`<p>Your role may read this and not confirm it.</p>`)}`,
  });
};
