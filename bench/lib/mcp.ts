export const PROTOCOL_REVISION = '2025-06-18';

/** An answer of an MCP server to one request. */
export interface Answer {
  id: number;
  result?: {
    isError?: boolean;
    structuredContent?: unknown;
    content?: { type: string; text?: string }[];
    /** Of `initialize`. */
    instructions?: string;
  };
  error?: unknown;
}

/** The structured content of a tool's answer. Fails if it is an error. */
export function structureOf(tool: string, answer: Answer): unknown {
  return resultOf(tool, answer).structuredContent;
}

/** The text of a tool's answer. Fails if it is an error. */
export function textOf(tool: string, answer: Answer): string {
  return (resultOf(tool, answer).content ?? []).map(({ text = '' }) => text).join('\n');
}

function resultOf(tool: string, { result, error }: Answer): NonNullable<Answer['result']> {
  if (result === undefined || result.isError === true) throw new Error(`${tool}: ${JSON.stringify(error ?? result)}`);
  return result;
}
