import { expect, test } from 'vitest';
import { PawError } from '../../src/errors/paw-error.ts';
import { fromWire, toWire } from '../../src/link/wire-errors.ts';

test.each(['invalid', 'refused', 'unknown', 'unavailable', 'storage', 'environment', 'internal'] as const)(
  'a PawError with code %s crosses with code and text',
  (code) => {
    const crossed = JSON.parse(JSON.stringify(toWire(new PawError(code, 'Text. Next step.'))));
    expect(fromWire(crossed)).toMatchObject({ name: 'PawError', code, message: 'Text. Next step.' });
  },
);

test('an unexpected error crosses as an internal PawError without its stack', () => {
  const wire = toWire(new TypeError('x is not a function'));
  expect(wire).toMatchObject({ data: { code: 'internal' }, message: expect.stringContaining('x is not a function') });
  expect(JSON.stringify(wire)).not.toContain('wire-errors.test');
});

test('an error with a code nobody knows is internal', () => {
  expect(fromWire({ code: -1, message: 'odd', data: { code: 'toString' } })).toMatchObject({ code: 'internal' });
  expect(fromWire({ code: -1, message: 'odd', data: null })).toMatchObject({ code: 'internal' });
  expect(fromWire({ code: -1, message: 'odd' })).toMatchObject({ code: 'internal' });
});
