import { isKept, type Row, ratioOf } from './row.ts';

const HEADINGS = ['figure', 'measured', 'floor', 'ratio', 'aim', ''];
const GAP = '  ';
/** Units of whole things. */
const COUNTS: readonly Row['unit'][] = ['rounds', 'tokens', 'files', 'messages'];

/** The rows as one table for people, and below it how many of the aims were reached. */
export function asTable(rows: readonly Row[]): string {
  const lines = [HEADINGS, ...rows.map(cellsOf)];
  const widths = HEADINGS.map((_, column) => Math.max(...lines.map((cells) => (cells[column] ?? '').length)));
  const table = lines.map((cells) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join(GAP)
      .trimEnd(),
  );
  const aimed = rows.map(isKept).filter((kept) => kept !== undefined);
  if (aimed.length === 0) return table.join('\n');
  return [...table, '', `${aimed.filter(Boolean).length} of ${aimed.length} aims reached`].join('\n');
}

/** The rows with what follows from them, for programs. */
export function asJson(rows: readonly Row[]): string {
  return JSON.stringify(
    rows.map((row) => ({ ...row, ratio: ratioOf(row), ok: isKept(row) })),
    undefined,
    2,
  );
}

function cellsOf(row: Row): string[] {
  const { figure, measured, unit, floor } = row;
  const ratio = ratioOf(row);
  return [
    figure,
    quantity(measured, unit),
    floor === undefined ? '' : `${quantity(floor.value, unit)} ${floor.what}`,
    ratio === undefined ? '' : `${ratio.toFixed(2)} x`,
    aim(row),
    verdict(row),
  ];
}

function aim({ required: bound, of, unit }: Row): string {
  if (bound === undefined) return '';
  const [sign, value] = 'atMost' in bound ? ['<=', bound.atMost] : ['>=', bound.atLeast];
  return `${sign} ${of === 'ratio' ? `${value} x` : quantity(value, unit)}`;
}

function verdict(row: Row): string {
  const kept = isKept(row);
  if (kept === undefined) return '';
  return kept ? 'reached' : 'NOT reached';
}

function quantity(value: number, unit: Row['unit']): string {
  if (COUNTS.includes(unit)) return `${value} ${unit}`;
  const digits = unit === 'ms' && value < 10 ? 2 : value < 100 && unit !== '/s' ? 1 : 0;
  return `${value.toFixed(digits)} ${unit}`;
}
