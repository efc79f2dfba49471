/**
 * The fields of a tool's input: one description from which come the advertised schema, the folding of what
 * models really send, and the words of an error.
 */

export interface Field {
  /**
   * - `text`: one text.
   * - `list`: texts.
   * - `lines`: texts, also given as one text with a line for each. Advertised as one text.
   * - `files`: paths, globs and parts of files; entries are texts or objects.
   * - `integer`, `boolean`: as in JSON.
   * - `object`: an object, its JSON text, or a plain text. Advertised as text, as nothing below the top may be
   *   an object.
   */
  kind: 'text' | 'list' | 'lines' | 'files' | 'integer' | 'boolean' | 'object';
  /** What a text or a list holds are ids of items, which models also write as numbers. */
  ids?: boolean;
  /** What the model reads; absent where the name says it all. */
  description?: string;
  /** The only texts allowed. */
  values?: readonly string[];
  /** Bounds of an integer; both ends are allowed. */
  min?: number;
  max?: number;
  /** What the field holds, in the words of an error; by default made from the rest. */
  allowed?: string;
}

/** Fields by name, in the order in which they are advertised. */
export type Fields = Readonly<Record<string, Field>>;

/** In every tool: the name of a helper inside the client that shares this connection. */
export const SUBAGENT: Field = { kind: 'text' };
/** Other names that every tool accepts. */
export const SHARED_SYNONYMS: Readonly<Record<string, string>> = { as: 'subagent' };

/** The JSON Schema a tool advertises: one flat object, and nothing but what is listed. */
export function flatSchema(fields: Fields, required: readonly string[] = []): Record<string, unknown> {
  const properties = Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, property(field)]));
  return {
    type: 'object',
    properties,
    ...(required.length > 0 && { required: [...required] }),
    additionalProperties: false,
  };
}

/** What a field holds, in words that follow "must be". */
export function allowedIn(field: Field): string {
  if (field.allowed !== undefined) return field.allowed;
  if (field.values !== undefined) return `one of ${field.values.join(', ')}`;
  switch (field.kind) {
    case 'text':
      return 'a text';
    case 'list':
      return 'a list of texts';
    case 'lines':
      return 'a text or a list of texts, one for each defect';
    case 'files':
      return 'a list of paths, such as src/a.ts, src/auth/, src/**/*.ts, src/a.ts#function:login or src/a.ts#L10-L30';
    case 'integer':
      return `a whole number from ${field.min} to ${field.max}`;
    case 'boolean':
      return 'true or false';
    case 'object':
      return 'a text or an object';
  }
}

function property({ kind, description, values, min, max }: Field): Record<string, unknown> {
  return {
    ...shape(kind),
    ...(values !== undefined && { enum: [...values] }),
    ...(min !== undefined && { minimum: min }),
    ...(max !== undefined && { maximum: max }),
    ...(description !== undefined && { description }),
  };
}

function shape(kind: Field['kind']): Record<string, unknown> {
  switch (kind) {
    case 'integer':
    case 'boolean':
      return { type: kind };
    case 'list':
    case 'files':
      return { type: 'array', items: { type: 'string' } };
    case 'text':
    case 'lines':
    case 'object':
      return { type: 'string' };
  }
}
