#!/usr/bin/env node
import process from 'node:process';
import { quietWhenClosed, report } from './commands/exit.ts';
import { mcpOptions } from './commands/mcp-options.ts';

quietWhenClosed(process.stdout);
const [command, ...rest] = process.argv.slice(2);
const forMcp = command === 'mcp' ? mcpOptions(rest) : undefined;
if (command === 'hook' && rest[0] !== undefined && !rest[0].startsWith('-')) {
  const { hook } = await import('./commands/hook.ts');
  await hook(rest[0]).catch(report);
} else if (forMcp === undefined) {
  const { run } = await import('./commands/program.ts');
  await run(process.argv.slice(2)).catch(report);
} else {
  const { mcp } = await import('./commands/mcp.ts');
  mcp(forMcp);
}
