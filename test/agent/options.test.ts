import { describe, expect, test } from 'vitest';
import { agentOptions } from '../../src/agent/options.ts';

describe('as whom a session starts', () => {
  test.each([
    [{}, {}, { role: 'agent' }],
    [{ agent: 'feat-a' }, {}, { role: 'agent', agent: 'feat-a' }],
    [{}, { PAW_AGENT_ID: 'feat-a' }, { role: 'agent', agent: 'feat-a' }],
    [{ agent: 'feat-a' }, { PAW_AGENT_ID: 'feat-b' }, { role: 'agent', agent: 'feat-a' }],
    [{}, { PAW_AGENT_ID: '', PAW_ROLE: ' ' }, { role: 'agent' }],
    [{ role: '' }, { PAW_ROLE: 'supervisor' }, { role: 'supervisor' }],
    [{ role: 'agent' }, { PAW_ROLE: 'supervisor' }, { role: 'agent' }],
    [{ role: 'supervisor' }, { PAW_AGENT_ID: 'feat-a' }, { role: 'supervisor' }],
    [{ agent: 'a.tests' }, {}, { role: 'agent', agent: 'a.tests' }],
  ])('%j with %j', (given, env, expected) => {
    expect(agentOptions(given, env)).toEqual(expected);
  });

  test.each([
    [{ role: 'boss' }, {}, /--role.*"boss"/],
    [{}, { PAW_ROLE: 'Supervisor' }, /PAW_ROLE.*"Supervisor"/],
    [{ agent: 'Feat/A' }, {}, /"Feat\/A"/],
    [{}, { PAW_AGENT_ID: '-a' }, /PAW_AGENT_ID/],
    [{ agent: 'x'.repeat(65) }, {}, /64/],
    [{ agent: 'supervisor' }, {}, /reserved/],
    [{ agent: 'all' }, {}, /reserved/],
  ])('%j with %j is refused', (given, env, expected) => {
    expect(() => agentOptions(given, env)).toThrow(expected);
  });
});
