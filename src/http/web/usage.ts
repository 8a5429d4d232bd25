import { USAGE_DAYS } from '../../access/usage.ts';
import { usageTotals } from '../../access/usage-totals.ts';
import { messagePage } from '../../views/layout.ts';
import { usagePage } from '../../views/usage.ts';
import { originOf } from '../hosts.ts';
import { answer } from './exchange.ts';
import { signedIn } from './guards.ts';
import type { WebParts } from './parts.ts';

/** The periods that can be looked at, in days. */
const periods = [7, USAGE_DAYS, 90, 365] as const;

/** The page of who used what, for who may manage members or settings: what `/api/v1/usage` tells, added up. */
export const usageRoutes = (parts: WebParts) => ({
  page: signedIn(parts, async (visit) => {
    const { ctx, person, shown: tenant } = visit;
    if (!person.seesUsage) {
      const text = 'Who used what is for those who manage members or settings of the organisation.';
      return answer(ctx, messagePage({ title: 'Not for your role', tenant, person, text, way: { href: '/', name: 'Home' } }), {
        status: 403,
      });
    }
    const days = periods.find((d) => String(d) === ctx.query.days) ?? USAGE_DAYS;
    const totals = await usageTotals(parts.sql, visit.door.tenant, new Date(parts.now().getTime() - days * 86_400_000));
    answer(ctx, usagePage({ tenant, person, days, choices: periods, mcp: `${originOf(ctx)}${parts.mcpPath}`, ...totals }));
  }),
});
