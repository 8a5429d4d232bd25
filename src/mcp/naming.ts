/** How a connection is listed the tools: the canonical dots, or underscores for clients that refuse a list with a dot in it. */
export type NamingStyle = 'dots' | 'underscores';

/** Clients that want `^[a-zA-Z0-9_-]{1,64}$`, by how they call themselves or by the client a token was made for. */
const needUnderscores = [/^claude[-_ ]?desktop/i, /^claude-ai\b/i, /^codex/i, /copilot/i];

/**
 * A token's own setting wins (`dots`, `underscores`, or the client it is for), then what the client calls itself; dots when
 * neither is known.
 */
export const namingStyle = (tokenClient: string | null | undefined, clientName: string | undefined): NamingStyle => {
  if (tokenClient === 'dots' || tokenClient === 'underscores') return tokenClient;
  return [tokenClient, clientName].some((name) => typeof name === 'string' && needUnderscores.some((p) => p.test(name)))
    ? 'underscores'
    : 'dots';
};

export const listedName = (name: string, style: NamingStyle): string => (style === 'dots' ? name : name.replaceAll('.', '_'));

/** The form in which dotted and underscored names are equal: what calls are looked up by. */
export const nameKey = (name: string): string => name.replaceAll('.', '_').toLowerCase();
