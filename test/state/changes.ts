import type { PublishAnswer } from '../../src/protocol/answers.ts';
import type { Region, Target } from '../../src/protocol/targets.ts';
import { claim, release } from '../../src/state/claims/claims.ts';
import { type Config, DEFAULT_CONFIG } from '../../src/state/config.ts';
import { reviewFileConflicts } from '../../src/state/conflicts/file-conflicts.ts';
import { publish } from '../../src/state/messages/publish.ts';
import { Team } from './team.ts';
import { claimRequest, releaseRequest } from './world.ts';

/** What a message about a conflict says. */
export interface Told {
  shape: string;
  paths: string[];
  agents: string[];
  state: string;
  text: string;
  more?: number;
  urgent: boolean;
}

/** The agents x, y and z, each in a worktree of its own, and a supervisor; they change files and declare things. */
export class Changes extends Team {
  constructor(conflict: Partial<Config['conflict']> = {}) {
    super({ conflict: { ...DEFAULT_CONFIG.conflict, ...conflict } });
    this.worktrees('main', 'x', 'y', 'z');
    this.join('x', 'y', 'z');
    this.supervise();
  }

  /** Files an agent states itself. */
  change(agent: string, ...files: string[]): PublishAnswer {
    return this.say(agent, { type: 'status', status: 'working', files });
  }

  /** Files as the watcher sees them: none, too. */
  saw(agent: string, set: { files?: string[]; unmerged?: string[] }): void {
    this.run((tx) => {
      tx.emit({ kind: 'agent', id: agent, set });
      reviewFileConflicts(tx);
    });
  }

  plan(agent: string, ...targets: (string | Target)[]): PublishAnswer {
    return this.run((tx) =>
      publish(
        tx,
        agent,
        { type: 'intent', files: ['as told'], text: `plan of ${agent}`, valid_for_seconds: 900 },
        { targets: targets.map((one) => (typeof one === 'string' ? { path: one } : one)), facts: {} },
      ),
    );
  }

  hold(agent: string, paths: (string | Target)[], mode: 'exclusive' | 'shared' = 'exclusive') {
    return this.run((tx) => claim(tx, agent, claimRequest(paths, { mode, reason: `work of ${agent}` }))).answer;
  }

  free(agent: string): void {
    this.run((tx) => release(tx, agent, releaseRequest({ all: true }), 'holder'));
  }

  /** What an agent reads about conflicts over files; plans that meet are left aside. */
  told(agent: string): Told[] {
    return this.read(agent)
      .filter((message) => message.type === 'coordinator.conflict')
      .map((message) => ({ ...(message.payload as Omit<Told, 'urgent'>), urgent: message.urgent === true }))
      .filter(({ shape }) => shape !== 'forward');
  }

  /** How many such messages x, y, z and the supervisor read. */
  toldAll(): number[] {
    return ['x', 'y', 'z', 'supervisor'].map((agent) => this.told(agent).length);
  }

  /** The open conflicts over files. */
  open(): { shape: string; paths: string[]; agents: string[]; state: string }[] {
    return [...this.state.conflicts.values()]
      .filter(({ shape }) => shape !== 'forward')
      .map(({ shape, paths, agents, state }) => ({ shape, paths, agents, state }));
  }
}

export function lines(start_line: number, end_line: number): Region {
  return { kind: 'range', start_line, end_line };
}

export function part(path: string, region: Region): Target {
  return { path, region };
}
