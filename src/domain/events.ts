import type { Change } from './changes.ts';
import type { Finding } from './codes.ts';

/** Who did it, with what, by which way: written with every event. `user` is a user id, never a name. */
export interface EventMetadata {
  user: string;
  with: { kind: 'client' | 'token' | 'cli' | 'system'; id: string; name?: string };
  via: 'mcp' | 'rest' | 'web' | 'cli' | 'import' | 'system';
  /** The MCP client that spoke, and its model where it says so. Untrusted text. */
  assistant?: { client: string; version?: string; model?: string };
  correlation_id: string;
  causation_id?: string;
  reason?: string;
  proposal_id?: string;
  /** SHA-256 of the canonical request whose idempotency key made this event's id: a repeat of the key is compared with it. */
  request_sha256?: string;
}

/** The events of the engine by type: what `data` holds. Streams are named by the functions below. */
export interface EventData {
  /** settings-<tenant> */
  TenantCreated: { slug: string; name: string; settings: TenantSettings };
  SettingsChanged: { settings: Partial<TenantSettings> };
  /** baseline-<tenant> */
  BaselineChanged: { changes: Change[] };
  BaselineImportApplied: {
    import_id: string;
    batches: { event_id: string; sha256: string }[];
    file_name: string;
    file_sha256: string;
    source: string;
    mapping: Record<string, string>;
    counts: Record<string, unknown>;
    report_digest: string;
    complete: boolean;
  };
  SnapshotNamed: { name: string; position: number };
  /** import-<tenant>.<id>; at most 900 kB each */
  ImportStaged: { import_id: string; batch: number; changes: Change[] };
  /** scenario-<tenant>.<id> */
  ScenarioCreated: {
    scenario_id: string;
    name: string;
    purpose?: string;
    baseline_position: number;
    owner: string;
    visibility: 'private' | 'shared';
  };
  ScenarioShared: { scenario_id: string; visibility: 'private' | 'shared'; with: string[] };
  ScenarioArchived: { scenario_id: string };
  ScenarioReopened: { scenario_id: string };
  ScenarioLocked: { scenario_id: string; locked: boolean };
  /** Small: the content lies in the proposal's own stream. `content_sha256` is over the canonical content. */
  ProposalPlanned: {
    proposal_id: string;
    scenario_id: string;
    title: string;
    content_sha256: string;
    parts: number;
    digest: string;
    content_version: number;
    settings_position: number;
    planner: string;
    expires_at: string;
    replaces?: string;
    change_count: number;
    warnings: number;
    approval_required: boolean;
    /** Things it creates have ids that the caller gave (`given_ids` of the content). */
    gives_ids?: true;
  };
  ProposalConfirmed: { proposal_id: string; scenario_id: string; digest: string; settings_position: number; content_version: number };
  ProposalWithdrawn: { proposal_id: string; scenario_id: string };
  /**
   * proposal-<tenant>.<id>: one part of the canonical JSON of the content, at most 512 kB each, joined in order. `content_sha256`
   * is that of the whole text: of several tries under one idempotency key, the parts that the plan names count. Personal fields
   * stand beside the text, by actor, so that the codec encrypts them (see proposal-content.ts).
   */
  ProposalContentStored: {
    proposal_id: string;
    scenario_id: string;
    content_sha256?: string;
    part: number;
    parts: number;
    text: string;
    people?: {
      list: 'changes' | 'actions';
      at: number;
      id: string;
      personal: Partial<Record<import('./entities.ts').PersonalField, string | null>>;
    }[];
  };
  /** access-<tenant>: a record of what happened to users, roles and tokens. */
  UserAdded: { user_id: string; role: string };
  RoleChanged: { user_id: string; role: string };
  UserRemoved: { user_id: string };
  TokenCreated: { token_id: string; user_id: string; name: string; abilities: string[]; expires_at: string | null; replaces?: string };
  TokenRevoked: { token_id: string; user_id: string };
  /** A person let a client in by OAuth. `abilities` are the scopes of the grant: with none, it follows the role. */
  AppConnected: { grant_id: string; user_id: string; client_id: string; client_name: string; redirect_host: string; abilities: string[] };
  AppNarrowed: { grant_id: string; user_id: string; abilities: string[] };
  /** By a person in the list of apps, by the client itself, or because one of its codes or refresh tokens came a second time. */
  AppRevoked: { grant_id: string; user_id: string; why: 'person' | 'client' | 'reuse' };
  SignedIn: { user_id: string; way: 'password' | 'upstream' | 'invitation' };
  SignedOut: { user_id: string };
  /** The failed sign-ins of one minute (its first instant): how many were wrong, how many were not looked at because of the limit. */
  SignInFailed: { minute: string; failed: number; throttled: number };
  /** Who a user is at another OpenID provider was bound at their first sign-in, or forgotten; somebody else came there with their address. */
  UpstreamBound: { user_id: string; issuer: string };
  UpstreamReleased: { user_id: string; issuer: string };
  UpstreamRefused: { user_id: string; issuer: string };
  PasswordSet: { user_id: string };
  /** `user_id` when it is for a member, who sets a new password by it; who made it stands in the metadata, as with every event. */
  InvitationMade: { invitation_id: string; role: string; expires_at: string; user_id?: string };
  InvitationAccepted: { invitation_id: string; user_id: string };
  /** The keys of the tenant's authorization server were replaced by hand; `key_id` is the new signing key's public id. */
  KeysRotated: { key_id: string };
}

export type EventType = keyof EventData;

/** The event-sourced settings of a tenant: they decide, so they stand in the log. */
export interface TenantSettings {
  name: string;
  subscription: 'free' | 'team' | 'business' | 'enterprise' | 'agency';
  currency: string;
  /** MM-DD */
  fiscal_year_start: string;
  /** IANA name */
  time_zone: string;
  /** How many years after the recording date an effective date may lie. */
  horizon_years: number;
  /** How long a proposal can be confirmed, in hours. */
  proposal_hours: number;
  /** A person has to confirm: an assistant alone may not. Settings recorded before there was a choice lack it: off. */
  human_confirmation?: boolean;
  policies: Policy[];
}

export interface Policy {
  name: 'span' | 'layers' | 'impact_limit' | 'freeze' | 'grade_band' | 'budget' | 'allocation';
  level: 'warn' | 'approval' | 'stop';
  /** The limit: most direct reports, most layers, most changes; decimal text for money. */
  limit?: string;
  subject?: string;
}

export const defaultSettings: Omit<TenantSettings, 'name'> = {
  subscription: 'business',
  currency: 'USD',
  fiscal_year_start: '01-01',
  time_zone: 'UTC',
  horizon_years: 10,
  proposal_hours: 72,
  human_confirmation: false,
  policies: [],
};

/** Stream names. The tenant number ends with a delimiter so that no tenant's prefix is another's. */
export const streams = {
  baseline: (tenant: number) => `baseline-${tenant}`,
  settings: (tenant: number) => `settings-${tenant}`,
  access: (tenant: number) => `access-${tenant}`,
  scenario: (tenant: number, id: string) => `scenario-${tenant}.${id}`,
  proposal: (tenant: number, id: string) => `proposal-${tenant}.${id}`,
  import: (tenant: number, id: string) => `import-${tenant}.${id}`,
};

/** What a proposal holds: exactly what was reviewed and will be applied. */
export interface ProposalContent {
  proposal_id: string;
  scenario_id: string;
  title: string;
  reason?: string;
  /** Actions as given, with references and filters resolved to ids. */
  actions: Record<string, unknown>[];
  changes: import('./changes.ts').PlannedChange[];
  impact: import('./impact.ts').Impact;
  findings: Finding[];
  /** Ids that the caller gave to what is created; another scenario may use them before this is confirmed. */
  given_ids?: readonly string[];
}
