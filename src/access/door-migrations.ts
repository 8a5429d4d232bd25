/** What is counted at the door: requests against the limits, and who used which tool. */
export const doorMigrations: { name: string; up: string }[] = [
  {
    name: 'access-0004-limits-and-usage',
    up: `
-- The shape that rate-limiter-flexible writes: 'expire' is in milliseconds since 1970. Unlogged, because a count of the last
-- minute is worth no write-ahead log: after a crash everybody begins a new minute. Room in each page keeps updates in place.
create unlogged table access.rate_limit (
  key varchar(255) primary key,
  points integer not null default 0,
  expire bigint
) with (fillfactor = 50);

-- Calls per hour. 'credential' is the id of a token or of a connected app's grant, 'client' the client it was made for or says
-- it is. No arguments and no answers are kept.
create table access.usage (
  tenant int not null references access.tenant (id),
  hour timestamptz not null,
  user_id uuid not null,
  credential text not null,
  client text not null,
  tool text not null,
  calls int not null,
  errors int not null,
  primary key (tenant, hour, user_id, credential, client, tool)
);
`,
  },
];
