import { describe, expect, it } from 'vitest';
import { DEFAULT_CONFIG } from '../../src/state/config.ts';
import { takeBackCall } from '../../src/state/messages/mail.ts';
import { endSessions } from '../../src/state/roster/sessions.ts';
import { sawFiles, sawMove, sawUnmerged } from '../../src/state/supervision/sightings.ts';
import { Team } from './team.ts';

const A = '/repo/a';
const TIP = 'a'.repeat(40);
const NEXT = 'b'.repeat(40);

/** Agents on the branches `a` and `b`, each in a worktree of its own, and a main worktree. */
function team(config: ConstructorParameters<typeof Team>[0] = {}): Team {
  const made = new Team(config);
  made.worktrees('main', { path: A, branch: 'a', head: TIP }, { path: '/repo/b', branch: 'b' });
  made.join('a', 'b');
  return made;
}

function edit(t: Team, ...files: string[]): void {
  t.run((tx) => sawFiles(tx, { worktree: A, files }));
}

function commit(t: Team, tip = NEXT, files = ['x.ts'], worktree = A): void {
  t.run((tx) => sawMove(tx, { worktree, tip, commits: [tip], files }));
}

function label(t: Team): string | undefined {
  return t.row('a')?.status;
}

function types(t: Team, type: string): number[] {
  return [...t.state.messages.values()].filter((message) => message.type === type).map((message) => message.seq);
}

describe('changed files', () => {
  it("are a status in the agent's name, mailed to nobody, and no sign of life", () => {
    const t = team();
    t.pass(100);
    edit(t, 'x.ts', 'y.ts');
    expect([...t.state.messages.values()].at(-1)).toMatchObject({
      type: 'agent.status',
      agent_id: 'a',
      to: [],
      payload: { status: 'working', modified_files: ['x.ts', 'y.ts'] },
    });
    expect(t.row('a')).toMatchObject({ modified_files: 2, last_seen_seconds: 100 });
  });

  it('are told once; an empty list is taken in without a message', () => {
    const t = team();
    edit(t, 'x.ts');
    const before = t.state.seq;
    edit(t, 'x.ts');
    edit(t);
    expect(t.state.seq).toBe(before);
    expect(t.row('a')).not.toHaveProperty('modified_files');
  });

  it('of a first look replace what was remembered, and leave no record if there were none and are none', () => {
    const t = team();
    const unmerged = (...files: string[]): void => t.run((tx) => sawUnmerged(tx, { worktree: A, files }));
    edit(t, 'x.ts');
    unmerged('y.ts');
    t.restart();
    edit(t);
    unmerged();
    expect(t.state.agents.get('a')).toMatchObject({ files: [], unmerged: [] });
    const records = t.records.length;
    edit(t);
    unmerged();
    t.run((tx) => sawUnmerged(tx, { worktree: '/repo/b', files: [] }));
    expect(t.records).toHaveLength(records);
  });

  it('turn idle, working and intent into working', () => {
    const t = team();
    for (const input of [
      { type: 'status', status: 'idle' },
      { type: 'status', status: 'working' },
      { type: 'intent', files: ['x.ts'], text: 'plan' },
    ]) {
      edit(t);
      t.say('a', input);
      edit(t, 'x.ts');
      expect(label(t)).toBe('working');
    }
  });

  it('never change done, verified or blocked', () => {
    const t = team();
    t.say('a', { type: 'artifact' });
    edit(t, 'x.ts');
    expect(label(t)).toBe('done');
    t.say('a', { type: 'status', status: 'working' });
    expect(label(t)).toBe('working');
    t.say('a', { type: 'blocked', to: ['b'], text: 'types' });
    edit(t, 'y.ts');
    expect(label(t)).toBe('blocked');
    t.supervise();
    t.say('supervisor', { type: 'verified', to: ['a'] });
    edit(t, 'z.ts');
    expect(label(t)).toBe('verified');
  });

  it.each([
    [60, 59, 'working'],
    [60, 61, 'committed'],
    [0, 1, 'committed'],
  ])('with a window of %d s, %d s after a commit: %s', (republishWorkingTtlSeconds, seconds, expected) => {
    const t = team({ watch: { republishWorkingTtlSeconds } });
    edit(t, 'x.ts');
    commit(t);
    edit(t);
    expect(label(t)).toBe('committed');
    t.pass(seconds);
    edit(t, 'y.ts');
    expect(label(t)).toBe(expected);
  });
});

describe('commits', () => {
  it('are an artifact for everybody, with their own files', () => {
    const t = team();
    commit(t, NEXT, ['x.ts', 'y.ts']);
    const { messages } = t.poll('b');
    expect(messages).toMatchObject([
      {
        type: 'agent.artifact',
        from: 'a',
        payload: { status: 'committed', commit: NEXT, commits: [NEXT], modified_files: ['x.ts', 'y.ts'] },
      },
    ]);
    expect(label(t)).toBe('committed');
  });

  it('are announced once for a tip', () => {
    const t = team();
    commit(t);
    commit(t);
    expect(types(t, 'agent.artifact')).toHaveLength(1);
    expect(types(t, 'supervisor.verify-now')).toHaveLength(1);
  });

  it('leave a verdict standing that was given before they were seen', () => {
    const t = team();
    t.supervise();
    t.worktrees('main', { path: A, branch: 'a', head: NEXT }, { path: '/repo/b', branch: 'b' });
    t.say('supervisor', { type: 'verified', to: ['a'] });
    commit(t);
    expect(label(t)).toBe('verified');
    expect(types(t, 'supervisor.verify-now')).toEqual([]);
  });

  it('at first sight are not news', () => {
    const t = team();
    t.run((tx) => sawMove(tx, { worktree: A, tip: TIP, commits: [], files: ['x.ts'], firstSight: true }));
    expect(types(t, 'agent.artifact')).toEqual([]);
    expect(label(t)).toBe('working');
  });

  it('end verified, and a phase, but not done', () => {
    const t = team();
    t.supervise();
    t.say('a', { type: 'status', status: 'working', phase: 'audit' });
    t.say('supervisor', { type: 'verified', to: ['a'] });
    commit(t);
    expect(t.row('a')).toMatchObject({ status: 'committed' });
    expect(t.row('a')).not.toHaveProperty('phase');
    t.say('a', { type: 'artifact' });
    commit(t, 'c'.repeat(40));
    expect(label(t)).toBe('done');
  });

  it('end the intent whose files they cover', () => {
    const t = team();
    t.say('a', { type: 'intent', files: ['x.ts', 'y.ts'], text: 'plan' });
    commit(t, NEXT, ['x.ts']);
    expect(t.state.intents.has('a')).toBe(true);
    commit(t, 'c'.repeat(40), ['y.ts']);
    expect(t.state.intents.has('a')).toBe(false);
  });

  it('end those of all agents of the worktree, and no others', () => {
    const t = team();
    t.hello({ branch: 'a', worktree: A, session: 'a-second-session' });
    const all = ['a-2', t.helper('a', 'tests'), 'b'];
    for (const agent of all) t.say(agent, { type: 'intent', files: ['x.ts'], text: 'plan' });
    commit(t, NEXT, ['x.ts']);
    expect([...t.state.intents.keys()]).toEqual(['b']);
  });

  it('on the base are told to everybody else, and ask for nothing', () => {
    const t = team();
    t.hello({ branch: 'main', worktree: '/repo/main' });
    commit(t, NEXT, ['x.ts'], '/repo/main');
    for (const agent of ['a', 'b'])
      expect(t.poll(agent).messages).toMatchObject([
        { type: 'agent.artifact', from: 'main', payload: { commit: NEXT } },
      ]);
    expect(t.poll('main').messages).toEqual([]);
    expect(types(t, 'supervisor.verify-now')).toEqual([]);
  });
});

describe('a request to verify', () => {
  it('goes to the supervisor, is repeated three times, and then goes to a person', () => {
    const t = team();
    commit(t);
    expect(t.poll('supervisor').messages).toContainEqual(
      expect.objectContaining({ type: 'supervisor.verify-now', payload: { branch_id: 'a', commit: NEXT } }),
    );
    for (const count of [2, 3, 4]) {
      t.pass(300);
      expect(types(t, 'supervisor.verify-now')).toHaveLength(count);
    }
    t.pass(300);
    t.pass(300);
    expect(types(t, 'supervisor.verify-now')).toHaveLength(4);
    expect(t.poll('human').messages).toMatchObject([{ type: 'agent.note', from: 'coordinator', urgent: true }]);
  });

  it.each([
    { type: 'verified', to: ['a'] },
    { type: 'feedback', to: ['a'], text: ['no'] },
  ])('is answered by $type', (input) => {
    const t = team();
    t.supervise();
    commit(t);
    t.say('supervisor', input);
    t.pass(301);
    expect(types(t, 'supervisor.verify-now')).toHaveLength(1);
  });

  it('is not answered by a verdict on another commit', () => {
    const t = team();
    t.supervise();
    commit(t);
    t.say('supervisor', { type: 'verified', to: ['a'], commit: TIP });
    t.pass(300);
    expect(types(t, 'supervisor.verify-now')).toHaveLength(2);
  });

  it('is replaced by that for a newer commit', () => {
    const t = team();
    commit(t);
    t.pass(200);
    commit(t, 'c'.repeat(40));
    t.pass(200);
    expect(types(t, 'supervisor.verify-now')).toHaveLength(2);
  });

  it('is not made if the configuration says so', () => {
    const t = new Team({ verify: { nudge: false, remindSeconds: 300, review: false, gate: false } });
    t.worktrees('main', { path: A, branch: 'a', head: TIP });
    commit(t);
    expect(types(t, 'supervisor.verify-now')).toEqual([]);
  });

  it('decides what a verdict without a commit is about', () => {
    const t = team();
    t.supervise();
    commit(t);
    const [request] = t.read('supervisor').filter((message) => message.type === 'supervisor.verify-now');
    commit(t, 'c'.repeat(40));
    expect(() => t.say('supervisor', { type: 'verified', to: ['a'] })).toThrow(
      /moved on: you were asked to verify bbbbbbbbbbbb, and its newest commit is cccccccccccc/,
    );
    expect(t.say('supervisor', { type: 'verified', re: request?.seq }).commit).toBe(NEXT);
    expect(label(t)).toBe('committed');
    t.read('supervisor');
    expect(t.say('supervisor', { type: 'verified', to: ['a'] }).commit).toBe('c'.repeat(40));
    expect(label(t)).toBe('verified');
  });

  it('decides it for the supervisor session that was handed it, and no other', () => {
    const t = team();
    t.supervise();
    t.hello({ role: 'supervisor', session: 'session-of-supervisor-2' });
    commit(t);
    t.read('supervisor');
    commit(t, 'c'.repeat(40));
    t.read('supervisor-2');
    const verify = (by: string): string | undefined => t.say(by, { type: 'verified', to: ['a'] }).commit;
    expect(() => verify('supervisor')).toThrow(/asked to verify bbbbbbbbbbbb, and its newest commit is cccccccccccc/);
    expect(verify('human')).toBe('c'.repeat(40));
    t.restart();
    expect(() => verify('supervisor')).toThrow(/bbbbbbbbbbbb.*cccccccccccc/);
    expect(verify('supervisor-2')).toBe('c'.repeat(40));
    t.run((tx) => endSessions(tx, ['session-of-main']));
    expect(t.hello({ role: 'supervisor', session: 'a-later-session' })).toBe('supervisor');
    expect(verify('supervisor')).toBe('c'.repeat(40));
  });

  it('is not refused as late by a verdict that replies to something else', () => {
    const t = team();
    t.supervise();
    const question = t.say('a', { type: 'question', text: 'is it good now?' });
    commit(t);
    t.read('supervisor');
    commit(t, 'c'.repeat(40));
    expect(t.say('supervisor', { type: 'verified', re: question.seq }).commit).toBe(NEXT);
  });

  it('is nobody’s whose poll was cancelled, and that of the next who gets it', () => {
    const t = team();
    t.supervise();
    commit(t);
    t.poll('supervisor', { call: 'call-1' });
    t.run((tx) => takeBackCall(tx, 'session-of-supervisor', 'call-1'));
    commit(t, 'c'.repeat(40));
    expect(t.say('supervisor', { type: 'verified', to: ['a'] }).commit).toBe('c'.repeat(40));
  });
});

describe('stalls', () => {
  function stalls(t: Team): string[] {
    return [...t.state.messages.values()].flatMap((message) =>
      message.type === 'coordinator.stall' ? [`${message.payload.agent} ${message.payload.shape}`] : [],
    );
  }

  it('silent: online and working, and nothing heard for 1,500 s; told again after 300 s', () => {
    const t = team();
    t.say('b', { type: 'status', status: 'idle' });
    t.pass(1499);
    expect(stalls(t)).toEqual([]);
    t.pass(1);
    expect(stalls(t)).toEqual(['a silent']);
    t.pass(299);
    expect(stalls(t)).toHaveLength(1);
    t.pass(1);
    expect(stalls(t)).toHaveLength(2);
    t.say('a', { type: 'status', status: 'working' });
    t.pass(300);
    expect(stalls(t)).toHaveLength(2);
  });

  it('blocked: unanswered for 900 s, with the words that would help', () => {
    const t = team();
    const { seq } = t.say('a', { type: 'blocked', to: ['b'], text: 'the types' });
    t.pass(899);
    expect(stalls(t)).toEqual([]);
    t.pass(1);
    expect(stalls(t)).toEqual(['a blocked']);
    t.say('b', { type: 'answer', re: seq, text: 'here' });
    t.pass(900);
    expect(stalls(t).filter((stall) => stall === 'a blocked')).toHaveLength(1);
  });

  it('dirty: more than ten uncommitted files for 600 s', () => {
    const t = team();
    t.say('b', { type: 'status', status: 'idle' });
    const files = Array.from({ length: 11 }, (_, index) => `f${index}`);
    edit(t, ...files);
    t.pass(599);
    expect(stalls(t)).toEqual([]);
    t.pass(1);
    expect(stalls(t)).toEqual(['a dirty']);
    edit(t, ...files.slice(1));
    t.pass(300);
    expect(stalls(t)).toEqual(['a dirty']);
  });

  it('looping: five times feedback without a commit', () => {
    const t = team();
    t.supervise();
    for (let count = 0; count < 4; count += 1) t.say('supervisor', { type: 'feedback', to: ['a'], text: ['no'] });
    t.pass(1);
    expect(stalls(t)).toEqual([]);
    t.say('supervisor', { type: 'feedback', to: ['a'], text: ['no'] });
    t.pass(1);
    expect(stalls(t)).toEqual(['a looping']);
    commit(t);
    t.pass(301);
    expect(stalls(t)).toEqual(['a looping']);
  });

  it('looping: whoever gives the feedback, and to whomever of the worktree', () => {
    const t = team({ guard: { ...DEFAULT_CONFIG.guard, protectedPaths: ['adr'] } });
    t.hello({ branch: 'a', worktree: A, session: 'a-second-session' });
    const helper = t.helper('a', 'tests');
    const feedback = (from: string, to: string): void => void t.say(from, { type: 'feedback', to: [to], text: ['no'] });
    commit(t, NEXT, ['adr/1.md']);
    feedback('b', 'a');
    feedback('human', 'a');
    feedback('b', 'a-2');
    t.pass(1);
    expect(stalls(t)).toEqual([]);
    feedback('b', helper);
    t.pass(1);
    expect(stalls(t)).toEqual(['a looping']);
    expect(t.state.agents.get('a')?.cycles).toBe(1);
    for (let count = 0; count < 5; count += 1) feedback('a', 'human');
    commit(t, TIP);
    t.pass(301);
    expect(stalls(t)).toEqual(['a looping']);
  });
});
