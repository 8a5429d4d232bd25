import type { Ability, AccessRole } from '../domain/abilities.ts';
import { abilityWords } from './ability-words.ts';
import { type Html, html } from './html.ts';

const style = html`<style>
:root{color-scheme:light dark;--line:#8886;--soft:#8882}
body{font:16px/1.5 system-ui,sans-serif;max-width:34rem;margin:2.5rem auto;padding:0 1rem}
h1{font-size:1.35rem;line-height:1.3}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1rem;border:1px solid var(--line);border-radius:.5rem;padding:.75rem 1rem}
dt{opacity:.75}dd{margin:0;overflow-wrap:anywhere}
ul{padding-left:1.2rem}
.note{background:var(--soft);border-radius:.5rem;padding:.6rem 1rem}
form{display:flex;gap:.75rem;margin-top:1.5rem}
button{font:inherit;padding:.6rem 1.4rem;border-radius:.5rem;border:1px solid;cursor:pointer;background:transparent;color:inherit}
button.main{background:#1c5d99;border-color:#1c5d99;color:#fff}
button:focus-visible{outline:3px solid #e8a33d;outline-offset:2px}
code{overflow-wrap:anywhere}
</style>`;

const page = (title: string, body: Html): string =>
  html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${title} - Orgonaut</title>
${style}</head>
<body><main>
${body}
</main></body></html>
`.text;

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
  page(
    `Connect ${c.clientName}`,
    html`<h1>Let “${c.clientName}” use Orgonaut for you?</h1>
<dl>
<dt>App</dt><dd>${c.clientName}${c.clientUrl === undefined ? '' : html` <br><code>${c.clientUrl}</code>`}</dd>
<dt>Answer goes to</dt><dd><strong>${c.redirectHost}</strong></dd>
<dt>Organisation</dt><dd>${c.tenant}</dd>
<dt>Signed in as</dt><dd>${c.email} (${c.role})</dd>
</dl>
<p>${c.followsRole ? 'It asks for everything that your role allows, now and if the role changes. Now that is:' : 'It will be able to:'}</p>
<ul>${c.abilities.map((a) => html`<li>${abilityWords[a]}</li>`)}</ul>
${c.abilities.length === 0 && html`<p>Nothing: your role has none of what it asks for.</p>`}
<p class="note">The name of the app is its own word. Go on only if you started this yourself, in an app that answers at <strong>${c.redirectHost}</strong>.
You can take abilities away or disconnect it at any time under your connected apps.</p>
<form method="post" action="${c.action}">
<input type="hidden" name="csrf" value="${c.csrf}">
<button class="main" name="decision" value="allow">Allow</button>
<button name="decision" value="deny">Deny</button>
</form>`,
  );

/** Tells a person why connecting cannot go on, and what to do. */
export const oauthErrorPage = (e: { code: string; message: string; wayOut: string }): string =>
  page(
    'Not connected',
    html`<h1>The app could not be connected</h1>
<p>${e.message}</p>
<p class="note">${e.wayOut}</p>
<p>For whoever looks after the app: <code>${e.code}</code></p>`,
  );
