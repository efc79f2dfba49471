import { parentPort, workerData } from 'node:worker_threads';
import * as z from 'zod';
import { giveWay } from '../repository/give-way.ts';
import { type Folded, fold } from './fold.ts';
import { stateRules } from './state-rules.ts';

/** The worker thread that makes one snapshot. Its data is a `FoldJob`, its only message a `Folded`. */
giveWay();
const job = z.object({ stateDir: z.string(), through: z.int().min(0) }).parse(workerData);
const folded: Folded = await fold(job, stateRules);
parentPort?.postMessage(folded);
