/** How a connection is listed the tools: the canonical dots, or underscores for clients that refuse a list with a dot in it. */
export type NamingStyle = 'dots' | 'underscores';

/** What a user chose for a connection in its settings. */
export type NamingChoice = 'dotted' | 'underscore';

/**
 * Clients that want `^[a-zA-Z0-9_-]{1,64}$`, by how they call themselves, by the client a token was made for, by the name an
 * OAuth client registered or by the address of its metadata document. Claude's own connectors are among them; Claude Code is not.
 */
const needUnderscores = [
  /^claude[-_ ]?desktop/i,
  /^claude(-ai)?$/i,
  /^claude-ai\b/i,
  /^codex/i,
  /copilot/i,
  /^https:\/\/(?:[a-z0-9-]+\.)*claude\.(?:ai|com)\/(?!.*claude-?code)/i,
  /^https:\/\/(?:[a-z0-9-]+\.)*(?:openai|chatgpt)\.com\/.*codex/i,
];

/**
 * The user's own choice wins, then a token's own setting (`dots`, `underscores`, or the client it is for), then what the client
 * calls itself, or the id of an OAuth client, which can be the address of its metadata; dots when nothing is known.
 */
export const namingStyle = (
  credentialClient: string | null | undefined,
  clientName: string | undefined,
  choice?: NamingChoice | undefined,
  clientId?: string | undefined,
): NamingStyle => {
  if (choice !== undefined) return choice === 'dotted' ? 'dots' : 'underscores';
  if (credentialClient === 'dots' || credentialClient === 'underscores') return credentialClient;
  return [credentialClient, clientName, clientId].some((name) => typeof name === 'string' && needUnderscores.some((p) => p.test(name)))
    ? 'underscores'
    : 'dots';
};

export const listedName = (name: string, style: NamingStyle): string => (style === 'dots' ? name : name.replaceAll('.', '_'));

/** The form in which dotted and underscored names are equal: what calls are looked up by. */
export const nameKey = (name: string): string => name.replaceAll('.', '_').toLowerCase();

/**
 * Writes the given names, wherever they stand as a whole in a text of ours, as the style has them. A name that is part of a longer
 * one (`scenario.action.list` within `my.scenario.action.list`) stays. Never used on an organisation's text.
 */
export const namesInText = (names: readonly string[]): ((text: string, style: NamingStyle) => string) => {
  const longestFirst = [...names].sort((a, b) => b.length - a.length).map((n) => n.replaceAll('.', '\\.'));
  const whole = new RegExp(`(?<![\\w.])(?:${longestFirst.join('|')})(?!\\w|\\.\\w)`, 'g');
  return (text, style) => (style === 'dots' || names.length === 0 ? text : text.replace(whole, (name) => listedName(name, style)));
};
