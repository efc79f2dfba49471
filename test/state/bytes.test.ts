import fc from 'fast-check';
import { expect, it } from 'vitest';
import { utf8Bytes } from '../../src/state/messages/inbox.ts';

it.each(['\u007f', '\u0080', '\u07ff', '\u0800', '\ud7ff', '\ue000', '\uffff', '\u{10000}', '\u{103ff}', '\u{10ffff}'])(
  'a text is as long as its UTF-8 bytes, at the borders too: %j',
  (text) => {
    expect(utf8Bytes(text)).toBe(Buffer.byteLength(text));
  },
);

it('a text of any letters is as long as its UTF-8 bytes', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(utf8Bytes(text)).toBe(Buffer.byteLength(text));
    }),
  );
});
