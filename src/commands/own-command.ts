import { PROGRAM, programOf, thisInstallation } from '../clients/program.ts';
import { shellWord } from '../errors/quote.ts';

/** A text in which commands to copy work here: they name this program, which need not be on PATH. */
export function withOwnCommand(text: string): string {
  const { command } = programOf(thisInstallation(), { portable: false });
  return text.replaceAll(`\`${PROGRAM} `, () => `\`${command.map(shellWord).join(' ')} `);
}
