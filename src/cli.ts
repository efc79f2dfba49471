#!/usr/bin/env node
import process from 'node:process';
import { quietWhenClosed, report } from './commands/exit.ts';

quietWhenClosed(process.stdout);
const { run } = await import('./commands/program.ts');
await run(process.argv.slice(2)).catch(report);
