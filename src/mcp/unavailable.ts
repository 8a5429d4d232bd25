const states = /^(08...|57P0[123]|53[0-9]{3})$/;
const system = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'EAI_AGAIN', 'ENOTFOUND']);

/** Whether an error says that the database is away, starting or full: the same call may succeed a moment later. */
export const isUnavailable = (error: unknown, depth = 0): boolean => {
  if (typeof error !== 'object' || error === null || depth > 4) return false;
  const { code, message, cause, errors } = error as { code?: unknown; message?: unknown; cause?: unknown; errors?: unknown };
  if (typeof code === 'string' && (states.test(code) || system.has(code))) return true;
  // The driver gives no code for a connection that ended under a query.
  if (typeof message === 'string' && /^(Connection terminated|Client has encountered a connection error)/.test(message)) return true;
  return isUnavailable(cause, depth + 1) || (Array.isArray(errors) && errors.some((e) => isUnavailable(e, depth + 1)));
};
