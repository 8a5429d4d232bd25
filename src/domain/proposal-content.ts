import type { EventData, ProposalContent } from './events.ts';

type Part = EventData['ProposalContentStored'];
/** Personal fields taken out of a content: of which change or action, and of which actor. */
export type Person = NonNullable<Part['people']>[number];

/** An action on an actor says personal fields under `personal`, beside the actor's id. */
const fromAction = (action: Record<string, unknown>, at: number, people: Person[]): Record<string, unknown> => {
  const personal = action.personal;
  if (typeof personal !== 'object' || personal === null) return action;
  const id = action.actor_id;
  if (typeof id !== 'string') throw new TypeError(`action ${at} holds personal fields of nobody`);
  people.push({ list: 'actions', at, id, personal });
  return { ...action, personal: {} };
};

/**
 * Takes every personal field out of a content, so that the rest can be kept, hashed and shown for good while the personal
 * part is encrypted by actor and can be erased.
 */
export const takePeopleOut = (content: ProposalContent): { bare: ProposalContent; people: Person[] } => {
  const people: Person[] = [];
  const changes = content.changes.map((change, at) => {
    if (!change.personal) return change;
    people.push({ list: 'changes', at, id: change.id, personal: change.personal });
    return { ...change, personal: {} };
  });
  const actions = content.actions.map((action, at) => fromAction(action, at, people));
  return { bare: { ...content, actions, changes }, people };
};

/** The opposite of `takePeopleOut`. What was erased reads as the log gives it. */
export const putPeopleBack = (bare: ProposalContent, people: readonly Person[]): ProposalContent => {
  const changes = [...bare.changes];
  const actions = [...bare.actions];
  for (const { list, at, personal } of people) {
    const change = changes[at];
    const action = actions[at];
    switch (list) {
      case 'changes':
        if (change) changes[at] = { ...change, personal };
        break;
      case 'actions':
        if (action) actions[at] = { ...action, personal };
        break;
      default:
        list satisfies never;
    }
  }
  return { ...bare, changes, actions };
};

/**
 * Joins the parts of a proposal's stream to the text and the personal fields of the content whose SHA-256 is given. Parts of
 * another try under the same idempotency key, which no plan names, are passed over. The caller checks the hash of the text.
 */
export const joinParts = (parts: Iterable<Part>, content_sha256: string): { text: string; people: Person[] } => {
  const mine = new Map<number, Part>();
  for (const part of parts) if (part.content_sha256 === undefined || part.content_sha256 === content_sha256) mine.set(part.part, part);
  const ordered = [...mine.values()].sort((a, b) => a.part - b.part);
  return { text: ordered.map((p) => p.text).join(''), people: ordered.flatMap((p) => p.people ?? []) };
};
