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
  if (found.length === 0) {
    const isFiltered = text !== '' || query.category !== undefined || query.branch !== undefined;
    return print(isFiltered ? 'Nothing recorded fits.' : 'Nothing has been recorded yet.');
  }
  for (const learning of found) print(...learningLines(learning, stdoutLook(), new Date()));
}
