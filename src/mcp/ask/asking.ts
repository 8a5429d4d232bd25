import type { InputRequiredResult } from '@modelcontextprotocol/server';

/**
 * What a call may ask the person behind the client, and what was already answered. Questions are an extra: a client that takes
 * none gets the refusal that says in words what is missing.
 */
export interface Asking {
  /** The client shows forms (elicitation, form mode). */
  form: boolean;
  /** The client opens addresses (elicitation, URL mode). */
  url: boolean;
  /** Where the web pages of this tenant are, e.g. https://acme.example.com; undefined where no such place is known (stdio). */
  origin?: string | undefined;
  /** The client's answers, by the names of our questions. They come from the client and prove nothing about a person. */
  responses?: Readonly<Record<string, unknown>> | undefined;
}

export type InputRequired = InputRequiredResult;

/** Calls a read tool for the same caller. */
export type Read = (tool: string, args: Record<string, unknown>) => Promise<Record<string, unknown>>;

/** An organisation's text within a question: on one line, cut. */
export const asLabel = (text: unknown): string =>
  String(text)
    .replace(/\p{Cc}+/gu, ' ')
    .slice(0, 80);
