import { z } from 'zod';
import type { Ability } from '../../domain/abilities.ts';
import { uuid } from '../../domain/changes.ts';
import { refuse } from '../../domain/codes.ts';
import { fteText, moneyText } from '../../domain/decimal.ts';
import { type Field, fields, inForce, type Kind, kinds, references, type Values } from '../../domain/entities.ts';
import type { Basis } from '../../projections/basis.ts';
import { kindOfThing, personOf, referring, timelinesOf } from '../../projections/queries/entity.ts';
import { managersOf, mayReportTo } from '../../projections/queries/managers.ts';
import { namesOf } from '../../projections/queries/names.ts';
import { type Caller, type Deps, need } from '../context.ts';
import { operation } from '../operation.ts';
import { basisInput, basisOutput, printBasis, resolveBasis } from './basis.ts';
import { present, seesCosts, seesPersons, idField } from './shape.ts';

const ability: Record<Kind, Ability> = {
  org_unit: 'org-units.read',
  position: 'positions.read',
  actor: 'actors.read',
  placement: 'placements.read',
  compensation: 'costs.read',
  assumption: 'costs.read',
};

/** What refers to a thing and is shown beside it, by the name it has in the answer. */
const related: Record<Kind, { name: string; kind: Kind; field: string }[]> = {
  org_unit: [
    { name: 'units_below', kind: 'org_unit', field: 'parent_id' },
    { name: 'positions', kind: 'position', field: 'unit_id' },
    { name: 'placements', kind: 'placement', field: 'unit_id' },
  ],
  position: [
    { name: 'placements', kind: 'placement', field: 'position_id' },
    { name: 'head_of', kind: 'org_unit', field: 'head_id' },
  ],
  actor: [
    { name: 'placements', kind: 'placement', field: 'actor_id' },
    { name: 'compensation', kind: 'compensation', field: 'actor_id' },
  ],
  placement: [],
  compensation: [],
  assumption: [],
};

const amounts: Record<string, string> = { pay_amount: 'pay_currency', amount: 'currency' };
const payFields = new Set(['pay_amount', 'pay_basis', 'pay_currency']);

/** A thing's values as answers show them: known fields only, money and FTE as text, no pay without costs.read. */
export const printValues = (kind: Kind, values: Values, costs: boolean): Record<string, string | boolean> => {
  const shown: Record<string, string | boolean> = {};
  for (const [name, field] of Object.entries(fields[kind] as Record<string, Field>)) {
    const value = values[name];
    if (value === null || value === undefined || (!costs && payFields.has(name))) continue;
    const currency = amounts[name] === undefined ? undefined : values[amounts[name]];
    if (typeof currency === 'string') shown[name] = moneyText(String(value), currency);
    // Rates keep every digit; FTE and percent show four.
    else shown[name] = field.type === 'decimal' && kind !== 'assumption' ? fteText(String(value)) : value;
  }
  return shown;
};

const values = z.record(z.string(), z.union([z.string(), z.boolean()])).describe('Fields by name; unknown ones are absent.');
const version = z.object({
  effective_from: z.string(),
  effective_to: z.string().optional().describe('First day it no longer holds; absent: no end.'),
  event_position: z.int().describe('The event that wrote it.'),
  values,
});
const listed = z.object({ items: z.array(z.object({ id: idField, name: z.string().optional() })), more: z.int().optional() });

const SHOWN = 50;

/** Names for a list of ids: a placement or a pay is called by its actor. */
const nameThings = async (deps: Deps, caller: Caller, basis: Basis, kind: Kind, ids: readonly string[]): Promise<Map<string, string>> => {
  if (kind !== 'placement' && kind !== 'compensation') return namesOf(deps.sql, basis, kind, ids, seesPersons(caller));
  const timelines = await timelinesOf(deps.sql, basis, kind, ids);
  const actorOf = new Map([...timelines].map(([id, versions]) => [id, String(versions[0]?.values.actor_id)]));
  const names = await namesOf(deps.sql, basis, 'actor', [...actorOf.values()], seesPersons(caller));
  return new Map([...actorOf].flatMap(([id, actor]) => (names.has(actor) ? [[id, names.get(actor) as string]] : [])));
};

export const entity = operation({
  name: 'org.entity',
  title: 'One thing, whole',
  summary:
    'One unit, position, actor, placement, compensation or assumption with its values on the date, its whole timeline and what is planned later.',
  input: z.object({
    ...basisInput,
    id: uuid.describe('The id of the thing, from any list, tree or search.'),
    kind: z.enum(kinds).optional().describe('What it is, when you know; it is found out otherwise.'),
  }),
  output: z.object({
    id: idField,
    kind: z.enum(kinds),
    name: z.string().optional(),
    state: z
      .enum(['in_force', 'not_in_force', 'not_yet'])
      .describe('On effective_on: in force; closed, exited or ended; or not there before a later date.'),
    values: values.optional().describe('The values on effective_on; absent before the thing exists.'),
    person: z.record(z.string(), z.string()).optional().describe('Personal fields; needs actors.personal.read.'),
    names: z.record(z.string(), z.string()).describe('What the things that the values refer to are called, by id.'),
    manager: z
      .object({ id: idField, title: z.string().optional() })
      .optional()
      .describe('Of a position: its solid-line manager, also where that is the head of the unit.'),
    direct_reports: listed.optional(),
    related: z.record(z.string(), listed).describe('What refers to it on the date, by what it is.'),
    timeline: z.array(version).describe('Every version, oldest first.'),
    later: z.array(z.object({ effective_from: z.string(), fields: values })).describe('What changes after effective_on, field by field.'),
    more_versions: z.int().optional(),
    basis: basisOutput,
  }),
  abilities: [],
  // Without a kind only the thing itself tells what it is.
  alsoAsksFor: ({ kind }) => (typeof kind === 'string' && Object.hasOwn(ability, kind) ? [ability[kind as Kind]] : []),
  readOnly: true,
  run: async (deps, caller, input) => {
    const basis = await resolveBasis(deps, caller, input);
    const { sql } = deps;
    const unknown = () => refuse('NOT_FOUND', `there is no thing ${input.id} on this basis`, { ids: [input.id] });
    const kind = input.kind ?? (await kindOfThing(sql, basis, input.id));
    if (!kind) throw unknown();
    need(caller, ability[kind]);
    const versions = (await timelinesOf(sql, basis, kind, [input.id])).get(input.id) ?? [];
    if (versions.length === 0) throw unknown();
    const costs = seesCosts(caller);
    const print = (v: Values) => printValues(kind, v, costs);
    const now = versions.find((v) => v.effective_from <= basis.effective_on && v.effective_to > basis.effective_on);
    const state = !now ? 'not_yet' : inForce[kind].includes(String(now.values.status)) ? 'in_force' : 'not_in_force';

    const names: Record<string, string> = {};
    for (const [field, target] of references(kind))
      if (caller.abilities.has(ability[target]))
        for (const [id, name] of await namesOf(
          sql,
          basis,
          target,
          versions.map((v) => v.values[field] as string | null),
          seesPersons(caller),
        ))
          names[id] = name;

    const list = async (of: Kind, found: { ids: string[]; total: number }) => {
      const called = await nameThings(deps, caller, basis, of, found.ids);
      return {
        items: found.ids.map((id) => present({ id, name: called.get(id) }) as { id: string; name?: string }),
        ...(found.total > found.ids.length ? { more: found.total - found.ids.length } : {}),
      };
    };
    const beside: Record<string, Awaited<ReturnType<typeof list>>> = {};
    for (const { name, kind: of, field } of related[kind]) {
      if (!caller.abilities.has(ability[of])) continue;
      const found = await referring(sql, basis, of, field, input.id, inForce[of], SHOWN);
      if (found.total > 0) beside[name] = await list(of, found);
    }

    let manager: { id: string; title?: string } | undefined;
    let reports: Awaited<ReturnType<typeof list>> | undefined;
    if (kind === 'position') {
      const managerId = (await managersOf(sql, basis, [input.id])).get(input.id);
      if (managerId)
        manager = present({ id: managerId, title: (await namesOf(sql, basis, 'position', [managerId])).get(managerId) }) as typeof manager;
      const may = await mayReportTo(sql, basis, input.id);
      const leads = await managersOf(sql, basis, may);
      const ids = may.filter((id) => leads.get(id) === input.id).sort();
      if (ids.length > 0) reports = await list('position', { ids: ids.slice(0, SHOWN), total: ids.length });
    }
    const person = kind === 'actor' && seesPersons(caller) ? await personOf(sql, basis, input.id) : undefined;
    const label = (await nameThings(deps, caller, basis, kind, [input.id])).get(input.id);
    const shown = versions.slice(-SHOWN);
    return {
      id: input.id,
      kind,
      ...(label === undefined ? {} : { name: label }),
      state: state as 'in_force' | 'not_in_force' | 'not_yet',
      ...(now ? { values: print(now.values) } : {}),
      ...(person ? { person: present(person) as Record<string, string> } : {}),
      names,
      ...(manager ? { manager } : {}),
      ...(reports ? { direct_reports: reports } : {}),
      related: beside,
      timeline: shown.map((v) => ({
        effective_from: v.effective_from,
        ...(v.effective_to === 'infinity' ? {} : { effective_to: v.effective_to }),
        event_position: v.from_position,
        values: print(v.values),
      })),
      later: versions.flatMap((v, i) => {
        if (v.effective_from <= basis.effective_on) return [];
        const before = versions[i - 1]?.values ?? {};
        const changed = Object.fromEntries(Object.entries(v.values).filter(([f, value]) => value !== (before[f] ?? null)));
        return [
          {
            effective_from: v.effective_from,
            fields: print({ ...changed, pay_currency: v.values.pay_currency ?? null, currency: v.values.currency ?? null }),
          },
        ];
      }),
      ...(versions.length > SHOWN ? { more_versions: versions.length - SHOWN } : {}),
      basis: printBasis(basis),
    };
  },
});
