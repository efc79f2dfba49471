import fc from 'fast-check';
import { expect, it } from 'vitest';
import { PawError } from '../../src/errors/paw-error.ts';
import { toSnapshot } from '../../src/state/state.ts';
import { Team } from './team.ts';

const AGENTS = ['a', 'b', 'c'];
const agent = fc.constantFrom(...AGENTS);
const other = fc.constantFrom(...AGENTS, 'supervisor', 'a.tests', 'nobody');
const text = fc.string({ minLength: 1, maxLength: 20 }).filter((value) => value.trim() !== '');
const re = fc.integer({ min: 1, max: 40 });

/** Anything an agent may say, sensible or not. */
const words = fc.oneof(
  fc.record({ type: fc.constant('status'), status: fc.constantFrom('working', 'idle', 'done'), text }),
  fc.record({ type: fc.constant('artifact'), exports: fc.array(text, { maxLength: 2 }) }),
  fc.record({ type: fc.constant('intent'), files: fc.array(fc.constantFrom('x', 'y', 'z/w'), { minLength: 1 }), text }),
  fc.record({ type: fc.constant('blocked'), to: fc.tuple(other), text }),
  fc.record({ type: fc.constant('question'), to: fc.tuple(other), text: fc.constantFrom('why?', 'how?') }),
  fc.record({ type: fc.constant('answer'), re, text }),
  fc.record({ type: fc.constant('answer'), to: fc.tuple(other), text }),
  fc.record({ type: fc.constant('note'), to: fc.tuple(fc.constantFrom('all', ...AGENTS)), text, urgent: fc.boolean() }),
  fc.record({ type: fc.constant('feedback'), to: fc.tuple(other), text: fc.tuple(text) }),
  fc.record({ type: fc.constant('verified'), to: fc.tuple(other), commit: fc.constant('abcdef1') }),
);

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('say' as const),
      agent: fc.oneof(agent, fc.constant('supervisor')),
      words,
      call: fc.option(fc.constantFrom('1', '2', '3')),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('read' as const), agent }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('poll' as const), agent }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('hello' as const), agent }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('leave' as const), agent, ended: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('helper' as const), agent }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('pass' as const), seconds: fc.constantFrom(1, 130, 1000, 90_000) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const) }) },
);

type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

function take(team: Team, one: Step): void {
  switch (one.do) {
    case 'say':
      team.say(one.agent, one.words, one.call === null ? {} : { call: one.call });
      return;
    case 'read':
      team.read(one.agent);
      return;
    case 'poll':
      team.poll(one.agent);
      return;
    case 'hello':
      team.hello({ branch: one.agent, worktree: `/repo/${one.agent}` });
      return;
    case 'leave':
      team.leave(`session-of-${one.agent}`, one.ended);
      return;
    case 'helper':
      team.helper(one.agent, 'tests');
      return;
    case 'pass':
      team.pass(one.seconds);
      return;
    case 'restart':
      team.restart();
  }
}

it('a replay of the journal gives the live state, and a refusal changes nothing', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 20, maxLength: 120 }), (steps) => {
      const team = new Team({ retention: { messages: 20, bytes: 1e6, days: 1 } });
      team.join(...AGENTS);
      team.supervise();
      for (const one of steps) {
        const before = team.records.length;
        try {
          take(team, one);
        } catch (error) {
          if (!(error instanceof PawError)) throw error;
          // Some steps are several decisions; the refused one left no record.
          expect(team.records.length - before).toBeLessThanOrEqual(1);
        }
      }
      expect(JSON.parse(JSON.stringify(team.replayed()))).toEqual(JSON.parse(JSON.stringify(toSnapshot(team.state))));
    }),
    { numRuns: 150 },
  );
});
