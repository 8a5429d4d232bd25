import { type Caller, type Deps, need } from '../application/context.ts';
import type { Ability } from '../domain/abilities.ts';
import { runTool } from './call.ts';
import type { NamingStyle } from './naming.ts';
import { mayUse } from './tool.ts';
import type { Toolbox } from './toolbox.ts';

/** What resources, prompts and completion work with: the caller's tools, and no other way to data. */
export interface Desk {
  has: ReadonlySet<Ability>;
  /** Whether the caller may use this tool. */
  may(tool: string): boolean;
  /** Refuses with FORBIDDEN where an ability is missing. */
  need(abilities: readonly Ability[]): void;
  /** Calls a tool as the caller. Refusals pass through. */
  call(tool: string, args: Record<string, unknown>): Promise<Record<string, unknown>>;
  /** A text of ours with the names of tools as the caller's list has them. */
  say(text: string): string;
}

/** Whether all of these abilities are there. */
export const hasAll = (has: ReadonlySet<Ability>, wanted: readonly Ability[]): boolean => wanted.every((a) => has.has(a));

export const deskOf = (box: Toolbox, deps: Deps, caller: Caller, style: NamingStyle): Desk => {
  const found = (name: string) => {
    const tool = box.find(name);
    if (!tool) throw new TypeError(`there is no tool ${name}`);
    return tool;
  };
  return {
    has: caller.abilities,
    may: (name) => mayUse(found(name), caller.abilities),
    need: (wanted) => need(caller, ...wanted),
    call: (name, args) => runTool(found(name), deps, caller, args),
    say: (text) => box.inStyle(text, style),
  };
};
