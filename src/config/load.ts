import { readFileSync, statSync } from 'node:fs';
import { configNotJson, configNotObject, configUnreadable, wrongSettings } from '../errors/config.ts';
import type { PawError } from '../errors/paw-error.ts';
import { jsonFault } from './json-fault.ts';
import type { Settings } from './schema.ts';
import { toSettings } from './settings.ts';
import { isObject } from './unknown-keys.ts';

/** Largest configuration file that is read, in bytes. */
const CONFIG_MAX_BYTES = 256 * 1024;
const BYTE_ORDER_MARK = '\uFEFF';

/** A configuration that can be used. Warnings are whole sentences for the user. */
export interface GoodConfig {
  settings: Settings;
  warnings: string[];
}

/** What a configuration file says, and what it said it with: `fingerprint` is equal for equal contents. */
export type LoadedConfig = (GoodConfig | { error: PawError }) & { fingerprint: string };

/**
 * Reads the configuration file at `path`. Without a file the defaults hold. Never throws: what is wrong comes as
 * `error`, and then nothing in the file is used.
 */
export function loadConfig(path: string): LoadedConfig {
  let text: string | undefined;
  try {
    text = readText(path);
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause);
    return { error: configUnreadable(path, problem, cause), fingerprint: `unreadable ${problem}` };
  }
  if (text === undefined) return { ...parseConfig(path, '{}'), fingerprint: 'absent' };
  return { ...parseConfig(path, text), fingerprint: `text ${text}` };
}

/** The file's text without its byte order mark; undefined if there is no file. */
function readText(path: string): string | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return undefined;
  if (!stats.isFile()) throw new Error('it is not a file');
  if (stats.size > CONFIG_MAX_BYTES)
    throw new Error(`it has ${stats.size} bytes, and at most ${CONFIG_MAX_BYTES} are read`);
  const text = readFileSync(path, 'utf8');
  return text.startsWith(BYTE_ORDER_MARK) ? text.slice(BYTE_ORDER_MARK.length) : text;
}

function parseConfig(path: string, text: string): GoodConfig | { error: PawError } {
  const fault = jsonFault(text);
  if (fault) {
    const found = [...text.slice(fault.offset, fault.offset + 2)][0];
    return { error: configNotJson(path, placeOf(text, fault.offset), { expected: fault.expected, found }) };
  }
  const content: unknown = JSON.parse(text);
  if (!isObject(content)) return { error: configNotObject(path, content) };
  const result = toSettings(content);
  return 'wrong' in result ? { error: wrongSettings(path, result.wrong) } : result;
}

/** Line and column of a character, both from 1. */
function placeOf(text: string, offset: number): { line: number; column: number } {
  const lines = text.slice(0, offset).split(/\r\n|\r|\n/);
  return { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 };
}
