/** One figure of the benchmarks. */
export interface Row {
  /** What was measured: "publish, p50". */
  figure: string;
  measured: number;
  /** Unit of `measured` and `floor`. */
  unit: 'ms' | '/s' | 'MB' | 'rounds' | 'tokens' | 'files' | 'messages';
  /** The same measure of what cannot be avoided, from the same run. */
  floor?: { what: string; value: number };
  /** Bound of the measured value, or of its ratio to the floor. */
  required?: { atMost: number } | { atLeast: number };
  /** What `required` is a bound of; `measured` if not given. */
  of?: 'measured' | 'ratio';
}

/** The measured value as a multiple of its floor. */
export function ratioOf({ measured, floor }: Row): number | undefined {
  return floor === undefined ? undefined : measured / floor.value;
}

/** Whether the row keeps what is required; undefined where nothing is. */
export function isKept(row: Row): boolean | undefined {
  if (row.required === undefined) return undefined;
  const value = row.of === 'ratio' ? ratioOf(row) : row.measured;
  if (value === undefined) return undefined;
  return 'atMost' in row.required ? value <= row.required.atMost : value >= row.required.atLeast;
}
