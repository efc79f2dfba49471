import { Buffer } from 'node:buffer';
import { FRAME_MAX_BYTES } from '../../../src/protocol/limits.ts';
import type { Random } from '../random.ts';
import { METHODS, NOTIFICATIONS, REQUESTS } from './requests.ts';

/** Values that are seldom what is meant. */
const JUNK: unknown[] = [
  null,
  true,
  '',
  ' ',
  'x'.repeat(5000),
  '\ud800',
  '\u0000',
  '../..',
  '/',
  '**/*{a,b}*',
  '[!a-]',
  'all',
  'human',
  'coordinator',
  '__proto__',
  'constructor',
  0,
  -1,
  1.5,
  1e308,
  2 ** 53,
  [],
  [[]],
  {},
  Array.from({ length: 1001 }, () => 'x'),
];
const ENVELOPE = ['jsonrpc', 'id', 'method', 'params'];
const KEYS = ['', 'x', '__proto__', 'constructor', 'toString', 'call', 'subagent', 'agent', 'targets', 'wait_seconds'];
const DEEP = 3000;
/** How long a random line is at most, in bytes. */
const NOISE_MAX_BYTES = 300;

/** A line with a valid message, often with something wrong in what it asks. */
export function randomMessage(random: Random, id: number): Buffer {
  const message = messageOf(random, id);
  if (random.chance(0.7)) mutateInside(message.params, random);
  return lineOf(message);
}

/** A line that most often is no message, after which a connection is of no use. */
export function brokenFrame(random: Random): Buffer {
  return random.pick([
    () => noise(random),
    () => Buffer.from(`${'['.repeat(DEEP)}${']'.repeat(DEEP)}\n`),
    () => Buffer.alloc(random.chance(0.05) ? FRAME_MAX_BYTES + 1 : 0, 'x'),
    () => lineOf({ ...messageOf(random, 0), [random.pick(ENVELOPE)]: junk(random) }),
    () => mutateBytes(randomMessage(random, 0), random),
    () => mutateBytes(mutateBytes(randomMessage(random, 0), random), random),
  ])();
}

function lineOf(message: object): Buffer {
  return Buffer.from(`${JSON.stringify(message)}\n`);
}

function messageOf(random: Random, id: number): Message {
  if (random.chance(0.1)) {
    const [method, params] = random.pick(NOTIFICATIONS);
    return { jsonrpc: '2.0', method, params: { ...params } };
  }
  const method = random.pick(METHODS);
  return { jsonrpc: '2.0', id, method, params: structuredClone(random.pick<object>(REQUESTS[method])) };
}

interface Message {
  jsonrpc: '2.0';
  id?: number;
  method: string;
  params: object;
}

/** Changes one place at any depth. */
function mutateInside(object: object, random: Random): void {
  const keys = Object.keys(object);
  if (keys.length === 0 || random.chance(0.15)) {
    define(object, random.pick(KEYS), junk(random));
    return;
  }
  const key = random.pick(keys);
  const value: unknown = Reflect.get(object, key);
  if (isObject(value) && random.chance(0.7)) mutateInside(value, random);
  else if (random.chance(0.15)) Reflect.deleteProperty(object, key);
  else define(object, key, junk(random));
}

/** A copy, as it may be changed further. */
function junk(random: Random): unknown {
  return structuredClone(random.pick(JUNK));
}

/** Also a key that assignment would treat in its own way. */
function define(object: object, key: string, value: unknown): void {
  Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function mutateBytes(frame: Buffer, random: Random): Buffer {
  const at = random.below(frame.length);
  const [head, tail] = [frame.subarray(0, at), frame.subarray(at)];
  return random.pick([
    () => Buffer.concat([head, Buffer.from([random.below(256)]), tail.subarray(1)]),
    () => Buffer.concat([head, tail.subarray(1 + random.below(8))]),
    () => Buffer.concat([head, tail, tail]),
    () => Buffer.concat([head, Buffer.from('\n'), tail]),
  ])();
}

function noise(random: Random): Buffer {
  const bytes = Array.from({ length: random.below(NOISE_MAX_BYTES) }, () => random.below(256));
  return Buffer.from([...bytes, 0x0a]);
}
