import test from 'ava';
import { readConfig, SettingsError, settingNames } from '../src/config.ts';

test('nothing set gives the defaults, with paths from the current folder', (t) => {
  t.deepEqual(readConfig({}, '/srv/app'), { port: 3000, host: '127.0.0.1', dataDir: '/srv/app/data', logLevel: 'warn' });
});

test('an empty variable counts as not set', (t) => {
  t.deepEqual(readConfig(Object.fromEntries(settingNames.map((n) => [n, ''])), '/x'), readConfig({}, '/x'));
});

test('every setting is read', (t) => {
  const config = readConfig(
    {
      PORT: '8080',
      HOST: '0.0.0.0',
      DATA_DIR: '/var/data',
      DATABASE_URL: 'postgres://u:p@db/org',
      EVENTSTORE_URL: 'esdb://u:p@a:2113,b:2113?tlsCAFile=ca.crt',
      PUBLIC_URL: 'https://org.example.com/',
      TENANT_DOMAIN: 'Tenants.Example.com',
      DEFAULT_TENANT: 'acme',
      MCP_REDIRECT_DOMAINS: 'Claude.ai, chatgpt.com,cursor:',
      OIDC_ISSUER: 'https://login.example.com/realms/a',
      OIDC_CLIENT_ID: 'orgonaut',
      OIDC_CLIENT_SECRET: 'secret',
      PROXY_HOPS: '1',
      MASTER_KEY: 'ab'.repeat(32),
      LOG_LEVEL: 'debug',
    },
    '/x',
  );
  t.deepEqual(config, {
    port: 8080,
    host: '0.0.0.0',
    dataDir: '/var/data',
    databaseUrl: 'postgres://u:p@db/org',
    eventStoreUrl: 'esdb://u:p@a:2113,b:2113?tlsCAFile=ca.crt',
    publicUrl: 'https://org.example.com',
    tenantDomain: 'tenants.example.com',
    defaultTenant: 'acme',
    redirectDomains: ['claude.ai', 'chatgpt.com', 'cursor:'],
    upstream: { issuer: 'https://login.example.com/realms/a', clientId: 'orgonaut', clientSecret: 'secret' },
    proxyHops: 1,
    masterKey: 'ab'.repeat(32),
    logLevel: 'debug',
  });
});

const wrong: [name: string, value: string][] = [
  ['PORT', 'x'],
  ['PORT', '65536'],
  ['PORT', '-1'],
  ['MCP_REDIRECT_DOMAINS', ','],
  ['MCP_REDIRECT_DOMAINS', 'https://claude.ai'],
  ['PORT', '3000.5'],
  ['DATABASE_URL', 'mysql://db/x'],
  ['DATABASE_URL', 'postgres://db'],
  ['EVENTSTORE_URL', 'http://es:2113'],
  ['EVENTSTORE_URL', 'esdb://es:2113?throwOnAppendFailure=false'],
  ['PUBLIC_URL', 'org.example.com'],
  ['PUBLIC_URL', 'https://org.example.com/orgonaut'],
  ['TENANT_DOMAIN', 'https://org.example.com'],
  ['TENANT_DOMAIN', 'org.example.com:8080'],
  ['TENANT_DOMAIN', '10.0.0.1'],
  ['TENANT_DOMAIN', '.example.com'],
  ['OIDC_ISSUER', 'http://login.example.com'],
  ['OIDC_ISSUER', 'https://login.example.com?x=1'],
  ['OIDC_ISSUER', 'https://login.example.com'],
  ['OIDC_CLIENT_ID', 'alone'],
  ['PROXY_HOPS', '9'],
  ['DEFAULT_TENANT', 'Not A Slug'],
  ['MASTER_KEY', 'short'],
  ['LOG_LEVEL', 'loud'],
];
for (const [name, value] of wrong) {
  test(`a wrong value stops with one line that names the setting: ${name}=${value}`, (t) => {
    const error = t.throws(() => readConfig({ [name]: value }, '/x'), { instanceOf: SettingsError });
    t.true(error?.message.startsWith(name));
    t.false(error?.message.includes('\n'));
  });
}

test('what is secret is not repeated in the line', (t) => {
  const error = t.throws(() => readConfig({ DATABASE_URL: 'mysql://u:secret@db/x', MASTER_KEY: 'secret' }, '/x'), {
    instanceOf: SettingsError,
  });
  t.false(error?.message.includes('secret'));
  const other = t.throws(() => readConfig({ EVENTSTORE_URL: 'http://u:secret@es' }, '/x'), { instanceOf: SettingsError });
  t.false(other?.message.includes('secret'));
});
