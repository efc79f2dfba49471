import type { Check } from '../../doctor/check.ts';
import type { Look } from './look.ts';
import { safeLine } from './safe-text.ts';
import { pad, textWidth } from './width.ts';

const GOOD = 'ok';
const BAD = 'WRONG';

/** The findings of `doctor`, what to do about them, and how many are wrong. */
export function checkLines(checks: readonly Check[], look: Look): string[] {
  const width = Math.max(...checks.map(({ name }) => textWidth(name)));
  const lines = checks.flatMap(({ name, ok, detail, fix }) => {
    const mark = look.paint(ok ? 'green' : 'red', pad(ok ? GOOD : BAD, BAD.length));
    const indent = ' '.repeat(BAD.length + width + 4);
    return [
      `${mark}  ${look.paint('bold', pad(name, width))}  ${safeLine(detail)}`,
      ...(fix === undefined ? [] : [`${indent}→ ${safeLine(fix)}`]),
    ];
  });
  const wrong = checks.filter(({ ok }) => !ok).length;
  return [...lines, '', wrong === 0 ? 'Everything is as it should be.' : `${wrong} of ${checks.length} are wrong.`];
}
