import { type HookAnswer, type HookRequestInput, hookRequestSchema } from '../../src/protocol/hooks.ts';
import { PROTOCOL_VERSION } from '../../src/protocol/version.ts';
import { confirmShown } from '../../src/state/hooks/hook-mail.ts';
import { hook } from '../../src/state/hooks/hooks.ts';
import { Team } from './team.ts';

type Rest = Partial<HookRequestInput>;

/** Agents a and b, connected; c is a worktree only. Hooks run in the worktree of a, in the client's session s1. */
export class HookedTeam extends Team {
  constructor() {
    super();
    this.worktrees('main', 'a', 'b', 'c');
    this.join('a', 'b');
  }

  /** A hook that does not say whether it has shown what it was told. */
  ask(event: HookRequestInput['event'], rest: Rest = {}): HookAnswer {
    const request = { protocol: PROTOCOL_VERSION, event, worktree: '/repo/a', client_session: 's1', ...rest };
    return this.run((tx) => hook(tx, hookRequestSchema.parse(request)));
  }

  /** A hook from its beginning to its end. */
  hook(event: HookRequestInput['event'], rest: Rest = {}): HookAnswer {
    const answer = this.ask(event, rest);
    const { batch } = answer;
    if (batch !== undefined) this.run((tx) => confirmShown(tx, batch));
    return answer;
  }

  /** What is put before the model with a prompt. */
  prompt(session = 's1', rest: Rest = {}): string | undefined {
    return this.hook('UserPromptSubmit', { client_session: session, ...rest }).context;
  }

  /** A note of b to a; returns its number. */
  note(text: string, rest: Record<string, unknown> = {}): number {
    return this.say('b', { type: 'note', to: ['a'], text, ...rest }).seq;
  }

  unread(agent = 'a'): number {
    return this.row(agent)?.unread ?? 0;
  }
}
