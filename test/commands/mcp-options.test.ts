import { expect, test } from 'vitest';
import { mcpOptions } from '../../src/commands/mcp-options.ts';

test.each([
  [[], {}],
  [['--agent', 'a', '--role', 'supervisor'], { agent: 'a', role: 'supervisor' }],
  [['--role=agent'], { role: 'agent' }],
  [['--help'], undefined],
  [['--nope'], undefined],
  [['stray'], undefined],
  [['--agent'], undefined],
])('%j', (args, expected) => {
  expect(mcpOptions(args)).toEqual(expected);
});
