import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AGENT_ID, distinctSlug, slug } from '../../src/state/roster/slug.ts';

describe('slug', () => {
  it.each([
    ['feat/errors', 'feat-errors'],
    ['FEAT/X', 'feat-x'],
    ['feat/my_feature', 'feat-my_feature'],
    ['feat/Auth_X', 'feat-auth_x'],
    ['feat/日本語', 'feat'],
    ['---', 'agent'],
    ['', 'agent'],
    ['main', 'main'],
    ['a/b/c', 'a-b-c'],
    ['a//--b', 'a-b'],
    ['-a-', 'a'],
    ['_private', 'private'],
  ])('%j is %j', (branch, id) => {
    expect(slug(branch)).toBe(id);
  });

  it('is cut at 64 characters, without a dash at the end', () => {
    expect(slug('x'.repeat(100))).toHaveLength(64);
    expect(slug(`${'x'.repeat(63)}/y`)).toBe('x'.repeat(63));
  });

  it('is always an agent id, and its own slug', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        const id = slug(name);
        expect(id).toMatch(AGENT_ID);
        expect(slug(id)).toBe(id);
        expect(distinctSlug(name)).toMatch(AGENT_ID);
      }),
    );
  });

  it('tells branches of one slug apart by the SHA-1 of their names', () => {
    expect(distinctSlug('feat/a')).toBe('feat-a-44e4');
    expect(distinctSlug('feat/a')).not.toBe(distinctSlug('feat-a'));
    expect(distinctSlug('y'.repeat(80))).toHaveLength(64);
  });
});
