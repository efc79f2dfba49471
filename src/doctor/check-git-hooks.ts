import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { GIT_HOOKS } from '../clients/hook-script.ts';
import { type HooksFolder, hooksFolder, isRelayed, isRunByGit } from '../clients/hooks-folder.ts';
import { isOnPath, PROGRAM } from '../clients/program.ts';
import { shellWord } from '../errors/quote.ts';
import { listWorktrees } from '../repository/worktrees.ts';
import { bad, type Check, failed, good, type Place, type Surroundings } from './check.ts';

const NAME = 'git hooks';
const INSTALL = 'Run `paw-coordinator init --git-hooks`.';

/** A hook that calls this program. */
interface Installed {
  file: string;
  text: string;
  folder: HooksFolder;
}

interface Problem {
  what: string;
  fix: string;
}

/** Which of git's hooks call this program in each worktree, whether git runs them, and whether what they call is there. */
export async function checkGitHooks({ commonDir }: Place, options: Surroundings): Promise<Check> {
  try {
    const worktrees = await listWorktrees(commonDir, options);
    const looked = await Promise.all(
      worktrees.map(async ({ path }) => {
        const folder = await hooksFolder(path, options);
        return { worktree: path, folder, hooks: hooksIn(folder) };
      }),
    );
    const installed = looked.flatMap(({ hooks }) => hooks);
    if (installed.length === 0) return good(NAME, 'not installed');
    const lacking = looked.filter(({ hooks }) => hooks.length === 0);
    const unreached = looked.filter(({ folder, hooks }) => isRelayed(folder) && !hooks.every(isReached));
    const problems = [
      ...lacking.map(({ worktree }) => ({ what: `not installed in ${worktree}`, fix: INSTALL })),
      ...unreached.map(({ worktree, folder }) => notRelayed(worktree, folder)),
      ...distinctFiles(installed.filter(({ folder }) => !isRelayed(folder))).flatMap(switchedOff),
    ];
    const gone = distinctFiles(installed)
      .flatMap(({ text }) => scriptsIn(text))
      .find((file) => !existsSync(file));
    const isRescued = isOnPath(PROGRAM, options.env);
    if (gone !== undefined && !isRescued)
      problems.push({ what: `they call ${gone}, which is not there`, fix: INSTALL });
    const detail = detailOf(installed);
    if (problems.length > 0) {
      const fixes = new Set(problems.map(({ fix }) => fix));
      return bad(NAME, `${detail}; ${problems.map(({ what }) => what).join('; ')}`, [...fixes].join(' '));
    }
    return gone === undefined
      ? good(NAME, detail)
      : good(NAME, `${detail} call ${PROGRAM} on PATH, because ${gone} is not there`, INSTALL);
  } catch (error) {
    return failed(NAME, error);
  }
}

function hooksIn(folder: HooksFolder): Installed[] {
  return GIT_HOOKS.flatMap((hook) => {
    const file = join(folder.scripts, hook);
    const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
    return text.includes(PROGRAM) ? [{ file, text, folder }] : [];
  });
}

function isReached({ file, folder }: Installed): boolean {
  return GIT_HOOKS.some((hook) => hook === basename(file) && isRunByGit(folder, hook));
}

function notRelayed(worktree: string, { git }: HooksFolder): Problem {
  return {
    what: `git does not reach them in ${worktree}, because husky's files are not in ${git}`,
    fix: `Install husky in ${worktree} as the project does, such as with \`npx husky\` or \`npm run prepare\`.`,
  };
}

function switchedOff(hook: Installed): Problem[] {
  if (isReached(hook)) return [];
  return [
    {
      what: `${hook.file} may not be executed, so git passes over it`,
      fix: `Run \`chmod +x ${shellWord(hook.file)}\`.`,
    },
  ];
}

/** Worktrees usually share the files of their hooks. */
function distinctFiles(hooks: readonly Installed[]): Installed[] {
  return [...new Map(hooks.map((hook) => [hook.file, hook])).values()];
}

function detailOf(installed: readonly Installed[]): string {
  const names = new Set(installed.map(({ file }) => basename(file)));
  const folders = new Set(installed.map(({ folder }) => folder.scripts));
  return `${[...names].join(' and ')} in ${[...folders].join(', ')}`;
}

/** The bundles that a script of the shell names by their absolute paths. */
function scriptsIn(text: string): string[] {
  return [...text.matchAll(/["']((?:\/|[A-Za-z]:[\\/])[^"'\n]*[\\/](?:cli|hook)\.js)["']/g)].map(
    ([, file = '']) => file,
  );
}
