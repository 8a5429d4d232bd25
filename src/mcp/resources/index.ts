import { UriTemplate } from '@modelcontextprotocol/server';
import { actionTypes } from '../../domain/actions/index.ts';
import { metrics } from '../../domain/metrics.ts';
import { refuse } from '../../domain/codes.ts';
import { type Desk, hasAll } from '../desk.ts';
import { inQuotes } from '../text.ts';
import { guides } from './guides.ts';
import { CONTENT_LIMIT, type Content, type Template, templates } from './templates.ts';

/** A resource as resources/list gives it. */
export interface ListedResource {
  [key: string]: unknown;
  uri: string;
  name: string;
  title: string;
  description?: string;
  mimeType: string;
}

/** A resource template as resources/templates/list gives it. */
export interface ListedTemplate {
  [key: string]: unknown;
  uriTemplate: string;
  name: string;
  title: string;
  description: string;
  mimeType: string;
}

const SCENARIOS = 50;

/** An organisation's text as a title: quoted, on one line, cut. */
const quoted = (text: string): string => inQuotes(text.length <= 120 ? text : `${text.slice(0, 119)}…`);

/** What is the same in every organisation. */
const fixed = (desk: Desk): ListedResource[] => [
  ...guides
    .filter((g) => hasAll(desk.has, g.abilities))
    .map((g) => ({
      uri: `orgonaut://guide/${g.name}`,
      name: `guide/${g.name}`,
      title: g.title,
      description: g.description,
      mimeType: 'text/markdown',
    })),
  ...Object.entries(metrics).map(([name, m]) => ({
    uri: `orgonaut://metric/${name}`,
    name: `metric/${name}`,
    title: `Metric: ${m.title}`,
    mimeType: 'application/json',
  })),
  ...[...actionTypes.values()].map((a) => ({
    uri: `orgonaut://action/${a.type}`,
    name: `action/${a.type}`,
    title: `Action: ${a.title}`,
    mimeType: 'application/json',
  })),
];

/** The resources a caller can read and that have a name of their own: the first page is what is fixed, then come scenarios, newest first. */
export const listResources = async (
  desk: Desk,
  cursor: string | undefined,
): Promise<{ resources: ListedResource[]; nextCursor?: string }> => {
  if (cursor !== undefined && !/^scenarios(?::\d{1,15})?$/.test(cursor))
    throw refuse('INPUT_INVALID', 'this cursor is none of resources/list', { wayOut: 'Leave the cursor out to begin at the first page.' });
  if (cursor === undefined) return { resources: fixed(desk), ...(desk.may('scenario.list') ? { nextCursor: 'scenarios' } : {}) };
  const from = cursor.split(':')[1];
  const page = (await desk.call('scenario.list', { limit: SCENARIOS, ...(from === undefined ? {} : { cursor: from }) })) as {
    scenarios: { id: string; name: string }[];
    cursor?: string;
  };
  return {
    resources: page.scenarios.map((s) => ({
      uri: `orgonaut://scenario/${s.id}`,
      name: `scenario/${s.id}`,
      title: `Scenario ${quoted(s.name)}`,
      mimeType: 'application/json',
    })),
    ...(page.cursor === undefined ? {} : { nextCursor: `scenarios:${page.cursor}` }),
  };
};

/** The kinds of resources a caller may read. */
export const listTemplates = (desk: Pick<Desk, 'has'>): ListedTemplate[] =>
  templates
    .filter((t) => hasAll(desk.has, t.abilities))
    .map(({ uriTemplate, name, title, description, mimeType }) => ({ uriTemplate, name, title, description, mimeType }));

const matchers = templates.map((template) => ({ template, matcher: new UriTemplate(template.uriTemplate) }));

const found = (uri: string): { template: Template; value: string } | undefined => {
  // No address of ours is longer, and none holds a second slash, a query or an escape.
  if (uri.length > 200 || !/^orgonaut:\/\/[a-z]+\/[A-Za-z0-9._-]+$/.test(uri)) return undefined;
  for (const { template, matcher } of matchers) {
    const value = matcher.match(uri)?.[template.variable];
    if (typeof value === 'string') return { template, value };
  }
  return undefined;
};

export const templateOf = (uriTemplate: string): Template | undefined => templates.find((t) => t.uriTemplate === uriTemplate);

/** Reads one resource; undefined where there is none. Refuses with FORBIDDEN, and with TOO_LARGE where the tool has to be asked in pages. */
export const readResource = async (desk: Desk, uri: string): Promise<(Content & { ttlMs: number }) | undefined> => {
  const at = found(uri);
  if (!at) return undefined;
  desk.need(at.template.abilities);
  const content = await at.template.read(desk, at.value);
  if (!content) return undefined;
  if (content.text.length > CONTENT_LIMIT)
    throw refuse('TOO_LARGE', `this resource has ${content.text.length} characters, and ${CONTENT_LIMIT} is the most`, {
      wayOut: 'Read it with the tool of its kind, with filters or in pages.',
    });
  return { ...content, ttlMs: at.template.ttlMs };
};
