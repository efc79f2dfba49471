import { describe, expect, test } from 'vitest';
import { checkHistory } from './check-history.ts';
import type { Grant, LogMessage } from './history.ts';
import { Story } from './story.ts';

/* The checker finds nothing wrong with a good history, and something with one that breaks any of the promises. */

function story(): Story {
  return new Story();
}

function grant(thing: string, fence: number): Grant {
  return { thing, fence };
}

/** What the checker says of a story. */
function said({ history }: Story): string[] {
  return checkHistory(history);
}

describe('a good history', () => {
  test('with everything in it', () => {
    const good = story()
      .publishes('a', 'one', 1, ['b', 'c'])
      .logged({ seq: 2, from: 'coordinator', to: ['c'], text: undefined })
      .publishes('b', 'two', 3, ['human'])
      .claims('a', [grant('src', 1), grant('name:build', 2)])
      .claims('b', [])
      .claims('a', [grant('src', 1), grant('name:build', 2)])
      .releases('a', 'name:build', 'src')
      .claims('b', [grant('src/x.ts', 3)])
      .claims('c', [grant('docs', 4)], 'shared')
      .claims('a', [grant('docs/*.md', 5)], 'shared')
      .polls('b', [1])
      .polls('c', [1])
      .polls('c', [2])
      // The log was read twice, the second time at the end.
      .logged({ seq: 1, from: 'a', to: ['b', 'c'], text: 'one' })
      .endsWith('b', 'src/x.ts', 3)
      .endsWith('c', 'docs', 4)
      .endsWith('a', 'docs/*.md', 5);
    expect(said(good)).toEqual([]);
  });

  test('in which calls overlap in time, and are decided in another order than they were made', () => {
    const good = story()
      .publishes('a', 'one', 2)
      .pass(-2)
      .publishes('b', 'two', 1, ['human'])
      .claims('a', [grant('src', 2)])
      .pass(-2)
      .claims('b', [grant('docs', 1)])
      // A release and the claim that it makes way for: whichever is answered first.
      .releases('a', 'src')
      .pass(-1.5)
      .claims('c', [grant('src', 3)])
      .polls('b', [2])
      .endsWith('b', 'docs', 1)
      .endsWith('c', 'src', 3);
    expect(said(good)).toEqual([]);
  });
});

describe('messages: it finds', () => {
  test.each<[string, Story, string]>([
    ['a call that failed', story().fails('a', 'publish', 'no coordinator'), 'a: publish failed: no coordinator'],
    [
      'an acknowledged message that is not in the log',
      story()
        .publishes('a', 'one', 1, ['human'])
        .isTold('a', 'two', 2)
        .logged(inLog(2, 'b', 'other')),
      'lost: a was told that "two" is message 2',
    ],
    [
      'an acknowledged message under the number of another one',
      story().publishes('a', 'one', 1, ['human']).isTold('a', 'two', 1),
      'two calls were told that they made message 1',
    ],
    [
      'a message that is there twice',
      story()
        .publishes('a', 'one', 1, ['human'])
        .logged(inLog(2, 'a', 'one')),
      'doubled: "one" of a is in the log again as message 2',
    ],
    ['a message that nobody was told of', story().logged(inLog(1, 'a', 'one')), 'acknowledged to nobody'],
    [
      'a gap',
      story().publishes('a', 'one', 1, ['human']).publishes('a', 'two', 3, ['human']),
      'the log lacks message 2',
    ],
    ['a log that does not begin at 1', story().publishes('a', 'two', 2, ['human']), 'the log lacks message 1'],
    [
      'a log that changed',
      story()
        .publishes('a', 'one', 1, ['human'])
        .logged(inLog(1, 'a', 'other')),
      'message 1 was one thing in the log, then another',
    ],
    [
      'a number below one that was acknowledged before',
      story().publishes('a', 'one', 2, ['human']).publishes('b', 'two', 1, ['human']),
      'message 1 was sent after message 2 was acknowledged',
    ],
    ['mail that never came', story().publishes('a', 'one', 1, ['b', 'c']).polls('b', [1]), 'message 1 never reached c'],
    [
      'mail that came twice',
      story().publishes('a', 'one', 1).polls('b', [1]).polls('b', [1]),
      'doubled: b was handed message 1 twice',
    ],
    [
      'mail of somebody else',
      story().publishes('a', 'one', 1).polls('b', [1]).polls('c', [1]),
      'c was handed message 1, which the log does not have like that',
    ],
    ['mail that is in no log', story().polls('b', [7]), 'b was handed message 7, which the log does not have'],
    ['mail that retention took', story().polls('b', [], { missed: 2 }), 'b missed 2 messages'],
    [
      'a cursor that goes back',
      story().publishes('a', 'one', 1).polls('b', [1]).polls('b', [], { cursor: 0 }),
      'the cursor of b went back from 1 to 0',
    ],
  ])('%s', (_, bad, sentence) => {
    expect(said(bad)).toContainEqual(expect.stringContaining(sentence));
  });
});

describe('claims: it finds', () => {
  test.each<[string, Story, string]>([
    [
      'two holders of one path at the same time',
      story()
        .claims('a', [grant('src', 1)])
        .claims('b', [grant('src', 2)])
        .releases('a', 'src'),
      'overlap: b was granted src (fence 2) while a held src (fence 1)',
    ],
    [
      'a holder inside a folder of another one',
      story()
        .claims('a', [grant('src', 1)])
        .claims('b', [grant('src/x.ts', 2)]),
      'overlap: b was granted src/x.ts',
    ],
    [
      'a folder around the path of another one',
      story()
        .claims('a', [grant('src/x.ts', 1)])
        .claims('b', [grant('src', 2)]),
      'overlap: b was granted src',
    ],
    [
      'a path that a glob of another one matches',
      story()
        .claims('a', [grant('src/*.ts', 1)])
        .claims('b', [grant('src/x.ts', 2)]),
      'overlap: b was granted src/x.ts',
    ],
    [
      'a folder above a glob of another one',
      story()
        .claims('a', [grant('src/a/*.ts', 1)])
        .claims('b', [grant('src', 2)]),
      'overlap: b was granted src',
    ],
    [
      'a name that another one holds',
      story()
        .claims('a', [grant('name:build', 1)])
        .claims('b', [grant('name:build', 2)]),
      'overlap: b was granted name:build',
    ],
    [
      'a shared claim beside an exclusive one',
      story()
        .claims('a', [grant('src', 1)], 'shared')
        .claims('b', [grant('src', 2)]),
      'overlap: b was granted src',
    ],
    [
      'an overlap that only the fences show, because the earlier grant was answered late',
      story()
        .claims('b', [grant('src', 2)])
        .pass(-1.9)
        .claims('a', [grant('src', 1)])
        .releases('a', 'src'),
      'overlap: b was granted src (fence 2) while a held src (fence 1)',
    ],
    [
      'an overlap with a claim from long before',
      story()
        .claims('a', [grant('src', 1)])
        .claims('c', [grant('docs', 2)])
        .releases('c', 'docs')
        .claims('c', [grant('docs', 3)])
        .claims('b', [grant('src', 4)]),
      'overlap: b was granted src (fence 4) while a held src (fence 1)',
    ],
    [
      'a claim that was lost and granted anew',
      story()
        .claims('a', [grant('src', 1)])
        .claims('a', [grant('src', 2)]),
      'lost: a held src under fence 1, and has it under 2 now',
    ],
    [
      'a fence that two were given',
      story()
        .claims('a', [grant('src', 1)])
        .claims('b', [grant('docs', 1)]),
      'fence 1 was given to a and to b',
    ],
    [
      'a fence below one that was given before',
      story()
        .claims('a', [grant('src', 2)])
        .claims('b', [grant('docs', 1)]),
      'b was given fence 1 after 2 was given',
    ],
    [
      'a release of what was lost before',
      story()
        .claims('a', [grant('src', 1)])
        .releases('a'),
      'a held src, and released nothing',
    ],
    ['a release of more than was held', story().releases('a', 'src'), 'a held nothing, and released src'],
    [
      'a claim that is gone at the end',
      story().claims('a', [grant('src', 1)]),
      'lost: at the end src by a under fence 1 is not held',
    ],
    [
      'a claim that came back after its release',
      story()
        .claims('a', [grant('src', 1)])
        .releases('a', 'src')
        .endsWith('a', 'src', 1),
      'at the end src by a under fence 1 is held, and should not be',
    ],
  ])('%s', (_, bad, sentence) => {
    expect(said(bad)).toContainEqual(expect.stringContaining(sentence));
  });
});

function inLog(seq: number, from: string, text: string): LogMessage {
  return { seq, from, to: ['human'], text };
}
