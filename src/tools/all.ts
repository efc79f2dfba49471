import { claim } from './claim.ts';
import { learnings } from './learnings.ts';
import { poll } from './poll.ts';
import { publish } from './publish.ts';
import { release } from './release.ts';
import { status } from './status.ts';
import type { Tool } from './tool.ts';
import { work } from './work.ts';

/** Every tool, in the order in which they are listed. */
export const TOOLS: readonly Tool[] = [publish, poll, claim, release, status, learnings, work];
