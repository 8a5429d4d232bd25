import { abilityBoxes, instant, mayDo } from './abilities.ts';
import { type Html, html } from './html.ts';
import { note, type Person, pageOf } from './layout.ts';

export interface AppRow {
  grant_id: string;
  user: string;
  role: string;
  client_name: string;
  redirect_host: string;
  abilities: readonly string[];
  /** What it may do now and could be narrowed to. */
  has: readonly string[];
  naming: 'dotted' | 'underscore' | null;
  created_at: string;
  last_used_at: string | null;
}

export interface AppsView {
  tenant: string;
  person: Person;
  apps: readonly AppRow[];
  all: boolean;
  mcp: string;
  problem?: string;
  done?: string;
}

const namings: readonly { value: string; name: string }[] = [
  { value: '', name: 'as the client needs it' },
  { value: 'dotted', name: 'with dots (scenario.action.plan)' },
  { value: 'underscore', name: 'with underscores (scenario_action_plan)' },
];

const row = (v: AppsView, a: AppRow): Html => {
  const csrf = html`<input type="hidden" name="csrf" value="${v.person.csrf}">`;
  const at = `/settings/apps/${encodeURIComponent(a.grant_id)}`;
  const naming = `naming-${a.grant_id}`;
  return html`<li><div class="row"><div><h3>${a.client_name}</h3>
<p class="facts"><span>returns to ${a.redirect_host}</span>${v.all && html`<span>${a.user}</span>`}<span>last used ${instant(a.last_used_at)}</span><span>connected ${instant(a.created_at)}</span></p>
<p class="facts">May do ${mayDo(a.abilities, a.role)}</p></div>
<div class="acts"><form method="post" action="${at}/revoke">${csrf}<button class="risk small" aria-label="Revoke ${a.client_name}">Revoke</button></form></div></div>
<details><summary>Change what it may do</summary><form method="post" action="${at}/narrow">${csrf}<fieldset><legend>Abilities it keeps</legend>${abilityBoxes(a.has, a.has)}</fieldset><button class="small">Take the others away</button><p class="hint">For more than it has, connect it again.</p></form></details>
<details><summary>How tools are named to it</summary><form method="post" action="${at}/naming">${csrf}<div class="field"><label for="${naming}">Tool names</label><select id="${naming}" name="naming">${namings.map(
    (n) => html`<option value="${n.value}"${(a.naming ?? '') === n.value ? html` selected` : ''}>${n.name}</option>`,
  )}</select></div><button class="small">Keep</button></form></details></li>`;
};

/** The apps a person let in, or all of the tenant's. Names of apps are their own words. */
export const appsPage = (v: AppsView): Html =>
  pageOf({
    title: 'Connected apps',
    tenant: v.tenant,
    person: v.person,
    at: '/settings/apps',
    body: html`<h1>Connected apps</h1>
<p class="quiet">Assistants and programs that were let in by signing in. A change holds at once. ${v.all ? 'You see those of the whole organisation.' : ''}</p>
${note('bad', v.problem)}${note('good', v.done)}
${
  v.apps.length === 0
    ? html`<div class="card"><p>No app is connected yet. Give an assistant that knows OAuth this address, and it asks you to sign in:</p><pre>${v.mcp}</pre></div>`
    : html`<ul class="list">${v.apps.map((a) => row(v, a))}</ul>`
}`,
  });
