import { expect, test } from 'vitest';
import { lookFor } from '../../../src/commands/render/look.ts';

test.each([
  ['a terminal', { isTTY: true }, {}, true],
  ['a pipe', {}, {}, false],
  ['NO_COLOR', { isTTY: true }, { NO_COLOR: '1' }, false],
  ['an empty NO_COLOR', { isTTY: true }, { NO_COLOR: '' }, true],
  ['a dumb terminal', { isTTY: true }, { TERM: 'dumb' }, false],
])('colour on %s', (_name, surface, env, hasColour) => {
  expect(lookFor(surface, env).paint('red', 'x')).toBe(hasColour ? '\u001b[31mx\u001b[39m' : 'x');
});

test.each([
  [{ isTTY: true, columns: 80 }, 80],
  [{ isTTY: true, columns: 5 }, 40],
  [{ isTTY: true, columns: 500 }, 160],
  [{}, 100],
])('the width for %j is %i', (surface, width) => {
  expect(lookFor(surface, {}).width).toBe(width);
});
