import { type Completer, MOST } from './names.ts';

/** The beginning of an id rather than a word of a name: nothing else is typed with eight such signs. */
const idStart = /^[0-9a-f]{8}-?[0-9a-f-]*$/i;

const uuid = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

interface Node {
  id: string;
  children: Node[];
}

/** Units by a word of their name, through the query of org.search; the value is the id. Before anything is typed, the uppermost units. */
export const completeUnits: Completer = async (desk, typed) => {
  const query = typed.trim().slice(0, 200);
  if (!desk.may('org.search')) return { values: [] };
  if (query === '') {
    const { nodes } = (await desk.call('org.tree', { depth: 2, limit: MOST })) as { nodes: Node[] };
    return { values: nodes.flatMap((n) => [n.id, ...n.children.map((c) => c.id)]) };
  }
  if (uuid.test(query)) return { values: [query], total: 1 };
  const found = (await desk.call('org.search', { query, kinds: ['org_unit'], limit: MOST })) as {
    results: { id: string }[];
    more?: number;
  };
  return { values: found.results.map((r) => r.id), total: found.results.length + (found.more ?? 0) };
};

/** Scenarios the caller sees, newest first, by a part of their name or the beginning of their id. */
export const completeScenarios: Completer = async (desk, typed) => {
  if (!desk.may('scenario.list')) return { values: [] };
  const text = typed.trim().slice(0, 200);
  const byId = idStart.test(text);
  const { scenarios, total } = (await desk.call('scenario.list', { limit: MOST, ...(text === '' || byId ? {} : { name: text }) })) as {
    scenarios: { id: string }[];
    total: number;
  };
  const ids = scenarios.map((s) => s.id);
  return byId ? { values: ids.filter((id) => id.startsWith(text.toLowerCase())) } : { values: ids, total };
};

/** The newest proposals the caller sees, by a part of their title or the beginning of their id. */
export const completeProposals: Completer = async (desk, typed) => {
  if (!desk.may('scenario.action.list')) return { values: [] };
  const text = typed.trim().toLowerCase();
  const { proposals } = (await desk.call('scenario.action.list', { limit: MOST })) as { proposals: { id: string; title: string }[] };
  return { values: proposals.filter((p) => p.id.startsWith(text) || p.title.toLowerCase().includes(text)).map((p) => p.id) };
};
