import { describe, expect, it } from 'vitest';
import { claim } from '../../src/state/claims/claims.ts';
import { pause, resume } from '../../src/state/roster/pauses.ts';
import { Team } from './team.ts';
import { claimRequest } from './world.ts';

function team(): Team {
  const made = new Team();
  made.join('a', 'b');
  return made;
}

function stop(t: Team, name: string, reason = 'lunch.'): string {
  return t.run((tx) => pause(tx, name, reason));
}

function goOn(t: Team, name: string): string[] {
  return t.run((tx) => resume(tx, name));
}

const working = { type: 'status', status: 'working' };

describe('a pause', () => {
  it('has the calls of an agent refused with the reason, over a restart too, until it is resumed', () => {
    const t = team();
    expect(stop(t, 'a')).toBe('a');
    expect(() => t.say('a', working)).toThrow(/^A person has paused you: lunch\. Nothing of yours is lost\. .*resume/);
    t.say('b', working);
    t.restart();
    expect(() => t.say('a', working)).toThrow('lunch');
    expect(goOn(t, 'a')).toEqual(['a']);
    t.say('a', working);
  });

  it('finds an agent by its branch, and holds for its helpers', () => {
    const t = team();
    t.worktrees('main', 'a', 'b', 'feat/x');
    expect(stop(t, 'feat/x')).toBe('feat-x');
    stop(t, 'a');
    const helper = t.helper('a', 'tests');
    expect(() => t.say(helper, working)).toThrow('lunch');
  });

  it('of all holds for everybody but the person, and is ended for all', () => {
    const t = team();
    expect(stop(t, 'all')).toBe('all');
    stop(t, 'a', 'you first');
    expect(() => t.say('a', working)).toThrow('you first');
    expect(() => t.say('b', working)).toThrow('lunch');
    t.say('human', { type: 'note', to: ['a'], text: 'wait' });
    for (const name of ['a', 'b']) expect(() => goOn(t, name)).toThrow(/paused with everybody else.*resume all/);
    expect(goOn(t, 'all')).toEqual(['all', 'a']);
    t.say('a', working);
    expect(goOn(t, 'all')).toEqual([]);
    expect(goOn(t, 'a')).toEqual([]);
  });

  it('is for somebody who is known, and not for the person', () => {
    const t = team();
    t.worktrees('main');
    expect(() => stop(t, 'nobody')).toThrow(/No agent "nobody"/);
    expect(() => goOn(t, 'nobody')).toThrow(/No agent "nobody"/);
    expect(() => stop(t, 'human')).toThrow(/never paused/);
  });

  it('can be ended after its agent has left', () => {
    const t = team();
    t.worktrees('main', 'x');
    stop(t, 'x');
    t.worktrees('main');
    expect(goOn(t, 'x')).toEqual(['x']);
  });

  it('is shown, shortened in the short form', () => {
    const t = team();
    t.worktrees('main', 'a', 'b', 'x');
    stop(t, 'a', 'a reason that is much longer than forty characters');
    stop(t, 'x');
    expect(t.row('a')?.paused).toBe('a reason that is much longer than forty…');
    expect(t.row('b')).not.toHaveProperty('paused');
    // Also an agent that has never connected.
    expect(t.row('x')?.paused).toBe('lunch.');
    const [full] = t.status('human', { agent: 'a', detail: 'full' }).agents;
    expect(full?.paused).toBe('a reason that is much longer than forty characters');
    stop(t, 'all', 'stop');
    expect(t.row('b')?.paused).toBe('stop');
    expect(t.row('human')?.paused).toBeUndefined();
  });

  it('keeps claims that nobody waits for, as long as the agent is there', () => {
    const t = team();
    const take = (agent: string, path: string, rest = {}): unknown =>
      t.run((tx) => claim(tx, agent, claimRequest([path], { ttl_seconds: 60, ...rest })));
    take('a', 'x.ts');
    take('a', 'y.ts');
    take('b', 'b.ts');
    stop(t, 'a');
    take('b', 'y.ts', { queue: true });
    for (let seconds = 0; seconds < 80; seconds += 10) t.pass(10);
    const held = [...t.state.claims.values()].map(({ holder, thing }) => [
      holder,
      thing.on === 'path' && thing.target.path,
    ]);
    expect(held).toEqual([
      ['a', 'x.ts'],
      ['b', 'y.ts'],
    ]);
  });
});
