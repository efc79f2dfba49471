import { beforeEach, describe, expect, test } from 'vitest';
import { Delivery } from '../../src/agent/delivery.ts';

let read: number[][];
let takenBack: string[];
let delivery: Delivery;

beforeEach(() => {
  read = [];
  takenBack = [];
  delivery = new Delivery({
    acknowledge: (batches) => void read.push(batches),
    takeBack: (call) => void takenBack.push(call),
  });
});

describe('a batch', () => {
  test('is read with the first request after its answer was written', () => {
    delivery.handOut(1, { batch: 7, call: 'x' });
    delivery.written(1);
    expect(read).toEqual([]);
    delivery.requested();
    expect(read).toEqual([[7]]);
    delivery.requested();
    expect(read).toEqual([[7]]);
  });

  test('is not read with a request that came before its answer was written', () => {
    delivery.handOut(1, { batch: 7, call: 'x' });
    delivery.requested();
    delivery.written(1);
    expect(read).toEqual([]);
    delivery.requested();
    expect(read).toEqual([[7]]);
  });

  test.each(['before', 'after'])('is never read if its call was cancelled %s the answer was written', (when) => {
    delivery.handOut(1, { batch: 7, call: 'x' });
    if (when === 'before') delivery.cancelled(1);
    delivery.written(1);
    delivery.cancelled(1);
    delivery.requested();
    expect(read).toEqual([]);
    expect(takenBack).toEqual(['x']);
  });

  test('is acknowledged together with others that were shown', () => {
    for (const request of ['a', 'b', 'c']) delivery.handOut(request, { batch: request.charCodeAt(0), call: request });
    delivery.written('c');
    delivery.written('a');
    delivery.requested();
    expect(read).toEqual([[99, 97]]);
    delivery.written('b');
    delivery.requested();
    expect(read).toEqual([[99, 97], [98]]);
  });
});

test('answers without a batch acknowledge nothing', () => {
  delivery.written(1);
  delivery.cancelled(2);
  delivery.requested();
  expect(read).toEqual([]);
});
