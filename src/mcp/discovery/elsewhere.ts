/** What is kept out of MCP on purpose, and where a person does it instead. */
export const elsewhere: readonly { what: string; instead: string }[] = [
  { what: 'writing the baseline', instead: 'plan on a scenario here; the baseline is changed by imports (`orgonaut import`)' },
  { what: 'importing files', instead: '`orgonaut import --tenant SLUG --file FILE --dry-run` on the command line, then without --dry-run' },
  { what: 'promoting a scenario to the baseline, restoring', instead: 'a person of the tenant does it, outside MCP' },
  { what: 'sharing, locking and approving a scenario', instead: '`orgonaut scenario share` on the command line, by its owner or an admin' },
  {
    what: 'naming a point of the history',
    instead: '`orgonaut snapshot create` on the command line; reads then take `as_of: "snapshot:NAME"`',
  },
  {
    what: 'confirming where the tenant wants a person (HUMAN_REQUIRED)',
    instead:
      'the page /proposals/<id>/confirm of the service, by somebody who signs in; or `orgonaut proposal show` and `proposal confirm`',
  },
  { what: 'users and access roles', instead: '`orgonaut user` on the command line' },
  { what: 'tokens (a token cannot make tokens)', instead: '`orgonaut token create`, `list` and `revoke` on the command line' },
  { what: 'tenant settings, policies and the subscription', instead: '`orgonaut tenant set` on the command line' },
  { what: 'proving that the read model equals the log', instead: '`orgonaut replay --tenant SLUG --verify` on the command line' },
];
