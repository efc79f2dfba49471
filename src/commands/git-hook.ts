import process from 'node:process';
import { runGitHook } from '../clients/git-hook-run.ts';
import type { GitHook } from '../clients/hook-script.ts';
import { REFUSED_OR_FAILED } from './exit.ts';
import { safeLines } from './render/safe-text.ts';

/** `paw-coordinator git-hook HOOK`: what git runs at that moment. What it ends with decides whether git goes on. */
export async function gitHook(hook: GitHook): Promise<void> {
  const { refused, warnings } = await runGitHook(hook, { folder: process.cwd(), env: process.env });
  for (const text of [...warnings, ...(refused === undefined ? [] : [refused])])
    process.stderr.write(`${safeLines(text).join('\n')}\n`);
  if (refused !== undefined) process.exitCode = REFUSED_OR_FAILED;
}
