import { describe, expect, it } from 'vitest';
import { lineOf, wordsOf } from '../../src/clients/shell-words.ts';

describe('the words of a command of a shell', () => {
  it.each([
    ['paw-coordinator hook Stop', ['paw-coordinator', 'hook', 'Stop']],
    ['/usr/bin/node "/my \\$tools/dist/cli.js" hook Stop', ['/usr/bin/node', '/my $tools/dist/cli.js', 'hook', 'Stop']],
  ])('%s', (command, words) => expect(wordsOf(command)).toEqual(words));

  it.each([
    'a; b',
    'a && b',
    'a "$(b)" c',
    'a `b`',
    'a "`b`"',
    'a > b',
    'a | b',
    "a 'b'",
    'a "b',
    'X=1 a\nb',
    '~/a',
    '',
  ])('are none of more than words: %j', (command) => expect(wordsOf(command)).toBeUndefined());

  it('are those a line was made of', () => {
    const words = ['/my tools/node', 'C:\\a "b" $c `d`', '--flag=1'];
    expect(wordsOf(lineOf(words))).toEqual(words);
  });
});
