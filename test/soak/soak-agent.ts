import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { PolledMessage } from '../../src/protocol/answers.ts';
import { RESULTS_KEPT_PER_AGENT } from '../../src/protocol/limits.ts';
import type { TestRepository } from '../harness/repository.ts';
import type { Voice } from './voice.ts';

/** Files an agent works on by itself, and those that all work on. */
const OWN_FILES = 10;
const SHARED_FILES = 3;
/** Once in so many rounds. */
const SHARED_EVERY = 7;
const IGNORES_REFUSAL_EVERY = 3;
const QUESTION_EVERY = 5;
const STATUS_EVERY = 4;
const ROSTER_EVERY = 6;
const COMMIT_EVERY = 8;

/** What an agent writes to its neighbour in each round. */
export interface NotesOptions {
  count: number;
  /** Length of each, in characters: many long ones have snapshots made often. */
  chars: number;
}

export interface SoakAgentOptions {
  branch: string;
  /** Whom it writes to. */
  neighbour: string;
  notes: NotesOptions;
  voice: Voice;
  repository: TestRepository;
}

/** One agent that works, commits and writes to its neighbour. */
export class SoakAgent {
  readonly #options: SoakAgentOptions;
  readonly #worktree: string;
  #round = 0;
  /** First lines of the notes it wrote and of those it was handed, each as often as it happened. */
  readonly sent: string[] = [];
  readonly received: string[] = [];

  constructor(options: SoakAgentOptions) {
    this.#options = options;
    this.#worktree = options.repository.worktree(options.branch);
  }

  /** Makes so many calls that what is kept of each for a retry has its full size. */
  async warmUp(): Promise<void> {
    const { voice } = this.#options;
    for (let call = 0; call < RESULTS_KEPT_PER_AGENT; call += 1)
      await voice.publish({ type: 'status', status: 'working', text: `getting ready, step ${call}` });
  }

  /** One round: reserves a file, changes it, tells about it, reads mail, now and then commits. */
  async work(): Promise<void> {
    const { branch, neighbour, notes, voice } = this.#options;
    this.#round += 1;
    const round = this.#round;
    const file = this.#file(round);
    if (round % ROSTER_EVERY === 0) await voice.status();
    const granted = await voice.claim(file);
    if (granted || round % IGNORES_REFUSAL_EVERY === 0) await this.#change(file);
    if (round % STATUS_EVERY === 0)
      await voice.publish({ type: 'status', status: 'working', text: `round ${round} of ${branch}` });
    for (let note = 1; note <= notes.count; note += 1) await this.#write(`note ${note} of ${branch} in round ${round}`);
    if (round % QUESTION_EVERY === 0)
      await voice.publish({ type: 'question', to: [neighbour], text: `What does ${branch} need in round ${round}?` });
    while ((await this.read()) > 0);
    if (round % COMMIT_EVERY === 0) await this.#commit();
    await voice.releaseAll();
  }

  /** Reads a batch of mail, and answers what it is asked. Returns how many messages there were. */
  async read(): Promise<number> {
    const { voice } = this.#options;
    const messages = await voice.poll(0);
    for (const message of messages) {
      if (message.type === 'agent.note') this.received.push(textOf(message).split('\n', 1)[0] ?? '');
      if (message.type === 'agent.question')
        await voice.publish({ type: 'answer', re: message.seq, text: `What ${message.from} needs.` });
    }
    return messages.length;
  }

  /** Its branch was merged, or given up: the worktree is as the base branch again. */
  async startOver(): Promise<void> {
    const { repository } = this.#options;
    await repository.git(this.#worktree, 'reset', '--quiet', '--hard', 'main');
    await repository.git(this.#worktree, 'clean', '--quiet', '-d', '--force');
  }

  async #write(title: string): Promise<void> {
    const { neighbour, notes, voice } = this.#options;
    await voice.publish({ type: 'note', to: [neighbour], text: `${title}\n${'x'.repeat(notes.chars)}` });
    this.sent.push(title);
  }

  #file(round: number): string {
    const shared = round % SHARED_EVERY === 0;
    return shared ? `src/shared/${round % SHARED_FILES}.ts` : `src/${this.#options.branch}/${round % OWN_FILES}.ts`;
  }

  async #change(file: string): Promise<void> {
    const path = join(this.#worktree, file);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, `export const round = ${this.#round};\n`);
  }

  async #commit(): Promise<void> {
    const { repository } = this.#options;
    await repository.git(this.#worktree, 'add', '--all');
    await repository.git(this.#worktree, 'commit', '--quiet', '--allow-empty', '--message', `round ${this.#round}`);
  }
}

function textOf({ payload }: PolledMessage): string {
  return 'text' in payload && typeof payload.text === 'string' ? payload.text : '';
}
