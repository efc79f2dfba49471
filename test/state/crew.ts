import { claimRequestSchema, releaseRequestSchema } from '../../src/protocol/requests.ts';
import { type WorkItemView, type WorkRequest, workRequestSchema } from '../../src/protocol/work.ts';
import { changing } from '../../src/state/calls.ts';
import { claim, release } from '../../src/state/claims/claims.ts';
import { sawFiles, sawMove } from '../../src/state/supervision/sightings.ts';
import { claimItem } from '../../src/state/work/claim-item.ts';
import { work } from '../../src/state/work/work.ts';
import { Team } from './team.ts';

/** A team with work to do. */
export class Crew extends Team {
  work(by: string, request: Record<string, unknown>): ReturnType<typeof work> {
    const parsed: WorkRequest = workRequestSchema.parse(request);
    return this.run((tx) =>
      changing(tx, { agent: by, session: `session-of-${by}` }, undefined, () => work(tx, by, parsed)),
    );
  }

  add(title: string, rest: Record<string, unknown> = {}): string {
    const { item } = this.work('human', { action: 'add', title, stage: 'current', ...rest });
    return item?.id ?? '';
  }

  claim(agent: string, request: Record<string, unknown>): ReturnType<typeof claimItem> {
    const parsed = claimRequestSchema.parse(request);
    return this.run((tx) =>
      changing(tx, { agent, session: `session-of-${agent}` }, undefined, () => claimItem(tx, agent, parsed)),
    );
  }

  take(agent: string): string | undefined {
    return this.claim(agent, { next: true }).item?.id;
  }

  release(agent: string, request: Record<string, unknown>): string[] {
    const parsed = releaseRequestSchema.parse(request);
    return this.run((tx) => release(tx, agent, parsed, parsed.force ? 'operator' : 'holder')).released;
  }

  item(id: string): WorkItemView {
    const { item } = this.work('human', { action: 'show', id });
    if (!item) throw new Error(`no ${id}`);
    return item;
  }

  claimPath(agent: string, path: string): void {
    this.run((tx) => claim(tx, agent, claimRequestSchema.parse({ targets: [{ path }] })));
  }

  edit(agent: string, ...files: string[]): void {
    this.run((tx) => sawFiles(tx, { worktree: `/repo/${agent}`, files }));
  }

  commit(agent: string, tip: string, files = ['src/a.ts']): void {
    this.run((tx) => sawMove(tx, { worktree: `/repo/${agent}`, tip, commits: [tip], files }));
  }

  held(): Record<string, string> {
    const items = [...this.state.items.values()].map((item) => this.item(item.id));
    return Object.fromEntries(items.flatMap(({ id, holder }) => (holder === undefined ? [] : [[id, holder]])));
  }
}

/** A supervisor, and agents on branches of these names. */
export function crew(...agents: string[]): Crew {
  const team = new Crew();
  team.worktrees('main', ...agents);
  team.supervise();
  team.join(...agents);
  return team;
}
