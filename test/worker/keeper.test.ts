import { beforeEach, describe, expect, test } from 'vitest';
import { connectionLost } from '../../src/errors/link.ts';
import { PawError } from '../../src/errors/paw-error.ts';
import { noSuchItem, runLostClaim } from '../../src/errors/work.ts';
import { Keeper } from '../../src/worker/keeper.ts';
import { until } from '../harness/until.ts';
import { FakeLink, never } from './fake-link.ts';

const DONE = { outcome: 'done', commit: 'a'.repeat(40) } as const;
const NEVER = new AbortController().signal;

let link: FakeLink;
let problems: string[];
beforeEach(() => {
  link = new FakeLink();
  problems = [];
});

function keep(): Keeper {
  return new Keeper({ link, id: 'w1', fence: 5, onProblem: ({ message }) => problems.push(message) });
}

describe('a keeper', () => {
  test('holds on again and again until it is closed, and then says goodbye', async () => {
    link.on('hold', () => (link.count('hold') < 2 ? { held: true } : never()));
    const keeper = keep();
    await until(() => link.count('hold') === 2, { what: 'the second look' });
    expect(link.asked[0]).toEqual({ method: 'hold', params: { id: 'w1', fence: 5, wait_seconds: 50 } });
    await keeper.close();
    expect(keeper.lost.aborted).toBe(false);
    expect([link.told, link.isClosed]).toEqual([['bye'], true]);
  });

  test.each([
    ['the answer', () => ({ held: false })],
    ['the item is gone', () => noSuchItem('w1', [])],
  ])('hears that the claim is lost: %s', async (_how, answer) => {
    link.on('hold', () => (link.count('hold') < 2 ? { held: true } : answer()));
    const keeper = keep();
    await until(() => keeper.lost.aborted, { what: 'the loss' });
    expect(keeper.lost.reason).toMatchObject({ name: 'PawError', message: expect.stringContaining('w1') });
    expect(link.count('hold')).toBe(2);
    await keeper.close();
  });

  test('goes on asking while no coordinator answers', async () => {
    link.on('hold', () => (link.count('hold') < 2 ? connectionLost(1, new Error('gone')) : never()));
    const keeper = keep();
    await until(() => link.count('hold') === 2, { what: 'another try' });
    expect(keeper.lost.aborted).toBe(false);
    await keeper.close();
  });
});

describe('finish', () => {
  test('tells how the run ended, with the same call however often it takes', async () => {
    link.on('hold', never);
    link.on('finish', () =>
      link.count('finish') < 2 ? connectionLost(1, new Error('gone')) : { item: { id: 'w1', stage: 'qa' } },
    );
    const keeper = keep();
    expect(await keeper.finish(DONE, NEVER)).toEqual({ id: 'w1', stage: 'qa' });
    const calls = link.asked.filter(({ method }) => method === 'finish').map(({ params }) => params);
    expect(calls).toEqual([calls[0], calls[0]]);
    expect(calls[0]).toMatchObject({ id: 'w1', fence: 5, ...DONE, call: expect.any(String) });
    expect(problems).toHaveLength(1);
    await keeper.close();
  });

  test('is nothing if the claim was lost meanwhile', async () => {
    link.on('hold', ({ wait_seconds }) => (wait_seconds === 0 ? { held: false } : never()));
    link.on('finish', () => runLostClaim('w1', 'feat-a'));
    const keeper = keep();
    expect(await keeper.finish(DONE, NEVER)).toBeUndefined();
    await keeper.close();
  });

  test('is told again if it was refused for another reason', async () => {
    link.on('hold', ({ wait_seconds }) => (wait_seconds === 0 ? { held: true } : never()));
    const paused = new PawError('refused', 'Everybody is paused.');
    link.on('finish', () => (link.count('finish') < 2 ? paused : { item: { id: 'w1' } }));
    const keeper = keep();
    expect(await keeper.finish(DONE, NEVER)).toEqual({ id: 'w1' });
    expect(problems).toEqual(['Everybody is paused.']);
    await keeper.close();
  });

  test('gives up when it is too late, and on what will not pass', async () => {
    link.on('hold', never);
    link.on('finish', never);
    const keeper = keep();
    const tooLate = new AbortController();
    const finished = keeper.finish(DONE, tooLate.signal);
    tooLate.abort(new Error('too late'));
    await expect(finished).rejects.toThrow('too late');
    link.on('finish', () => noSuchItem('w1', []));
    await expect(keeper.finish(DONE, NEVER)).rejects.toThrow('There is no work item');
    await keeper.close();
  });
});
