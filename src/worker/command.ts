import type { Assignment } from '../protocol/work.ts';
import { feedbackOf, promptFor } from './prompt.ts';

/** The command that works on an item: its arguments and its environment. */

/** Variables of this process that mean something else to the command: where git works, and who an agent is. */
const NOT_INHERITED = /^(?:GIT_|PAW_)/i;
/** By these a session of Claude Code is known to what runs in it, so that another one refuses to start there. */
const OF_ANOTHER_SESSION = ['CLAUDECODE', 'CLAUDE_CODE_ENTRYPOINT', 'CLAUDE_CODE_SESSION_ID', 'CLAUDE_PROJECT_DIR'];

/** The program of the standard command. */
export const STANDARD_PROGRAM = 'claude';
/** What that one may do without being asked: edit, commit, and use the tools of this server. */
const ALLOWED = [
  'mcp__paw',
  'Edit',
  'Write',
  ...['add', 'commit', 'status', 'diff', 'log'].map((git) => `Bash(git ${git}:*)`),
];

/**
 * Program and arguments for an item. In the arguments `{prompt}`, `{id}`, `{title}` and `{body}` are replaced; no shell
 * sees them.
 *
 * @param command the configured one; the standard one if there is none
 * @param server the words that run an MCP server of this program, without `mcp`
 */
export function commandFor(
  assignment: Assignment,
  { command, server }: { command: readonly string[] | undefined; server: readonly string[] },
): string[] {
  const [program = STANDARD_PROGRAM, ...args] = command ?? standardCommand(assignment, server);
  const { id, title, body } = assignment.item;
  const values: Record<string, string> = { prompt: promptFor(assignment), id, title, body };
  return [program, ...args.map((argument) => filled(argument, values))].map(withoutNul);
}

/** The environment of the command: the user's own, and what is to be known of the item. */
export function environmentFor(assignment: Assignment, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const inherited = Object.entries(env).filter(
    ([name]) => !NOT_INHERITED.test(name) && !OF_ANOTHER_SESSION.includes(name),
  );
  const { item, agent_id } = assignment;
  const feedback = feedbackOf(assignment);
  return {
    ...Object.fromEntries(inherited),
    PAW_WORK_ID: item.id,
    PAW_WORK_TITLE: withoutNul(item.title),
    PAW_WORK_BODY: withoutNul(item.body),
    PAW_AGENT_ID: agent_id,
    ...(feedback === '' ? {} : { PAW_WORK_FEEDBACK: withoutNul(feedback) }),
  };
}

/** Claude Code without a screen, with this server registered for it alone. */
function standardCommand({ agent_id }: Assignment, [command, ...args]: readonly string[]): string[] {
  const server = { type: 'stdio', command, args: [...args, 'mcp', '--agent', agent_id] };
  return [
    STANDARD_PROGRAM,
    '-p',
    '{prompt}',
    '--mcp-config',
    JSON.stringify({ mcpServers: { paw: server } }),
    '--permission-mode',
    'acceptEdits',
    '--allowedTools',
    ALLOWED.join(','),
  ];
}

function filled(argument: string, values: Readonly<Record<string, string>>): string {
  const text = argument.replace(/\{(\w+)\}/g, (placeholder, name: string) => values[name] ?? placeholder);
  // Whoever writes an item is not to choose options of the program.
  return text.startsWith('-') && !argument.startsWith('-') ? ` ${text}` : text;
}

/** No argument and no variable can hold it. */
function withoutNul(text: string): string {
  return text.replaceAll('\0', '');
}
