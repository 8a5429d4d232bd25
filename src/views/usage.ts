import { type Html, html } from './html.ts';
import { type Person, pageOf } from './layout.ts';

export interface UsageLine {
  name: string;
  calls: number;
  errors: number;
  last_hour: string;
}

export interface UsageView {
  tenant: string;
  person: Person;
  /** How many days back, of `choices`. */
  days: number;
  choices: readonly number[];
  calls: number;
  errors: number;
  people: readonly UsageLine[];
  clients: readonly UsageLine[];
  tools: readonly UsageLine[];
  mcp: string;
}

/** Rows of one table; what is beyond is one line. */
const SHOWN = 50;
const number = (n: number): string => n.toLocaleString('en');
const sum = (lines: readonly UsageLine[], of: 'calls' | 'errors'): number => lines.reduce((total, l) => total + l[of], 0);

const tableOf = (title: string, what: string, lines: readonly UsageLine[]): Html => {
  const rest = lines.slice(SHOWN);
  return html`<h2>${title}</h2>
<table class="wide-first"><thead><tr><th scope="col">${what}</th><th scope="col">Calls</th><th scope="col">Errors</th><th scope="col">Last day</th></tr></thead><tbody>${lines
    .slice(0, SHOWN)
    .map(
      (l) =>
        html`<tr><th scope="row">${l.name === '' ? html`<span class="quiet">not said</span>` : l.name}</th><td>${number(l.calls)}</td><td>${number(l.errors)}</td><td><time datetime="${l.last_hour}">${l.last_hour.slice(0, 10)}</time></td></tr>`,
    )}${
    rest.length > 0 &&
    html`<tr><th scope="row" class="quiet">${number(rest.length)} more</th><td>${number(sum(rest, 'calls'))}</td><td>${number(sum(rest, 'errors'))}</td><td></td></tr>`
  }</tbody></table>`;
};

/** Who calls tools how often, for who manages the tenant. Names of clients are their own words. */
export const usagePage = (v: UsageView): Html =>
  pageOf({
    title: 'Usage',
    tenant: v.tenant,
    person: v.person,
    at: '/settings/usage',
    body: html`<h1>Usage</h1>
<p class="quiet">Calls of tools over MCP, without what was asked or answered.</p>
<nav class="choices" aria-label="Period">${v.choices.map(
      (d) => html`<a href="/settings/usage?days=${d}"${d === v.days ? html` aria-current="page"` : ''}>${d} days</a>`,
    )}</nav>
${
  v.calls === 0
    ? html`<div class="card"><p>Nobody has called a tool in the last ${v.days} days. Assistants reach it at</p><pre>${v.mcp}</pre></div>`
    : html`<p><strong>${number(v.calls)}</strong> ${v.calls === 1 ? 'call' : 'calls'} in the last ${v.days} days, <strong>${number(v.errors)}</strong> of them answered with an error.</p>
${tableOf('By person', 'Person or service', v.people)}${tableOf('By client', 'Client', v.clients)}${tableOf('By tool', 'Tool', v.tools)}`
}`,
  });
