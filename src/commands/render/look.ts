import { styleText } from 'node:util';

/** Narrower than this nothing readable can be laid out; wider lines are hard to follow. */
const WIDTH_MIN = 40;
const WIDTH_MAX = 160;
/** Where the width is not known, such as in a pipe. */
const WIDTH_DEFAULT = 100;

export type Format = Parameters<typeof styleText>[0];

/** How something is to look: the columns there are, and whether there is colour. */
export interface Look {
  width: number;
  /** Whether a long line is cut to the width; in a pipe nothing is. */
  fits: boolean;
  paint(format: Format, text: string): string;
}

/** What is asked of a stream; the standard output of a process has it. */
export interface Surface {
  isTTY?: boolean | undefined;
  columns?: number | undefined;
}

/** The look for a stream: colour on a terminal only, and not where `NO_COLOR` is set or the terminal is dumb. */
export function lookFor(surface: Surface, env: NodeJS.ProcessEnv): Look {
  const isTty = surface.isTTY === true;
  const colour = isTty && (env.NO_COLOR ?? '') === '' && env.TERM !== 'dumb';
  const width = Math.min(Math.max(surface.columns ?? WIDTH_DEFAULT, WIDTH_MIN), WIDTH_MAX);
  return {
    width,
    fits: isTty,
    // The stream was looked at here; styleText would look at another one.
    paint: colour ? (format, text) => styleText(format, text, { validateStream: false }) : (_format, text) => text,
  };
}
