import { bodyLines } from '../../coordinator/learning-text.ts';
import type { LearningNote } from '../../protocol/answers.ts';
import type { Look } from './look.ts';
import { safeLine } from './safe-text.ts';
import { clock } from './time.ts';
import { wrap } from './width.ts';

/** Spaces before what follows the title. */
const INDENT = 4;

/** One learning: its title, where it comes from, its id, and what it says beyond the title. */
export function learningLines(learning: LearningNote, look: Look, now: Date): string[] {
  const times = learning.count === undefined ? '' : `${learning.count} times`;
  const at = learning.at === undefined ? '' : clock(learning.at, now);
  const origin = [learning.category, learning.agent_id ?? '', at, times, learning.id]
    .filter((part) => part !== '')
    .map(safeLine);
  const indented = bodyLines(learning)
    .map(safeLine)
    .flatMap((line) => (look.fits ? wrap(line, look.width - INDENT) : [line]));
  return [
    look.paint('bold', safeLine(learning.title)),
    look.paint('dim', `    ${origin.join(' · ')}`),
    ...indented.map((line) => ' '.repeat(INDENT) + line),
  ];
}
