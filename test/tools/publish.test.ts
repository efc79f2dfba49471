import { describe, expect, test } from 'vitest';
import { PUBLISH_TYPES } from '../../src/protocol/messages.ts';
import { publishSchema } from '../../src/protocol/publish.ts';
import { publish } from '../../src/tools/publish.ts';
import { PUBLISH_FIELDS, PUBLISH_FORMS } from '../../src/tools/publish-forms.ts';
import { callTool, fakeTree, refusal } from './fakes.ts';

const KIB = 1024;
const sentBy = async (input: object) => (await callTool(publish, input)).sent[0]?.params;

describe('publish refuses, naming the field as it was written', () => {
  test.each<[object, ...string[]]>([
    [{ type: 'status', status: '  ' }, '`status`', 'working, idle, done'],
    [{ type: 'status' }, '`status`'],
    [{ type: 'status', status: 'sleeping' }, '`status`', 'working, idle, done', '"sleeping"'],
    [{ type: 'blocked', to: 'a', needs: '' }, '`text`', '`needs`'],
    [{ type: 'blocked', needs: 'x', from: ' ' }, '`to`', '`from`'],
    [{ type: 'blocked', text: 'x', to: ['a', 'b'] }, '`to`', 'one agent'],
    [{ type: 'feedback', to: 'a', errors: [] }, '`text`', '`errors`'],
    [{ type: 'feedback', to: 'a', text: ' \n ' }, '`text`'],
    [{ type: 'question', question: ' \n ' }, '`text`', '`question`'],
    [{ type: 'question', text: ['a', 'b'] }, '`text`'],
    [{ type: 'intent', files: [], text: 'x' }, '`files`'],
    [{ type: 'intent', files: ['  '], text: 'x' }, '`files`'],
    [{ type: 'intent', files: [{ path: '' }], text: 'x' }, '`files`'],
    [{ type: 'intent', files: ['a'], summary: '' }, '`text`', '`summary`'],
    [{ type: 'intent', files: ['a'], text: 'x', valid_for_seconds: 0 }, '`valid_for_seconds`', '1', '86400'],
    [{ type: 'intent', files: ['a'], text: 'x', valid_for_seconds: -1 }, '`valid_for_seconds`', '-1'],
    [{ type: 'intent', files: ['a'], text: 'x', valid_for_seconds: 1.5 }, '`valid_for_seconds`'],
    [{ type: 'note', text: 'x' }, '`re`', '`to`'],
    [{ type: 'answer', text: 'x' }, '`re`', '`to`'],
    [{ type: 'feedback', text: 'x' }, '`re`', '`to`'],
    [{ type: 'verified' }, '`re`', '`to`'],
    [{ type: 'verified', re: 1, commit: 'HEAD' }, '`commit`', '7 to 64', '"HEAD"'],
    [{ type: 'advanced-main' }, '`merged_branch`'],
    [{ type: 'advanced-main', merged_branch: 'x', new_main_sha: 'zz' }, '`commit`', '`new_main_sha`'],
    [{ type: 'note', to: 'a', text: 'x', re: 0 }, '`re`', '999999999'],
    [{ type: 'note', to: ['a', 7], text: 'x' }, '`to[1]`', '7'],
    [{ type: 'note', to: 'a', text: 'x', urgent: 'very' }, '`urgent`', 'true or false'],
    [{}, '`type`', ...PUBLISH_TYPES],
    [{ type: null }, '`type`'],
    [{ type: 'gossip', text: 'x' }, '`type`', '"gossip"', ...PUBLISH_TYPES],
    [{ type: 5 }, '`type`'],
    [{ type: 'question', question: '<your question>' }, 'placeholder', '`question`'],
    [{ type: 'question', text: ' <describe a List<T> here> ' }, 'placeholder', '`text`'],
    [{ type: 'feedback', to: 'a', text: ['fine', '<defect>'] }, 'placeholder'],
    [{ type: 'question', text: 'a', question: 'b' }, '`text`', '`question`', 'same field'],
    [{ type: 'question', txt: 'a' }, '`txt`', '`text`', 'type, text, to, re, urgent, subagent'],
    [{ type: 'question', text: 'a', exports: ['b'] }, '`exports`', 'artifact', 'type, text, to, re, urgent, subagent'],
    [{ type: 'question', text: 'a', answer: 'b' }, '`answer`'],
    [{ type: 'note', to: 'a', text: 'b', agent_id: 'c' }, '`agent_id`'],
    [{ type: 'note', to: 'a', text: 'b', subagent: 5 }, '`subagent`'],
    [{ type: 'note', to: 'a', text: 'b', as: 5 }, '`subagent`', '`as`'],
  ])('%j', async (input, ...parts) => {
    const message = await refusal(publish, input);
    for (const part of parts) expect(message).toContain(part);
    const example: unknown = JSON.parse(message.slice(message.lastIndexOf('Example: ') + 'Example: '.length));
    await expect(callTool(publish, Object(example))).resolves.toBeDefined();
  });

  test.each([
    [
      [{ path: 'a.ts', regions: [{ kind: 'macro', name: 'x' }] }],
      ['kind`', 'function, class, block, range', '"macro"'],
    ],
    [[{ path: 'a.ts', regions: [{ name: 'x' }] }], ['kind`', 'function, class, block, range']],
    [
      ['b.ts', { path: 'a.ts', regions: [{ kind: 'range', start_line: 30, end_line: 10 }] }],
      ['`files[1]', '30 to 10'],
    ],
    [['a.ts#L30-L10'], ['`files[0]', '30 to 10']],
    [['a.ts#L0'], ['`files[0]', 'start_line']],
    [[{ path: 'a.ts', regions: [{ kind: 'range', start_line: 0, end_line: 1 }] }], ['start_line']],
    [[{ path: 'a.ts', regions: [{ kind: 'function' }] }], ['regions[0].name`']],
    [[{ path: 'a.ts', regions: ['login'] }], ['regions[0]`', 'kind']],
    [
      ['b.ts', 'a.ts#function:'],
      ['files[1]`', '"a.ts#function:"', 'a.ts#function:login'],
    ],
    [[{ path: 'a.ts#Class:User' }], ['files[0]`', '#class:User']],
    [[{ path: 'a.ts', part: 'login' }], ['`files[0]`', 'path and regions']],
    [[{ path: 5 }], ['`files[0].path`']],
    [[{ file: 'a.ts' }], ['`files']],
    [['/elsewhere/a.ts'], ['`files[0]`', 'outside', '/repo']],
    [['../a.ts'], ['`files[0]`', 'outside']],
    [['a\0b'], ['NUL']],
    [['x'.repeat(5000)], ['4096']],
    [Array.from({ length: 1001 }, (_, i) => `f${i}`), ['1,000']],
  ])('files %j', async (files, parts) => {
    const message = await refusal(publish, { type: 'intent', text: 'x', files });
    for (const part of parts) expect(message).toContain(part);
  });

  test('a text and a message over their limits, with both limits', async () => {
    const text = await refusal(publish, { type: 'question', question: 'x'.repeat(100 * KIB) });
    expect(text).toContain('`question`');
    expect(text).toContain('32 KiB');
    expect(text).toContain('64 KiB');
    const multibyte = { type: 'question', text: 'é'.repeat(20 * KIB) };
    expect(await refusal(publish, multibyte)).toContain(`${40 * KIB} bytes`);
    const lists = { type: 'artifact', exports: Array.from({ length: 900 }, () => 'x'.repeat(100)) };
    expect(await refusal(publish, lists)).toContain('64 KiB');
  });
});

describe('publish sends', () => {
  test.each<[object, object]>([
    [
      { type: 'status', status: 'idle' },
      { type: 'status', status: 'idle' },
    ],
    [
      { type: 'status', status: 'working', message: 'm', phase: 'audit', modified_files: 'a.ts' },
      { type: 'status', status: 'working', text: 'm', phase: 'audit', files: ['a.ts'] },
    ],
    [{ type: 'artifact' }, { type: 'artifact', status: 'done', exports: [] }],
    [
      { type: 'artifact', status: 'half-done' },
      { type: 'artifact', status: 'half-done', exports: [] },
    ],
    [
      { type: 'intent', files: 'a.ts', summary: 's' },
      { type: 'intent', files: ['a.ts'], text: 's', valid_for_seconds: 900 },
    ],
    [
      { type: 'intent', files: 'a.ts', text: 's', valid_for_seconds: '999999' },
      { type: 'intent', files: ['a.ts'], text: 's', valid_for_seconds: 86_400 },
    ],
    [
      { type: 'blocked', from: 'feat/b', needs: 'n' },
      { type: 'blocked', to: ['feat/b'], text: 'n' },
    ],
    [
      { type: 'question', text: 'use List<T> here' },
      { type: 'question', text: 'use List<T> here' },
    ],
    [
      { type: 'question', text: '<b>bold</b>' },
      { type: 'question', text: '<b>bold</b>' },
    ],
    [
      { type: 'agent.answer', answer: 'a', re: '7' },
      { type: 'answer', text: 'a', re: 7 },
    ],
    [
      { type: 'feedback', errors: ['a', 'b'], to: ['x'] },
      { type: 'feedback', text: ['a', 'b'], to: ['x'] },
    ],
    [
      { type: 'feedback', text: 'a\nb', to: 'x' },
      { type: 'feedback', text: ['a', 'b'], to: ['x'] },
    ],
    [
      { type: 'note', text: 't', to: 'all', urgent: 'true' },
      { type: 'note', text: 't', to: ['all'], urgent: true },
    ],
    [
      { type: 'note', text: 't', to: 'a', urgent: false, files: null, status: '' },
      {
        type: 'note',
        text: 't',
        to: ['a'],
        urgent: false,
      },
    ],
    [
      { type: 'verified', re: 3, message: 'ok' },
      { type: 'verified', re: 3, text: 'ok' },
    ],
    [
      { type: 'advanced-main', merged_branch: 'b', new_main_sha: '0123abc', summary: 's' },
      { type: 'advanced-main', merged_branch: 'b', commit: '0123abc', text: 's' },
    ],
  ])('%j', async (input, expected) => {
    expect((await sentBy(input))?.input).toEqual(expected);
  });

  test('files in the form they were written in, and their targets', async () => {
    const regions = [
      { kind: 'function', name: 'login' },
      { kind: 'range', start_line: 1, end_line: 2 },
    ];
    const files = ['./src/a.ts', { path: '/repo/src/b.ts', regions }, 'c.ts#class:User', 'src/auth/', 'x/*.ts'];
    const { sent } = await callTool(publish, { type: 'intent', text: 't', files }, { tree: fakeTree(['src/a.ts']) });
    expect(sent[0]?.params.input).toMatchObject({
      files: ['src/a.ts', { path: 'src/b.ts', regions }, 'c.ts#class:User', 'src/auth', 'x/*.ts'],
    });
    expect(sent[0]?.params.targets).toEqual([
      { path: 'src/a.ts' },
      { path: 'src/b.ts', region: regions[0] },
      { path: 'src/b.ts', region: regions[1] },
      { path: 'c.ts', region: { kind: 'class', name: 'User' } },
      { path: 'src/auth' },
      { path: 'x/*.ts', glob: 'x/*.ts' },
    ]);
  });

  test('the subagent beside the message, under either name', async () => {
    expect(await sentBy({ type: 'status', status: 'done', as: 'tests' })).toEqual({
      input: { type: 'status', status: 'done' },
      subagent: 'tests',
    });
  });
});

describe('the forms of publish', () => {
  test('every type has an example that passes the check and fields that are advertised', () => {
    for (const [type, form] of Object.entries(PUBLISH_FORMS)) {
      expect(form.example.type).toBe(type);
      for (const field of form.fields) expect(PUBLISH_FIELDS).toHaveProperty(field);
    }
  });

  test('the forms and the protocol agree on the fields of each type', () => {
    for (const option of publishSchema.options) {
      const form = PUBLISH_FORMS[option.shape.type.value];
      expect([...form.fields].sort()).toEqual(
        Object.keys(option.shape)
          .filter((name) => name !== 'type')
          .sort(),
      );
    }
  });
});
