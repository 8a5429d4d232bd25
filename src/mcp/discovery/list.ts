import { z } from 'zod';
import { operation } from '../../application/operation.ts';
import { abilities } from '../../domain/abilities.ts';
import { codes } from '../../domain/codes.ts';
import { metrics } from '../../domain/metrics.ts';
import { mayUse } from '../tool.ts';
import type { Toolbox } from '../toolbox.ts';
import { version } from '../version.ts';
import type { Actions } from './catalogue.ts';
import { elsewhere } from './elsewhere.ts';

const output = z.object({
  version: z.string(),
  tenant: z.string(),
  access_role: z.string(),
  abilities: z.array(z.string()),
  groups: z.array(z.object({ group: z.string(), tools: z.array(z.object({ name: z.string(), title: z.string() })) })),
  needs_more: z
    .array(z.object({ name: z.string(), missing: z.array(z.string()) }))
    .describe('Tools this credential may not use, with the abilities it lacks.'),
  action_types: z.array(z.string()).describe('What scenario.action.plan takes; capability.explain gives the schema of each.'),
  metrics: z.array(z.string()),
  error_codes: z.array(z.string()),
  not_in_mcp: z.array(z.object({ what: z.string(), instead: z.string() })),
});

/** What there is for this caller, and what is not in MCP on purpose with the place to go instead. */
export const capabilityList = (box: () => Toolbox, actions: Actions) =>
  operation({
    name: 'capability.list',
    title: 'What you can do here',
    summary:
      'Lists the tools, action types, metrics and error codes there are for you, and what is kept out of MCP on purpose with the place to go instead',
    input: z.object({}),
    output,
    abilities: [],
    readOnly: true,
    run: async (_deps, caller) => {
      const usable = box().tools.filter((t) => mayUse(t, caller.abilities));
      const groups = [...new Set(usable.map((t) => t.face.group))];
      return {
        version,
        tenant: caller.tenantSlug,
        access_role: caller.role,
        abilities: abilities.filter((a) => caller.abilities.has(a)),
        groups: groups.map((group) => ({
          group,
          tools: usable.filter((t) => t.face.group === group).map((t) => ({ name: t.name, title: t.operation.title })),
        })),
        needs_more: box()
          .tools.filter((t) => !mayUse(t, caller.abilities))
          .map((t) => ({ name: t.name, missing: t.operation.abilities.filter((a) => !caller.abilities.has(a)) })),
        action_types: [...actions.keys()],
        metrics: Object.keys(metrics),
        error_codes: Object.keys(codes),
        not_in_mcp: [...elsewhere],
      };
    },
  });
