import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { actionTypes } from '../../src/domain/actions/index.ts';
import { codes } from '../../src/domain/codes.ts';

/** Writes the pages of the reference that say what the code says: `npm run reference`. A test compares. */
const codesPage = (): string =>
  [
    '# Codes',
    '',
    'Written from the code (`npm run reference`). A code never changes its meaning. *stop* refuses, *approval* needs a second person, *warn* is reported and goes on.',
    '',
    '| code | severity | rule | what to do |',
    '| --- | --- | --- | --- |',
    ...Object.entries(codes).map(([code, c]) => `| ${code} | ${c.severity} | ${c.rule} | ${c.wayOut.replaceAll('|', '\\|')} |`),
    '',
  ].join('\n');

const actionsPage = (): string =>
  [
    '# Actions',
    '',
    'Written from the code (`npm run reference`). A plan is a list of these, applied in order, all or none. Every action takes `effective_on` (the first day the new state holds; today when left out)',
    'and `ref`, by which a later action says `"$ref"` for the id it makes.',
    '',
    ...[...actionTypes.values()].flatMap((action) => {
      const schema = z.toJSONSchema(action.schema, { io: 'input' }) as { properties?: Record<string, unknown>; required?: string[] };
      const required = (schema.required ?? []).filter((f) => f !== 'type');
      const optional = Object.keys(schema.properties ?? {}).filter((f) => f !== 'type' && !required.includes(f));
      return [
        `## ${action.type}`,
        '',
        action.doc,
        '',
        `Required: ${required.map((f) => `\`${f}\``).join(', ') || 'nothing'}. Optional: ${optional.map((f) => `\`${f}\``).join(', ') || 'nothing'}. Reads need ${action.abilities.join(', ')}.`,
        '',
        '```json',
        JSON.stringify(action.example),
        '```',
        '',
      ];
    }),
  ].join('\n');

export const referencePages: Record<string, () => string> = { 'codes.md': codesPage, 'actions.md': actionsPage };

export const pageFile = (name: string): string => fileURLToPath(new URL(`../../docs/reference/${name}`, import.meta.url));

if (process.argv[1] === fileURLToPath(import.meta.url))
  for (const [name, page] of Object.entries(referencePages)) writeFileSync(pageFile(name), page());
