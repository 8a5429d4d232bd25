import { type Html, html } from './html.ts';

/** Boxes for abilities, those in `checked` ticked. */
export const abilityBoxes = (abilities: readonly string[], checked: readonly string[], name = 'ability'): Html =>
  html`<div class="checks">${abilities.map(
    (a) =>
      html`<label class="choice"><input type="checkbox" name="${name}" value="${a}"${checked.includes(a) ? html` checked` : ''}><span>${a}</span></label>`,
  )}</div>`;

/** An instant as people read it: "2026-03-31 09:00 UTC"; the exact one is in the element. */
export const instant = (iso: string | null, none = 'never'): Html | string =>
  iso === null ? none : html`<time datetime="${iso}">${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC</time>`;

/** Abilities in words for a list. */
export const mayDo = (abilities: readonly string[], role: string): string => {
  const own = abilities.filter((a) => !['mcp:use', 'mcp.access', 'mcp'].includes(a));
  return own.length === 0 ? `all that ${role} may` : own.join(', ');
};
