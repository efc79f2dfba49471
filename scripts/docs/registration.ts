import { CLIENTS, type Client } from '../../src/clients/client.ts';
import { SERVER_FLAGS } from '../../src/clients/program.ts';
import { withRegistration } from '../../src/clients/registration.ts';

/** What the docs say of registering each client, written from what `init` writes. */

/** Between these two lines of README.md everything is written by this file. */
export const BEGIN = '<!-- clients: written by scripts/docs.mjs -->';
export const END = '<!-- /clients -->';

/** What stands for the place of a checkout. */
const PLACE = '/path/to/paw-coordinator/dist/cli.js';

const HEAD = `# Clients

How each client is told of the server, written by \`node scripts/docs.mjs\` from what \`paw-coordinator init\` writes; a test
fails when it is not up to date. \`init --client NAME\` writes it for you, keeps what is in the file, and
\`init --remove --client NAME\` takes exactly that back. By hand: put it into the file named, with your own path.

Commands are written \`paw-coordinator\` here: \`npm link\` in a checkout, or \`npm install -g .\`, brings that on PATH, and
without it the same is \`node /path/to/paw-coordinator/dist/cli.js\`. If it is on PATH for good, \`init\` writes the name alone.

Files with paths of your machine are kept out of commits: those that \`init\` makes by \`.git/info/exclude\`, tracked ones by
git's skip-worktree mark. A pull or switch that changes such a tracked file is refused by git; run \`init --remove\`, pull,
and \`init\` again. To commit a registration on purpose, write it with \`--portable\`. If git hooks are husky's, husky has to be
installed in each worktree (\`npx husky\`, or the project's \`prepare\`); \`doctor\` names those in which it is not.

To remove everything: \`paw-coordinator init --remove\` and \`paw-coordinator stop\`, then delete the folder \`paw\` in the git
directory (\`git rev-parse --git-common-dir\`), which holds the messages and lessons, and \`.paw\` if you made it; last
\`npm rm -g paw-coordinator\`, if it was linked or installed.

The flags before the path keep a session's memory small; they can be left out. For a supervisor add \`--role\`,
\`supervisor\` to the arguments.
`;

/** docs/clients.md. */
export function clientsPage(): string {
  const sections = CLIENTS.map((client) => {
    const snippet = registration(client, ['node', ...SERVER_FLAGS, PLACE]);
    return `## ${client.name}

\`${client.files.join('` or `')}\`; \`init --client ${client.id}\`. Then ${client.next}

\`\`\`${client.format}
${snippet.trimEnd()}
\`\`\`
`;
  });
  return [HEAD, ...sections].join('\n');
}

/** mcp.json: the registration to copy where npm finds the package. */
export function mcpJson(): string {
  const [client] = CLIENTS;
  if (!client) throw new Error('no client is known');
  return registration(client, ['npx', '-y', 'paw-coordinator']);
}

/** README.md with its table of clients written anew. @throws Error if it has no place for it */
export function withClientTable(readme: string): string {
  const [before, rest] = readme.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined) throw new Error(`README.md lacks ${BEGIN} or ${END}`);
  const rows = CLIENTS.map(
    ({ id, name, files, next }) => `| ${name} | \`init --client ${id}\` | \`${files[0]}\` | ${next} |`,
  );
  const table = ['| client | | writes | then |', '|---|---|---|---|', ...rows].join('\n');
  return `${before}${BEGIN}\n\n${table}\n\n${END}${after}`;
}

function registration(client: Client, words: readonly string[]): string {
  const text = withRegistration({ client, file: client.files[0], ownArguments: () => undefined }, '', words);
  // Lists of words are easier to read, and to copy, on one line.
  return text.replace(/\[\s+([^[\]{}]*?)\s+\]/g, (_list, words: string) => `[${words.split(/\s*\n\s*/).join(' ')}]`);
}
