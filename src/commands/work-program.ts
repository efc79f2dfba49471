import { Argument, type Command, Option } from 'commander';
import { listTakesNothing, noSuchWorkCommand } from '../errors/commands.ts';
import { WORK_PRIORITY_MAX } from '../protocol/limits.ts';
import { STAGES, type Stage } from '../protocol/work.ts';
import { json, wholeNumber } from './options.ts';
import type { WorkInput } from './work.ts';

/** `paw-coordinator work` and its subcommands. */

/** What can be said of an item. */
interface Described {
  title?: string;
  body?: string;
  priority?: number;
  dependsOn?: string[];
  path?: string[];
}

export function addWork(root: Command): void {
  const work = root.command('work').description('what is to be done: agents and workers take it from here');
  const run = async (input: WorkInput, command: Command): Promise<void> =>
    (await import('./work.ts')).work(input, command.optsWithGlobals());

  work
    .command('list', { isDefault: true })
    .description('what is on the list')
    .addOption(stageOption('in this stage only'))
    .addOption(json())
    // As the default it gets whatever is no subcommand, and says more of it than that there are too many words.
    .allowExcessArguments()
    .action(async ({ stage }: { stage?: Stage }, command: Command) => {
      refuseWords(work, command);
      await (await import('./work.ts')).listWork(stage, command.optsWithGlobals());
    });
  work
    .command('show')
    .description('an item with its text and its history')
    .argument('<id>')
    .addOption(json())
    .action(async (id: string, _options: object, command: Command) => run({ action: 'show', id }, command));
  describing(work.command('add').description('add an item').argument('<title...>', 'what is to be done, in one line'))
    .addOption(stageOption('current if it may be taken now').default('backlog'))
    .addOption(json())
    .action(async (title: string[], options: Described & { stage: string }, command: Command) =>
      run({ action: 'add', ...described(options), title: title.join(' '), stage: options.stage }, command),
    );
  describing(
    work.command('update').description('change what is said of an item; "none" empties a list').argument('<id>'),
  )
    .option('--title <title>')
    .addOption(json())
    .action(async (id: string, options: Described, command: Command) =>
      run({ action: 'update', id, ...described(options) }, command),
    );
  work
    .command('advance')
    .description('move an item to the next stage, or to the one named')
    .argument('<id>')
    .addArgument(new Argument('[stage]', 'where to, of those it can go to').choices(STAGES))
    .option('--reason <text>')
    .addOption(json())
    .action(async (id: string, to: string | undefined, options: { reason?: string }, command: Command) =>
      run({ action: 'advance', id, stage: to, reason: options.reason }, command),
    );
  work
    .command('block')
    .description('keep an item from being taken')
    .argument('<id>')
    .argument('<reason...>', 'what has to be settled first')
    .addOption(json())
    .action(async (id: string, reason: string[], _options: object, command: Command) =>
      run({ action: 'block', id, reason: reason.join(' ') }, command),
    );
  work
    .command('unblock')
    .description('let an item be taken again, with all its attempts')
    .argument('<id>')
    .addOption(json())
    .action(async (id: string, _options: object, command: Command) => run({ action: 'unblock', id }, command));
}

function refuseWords(work: Command, list: Command): void {
  const [word] = list.args;
  if (word === undefined) return;
  const names = work.commands.map((command) => command.name());
  const isNamed = work.args[0] === list.name();
  list.error(`error: ${(isNamed ? listTakesNothing(word) : noSuchWorkCommand(word, names)).message}`);
}

function describing(command: Command): Command {
  return command
    .option('--body <text>', 'all that has to be known to do it')
    .option(
      '--priority <number>',
      `0 to ${WORK_PRIORITY_MAX}; the highest is taken first`,
      wholeNumber(0, WORK_PRIORITY_MAX),
    )
    .option('--depends-on <id>', 'an item that must be done before, and others named in the same way', collected)
    .option(
      '--path <path>',
      'a file, folder or glob that is claimed with it, and others named in the same way',
      collected,
    );
}

function described({ title, body, priority: rank, dependsOn, path }: Described): Record<string, unknown> {
  return { title, body, priority: rank, depends_on: dependsOn, paths: path };
}

function stageOption(description: string): Option {
  return new Option('--stage <stage>', description).choices(STAGES);
}

function collected(given: string, before: readonly string[] = []): string[] {
  return [...before, given];
}
