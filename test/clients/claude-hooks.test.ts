import { describe, expect, it } from 'vitest';
import {
  claudeHookCommands as commandsIn,
  type Settings,
  withClaudeHooks,
  withoutClaudeHooks as without,
} from '../../src/clients/claude-hooks.ts';
import { recognition } from '../../src/clients/recognition.ts';
import { HOOK_EVENTS } from '../../src/protocol/hook-events.ts';

const OWN = recognition({ folder: '/repo', installations: new Set(['/opt/moved/dist']) });
const withHooks = (settings: Settings, command: readonly string[]) => withClaudeHooks(settings, command, OWN);
const withoutHooks = (settings: Settings) => without(settings, OWN);
const claudeHookCommands = (settings: Settings) => commandsIn(settings, OWN);

const PAW = ['paw-coordinator'];
const ABSOLUTE = ['/usr/bin/node', '/opt/my tools/paw-coordinator/dist/cli.js'];

/** As a person may have it: other keys, other hooks of the same events. */
const BUSY: Settings = {
  model: 'opus',
  permissions: { allow: ['Bash(npm test)'] },
  hooks: {
    PreToolUse: [{ matcher: 'Bash', hooks: [{ type: 'command', command: './check.sh', timeout: 30 }] }],
    Stop: [{ hooks: [{ type: 'command', command: 'say done' }] }],
    Notification: [{ hooks: [{ type: 'command', command: 'notify-send hi' }] }],
  },
};

describe('with our hooks', () => {
  it('empty settings hold one for each event, and edits only before a tool', () => {
    const hooks = [expect.objectContaining({ type: 'command', timeout: 5 })];
    expect(withHooks({}, PAW)).toEqual({
      hooks: {
        SessionStart: [{ hooks: [expect.objectContaining({ command: 'paw-coordinator hook SessionStart' })] }],
        UserPromptSubmit: [{ hooks }],
        PreToolUse: [{ matcher: 'Edit|Write|MultiEdit|NotebookEdit', hooks }],
        PostToolUse: [{ hooks }],
        Stop: [{ hooks }],
      },
    });
  });

  it('what was there stays as it was, and comes first', () => {
    const settings = withHooks(BUSY, PAW);
    expect(settings).toMatchObject({ model: 'opus', permissions: BUSY.permissions });
    const { PreToolUse, Stop, Notification } = settings.hooks as Record<string, unknown[]>;
    expect(PreToolUse?.[0]).toEqual((BUSY.hooks as Record<string, unknown[]>).PreToolUse?.[0]);
    expect(PreToolUse).toHaveLength(2);
    expect(Stop).toHaveLength(2);
    expect(Notification).toHaveLength(1);
  });

  it.each([[{}], [BUSY]])('doing it twice changes nothing', (before) => {
    const once = withHooks(before, ABSOLUTE);
    expect(withHooks(once, ABSOLUTE)).toEqual(once);
  });

  it('another form of the command takes the place of the one before, where that was', () => {
    const before = withHooks(BUSY, ['npx', '-y', 'paw-coordinator']);
    const after = withHooks(before, ABSOLUTE);
    expect(after).toEqual(withHooks(BUSY, ABSOLUTE));
    expect([...claudeHookCommands(after).values()]).toEqual(
      HOOK_EVENTS.map((event) => `/usr/bin/node "/opt/my tools/paw-coordinator/dist/cli.js" hook ${event}`),
    );
  });

  it.each([
    [{ hooks: [] }, '"hooks"'],
    [{ hooks: { Stop: {} } }, '"hooks.Stop"'],
  ])('settings of another shape are refused: %j', (settings, key) => {
    expect(() => withHooks(settings, PAW)).toThrow(key);
    expect(claudeHookCommands(settings).size).toBe(0);
  });
});

describe('without our hooks', () => {
  it.each([[{}], [{ model: 'opus' }], [{ hooks: {} }], [BUSY], [{ hooks: { Stop: [] } }]])(
    'settings are as before: %j',
    (before) => {
      for (const command of [PAW, ABSOLUTE, ['npx', '-y', 'paw-coordinator@1.0.0']])
        expect(withoutHooks(withHooks(before, command))).toEqual(withoutEmptyLists(before));
      expect(withoutHooks(before)).toEqual(before);
    },
  );

  it('of an entry shared with others only ours goes', () => {
    const shared = { matcher: '*', hooks: [{ type: 'command', command: 'a' }, ...ours('Stop')] };
    const settings = { hooks: { Stop: [shared] } };
    expect(withoutHooks(settings)).toEqual({ hooks: { Stop: [{ ...shared, hooks: shared.hooks.slice(0, 1) }] } });
  });

  it('what only looks like ours stays', () => {
    const like = [
      '/opt/other/cli.js hook Stop',
      'node /opt/other/dist/cli.js hook Stop',
      '/opt/other/dist/hook.js Stop',
      'paw-coordinator hook Stop --more',
      './check.sh && paw-coordinator hook Stop',
      'my-paw-coordinator-x Stop',
      'notify /srv/paw-coordinator hook Stop',
    ];
    const settings = { hooks: { Stop: [{ hooks: like.map((command) => ({ type: 'command', command })) }] } };
    expect(withoutHooks(settings)).toEqual(settings);
    expect(withHooks(settings, PAW)).toMatchObject({
      hooks: { Stop: [settings.hooks.Stop[0], { hooks: ours('Stop') }] },
    });
  });
});

function ours(event: string): unknown[] {
  return [{ type: 'command', command: `paw-coordinator hook ${event}`, timeout: 5 }];
}

/** A list that held nothing is as good as none. */
function withoutEmptyLists(settings: Settings): Settings {
  return JSON.stringify(settings) === '{"hooks":{"Stop":[]}}' || JSON.stringify(settings) === '{"hooks":{}}'
    ? {}
    : settings;
}
