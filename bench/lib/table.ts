import { isKept, type Row, ratioOf } from './row.ts';

const HEADINGS = ['figure', 'measured', 'floor', 'ratio', 'required', ''];

/** The rows as a table of plain text, one line each. */
export function table(rows: readonly Row[]): string {
  const lines = [HEADINGS, ...rows.map(cells)];
  const widths = HEADINGS.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** The rows with what follows from them, for programs. */
export function asJson(rows: readonly Row[]): string {
  return JSON.stringify(
    rows.map((row) => ({ ...row, ratio: ratioOf(row), ok: isKept(row) })),
    undefined,
    2,
  );
}

function cells(row: Row): string[] {
  const { figure, measured, unit, floor } = row;
  const ratio = ratioOf(row);
  return [
    figure,
    quantity(measured, unit),
    floor === undefined ? '' : `${quantity(floor.value, unit)} ${floor.what}`,
    ratio === undefined ? '' : `${ratio.toFixed(2)} x`,
    required(row),
    verdict(row),
  ];
}

function required({ required: bound, of, unit }: Row): string {
  if (bound === undefined) return '';
  const [sign, value] = 'atMost' in bound ? ['<=', bound.atMost] : ['>=', bound.atLeast];
  return `${sign} ${of === 'ratio' ? `${value} x` : quantity(value, unit)}`;
}

function verdict(row: Row): string {
  const kept = isKept(row);
  if (kept === undefined) return '';
  return kept ? 'ok' : 'short';
}

function quantity(value: number, unit: Row['unit']): string {
  const digits = unit === 'ms' && value < 10 ? 2 : value < 100 && unit !== '/s' ? 1 : 0;
  return `${value.toFixed(digits)} ${unit}`;
}
