import { describe, expect, it } from 'vitest';
import { claimRequestSchema } from '../../src/protocol/requests.ts';
import { claim } from '../../src/state/claims/claims.ts';
import { Team } from './team.ts';

function label(team: Team, agent: string): string | undefined {
  return team.row(agent)?.status;
}

describe('labels', () => {
  it("are set by the agent's own status, artifact, blocked and intent", () => {
    const team = new Team();
    team.join('a', 'b');
    expect(label(team, 'a')).toBe('working');
    team.say('a', { type: 'intent', files: ['x'], text: 'plan' });
    expect(label(team, 'a')).toBe('intent');
    team.say('a', { type: 'blocked', to: ['b'], text: 'types' });
    expect(label(team, 'a')).toBe('blocked');
    team.say('a', { type: 'artifact' });
    expect(label(team, 'a')).toBe('done');
    team.say('a', { type: 'status', status: 'idle' });
    expect(label(team, 'a')).toBe('idle');
  });

  it('are not touched by what others say, nor is last_seen', () => {
    const team = new Team();
    team.join('a', 'b');
    team.supervise();
    team.pass(50);
    const before = team.row('a');
    const { seq } = team.say('b', { type: 'question', to: ['a'], text: 'x' });
    team.say('supervisor', { type: 'note', to: ['a'], text: 'x' });
    team.say('supervisor', { type: 'feedback', to: ['a'], text: ['x'] });
    team.say('supervisor', { type: 'answer', re: seq, text: 'x' });
    expect(team.row('a')).toEqual({ ...before, unread: 3 });
  });

  it('return to what they were when the block is answered', () => {
    const team = new Team();
    team.join('a', 'b');
    team.say('a', { type: 'intent', files: ['x'], text: 'plan' });
    const { seq } = team.say('a', { type: 'blocked', to: ['b'], text: 'types' });
    team.say('b', { type: 'answer', re: seq, text: 'here' });
    expect(label(team, 'a')).toBe('intent');
    expect(team.state.openings.size).toBe(0);
  });

  it('return when the one waited for publishes an artifact, or the agent speaks itself', () => {
    const team = new Team();
    team.join('a', 'b');
    team.say('a', { type: 'blocked', to: ['b'], text: 'types' });
    team.say('b', { type: 'artifact' });
    expect(label(team, 'a')).toBe('working');
    team.say('a', { type: 'blocked', to: ['b'], text: 'more' });
    team.say('a', { type: 'note', to: ['b'], text: 'never mind' });
    expect(label(team, 'a')).toBe('working');
    expect(team.state.openings.size).toBe(0);
  });

  it('remember the label before the first of several blocks', () => {
    const team = new Team();
    team.join('a', 'b', 'c');
    team.say('a', { type: 'blocked', to: ['b'], text: 'one' });
    team.say('a', { type: 'blocked', to: ['c'], text: 'two' });
    expect(team.state.openings.size).toBe(1);
    team.say('c', { type: 'answer', to: ['a'], text: 'done' });
    expect(label(team, 'a')).toBe('working');
  });

  it('show a phase until the next artifact', () => {
    const team = new Team();
    team.join('a');
    team.say('a', { type: 'status', status: 'working', phase: 'audit' });
    team.say('a', { type: 'status', status: 'working' });
    expect(team.row('a')?.phase).toBe('audit');
    team.say('a', { type: 'artifact' });
    expect(team.row('a')).not.toHaveProperty('phase');
  });

  it('are verified for the tip, and committed again by feedback on it or a newer commit', () => {
    const team = new Team();
    team.worktrees({ path: '/repo/a', branch: 'a', head: 'aaaaaaaaaa' });
    team.join('a');
    team.supervise();
    team.say('supervisor', { type: 'verified', to: ['a'], commit: 'bbbbbbb' });
    expect(label(team, 'a')).toBe('working');
    team.say('supervisor', { type: 'verified', to: ['a'], commit: 'aaaaaaa' });
    expect(label(team, 'a')).toBe('verified');
    team.say('supervisor', { type: 'feedback', to: ['a'], text: ['no'] });
    expect(label(team, 'a')).toBe('committed');
    team.say('supervisor', { type: 'verified', to: ['a'] });
    team.worktrees({ path: '/repo/a', branch: 'a', head: 'cccccccccc' });
    expect(label(team, 'a')).toBe('committed');
  });

  it('keep the file list over a heartbeat without files, and take a stated one', () => {
    const team = new Team();
    team.join('a');
    team.say('a', { type: 'status', status: 'working', files: ['x', 'y'] });
    team.say('a', { type: 'status', status: 'idle' });
    expect(team.row('a')?.modified_files).toBe(2);
    expect(team.status('a', { detail: 'full', agent: 'a' }).agents[0]?.modified_files).toEqual(['x', 'y']);
  });
});

it('a verdict that is overtaken while the agent is blocked does not come back with the old label', () => {
  const team = new Team();
  team.worktrees('main', { path: '/repo/a', branch: 'a', head: 'a'.repeat(40) });
  team.join('a', 'b');
  team.supervise();
  team.say('supervisor', { type: 'verified', to: ['a'] });
  team.say('a', { type: 'blocked', to: ['b'], text: 'types' });
  team.say('supervisor', { type: 'feedback', to: ['a'], text: ['no'] });
  team.say('b', { type: 'answer', to: ['a'], text: 'here' });
  expect(team.row('a')?.status).toBe('committed');
});

it('a summary of ten agents and ten claims stays below 2 KB, however much they say', () => {
  const team = new Team();
  const names = Array.from({ length: 10 }, (_, index) => `feat-agent-${index}`);
  team.join(...names);
  for (const name of names) {
    team.say(name, { type: 'status', status: 'working', text: 'Rate limits on the v1 API, with tests and documents' });
    const request = claimRequestSchema.parse({
      targets: [{ path: `src/${name}/**`, glob: `src/${name}/**` }],
      reason: 'rate limits for every endpoint of the public API',
    });
    team.run((tx) => claim(tx, name, request));
  }
  const answer = team.status('feat-agent-0');
  expect(answer.agents).toHaveLength(11 - 1);
  expect(answer.claims).toHaveLength(10);
  expect(JSON.stringify(answer).length).toBeLessThanOrEqual(2048);
});
