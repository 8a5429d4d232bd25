import { isAbsolute, resolve } from 'node:path';
import { z } from 'zod';

/** A setting has a wrong value: the start stops with this one line. */
export class SettingsError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'SettingsError';
  }
}

const port = z
  .string()
  .regex(/^\d{1,5}$/, 'a port number from 0 to 65535')
  .transform(Number)
  .refine((n) => n <= 65_535, 'a port number from 0 to 65535');

const postgresUrl = z.string().refine((text) => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url !== undefined && ['postgres:', 'postgresql:'].includes(url.protocol) && url.hostname !== '' && url.pathname.length > 1;
}, 'a URL like postgres://user:password@host:5432/database');

/** A connection string of the EventStoreDB client; what it says about hosts, TLS and credentials is read there. */
const eventStoreUrl = z
  .string()
  .regex(/^esdb(\+discover)?:\/\/[^\s]+$/, 'a connection string like esdb://user:password@host:2113')
  .refine((text) => !/throwOnAppendFailure=false/i.test(text), 'without throwOnAppendFailure=false');

/** An origin: OAuth's documents stand at fixed paths of a host, so nothing can stand before them. */
const webUrl = z
  .string()
  .refine((text) => {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    return url !== undefined && ['http:', 'https:'].includes(url.protocol) && url.href === `${url.origin}/`;
  }, 'a URL that starts with http:// or https:// and has no path')
  .transform((text) => new URL(text).origin);

const domainName = z
  .string()
  .transform((text) => text.toLowerCase())
  .refine(
    (text) => /^(?=.{1,190}$)[a-z0-9]+(?:-+[a-z0-9]+)*(?:\.[a-z0-9]+(?:-+[a-z0-9]+)*)+$/.test(text) && !/\d$/.test(text),
    'a domain name such as org.example.com, without scheme and port',
  );

/** Host names, and schemes of apps as "cursor:". */
const redirectDomains = z
  .string()
  .transform((text) =>
    text
      .split(',')
      .map((part) => part.trim().toLowerCase())
      .filter((part) => part !== ''),
  )
  .refine(
    (parts) => parts.length > 0 && parts.every((p) => /^(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|[a-z][a-z0-9+.-]*:)$/.test(p)),
    'host names separated by commas, such as claude.ai,chatgpt.com, and schemes of apps such as cursor:',
  );

export const logLevels = ['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const;

const schema = z.object({
  PORT: port.default(3000),
  HOST: z.string().min(1).default('127.0.0.1'),
  DATA_DIR: z.string().min(1).default('data'),
  DATABASE_URL: postgresUrl.optional(),
  EVENTSTORE_URL: eventStoreUrl.optional(),
  PUBLIC_URL: webUrl.optional(),
  TENANT_DOMAIN: domainName.optional(),
  DEFAULT_TENANT: z
    .string()
    .regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, 'a tenant slug: lower-case letters, digits and hyphens')
    .optional(),
  MCP_REDIRECT_DOMAINS: redirectDomains.optional(),
  OIDC_ISSUER: z
    .string()
    .refine(
      (text) =>
        URL.canParse(text) &&
        (new URL(text).protocol === 'https:' || /^http:\/\/(localhost|127\.0\.0\.1|\[::1\])(?=[:/]|$)/.test(text)) &&
        new URL(text).search === '' &&
        new URL(text).hash === '',
      'the https:// address of an OpenID provider, as it names itself',
    )
    .optional(),
  OIDC_CLIENT_ID: z.string().optional(),
  OIDC_CLIENT_SECRET: z.string().optional(),
  PROXY_HOPS: z
    .string()
    .regex(/^[0-5]$/, 'the number of proxies before the service, 0 to 5')
    .transform(Number)
    .optional(),
  MASTER_KEY: z
    .string()
    .regex(/^(?:[0-9a-f]{64}|[A-Za-z0-9+/]{43}=)$/, '32 bytes as 64 hex digits or as base64')
    .optional(),
  LOG_LEVEL: z.enum(logLevels).default('warn'),
});

/** The settings of one process, read once from the environment. Paths are absolute. */
export interface Config {
  /** 0 asks the system for a free one. */
  port: number;
  host: string;
  dataDir: string;
  /** Absent: the embedded PostgreSQL in `dataDir`. */
  databaseUrl?: string;
  /** Absent: the log is kept in PostgreSQL. */
  eventStoreUrl?: string;
  /** The address clients use when it is not `http://host:port`, without a trailing slash. */
  publicUrl?: string;
  /** Tenants have the hosts `<slug>.<tenantDomain>`, with the scheme and port of `publicUrl`, https without one. */
  tenantDomain?: string;
  /** The tenant of plain hosts (publicUrl, localhost), for OAuth and sign-in alone. Absent: the demo tenant, where there is one. */
  defaultTenant?: string;
  /** Where OAuth clients may be answered, beside loopback: https hosts with those below them, and schemes of apps (`cursor:`). Absent: anywhere. */
  redirectDomains?: readonly string[];
  /** Another OpenID provider that people may sign in with. */
  upstream?: { issuer: string; clientId: string; clientSecret: string };
  /** How many proxies stand before the service, so that X-Forwarded-For is read that far and no further. Absent: none. */
  proxyHops?: number;
  /** 32 bytes, hex or base64, that wrap the keys of personal data. Absent: a key made once in `dataDir`. */
  masterKey?: string;
  logLevel: (typeof logLevels)[number];
}

/** The names of every setting, for the help text and the reference. */
export const settingNames = Object.keys(schema.shape);

const oidcNames = ['OIDC_ISSUER', 'OIDC_CLIENT_ID', 'OIDC_CLIENT_SECRET'] as const;

/** Reads and checks the settings. An empty variable counts as not set. Throws SettingsError naming the first wrong one. */
export const readConfig = (env: Record<string, string | undefined>, folder: string): Config => {
  const given = Object.fromEntries(settingNames.flatMap((name) => (env[name] ? [[name, env[name]]] : [])));
  const read = schema.safeParse(given);
  if (!read.success) {
    const issue = read.error.issues[0];
    const name = String(issue?.path[0] ?? 'a setting');
    const wanted = name === 'LOG_LEVEL' ? `one of ${logLevels.join(', ')}` : issue?.message;
    const shown = ['DATABASE_URL', 'EVENTSTORE_URL', 'MASTER_KEY', 'OIDC_CLIENT_SECRET'].includes(name) ? '' : ` "${given[name]}"`;
    throw new SettingsError(`${name}${shown} is wrong: it must be ${wanted}`);
  }
  const s = read.data;
  const oidc = [s.OIDC_ISSUER, s.OIDC_CLIENT_ID, s.OIDC_CLIENT_SECRET] as const;
  if (oidc.some(Boolean) && !oidc.every(Boolean))
    throw new SettingsError(`${oidcNames.filter((n) => given[n]).join(', ')} alone is wrong: ${oidcNames.join(', ')} must be set together`);
  return {
    port: s.PORT,
    host: s.HOST,
    dataDir: isAbsolute(s.DATA_DIR) ? s.DATA_DIR : resolve(folder, s.DATA_DIR),
    logLevel: s.LOG_LEVEL,
    ...(s.DATABASE_URL ? { databaseUrl: s.DATABASE_URL } : {}),
    ...(s.EVENTSTORE_URL ? { eventStoreUrl: s.EVENTSTORE_URL } : {}),
    ...(s.PUBLIC_URL ? { publicUrl: s.PUBLIC_URL } : {}),
    ...(s.TENANT_DOMAIN ? { tenantDomain: s.TENANT_DOMAIN } : {}),
    ...(s.DEFAULT_TENANT ? { defaultTenant: s.DEFAULT_TENANT } : {}),
    ...(s.MCP_REDIRECT_DOMAINS ? { redirectDomains: s.MCP_REDIRECT_DOMAINS } : {}),
    ...(oidc[0] && oidc[1] && oidc[2] ? { upstream: { issuer: oidc[0], clientId: oidc[1], clientSecret: oidc[2] } } : {}),
    ...(s.PROXY_HOPS ? { proxyHops: s.PROXY_HOPS } : {}),
    ...(s.MASTER_KEY ? { masterKey: s.MASTER_KEY } : {}),
  };
};
