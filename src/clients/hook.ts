#!/usr/bin/env node
import process from 'node:process';
import { HOOK_EVENTS } from '../protocol/hook-events.ts';
import { runHook } from './hook-run.ts';

/* The bundle of its own that settings may name: `node hook.js EVENT` does what `paw-coordinator hook EVENT` does. */

const event = HOOK_EVENTS.find((name) => name === process.argv[2]);
if (event !== undefined) await runHook(event);
