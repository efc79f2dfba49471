import type { Format, Look } from './look.ts';
import { cut, pad, textWidth } from './width.ts';

/** Columns between two cells. */
const GAP = 2;
/** A cell that gives way keeps this many columns. */
const FLEXIBLE_MIN = 8;

/** Plain safe text; the format is applied after it was measured. */
export interface Cell {
  text: string;
  format?: Format;
}

/**
 * Rows as aligned lines. The column with index `flexible` is as wide as its longest cell needs, and gives way
 * where the line would become longer than the look allows. Columns that are empty in every row are left out.
 */
export function table(rows: readonly Cell[][], { look, flexible, indent }: TableOptions): string[] {
  const widths = columnWidths(rows);
  const used = widths.filter((width) => width > 0).length;
  const total = indent + widths.reduce((sum, width) => sum + width, 0) + GAP * Math.max(0, used - 1);
  const over = look.fits ? Math.max(0, total - look.width) : 0;
  const fitted = widths.map((width, index) =>
    index === flexible ? Math.max(Math.min(width, FLEXIBLE_MIN), width - over) : width,
  );
  return rows.map((row) => line(row, fitted, look, indent));
}

export interface TableOptions {
  look: Look;
  flexible: number;
  /** Spaces before each line. */
  indent: number;
}

function columnWidths(rows: readonly Cell[][]): number[] {
  const widths: number[] = [];
  for (const row of rows)
    for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, textWidth(cell.text));
  return widths;
}

function line(row: readonly Cell[], widths: readonly number[], look: Look, indent: number): string {
  let used = indent;
  let painted = ' '.repeat(indent);
  let gap = '';
  for (const [index, width] of widths.entries()) {
    if (width === 0) continue;
    const { text, format } = row[index] ?? { text: '' };
    // The last resort on a narrow terminal: no line is ever longer than it.
    const room = look.fits ? Math.min(width, look.width - used - gap.length) : width;
    const shown = cut(text, room);
    if (shown !== '') {
      painted += gap + (format === undefined ? shown : look.paint(format, shown));
      used += gap.length + textWidth(shown);
      gap = '';
    }
    gap += ' '.repeat(textWidth(pad(shown, width)) - textWidth(shown) + GAP);
  }
  return painted;
}
