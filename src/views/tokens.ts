import { abilityBoxes, instant, mayDo } from './abilities.ts';
import { copyScript } from './copy-script.ts';
import { type Html, html } from './html.ts';
import { note, type Person, pageOf } from './layout.ts';

export interface TokenRow {
  token_id: string;
  name: string;
  prefix: string;
  user: string;
  role: string;
  abilities: string[];
  client: string | null;
  expires_at: string | null;
  last_used_at: string | null;
  revoked_at: string | null;
  state: 'valid' | 'expired' | 'revoked';
  mine: boolean;
  replaceable: boolean;
}

export interface TokensView {
  tenant: string;
  person: Person;
  /** Stands in each form that makes a token: sent twice it makes one. */
  formKey: string;
  tokens: readonly TokenRow[];
  /** Whether those of others are among them. */
  all: boolean;
  clients: readonly string[];
  abilities: readonly string[];
  days: readonly number[];
  defaultDays: number;
  given?: { name: string; client: string; abilities: readonly string[]; days: number };
  problem?: string;
  done?: string;
}

const hidden = (v: { person: Person }, formKey?: string): Html =>
  html`<input type="hidden" name="csrf" value="${v.person.csrf}">${formKey !== undefined && html`<input type="hidden" name="form_key" value="${formKey}">`}`;

const row = (v: TokensView, t: TokenRow): Html => html`<li><div class="row"><div><h3>${t.name}${
  t.state !== 'valid' && html`<span class="tag off">${t.state}</span>`
}</h3>
<p class="facts"><span><code>${t.prefix}…</code></span>${v.all && html`<span>${t.user}</span>`}<span>${t.client ?? 'any client'}</span><span>last used ${instant(t.last_used_at)}</span><span>${
  t.expires_at === null ? 'never expires' : html`${t.state === 'expired' ? 'expired' : 'expires'} ${instant(t.expires_at)}`
}</span></p><p class="facts">May do ${mayDo(t.abilities, t.role)}</p></div>
${
  t.revoked_at === null &&
  html`<div class="acts">${
    t.replaceable &&
    html`<form method="post" action="/settings/tokens/${t.token_id}/replace">${hidden(v, v.formKey)}<button class="plain small" aria-label="Replace ${t.name}">Replace</button></form>`
  }<form method="post" action="/settings/tokens/${t.token_id}/revoke">${hidden(v)}<button class="risk small" aria-label="Revoke ${t.name}">Revoke</button></form></div>`
}</div></li>`;

/** The tokens of a person, or of the tenant, and the form that makes one. */
export const tokensPage = (v: TokensView): Html => {
  const given = v.given ?? { name: '', client: v.clients[0] ?? '', abilities: [], days: v.defaultDays };
  return pageOf({
    title: 'Tokens',
    tenant: v.tenant,
    person: v.person,
    at: '/settings/tokens',
    body: html`<h1>Tokens</h1>
<p class="quiet">A token lets one client in as you, as long as it holds. ${v.all ? 'You see those of the whole organisation.' : ''}</p>
${note('bad', v.problem)}${note('good', v.done)}
${
  v.tokens.length === 0
    ? html`<div class="card"><p>There are no tokens yet. Make one below, and put the configuration that comes with it into your client.</p></div>`
    : html`<ul class="list">${v.tokens.map((t) => row(v, t))}</ul>`
}
<h2 id="new">New token</h2>
<form class="card" method="post" action="/settings/tokens">${hidden(v, v.formKey)}
<div class="field"><label for="name">Name</label><input id="name" name="name" type="text" required maxlength="100" value="${given.name}" aria-describedby="name-hint"><p class="hint" id="name-hint">What it is for; it stands in the audit trail.</p></div>
<div class="field"><label for="client">Client</label><select id="client" name="client">${v.clients.map(
      (c) => html`<option${c === given.client ? html` selected` : ''}>${c}</option>`,
    )}</select></div>
<fieldset><legend>Abilities</legend><p class="hint">Tick those it may use; with none ticked it may do all that your role (${v.person.role}) may.</p>${abilityBoxes(v.abilities, given.abilities)}</fieldset>
<div class="field"><label for="days">Holds for</label><select id="days" name="days">${v.days.map(
      (d) => html`<option value="${d}"${d === given.days ? html` selected` : ''}>${d} days</option>`,
    )}</select></div>
<button>Make the token</button></form>`,
  });
};

/** The one time a token is shown, with the configuration of the client it is for. */
export const tokenMadePage = (v: {
  tenant: string;
  person: Person;
  name: string;
  token: string;
  expires_at: string | null;
  replaced: boolean;
  configurations: readonly { client: string; file: string; content: string }[];
}): Html =>
  pageOf({
    title: 'Your new token',
    tenant: v.tenant,
    person: v.person,
    at: '/settings/tokens',
    script: copyScript,
    body: html`<h1>${v.name}</h1>
${note('good', v.replaced ? 'Made. The token before it opens nothing any more.' : 'Made.')}
<div class="card"><div class="copied"><strong>Token</strong><button class="plain small" type="button" data-copies="token" hidden>Copy</button></div><div class="secret" id="token">${v.token}</div>
<p class="quiet small">It is shown this once: keep it where you keep passwords. It ${v.expires_at === null ? 'never expires' : html`expires ${instant(v.expires_at)}`}.</p></div>
<h2>Configuration with the token filled in</h2>
<div class="card">${v.configurations.map(
      (c, i) =>
        html`<div class="copied"><strong>${c.client} <span class="quiet small">${c.file}</span></strong><button class="plain small" type="button" data-copies="configuration-${i}" hidden>Copy</button></div><pre id="configuration-${i}">${c.content}</pre>`,
    )}</div><p><a href="/settings/tokens">Back to the tokens</a></p>`,
  });
