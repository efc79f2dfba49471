import process from 'node:process';
import { Argument, Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { CLIENT_IDS, type ClientId } from '../clients/client.ts';
import { GIT_HOOKS, type GitHook } from '../clients/hook-script.ts';
import { notAClient } from '../errors/clients.ts';
import { nothingNamed, nothingSaid, placeholderSaid } from '../errors/commands.ts';
import { HOOK_EVENTS } from '../protocol/hook-events.ts';
import { LEARNINGS_LIMIT_MAX, SEQ_MAX } from '../protocol/limits.ts';
import { PUBLISH_TYPES } from '../protocol/messages.ts';
import { VERSION } from '../protocol/version.ts';
import { isPlaceholder } from '../tools/placeholder.ts';
import type { DoctorOptions } from './doctor.ts';
import { WRONG_USAGE } from './exit.ts';
import type { InitOptions } from './init.ts';
import { json, wholeNumber } from './options.ts';
import type { ReleaseOptions } from './release.ts';
import type { TellOptions } from './tell.ts';
import { addWork } from './work-program.ts';
import { addWorker } from './worker-program.ts';

/** Most messages `log` shows at once. */
const LOG_LIMIT_MAX = 500;

const EXIT_CODES = 'Exit codes: 0 done, 1 refused or failed (the reason is on stderr), 2 wrong usage.';

/**
 * Runs the command that the arguments name. Each command is loaded only when it is the one. Wrong usage is told on
 * stderr and ends with 2.
 *
 * Rejects with the error of the command itself.
 */
export async function run(args: readonly string[]): Promise<void> {
  try {
    await program().parseAsync(args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    process.exitCode = error.exitCode === 0 ? 0 : WRONG_USAGE;
  }
}

function program(): Command {
  const root = new Command('paw-coordinator')
    .description('Coordinates coding agents that work in parallel worktrees of one git repository.')
    .version(VERSION, '-V, --version', 'show the version')
    .helpOption('-h, --help', 'show this help')
    .helpCommand('help [command]', 'show the help of a command')
    .addHelpText('after', `\nNew here? Run \`paw-coordinator demo\`.\n${EXIT_CODES}`)
    .configureHelp({ subcommandTerm: termOf })
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'paw-coordinator: ')) })
    .exitOverride();
  addReading(root);
  addWriting(root);
  addLifecycle(root);
  return root;
}

function addReading(root: Command): void {
  root.commandsGroup('Look:');
  root
    .command('status')
    .description('who is here, what each does and holds')
    .argument('[agent]', 'one agent only: its id or its branch')
    .option('-w, --watch', 'keep showing it as it changes')
    .option('--full', 'with worktrees, file lists and clients')
    .addOption(json())
    .action(async (agent, options) => (await import('./status.ts')).status(agent, options));
  root
    .command('log')
    .description('all messages, oldest first')
    .option('-f, --follow', 'go on with new ones as they come')
    .option('--since <number>', 'what came after this message', wholeNumber(0, SEQ_MAX))
    .option(
      '--limit <number>',
      `only so many, up to ${LOG_LIMIT_MAX}: the newest, or the first after --since`,
      wholeNumber(1, LOG_LIMIT_MAX),
    )
    .addOption(new Option('--type <type>', 'messages of this type only').choices(PUBLISH_TYPES))
    .option('--agent <agent>', 'messages from or to this agent only')
    .addOption(json('one stored message a line, as JSON'))
    .action(async (options) => (await import('./log.ts')).log(options));
  root
    .command('inbox')
    .description('your unread mail, which is then read')
    .argument('[agent]', "a look at this agent's mailbox instead, which marks nothing")
    .addOption(json())
    .action(async (agent, options) => (await import('./inbox.ts')).inbox(agent, options));
  root
    .command('claims')
    .description('what is reserved, by whom, and who waits for it')
    .addOption(json())
    .action(async (options) => (await import('./claims.ts')).claims(options));
  const learnings = root
    .command('learnings')
    .description('lessons of this repository: the newest, or by words')
    .argument('[query...]', 'words to look for; misspellings are forgiven')
    .option('--category <category>', 'of this category only')
    .option('--branch <branch>', 'of this branch only, by its name or its agent')
    .option('--limit <number>', `at most so many, up to ${LEARNINGS_LIMIT_MAX}`, wholeNumber(1, LEARNINGS_LIMIT_MAX))
    .addOption(json())
    .action(async (query, options) => (await import('./learnings.ts')).learnings(query, options));
  learnings
    .command('forget')
    .description('take a lesson away for good')
    .argument('<id>', 'as `learnings` shows it, or the beginning of it')
    .addOption(json())
    .action(async (id, _options, command) => (await import('./forget.ts')).forget(id, command.optsWithGlobals()));
}

function addWriting(root: Command): void {
  root.commandsGroup('Steer:');
  addWork(root);
  root
    .command('tell')
    .description('send a note to an agent, or to all')
    .argument('<agent>', 'its id or its branch, or "all"')
    .argument('<text...>', 'what to say')
    .option('-u, --urgent', 'it should stop what it is doing to read this')
    .addOption(json())
    .action(async (agent: string, text: string[], options: TellOptions, command: Command) => {
      requireText(text, command);
      await (await import('./tell.ts')).tell(agent, text, options);
    });
  root
    .command('answer')
    .description('answer a message, or the open question of an agent')
    .argument('<message>', "the number of the message, or the agent's id or branch")
    .argument('<text...>', 'the answer')
    .addOption(json())
    .action(async (target: string, text: string[], options: { json?: boolean }, command: Command) => {
      requireText(text, command);
      await (await import('./tell.ts')).answer(target, text, options);
    });
  root
    .command('release')
    .description('take claims from their holders, who are told')
    .argument('[path...]', 'as `claims` shows it, or ./relative to this folder')
    .option('--name <name...>', 'claimed names, such as build')
    .option('--work <id...>', 'work items')
    .option('--force', 'needed, because claims belong to agents')
    .addOption(json())
    .action(async (paths: string[], options: ReleaseOptions, command: Command) => {
      if (paths.length === 0 && options.name === undefined && options.work === undefined)
        command.error(`error: ${nothingNamed().message}`);
      await (await import('./release.ts')).release(paths, options);
    });
  root
    .command('pause')
    .description('stop an agent, or all, until it is resumed')
    .argument('[agent]', 'its id or its branch, or "all"', 'all')
    .argument('[reason...]', 'what it is told')
    .addOption(json())
    .action(async (agent: string, reason: string[], options: { json?: boolean }, command: Command) => {
      refusePlaceholder(reason, command);
      await (await import('./pause.ts')).pause(agent, reason, options);
    });
  root
    .command('resume')
    .description('let a paused agent, or all, go on')
    .argument('[agent]', 'its id or its branch, or "all"', 'all')
    .addOption(json())
    .action(async (agent: string, options: { json?: boolean }) => (await import('./resume.ts')).resume(agent, options));
}

function addLifecycle(root: Command): void {
  root.commandsGroup('Run:');
  root
    .command('init')
    .description('register the server with your clients; --remove undoes it')
    .addOption(
      new Option(
        '--client <client>',
        'this client, and others named in the same way; without it those installed',
      ).argParser(collected),
    )
    .option('--hooks', 'with hooks for Claude Code: mail at each step, and no edits inside the claims of others')
    .option('--git-hooks', 'with git hooks: no commits inside the claims of others')
    .option('--portable', 'run it through npx, so that the files can be committed for everybody')
    .option('--remove', 'take back what is named; all of it if nothing is')
    .option('-y, --yes', 'write without being asked')
    .action(async (options: InitOptions) => (await import('./init.ts')).init(options));
  root
    .command('mcp')
    .description('the MCP server of one agent; its client runs this')
    .option('--agent <id>', "an id instead of the branch's; also PAW_AGENT_ID")
    .option('--role <role>', 'agent or supervisor; also PAW_ROLE')
    .action(async (options) => (await import('./mcp.ts')).mcp(options));
  addWorker(root);
  root
    .command('start')
    .description('start a coordinator that stays; agents also start one')
    .action(async () => (await import('./start.ts')).start());
  root
    .command('stop')
    .description('end the coordinator in order')
    .action(async () => (await import('./stop.ts')).stop());
  root
    .command('doctor')
    .description('what is as it should be here, and what is not')
    .option('--repair', 'make state that cannot be read readable again; everything is copied first')
    .addOption(json())
    .action(async (options: DoctorOptions) => (await import('./doctor.ts')).doctor(options));
  root
    .command('hook')
    .description('what a client runs by itself; `init --hooks` registers it')
    .argument('<event>', HOOK_EVENTS.join(', '))
    .addHelpText('after', '\nReads the JSON of the event from stdin and writes what there is to say to stdout.')
    .action(async (event: string) => (await import('./hook.ts')).hook(event));
  root
    .command('git-hook', { hidden: true })
    .description('what git runs by itself; `init --git-hooks` installs it')
    .addArgument(new Argument('<hook>').choices(GIT_HOOKS))
    .action(async (hook: GitHook) => (await import('./git-hook.ts')).gitHook(hook));
  root
    .command('demo')
    .description('three agents at work in a throw-away repository')
    .action(async () => (await import('./demo/demo.ts')).demo());
  root
    .command('serve', { hidden: true })
    .requiredOption('--common-dir <folder>')
    .option('--keep')
    .action(async (options) => (await import('./serve.ts')).serve(options));
}

/** A command with its arguments; that it has options is told by its own help. */
function termOf(command: Command): string {
  const names = command.registeredArguments.map((argument) => {
    const name = argument.variadic ? `${argument.name()}...` : argument.name();
    return argument.required ? ` <${name}>` : ` [${name}]`;
  });
  return command.name() + names.join('');
}

function requireText(words: readonly string[], command: Command): void {
  if (words.join('').trim() === '') command.error(`error: ${nothingSaid().message}`);
  refusePlaceholder(words, command);
}

function refusePlaceholder(words: readonly string[], command: Command): void {
  const text = words.join(' ');
  if (isPlaceholder(text)) command.error(`error: ${placeholderSaid(text).message}`);
}

/** Values of an option that is given several times; each of them once. */
function collected(given: string, before: ClientId[] | undefined): ClientId[] {
  const id = CLIENT_IDS.find((one) => one === given);
  if (id === undefined) throw new InvalidArgumentError(notAClient(CLIENT_IDS).message);
  return [...(before ?? []).filter((one) => one !== id), id];
}
