import type { WriteStream } from 'node:tty';

const ENTER = '\u001b[?1049h\u001b[?25l';
const LEAVE = '\u001b[?25h\u001b[?1049l';
const HOME = '\u001b[H';
const CLEAR_LINE_END = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';

/** A terminal's second screen, which is drawn over and leaves the first one as it was. */
export interface LiveScreen {
  /** Replaces what is shown. What has no room is counted in the last line. */
  draw(lines: readonly string[]): void;
  close(): void;
}

export function openScreen(terminal: Pick<WriteStream, 'rows' | 'write'>): LiveScreen {
  let isOpen = true;
  const close = (): void => {
    if (isOpen) terminal.write(LEAVE);
    isOpen = false;
    process.off('exit', close);
  };
  // Also when an error ends the process: a terminal without a cursor is of no use to anybody.
  process.on('exit', close);
  terminal.write(ENTER);
  return {
    draw(lines) {
      if (!isOpen) return;
      const shown = fitting(lines, terminal.rows).map((line) => line + CLEAR_LINE_END);
      terminal.write(HOME + shown.join('\n') + CLEAR_BELOW);
    },
    close,
  };
}

function fitting(lines: readonly string[], rows: number): readonly string[] {
  if (lines.length <= rows) return lines;
  return [...lines.slice(0, rows - 1), `… ${lines.length - rows + 1} more lines`];
}
