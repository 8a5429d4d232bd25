/** What a credential may do. Effective abilities are the access role's, narrowed by the token's scopes where it has any. */
export const abilities = [
  'org-units.read',
  'positions.read',
  'placements.read',
  'teams.read',
  'actors.read',
  'org-metrics.read',
  'scenarios.read',
  'settings.read',
  'costs.read',
  'actors.personal.read',
  'ai.scenarios.draft',
  'scenarios.write',
  'scenarios.approve',
  'audit.read',
  'imports.write',
  'scenarios.promote',
  'settings.write',
  'members.write',
] as const;
export type Ability = (typeof abilities)[number];

/** Opens the MCP transport and grants nothing else. `mcp` is the legacy name on manual tokens. */
export const transportScopes = ['mcp:use', 'mcp.access', 'mcp'] as const;

/** Whether a token with these scopes opens MCP: scopes narrow the transport too, none at all narrow nothing. */
export const opensTransport = (scopes: readonly string[]): boolean =>
  scopes.length === 0 || scopes.some((s) => (transportScopes as readonly string[]).includes(s));

/** All that a client may ask for at once, and is asked to: a grant of it is what the person's role allows. */
export const workingScopes: readonly string[] = ['mcp:use', ...abilities];

export const accessRoles = ['owner', 'admin', 'manager', 'member', 'viewer', 'auditor'] as const;
export type AccessRole = (typeof accessRoles)[number];

const read: Ability[] = [
  'org-units.read',
  'positions.read',
  'placements.read',
  'teams.read',
  'actors.read',
  'org-metrics.read',
  'scenarios.read',
  'settings.read',
];
const plan: Ability[] = ['actors.personal.read', 'ai.scenarios.draft', 'scenarios.write', 'scenarios.approve'];

export const roleAbilities: Record<AccessRole, readonly Ability[]> = {
  owner: abilities,
  admin: abilities,
  manager: [...read, 'costs.read', ...plan],
  member: read,
  viewer: [...read, 'costs.read'],
  auditor: [...read, 'costs.read', 'audit.read'],
};

/** The abilities in force for a role under a token's scopes. Scopes that are no abilities (the transport's) narrow nothing. */
export const effectiveAbilities = (role: AccessRole, scopes: readonly string[]): Set<Ability> => {
  const narrowing = scopes.filter((s): s is Ability => (abilities as readonly string[]).includes(s));
  const granted = roleAbilities[role];
  return new Set(narrowing.length === 0 ? granted : granted.filter((a) => narrowing.includes(a)));
};
