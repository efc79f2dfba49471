import type { LearningNote } from '../../protocol/answers.ts';
import type { Look } from './look.ts';
import { safeLine } from './safe-text.ts';
import { clock } from './time.ts';
import { wrap } from './width.ts';

/** Spaces before what follows the title. */
const INDENT = 4;

/** One learning: its title, where it comes from, and what it says beyond the title. */
export function learningLines(learning: LearningNote, look: Look, now: Date): string[] {
  const times = learning.count === undefined ? '' : `${learning.count} times`;
  const at = learning.at === undefined ? '' : clock(learning.at, now);
  const origin = [learning.category, learning.agent_id ?? '', at, times].filter((part) => part !== '').map(safeLine);
  const body = Object.entries(learning.body).map(
    ([name, value]) => `${safeLine(name)}: ${safeLine(typeof value === 'string' ? value : listed(value))}`,
  );
  const indented = body.flatMap((line) => (look.fits ? wrap(line, look.width - INDENT) : [line]));
  return [
    look.paint('bold', safeLine(learning.title)),
    look.paint('dim', `    ${origin.join(' · ')}`),
    ...indented.map((line) => ' '.repeat(INDENT) + line),
  ];
}

function listed(value: unknown): string {
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value.join(', ');
  return JSON.stringify(value) ?? '';
}
