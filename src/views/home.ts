import { type Html, html } from './html.ts';
import { type Person, pageOf } from './layout.ts';

/** The page at `/`: what this is and where assistants reach it. Signed out it says nothing about any tenant but its address. */
export const homePage = (v: { mcp: string; version: string; tenant?: string; person?: Person; apps: boolean }): Html =>
  pageOf({
    title: 'Orgonaut',
    ...(v.tenant === undefined ? {} : { tenant: v.tenant }),
    ...(v.person ? { person: v.person } : {}),
    body: html`<h1>Orgonaut</h1>
<p>Scenario planning for an organisation: an event-sourced model of units, positions, people and cost, changed through proposals that a person reviews.</p>
${
  v.person
    ? html`<ul class="list"><li><div class="row"><div><h3><a href="/settings/tokens">Tokens</a></h3><p class="quiet">For programs and for assistants that cannot sign you in: each for one client, with an end date.</p></div></div></li>
${v.apps && html`<li><div class="row"><div><h3><a href="/settings/apps">Connected apps</a></h3><p class="quiet">Assistants that you let in by their address alone: what each may do, when it was last here.</p></div></div></li>`}${
  v.person.seesUsage &&
  html`
<li><div class="row"><div><h3><a href="/settings/usage">Usage</a></h3><p class="quiet">Who calls which tools, through which client, how often.</p></div></div></li>`
}</ul>`
    : v.tenant !== undefined && html`<p><a class="button" href="/sign-in">Sign in to ${v.tenant}</a></p>`
}
<h2>Connect an assistant</h2>
<p>Assistants reach it over the Model Context Protocol (Streamable HTTP) at <code>${v.mcp}</code>. A client that knows OAuth needs only this address and signs you in; any other sends a bearer token.</p>
<p class="quiet small">Version ${v.version}</p>`,
  });
