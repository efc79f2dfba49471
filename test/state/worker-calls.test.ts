import { describe, expect, test } from 'vitest';
import { type Assignment, finishRequestSchema } from '../../src/protocol/work.ts';
import { toSnapshot } from '../../src/state/state.ts';
import { couldTake, finish, isHeld, take } from '../../src/state/work/worker-calls.ts';
import { type Crew, crew } from './crew.ts';

const COMMIT = 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa';
const LATER = 'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb';

function taken(team: Crew): Assignment {
  const { assignment } = team.run((tx) => take(tx, { ttl_seconds: 900 }));
  if (!assignment) throw new Error('there was nothing to take');
  return assignment;
}

/** A worker connects for what it took, from a process of its own. */
function keep(team: Crew, { agent_id: agent, branch }: Assignment, session = `keeper-of-${agent}`): string {
  return team.hello({ kind: 'worker', agent, branch, session, worktree: `/repo/${branch}` });
}

function end(team: Crew, { item, fence }: Assignment, rest: Record<string, unknown>): void {
  team.run((tx) => finish(tx, finishRequestSchema.parse({ id: item.id, fence, ...rest })));
}

function begun(title = 'Limit logins!'): { team: Crew; assignment: Assignment } {
  const team = crew();
  team.add(title, { targets: [{ path: 'src' }] });
  const assignment = taken(team);
  keep(team, assignment);
  return { team, assignment };
}

describe('a worker that takes an item', () => {
  test('is given a branch named after it, and the claims go to that branch’s agent', () => {
    const { team, assignment } = begun();
    expect(assignment).toMatchObject({
      agent_id: 'work-w1-limit-logins',
      branch: 'work/w1-limit-logins',
      base: 'main',
      item: { id: 'w1', stage: 'current', holder: 'work-w1-limit-logins', branch: 'work/w1-limit-logins' },
    });
    const { claims } = team.status('human', { detail: 'full' });
    expect(claims?.map(({ path, work, holder }) => [path ?? work, holder])).toEqual([
      ['src', 'work-w1-limit-logins'],
      ['w1', 'work-w1-limit-logins'],
    ]);
    expect(team.run((tx) => take(tx, { ttl_seconds: 900 }))).toEqual({ open: 1 });
    expect(couldTake(team.state)).toBe(false);
  });

  test.each([
    ['日本語', 'work/w1'],
    ['-x --force', 'work/w1-x-force'],
    [`${'long '.repeat(30)}`, 'work/w1-long-long-long-long-long-long-long-long'],
  ])('branches are safe names whatever the title is: %s', (title, branch) => {
    expect(begun(title).assignment.branch).toBe(branch);
  });

  test('shares its id with the program it runs, and further ones are told apart', () => {
    const { team, assignment } = begun();
    const { branch, agent_id } = assignment;
    expect(team.hello({ branch, session: 'the program', worktree: `/repo/${branch}` })).toBe(agent_id);
    expect(team.hello({ branch, session: 'yet another', worktree: `/repo/${branch}` })).toBe(`${agent_id}-2`);
  });

  test('is not in the roster while it has nothing to do', () => {
    const team = crew();
    expect(team.hello({ kind: 'worker', session: 'a worker' })).toBe('~workers');
    expect(team.state.agents.has('~workers')).toBe(false);
    expect(team.state.sessions.has('a worker')).toBe(false);
  });

  test('takes by priority and age what is ready, and never what another one’s paths stand against', () => {
    const team = crew('a');
    team.add('one', { targets: [{ path: 'src' }] });
    team.add('two', { targets: [{ path: 'src/deep' }], priority: 5 });
    team.add('three', { depends_on: ['w1'] });
    expect(taken(team).item.id).toBe('w2');
    expect(team.run((tx) => take(tx, { ttl_seconds: 900 }))).toEqual({ open: 2 });
    expect(team.take('a')).toBeUndefined();
  });
});

describe('a run that ends', () => {
  test('with a commit brings the item to qa and frees it', () => {
    const { team, assignment } = begun();
    end(team, assignment, { outcome: 'done', commit: COMMIT });
    expect(team.item('w1')).toMatchObject({ stage: 'qa', attempts: 0 });
    expect(team.held()).toEqual({});
    expect(team.status('human').claims).toBeUndefined();
    expect(team.item('w1').history.at(-1)).toMatchObject({ by: 'work-w1-limit-logins', to: 'qa', commit: COMMIT });
  });

  test('without one counts an attempt and keeps the output; the third one blocks it', () => {
    const { team, assignment } = begun();
    end(team, assignment, { outcome: 'failed', reason: 'exit code 1', output: 'boom' });
    expect(team.item('w1')).toMatchObject({ stage: 'current', attempts: 1, output: 'boom' });
    expect(team.item('w1').history.at(-1)).toMatchObject({ event: 'failed', reason: 'exit code 1' });
    for (let attempt = 2; attempt <= 3; attempt += 1) {
      const again = taken(team);
      expect(again.branch).toBe('work/w1-limit-logins');
      expect(again.interrupted).toBeUndefined();
      end(team, again, { outcome: 'failed', reason: 'exit code 1' });
    }
    expect(team.item('w1').blocked?.reason).toContain('the last time exit code 1');
    expect(team.run((tx) => take(tx, { ttl_seconds: 900 }))).toEqual({ open: 0 });
  });

  test('because the worker stops counts nothing', () => {
    const { team, assignment } = begun();
    end(team, assignment, { outcome: 'stopped' });
    expect(team.item('w1')).toMatchObject({ stage: 'current', attempts: 0 });
    expect(team.held()).toEqual({});
  });

  test('after its claim was lost changes nothing and is refused', () => {
    const { team, assignment } = begun();
    expect(team.run((tx) => isHeld(tx.state, { id: 'w1', fence: assignment.fence }))).toBe(true);
    team.release('human', { work: ['w1'], force: true });
    expect(isHeld(team.state, { id: 'w1', fence: assignment.fence })).toBe(false);
    const next = taken(team);
    expect(() => end(team, assignment, { outcome: 'done', commit: COMMIT })).toThrow(/claim on w1 was lost/);
    expect(team.item('w1').stage).toBe('current');
    expect(next.fence).toBeGreaterThan(assignment.fence);
  });

  test('with a commit that was verified meanwhile goes on to merge', () => {
    const { team, assignment } = begun();
    team.commit(assignment.branch, COMMIT);
    team.say('supervisor', { type: 'verified', to: [assignment.agent_id], commit: COMMIT });
    expect(team.item('w1').stage).toBe('current');
    end(team, assignment, { outcome: 'done', commit: COMMIT });
    expect(team.item('w1').stage).toBe('merge');
  });

  test('with a commit that was sent back meanwhile is free again, and counts nothing', () => {
    const { team, assignment } = begun();
    team.commit(assignment.branch, COMMIT);
    team.say('supervisor', { type: 'feedback', to: [assignment.agent_id], text: ['wrong'] });
    end(team, assignment, { outcome: 'done', commit: COMMIT });
    expect(team.item('w1')).toMatchObject({ stage: 'current', attempts: 0 });
    expect(taken(team)).toMatchObject({ rejected: COMMIT, feedback: ['wrong'] });
  });
});

describe('the agent in a run', () => {
  test('gives back what it claimed by itself, and not the item', () => {
    const { team, assignment } = begun();
    const { agent_id } = assignment;
    team.claimPath(agent_id, 'docs');
    expect(team.release(agent_id, { all: true })).toEqual(['docs']);
    expect(team.held()).toEqual({ w1: agent_id });
    expect(() => team.release(agent_id, { work: ['w1'] })).toThrow(/by the worker that started you/);
    expect(() => team.release(agent_id, { paths: ['src'] })).toThrow(/You hold no claim on src/);
    expect(() => team.work(agent_id, { action: 'advance', id: 'w1' })).toThrow(/by the worker that started you/);
    team.add('another');
    expect(team.take(agent_id)).toBe('w1');
  });

  test('is overruled by whoever judges work, and the end of the run then changes nothing', () => {
    const { team, assignment } = begun();
    team.work('human', { action: 'advance', id: 'w1', stage: 'qa' });
    end(team, assignment, { outcome: 'failed', reason: 'exit code 1' });
    expect(team.item('w1')).toMatchObject({ stage: 'qa', attempts: 0 });
    expect(team.held()).toEqual({});
  });
});

test('what could not be pushed is told to the next run', () => {
  const { team, assignment } = begun();
  end(team, assignment, { outcome: 'failed', unpushed: true, reason: 'no remote' });
  expect(team.item('w1').attempts).toBe(1);
  expect(taken(team).interrupted).toBe(true);
});

test('feedback brings it back to a worker with what was said, and another commit forth', () => {
  const { team, assignment } = begun();
  end(team, assignment, { outcome: 'done', commit: COMMIT });
  team.say('supervisor', { type: 'feedback', to: [assignment.agent_id], text: ['too slow', 'no test'] });
  const again = taken(team);
  expect(again).toMatchObject({ item: { id: 'w1' }, rejected: COMMIT, feedback: ['too slow', 'no test'] });
  end(team, again, { outcome: 'done', commit: LATER });
  expect(team.item('w1').stage).toBe('qa');
  expect(team.run((tx) => take(tx, { ttl_seconds: 900 }))).toEqual({ open: 0 });
});

test.each([['qa'], ['done']])('what was moved back from %s by hand brings the reason to the worker', (from) => {
  const { team, assignment } = begun();
  end(team, assignment, { outcome: 'done', commit: COMMIT });
  if (from === 'done')
    for (const stage of ['merge', 'done']) team.work('human', { action: 'advance', id: 'w1', stage });
  team.work('human', { action: 'advance', id: 'w1', stage: 'current', reason: 'no test' });
  const again = taken(team);
  expect(again).toMatchObject({ feedback: ['no test'] });
  expect(again.rejected).toBe(from === 'qa' ? COMMIT : undefined);
});

test('what was only planned has no feedback, whatever it was moved on with', () => {
  const team = crew();
  team.add('x', { stage: 'backlog' });
  team.work('human', { action: 'advance', id: 'w1', reason: 'now' });
  expect(taken(team)).not.toHaveProperty('feedback');
});

test('what is done in a worker’s worktree moves nothing: the worker alone knows when it has ended', () => {
  const { team, assignment } = begun();
  team.commit(assignment.branch, COMMIT);
  team.edit(assignment.branch, 'src/a.ts');
  team.edit(assignment.branch);
  expect(team.item('w1').stage).toBe('current');
});

describe('a worker that dies', () => {
  test('frees its item as soon as that is known, and the next run is told', () => {
    const { team, assignment } = begun();
    team.leave(`keeper-of-${assignment.agent_id}`);
    expect(team.item('w1')).toMatchObject({ attempts: 1, stage: 'current' });
    expect(team.item('w1').history.at(-1)).toMatchObject({ event: 'reclaimed', holder: assignment.agent_id });
    expect(team.held()).toEqual({});
    expect(taken(team)).toMatchObject({ item: { id: 'w1' }, interrupted: true });
  });

  test('keeps it while the program it started is connected, and loses it with that', () => {
    const { team, assignment } = begun();
    team.hello({ branch: assignment.branch, session: 'the program', worktree: `/repo/${assignment.branch}` });
    team.leave(`keeper-of-${assignment.agent_id}`);
    expect(team.held()).toEqual({ w1: assignment.agent_id });
    team.leave('the program');
    expect(team.held()).toEqual({});
  });

  test('keeps it when only the program ends', () => {
    const { team, assignment } = begun();
    team.hello({ branch: assignment.branch, session: 'the program', worktree: `/repo/${assignment.branch}` });
    team.leave('the program');
    expect(team.held()).toEqual({ w1: assignment.agent_id });
  });

  test('costs nothing to whoever takes the item next, however late the end of its sessions is known', () => {
    const { team, assignment } = begun();
    team.hello({ branch: assignment.branch, session: 'the program', worktree: `/repo/${assignment.branch}` });
    end(team, assignment, { outcome: 'failed', reason: 'exit code 1' });
    const next = taken(team);
    team.leave(`keeper-of-${assignment.agent_id}`);
    team.leave('the program');
    expect(team.held()).toEqual({ w1: next.agent_id });
    keep(team, next, 'the next keeper');
    team.leave('the next keeper');
    expect(team.held()).toEqual({});
  });

  test('before it has connected for its item loses it after the grace', () => {
    const team = crew();
    team.add('x');
    taken(team);
    team.pass(119);
    expect(Object.keys(team.held())).toEqual(['w1']);
    team.pass(2);
    expect(team.held()).toEqual({});
  });

  test('may come back within the grace if only its connection was lost', () => {
    const { team, assignment } = begun();
    team.leave(`keeper-of-${assignment.agent_id}`, false);
    team.pass(60);
    keep(team, assignment);
    team.pass(600);
    expect(team.held()).toEqual({ w1: assignment.agent_id });
  });
});

test('a replay of the journal and a restart give the same', () => {
  const { team, assignment } = begun();
  team.leave(`keeper-of-${assignment.agent_id}`);
  const again = taken(team);
  end(team, again, { outcome: 'failed', reason: 'exit code 1', output: 'boom' });
  expect(team.replayed()).toEqual(toSnapshot(team.state));
  const before = toSnapshot(team.state);
  team.restart();
  expect(toSnapshot(team.state)).toEqual(before);
});
