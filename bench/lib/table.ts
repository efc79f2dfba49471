import { isKept, type Row, ratioOf } from './row.ts';

const COLUMNS = { figure: 44, measured: 10, floor: 24, ratio: 8, required: 12, verdict: 5 } as const;

/** The headings of the table, and below them one `line` for each row. */
export function headings(): string {
  return aligned(['figure', 'measured', 'floor', 'ratio', 'required', '']);
}

export function line(row: Row): string {
  const { figure, measured, unit, floor } = row;
  const ratio = ratioOf(row);
  return aligned([
    figure,
    quantity(measured, unit),
    floor === undefined ? '' : `${quantity(floor.value, unit)} ${floor.what}`,
    ratio === undefined ? '' : `${ratio.toFixed(2)} x`,
    required(row),
    verdict(row),
  ]);
}

/** The rows with what follows from them, for programs. */
export function asJson(rows: readonly Row[]): string {
  return JSON.stringify(
    rows.map((row) => ({ ...row, ratio: ratioOf(row), ok: isKept(row) })),
    undefined,
    2,
  );
}

function aligned(cells: readonly string[]): string {
  const widths = Object.values(COLUMNS);
  return cells
    .map((cell, column) => cell.padEnd(widths[column] ?? 0))
    .join('  ')
    .trimEnd();
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
  if (unit === 'rounds') return `${value} ${unit}`;
  const digits = unit === 'ms' && value < 10 ? 2 : value < 100 && unit !== '/s' ? 1 : 0;
  return `${value.toFixed(digits)} ${unit}`;
}
