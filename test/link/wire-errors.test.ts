import { expect, test } from 'vitest';
import { ResponseError } from 'vscode-jsonrpc/node';
import { PawError } from '../../src/errors/paw-error.ts';
import { ConnectionLost, fromWire, toWire } from '../../src/link/wire-errors.ts';

test.each(['invalid', 'refused', 'unknown', 'unavailable', 'storage', 'environment', 'internal'] as const)(
  'a PawError with code %s crosses with code and text',
  (code) => {
    const { code: number, message, data } = toWire(new PawError(code, 'Text. Next step.')).toJson();
    expect(fromWire(new ResponseError(number, message, data))).toMatchObject({ name: 'PawError', code, message });
  },
);

test('an unexpected error crosses as an internal PawError without its stack', () => {
  const wire = toWire(new TypeError('x is not a function')).toJson();
  expect(wire).toMatchObject({ data: { code: 'internal' }, message: expect.stringContaining('x is not a function') });
  expect(JSON.stringify(wire)).not.toContain('wire-errors.test');
});

test('an error with a code nobody knows is internal', () => {
  expect(fromWire(new ResponseError(-1, 'odd', { code: 'toString' }))).toMatchObject({ code: 'internal' });
  expect(fromWire(new ResponseError(-1, 'odd', null))).toMatchObject({ code: 'internal' });
});

test('what is no answer of the other side is a lost connection', () => {
  expect(fromWire(new Error('Connection is disposed.'))).toBeInstanceOf(ConnectionLost);
});
