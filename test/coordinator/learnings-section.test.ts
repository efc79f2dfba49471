import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hasHeading, headingOf, renderSection, withSection } from '../../src/coordinator/learnings-section.ts';
import type { Learning } from '../../src/state/learnings/learning-events.ts';

let last = 0;

function learning(category: string, title: string, more: Partial<Learning> = {}): Learning {
  last += 1;
  return { id: `${last}`, n: last, category, title, body: {}, agent_id: 'coordinator', at: '', count: 1, ...more };
}

const HEADING = headingOf(new Date('2026-11-20T14:03:11.987Z'));
const OTHER_HEADING = headingOf(new Date('2026-11-21T00:00:00.000Z'));
const FIRST = { heading: HEADING, text: renderSection(HEADING, [learning('decision', 'one')]) };
const SECOND = { heading: HEADING, text: renderSection(HEADING, [learning('decision', 'two')]) };

test('a section has a dated heading, and only the headings below it that have entries, in their order', () => {
  const entries = [
    learning('my own', 'odd', { agent_id: 'x' }),
    learning('decision', 'later'),
    learning('conflict_event', 'x and y: conflict over a.ts', { count: 3, body: { paths: ['a.ts'] } }),
    learning('tooling_friction', 'TZ', { agent_id: 'x', body: { workaround: 'TZ=UTC', paths: ['a.ts'] } }),
    learning('decision', 'latest'),
  ];
  expect(renderSection(HEADING, entries)).toBe(`## 2026-11-20 14:03:11 UTC

### Conflicts

- x and y: conflict over a.ts (3 times)

### Tooling friction

- TZ (x)
  - workaround: TZ=UTC
  - paths: a.ts

### Decisions

- later
- latest

### Other

- odd (my own, x)
`);
});

test('every category has its heading', () => {
  const categories = [
    ...['conflict_event', 'stuck_duration', 'recovery_cycles', 'claim_contention', 'lost_work'],
    ...['recurring_failure_shape', 'doc_gap', 'adr_drift', 'scope_mistake', 'tooling_friction', 'convention'],
    ...['decision', 'whatever'],
  ];
  const text = renderSection(HEADING, categories.map((category) => learning(category, category)).reverse());
  expect([...text.matchAll(/^### (.*)$/gm)].map(([, name]) => name)).toEqual([
    ...['Conflicts', 'Where agents got stuck', 'Recovery cycles', 'Claim contention', 'Lost work'],
    ...['Recurring failures', 'Documentation gaps', 'Architecture drift', 'Scope mistakes', 'Tooling friction'],
    ...['Conventions', 'Decisions', 'Other'],
  ]);
});

test('no text of an agent makes a heading, HTML or a line of its own', () => {
  const title = 'a\n## 1999-01-01 00:00:00 UTC\n<!-- `List<T>` \u202e';
  expect(renderSection(HEADING, [learning('convention', title, { agent_id: 'x' })])).toContain(
    '\n- a ## 1999-01-01 00:00:00 UTC &lt;!-- `List<T>` (x)\n',
  );
});

describe('in Markdown', () => {
  /** How a title is written. */
  function written(title: string): string {
    const text = renderSection(HEADING, [learning('convention', title, { agent_id: 'x' })]);
    return /^- (.*) \(x\)$/m.exec(text)?.[1] ?? text;
  }

  test.each([
    ['# big', '\\# big'],
    ['## 1999-01-01 00:00:00 UTC', '\\## 1999-01-01 00:00:00 UTC'],
    ['> quoted', '\\> quoted'],
    ['- item', '\\- item'],
    ['1. item', '1\\. item'],
    ['[x]: http://x.example', '\\[x]: http://x.example'],
    ['![x](http://x.example)', '!\\[x](http://x.example)'],
    ['~~~', '\\~~~'],
    ['**Note** that', '**Note** that'],
    ['C# and a - b', 'C# and a - b'],
  ])('%s begins no block and shows no image', (title, text) => {
    expect(written(title)).toBe(text);
  });

  test.each([
    ['`List<T>` and <b>', '`List<T>` and &lt;b>'],
    ['``a ` <b>`` <i>', '``a ` <b>`` &lt;i>'],
    ['`<img src=x>``', '`&lt;img src=x>``'],
    ['``<img>`', '``&lt;img>`'],
    ['\\\\`a` <img> `c`', '\\\\`a` &lt;img> `c`'],
    ['\\`<img>`', '\\`&lt;img>`'],
    ['```<img>``` x', '\\```&lt;img>``` x'],
    ['a <!-- b', 'a &lt;!-- b'],
  ])('%s has no HTML but in code', (title, text) => {
    expect(written(title)).toBe(text);
  });

  test('every line is ours in its beginning, whatever agents have written', () => {
    const anyText = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom(...'#->`<![]()\\\n\r 1.=') }),
    );
    fc.assert(
      fc.property(anyText, anyText, fc.dictionary(anyText, anyText), (category, title, body) => {
        const text = renderSection(OTHER_HEADING, [learning(category, title, { body, agent_id: 'x' })]);
        const [first, ...lines] = text.split(/[\n\r\u0085\u2028\u2029]/u);
        expect(first).toBe(OTHER_HEADING);
        const odd = lines.filter(
          (line) => !/^(?:|### Other|- .*| {2}- (?![#>]).*)$/u.test(line) || /^- [#>]/.test(line),
        );
        expect(odd).toEqual([]);
        expect(lines.filter((line) => line.startsWith('- '))).toHaveLength(1);
        const file = withSection(Buffer.from(FIRST.text), undefined, { heading: OTHER_HEADING, text });
        expect(hasHeading(file, '## 1999-01-01 00:00:00 UTC')).toBe(false);
      }),
    );
  });
});

describe('in the file', () => {
  test('a new file has a title', () => {
    const text = withSection(undefined, undefined, FIRST).toString();
    expect(text).toMatch(/^# Learnings\n\nWhat /);
    expect(text.endsWith(`\n\n${FIRST.text}`)).toBe(true);
    expect(withSection(Buffer.alloc(0), undefined, FIRST).toString()).toBe(text);
  });

  test.each(['mine', 'mine\n', 'mine\n\n'])('%j stays before it', (mine) => {
    const file = withSection(Buffer.from(mine), undefined, FIRST).toString();
    expect(file).toBe(`mine\n\n${FIRST.text}`);
  });

  test('what was written is replaced, and every other byte stays, whatever its encoding', () => {
    const before = Buffer.from([0xff, 0xfe, 0x00, 0x80, 0x0d, 0x0a]);
    const after = Buffer.from([0x23, 0x20, 0xc3, 0x28]);
    const file = Buffer.concat([withSection(before, undefined, FIRST), after]);
    const changed = withSection(file, FIRST.text, SECOND);
    expect(changed.subarray(0, before.length)).toEqual(before);
    expect(changed.subarray(-after.length)).toEqual(after);
    expect(changed.includes('- two')).toBe(true);
    expect(changed.includes('- one')).toBe(false);
  });

  test('of a section that the user has changed what is not below its heading stays', () => {
    const file = `# Mine\n\n${FIRST.text.replace('one', 'ONE').replaceAll('\n', '\r\n')}\r\n## My own\n\ntext\n`;
    expect(withSection(Buffer.from(file), FIRST.text, SECOND).toString()).toBe(
      `# Mine\n\n${SECOND.text}## My own\n\ntext\n`,
    );
  });

  test('one that the user has taken out comes back at the end', () => {
    expect(withSection(Buffer.from('# Mine\n'), FIRST.text, SECOND).toString()).toBe(`# Mine\n\n${SECOND.text}`);
  });

  test('the section of an earlier run is found by its heading', () => {
    expect(hasHeading(Buffer.from(FIRST.text), HEADING)).toBe(true);
    expect(hasHeading(Buffer.from(`> ${HEADING}\n${HEADING} more`), HEADING)).toBe(false);
    expect(hasHeading(undefined, HEADING)).toBe(false);
  });
});
