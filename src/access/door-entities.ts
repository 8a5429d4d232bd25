import { defineEntity, p } from '@mikro-orm/core';

const schema = 'access';

export const RateLimitEntity = defineEntity({
  name: 'RateLimit',
  tableName: 'rate_limit',
  schema,
  properties: { key: p.string().primary(), points: p.integer(), expire: p.bigint().nullable() },
});

export const UsageEntity = defineEntity({
  name: 'Usage',
  tableName: 'usage',
  schema,
  properties: {
    tenant: p.integer().primary(),
    hour: p.datetime().primary(),
    user_id: p.uuid().primary(),
    credential: p.text().primary(),
    client: p.text().primary(),
    tool: p.text().primary(),
    calls: p.integer(),
    errors: p.integer(),
  },
});

/** The rows of what is counted at the door. */
export const doorEntities = [RateLimitEntity, UsageEntity];
