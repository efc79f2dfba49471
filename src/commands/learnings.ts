import { withCoordinator } from './coordinator-link.ts';
import { print, printJson, stdoutLook } from './output.ts';
import { learningLines } from './render/learnings.ts';

export interface LearningsOptions {
  category?: string;
  branch?: string;
  limit?: number;
  json?: boolean;
}

/** `paw-coordinator learnings`: what was learned in this repository; the newest, or what fits the words. */
export async function learnings(words: readonly string[], { json = false, ...query }: LearningsOptions): Promise<void> {
  const text = words.join(' ').trim();
  const answer = await withCoordinator((link) =>
    link.request('learnings', { ...query, ...(text !== '' && { query: text }) }),
  );
  if (json) return printJson({ learnings: answer.learnings ?? [] });
  const found = answer.learnings ?? [];
  if (found.length === 0) return print(text === '' ? 'Nothing has been recorded yet.' : 'Nothing recorded fits.');
  for (const learning of found) print(...learningLines(learning, stdoutLook(), new Date()));
}
