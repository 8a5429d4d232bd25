import type { Answer, Assistant } from '../mcp-client.ts';
import type { Output } from '../output.ts';

/** One step of the tour: what was called and what came back. */
export interface TourStep {
  step: string;
  tool: string;
  answer: Answer;
}

/** Leads through the tour: calls tools as an assistant does, keeps what came back, and says it to a person. */
export interface Guide {
  readonly steps: TourStep[];
  call(step: string, tool: string, args?: Answer): Promise<Answer>;
  heading(text: string): void;
  say(text: string): void;
}

export const guide = (assistant: Assistant, out: Output): Guide => {
  const steps: TourStep[] = [];
  let chapter = 0;
  return {
    steps,
    call: async (step, tool, args = {}) => {
      out.progress(`${step}: ${tool}`);
      const answer = await assistant.call(tool, args);
      steps.push({ step, tool, answer });
      return answer;
    },
    heading: (text) => {
      const line = `${++chapter}. ${text}`;
      out.say(`\n${line}\n${'-'.repeat(line.length)}`);
    },
    say: (text) => out.say(text),
  };
};
