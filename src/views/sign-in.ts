import { type Html, html } from './html.ts';
import { note, pageOf } from './layout.ts';

export interface SignInView {
  tenant: string;
  csrf: string;
  return_to: string | undefined;
  email?: string;
  problem?: string;
  done?: string;
  /** Where the upstream provider's sign-in begins, with the name on its button. */
  upstream?: { href: string; name: string };
}

export const signInPage = (v: SignInView): Html =>
  pageOf({
    title: 'Sign in',
    tenant: v.tenant,
    narrow: true,
    body: html`<h1>Sign in to ${v.tenant}</h1>
<div class="card">${note('bad', v.problem)}${note('good', v.done)}${
      v.upstream && html`<a class="button wide plain" href="${v.upstream.href}">${v.upstream.name}</a><div class="or">or</div>`
    }<form method="post" action="/sign-in">
<input type="hidden" name="csrf" value="${v.csrf}">${v.return_to && html`<input type="hidden" name="return_to" value="${v.return_to}">`}
<div class="field"><label for="email">E-mail address</label><input id="email" name="email" type="email" autocomplete="username" required value="${v.email ?? ''}"${v.email ? '' : html` autofocus`}></div>
<div class="field"><label for="password">Password</label><input id="password" name="password" type="password" autocomplete="current-password" required${v.email ? html` autofocus` : ''}></div>
<button class="wide">Sign in</button></form></div>
<p class="quiet small">No password yet, or forgotten? Ask whoever runs Orgonaut for an invitation link.</p>`,
  });

export interface InvitationView {
  tenant: string;
  email: string;
  role: string;
  csrf: string;
  action: string;
  problem?: string;
}

export const invitationPage = (v: InvitationView): Html =>
  pageOf({
    title: 'Invitation',
    tenant: v.tenant,
    narrow: true,
    body: html`<h1>Welcome to ${v.tenant}</h1><p class="quiet">You are invited as ${v.role}. Choose a password; it is for this organisation alone.</p>
<div class="card">${note('bad', v.problem)}<form method="post" action="${v.action}"><input type="hidden" name="csrf" value="${v.csrf}">
<div class="field"><label for="email">E-mail address</label><input id="email" type="email" autocomplete="username" readonly value="${v.email}"></div>
<div class="field"><label for="password">New password</label><input id="password" name="password" type="password" autocomplete="new-password" minlength="12" maxlength="200" required autofocus aria-describedby="rule"><p class="hint" id="rule">12 characters or more. Four random words do well.</p></div>
<div class="field"><label for="again">The same again</label><input id="again" name="again" type="password" autocomplete="new-password" required></div>
<button class="wide">Set the password and sign in</button></form></div>`,
  });
