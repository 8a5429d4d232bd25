/**
 * The scenarios of @modelcontextprotocol/conformance for servers, each in one of these lists: the run fails when the suite knows one
 * that is in none, so that a newer suite is looked at and not skipped by silence.
 */

/** Scenarios that need nothing but a server. Every check in them has to hold. */
export const wanted: readonly string[] = [
  'server-initialize',
  'server-session-lifecycle',
  'server-stateless',
  'logging-set-level',
  'ping',
  'completion-complete',
  'tools-list',
  'server-sse-multiple-streams',
  'resources-list',
  'sep-2164-resource-not-found',
  'prompts-list',
  'dns-rebinding-protection',
  'caching',
  'http-header-validation',
];

/**
 * Checks inside a wanted scenario that call a test tool: by scenario, the names of the checks. A check that begins to hold without
 * the tool fails the run, so that this list does not outlive its reason.
 */
export const fixtureChecks: Readonly<Record<string, readonly string[]>> = {
  // Both call `test_missing_capability`, a tool that asks for sampling.
  'server-stateless': ['sep-2575-server-rejects-undeclared-capability', 'sep-2575-missing-capability-http-400'],
};

/**
 * Scenarios that need test fixtures: a tool, resource or prompt that the suite names (`test_…`, `test://…`) and that an engine of
 * organisations does not have. They are run for what they show without it: every message on the wire still has to fit the schema.
 */
export const needFixtures: readonly string[] = [
  'tools-call-simple-text',
  'tools-call-image',
  'tools-call-audio',
  'tools-call-embedded-resource',
  'tools-call-mixed-content',
  'tools-call-with-logging',
  'tools-call-error',
  'tools-call-with-progress',
  'tools-call-sampling',
  'tools-call-elicitation',
  'json-schema-2020-12',
  'elicitation-sep1034-defaults',
  'elicitation-sep1330-enums',
  'server-sse-polling',
  'resources-read-text',
  'resources-read-binary',
  'resources-templates-read',
  'resources-subscribe',
  'resources-unsubscribe',
  'prompts-get-simple',
  'prompts-get-with-args',
  'prompts-get-embedded-resource',
  'prompts-get-with-image',
  'http-custom-header-server-validation',
  'input-required-result-basic-elicitation',
  'input-required-result-basic-sampling',
  'input-required-result-basic-list-roots',
  'input-required-result-request-state',
  'input-required-result-multiple-input-requests',
  'input-required-result-multi-round',
  'input-required-result-missing-input-response',
  'input-required-result-non-tool-request',
  'input-required-result-result-type',
  'input-required-result-unsupported-methods',
  'input-required-result-tampered-state',
  'input-required-result-capability-check',
  'input-required-result-ignore-extra-params',
  'input-required-result-validate-input',
];

/** Scenarios of extensions that this server does not offer: skills (SEP-2640) and tasks (SEP-2663). */
export const notOffered: readonly string[] = [
  'sep-2640-skills-directory',
  'sep-2640-skills-enumeration',
  'sep-2640-skills-manifest',
  'tasks-lifecycle',
  'tasks-capability-negotiation',
  'tasks-wire-fields',
  'tasks-request-state-removal',
  'tasks-mrtr-input',
  'tasks-request-headers',
  'tasks-dispatch-and-envelope',
  'tasks-status-notifications',
  'tasks-required-task-error',
  'tasks-mrtr-composition',
];

/** The revisions that the suite is run for, each on its own wire. */
export const revisions = ['2025-11-25', '2026-07-28'] as const;
