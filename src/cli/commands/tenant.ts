import { type Command, Option } from 'commander';
import { createTenant, setTenant } from '../../application/tenant/index.ts';
import { refuse } from '../../domain/codes.ts';
import { table } from '../output.ts';
import { command, group, withWorkplace } from '../run.ts';
import type { Shell } from '../shell.ts';

interface Settings {
  name?: string;
  subscription?: string;
  currency?: string;
  timeZone?: string;
  fiscalYearStart?: string;
  horizonYears?: string;
  proposalHours?: string;
  humanConfirmation?: string;
}

const subscriptions = ['free', 'team', 'business', 'enterprise', 'agency'] as const;

const withSettings = (on: Command): Command =>
  on
    .option('--subscription <name>', `${subscriptions.join(', ')} (MCP from business on)`)
    .option('--currency <code>', 'ISO 4217 code of every total')
    .option('--time-zone <zone>', 'IANA name; it decides what today is')
    .option('--fiscal-year-start <MM-DD>', 'first day of the fiscal year')
    .option('--horizon-years <n>', 'how far ahead an effective date may lie')
    .option('--proposal-hours <n>', 'how long a proposal can be confirmed')
    .addOption(
      new Option('--human-confirmation <on|off>', 'whether a person has to confirm, and an assistant alone may not').choices(['on', 'off']),
    );

const whole = (name: string, text: string): number => {
  if (!/^\d{1,6}$/.test(text))
    throw refuse('INPUT_INVALID', `--${name} ${JSON.stringify(text)} is no whole number`, { wayOut: 'Give digits only.' });
  return Number(text);
};

const subscriptionOf = (text: string): (typeof subscriptions)[number] => {
  const found = subscriptions.find((s) => s === text);
  if (!found)
    throw refuse('INPUT_INVALID', `there is no subscription ${JSON.stringify(text)}`, {
      wayOut: `Use one of ${subscriptions.join(', ')}.`,
    });
  return found;
};

const settingsOf = (o: Settings) => ({
  ...(o.subscription === undefined ? {} : { subscription: subscriptionOf(o.subscription) }),
  ...(o.currency === undefined ? {} : { currency: o.currency }),
  ...(o.timeZone === undefined ? {} : { time_zone: o.timeZone }),
  ...(o.fiscalYearStart === undefined ? {} : { fiscal_year_start: o.fiscalYearStart }),
  ...(o.horizonYears === undefined ? {} : { horizon_years: whole('horizon-years', o.horizonYears) }),
  ...(o.proposalHours === undefined ? {} : { proposal_hours: whole('proposal-hours', o.proposalHours) }),
  ...(o.humanConfirmation === undefined ? {} : { human_confirmation: o.humanConfirmation === 'on' }),
});

const create = (shell: Shell): Command =>
  withSettings(
    command('create', 'create a tenant with its root unit; doing it again changes nothing')
      .requiredOption('--slug <slug>', 'short name: lower-case letters, digits, hyphens')
      .requiredOption('--name <name>', 'name of the organisation and of its root unit'),
  ).action((o: Settings & { slug: string; name: string; json: boolean }) =>
    withWorkplace(shell, o.json, async ({ work, out }) => {
      const made = await createTenant(work.deps, work.directory, { slug: o.slug, name: o.name, ...settingsOf(o) });
      out.result(
        made,
        made.created
          ? `Tenant ${made.slug} created; its root unit is ${made.root_unit_id}.`
          : `Tenant ${made.slug} was there already; nothing changed.`,
      );
    }),
  );

/** `name=value`, `name:reference=value`; the scope follows from the name of the reference. */
const assumptionOf = (text: string, from: string) => {
  const match = /^(on_cost_rate|fixed_on_cost|fx_rate|working_days|working_hours)(?::([^=]+))?=(\d+(?:\.\d+)?)$/.exec(text);
  const [, name, reference, value] = match ?? [];
  if (!name || !value)
    throw refuse('INPUT_INVALID', `--assume ${JSON.stringify(text)} is no assumption`, {
      wayOut: 'E.g. --assume fx_rate:USD=0.92, --assume on_cost_rate=0.3, --assume on_cost_rate:DE=0.24.',
    });
  const scope =
    reference === undefined || name === 'fx_rate'
      ? 'tenant'
      : /^[A-Z]{2}$/.test(reference)
        ? 'country'
        : /^[0-9a-f-]{36}$/.test(reference)
          ? 'unit'
          : 'employment_type';
  return {
    name: name as 'on_cost_rate' | 'fixed_on_cost' | 'fx_rate' | 'working_days' | 'working_hours',
    scope: scope as 'tenant' | 'country' | 'unit' | 'employment_type',
    ...(reference === undefined ? {} : { scope_ref: reference }),
    value,
    effective_from: from,
  };
};

const many = (value: string, before: string[]): string[] => [...before, value];

const set = (shell: Shell): Command =>
  withSettings(
    command('set', 'change settings and assumptions of a tenant')
      .requiredOption('--tenant <slug>', 'the tenant')
      .option('--name <name>', 'name of the organisation'),
  )
    .option('--assume <name=value>', 'an assumption: fx_rate:USD=0.92, on_cost_rate=0.28, on_cost_rate:DE=0.24 (repeatable)', many, [])
    .option('--effective-on <date>', 'first day the assumptions hold', '1900-01-01')
    .option('--reason <text>', 'why; kept with the event')
    .action((o: Settings & { tenant: string; assume: string[]; effectiveOn: string; reason?: string; json: boolean }) =>
      withWorkplace(shell, o.json, async ({ work, tenant, caller, out }) => {
        const settings = { ...settingsOf(o), ...(o.name === undefined ? {} : { name: o.name }) };
        const done = await setTenant(work.deps, caller(await tenant(o.tenant)), {
          settings,
          assumptions: o.assume.map((text) => assumptionOf(text, o.effectiveOn)),
          ...(o.reason ? { reason: o.reason } : {}),
        });
        const what = [...done.changed, ...(done.assumptions > 0 ? [`${done.assumptions} assumptions`] : [])];
        out.result(done, what.length === 0 ? 'Everything stood as given; nothing changed.' : `Changed: ${what.join(', ')}.`);
      }),
    );

const list = (shell: Shell): Command =>
  command('list', 'list the tenants').action((o: { json: boolean }) =>
    withWorkplace(shell, o.json, async ({ work, out }) => {
      const tenants = await work.directory.listTenants();
      out.result({ tenants }, () =>
        tenants.length === 0
          ? 'There are no tenants yet.'
          : table(
              ['number', 'slug'],
              tenants.map((t) => [t.tenant, t.slug]),
            ),
      );
    }),
  );

/** `orgonaut tenant`: create, change and list the organisations of this installation. */
export const tenantCommand = (shell: Shell): Command =>
  group('tenant', 'create, change and list tenants').addCommand(create(shell)).addCommand(set(shell)).addCommand(list(shell));
