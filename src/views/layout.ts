import { Html, html } from './html.ts';
import { style } from './style.ts';

/** Who is signed in, for the bar at the top of a page. */
export interface Person {
  email: string;
  role: string;
  csrf: string;
  /** Whether the page of usage is for them. */
  seesUsage?: boolean;
}

export interface Page {
  title: string;
  body: Html;
  tenant?: string;
  person?: Person;
  /** The path of the page in the bar. */
  at?: string;
  /** A single form in the middle of the page. */
  narrow?: boolean;
  /** A script whose hash the page's headers allow. */
  script?: string;
}

const places = [
  { path: '/settings/tokens', name: 'Tokens' },
  { path: '/settings/apps', name: 'Connected apps' },
  { path: '/settings/usage', name: 'Usage' },
];
const placesOf = ({ seesUsage }: Person) => places.filter((p) => p.path !== '/settings/usage' || seesUsage);

const bar = ({ person, tenant, at }: Page): Html =>
  html`<header><div class="bar"><a class="brand" href="/">Orgonaut${tenant === undefined ? '' : ` · ${tenant}`}</a>${
    person &&
    html`<nav aria-label="Settings">${placesOf(person).map(
      (p) => html`<a href="${p.path}"${p.path === at ? html` aria-current="page"` : ''}>${p.name}</a>`,
    )}</nav><span class="who">${person.email} · ${person.role}</span><form method="post" action="/sign-out"><input type="hidden" name="csrf" value="${person.csrf}"><button class="plain small">Sign out</button></form>`
  }</div></header>`;

/** A whole page. */
export const pageOf = (page: Page): Html => html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${page.title} – Orgonaut</title><link rel="icon" href="data:,"><style>${new Html(style)}</style></head>
<body>${bar(page)}<main${page.narrow ? html` class="narrow"` : ''}>${page.body}</main>${
  page.script === undefined ? '' : html`<script>${new Html(page.script)}</script>`
}</body></html>
`;

/** A short message with a way on. */
export const messagePage = (page: Omit<Page, 'body'> & { text: string; way?: { href: string; name: string } }): Html =>
  pageOf({
    narrow: true,
    ...page,
    body: html`<h1>${page.title}</h1><p>${page.text}</p>${page.way && html`<p><a class="button" href="${page.way.href}">${page.way.name}</a></p>`}`,
  });

/** What went wrong with a form, or what was done: read out by screen readers when the page comes. */
export const note = (kind: 'bad' | 'good', text: string | undefined): Html | undefined =>
  text === undefined ? undefined : html`<p class="note ${kind}" role="${kind === 'bad' ? 'alert' : 'status'}">${text}</p>`;
