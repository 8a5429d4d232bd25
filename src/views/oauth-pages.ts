import type { Ability, AccessRole } from '../domain/abilities.ts';
import { abilityWords } from './ability-words.ts';
import { html } from './html.ts';
import { pageOf } from './layout.ts';

export interface Consent {
  /** The client's own word for itself: anybody can call themselves anything. */
  clientName: string;
  /** The metadata document that names it, where it has one: its host is verified. */
  clientUrl?: string;
  /** Where the answer goes, as redirectHost gives it. */
  redirectHost: string;
  tenant: string;
  email: string;
  role: AccessRole;
  /** What the app will be able to do. */
  abilities: readonly Ability[];
  /** It asked for no abilities of its own: it follows the role, also when that changes. */
  followsRole: boolean;
  action: string;
  csrf: string;
}

/** Asks a signed-in person whether an app may act for them. */
export const consentPage = (c: Consent): string =>
  pageOf({
    title: `Connect ${c.clientName}`,
    tenant: c.tenant,
    narrow: true,
    body: html`<h1>Let “${c.clientName}” use Orgonaut for you?</h1>
<p>You are signed in to <strong>${c.tenant}</strong> as <strong>${c.email}</strong> (${c.role}).</p>
<p>The answer goes to <strong>${c.redirectHost}</strong>.${c.clientUrl !== undefined && html` The app is described at <code>${c.clientUrl}</code>.`}</p>
<div class="card"><p>${c.followsRole ? 'It asks for all that your role allows, now and when your role changes. At present it will be able to:' : 'It will be able to:'}</p>
<ul>${c.abilities.map((a) => html`<li>${abilityWords[a]}</li>`)}</ul>
${c.abilities.length === 0 && html`<p>Nothing: your role has none of what it asks for.</p>`}</div>
<p class="quiet small">The name of the app is its own word. Allow this only if you started it yourself, in an app that answers at ${c.redirectHost}.
You can take abilities away or disconnect it at any time under <a href="/settings/apps">connected apps</a>.</p>
<form method="post" action="${c.action}"><input type="hidden" name="csrf" value="${c.csrf}">
<p class="acts"><button name="decision" value="allow">Allow</button> <button class="plain" name="decision" value="deny">Deny</button></p></form>`,
  }).text;

/** Tells a person why connecting cannot go on, and what to do. */
export const oauthErrorPage = (e: { code: string; message: string; wayOut: string }): string =>
  pageOf({
    title: 'Not connected',
    narrow: true,
    body: html`<h1>The app could not be connected</h1><p>${e.message}</p><p>${e.wayOut}</p>
<p class="quiet small">For whoever looks after the app: <code>${e.code}</code></p>`,
  }).text;
