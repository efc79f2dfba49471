import { print } from '../output.ts';
import type { Format, Look } from '../render/look.ts';
import { safeLine } from '../render/safe-text.ts';
import { pad, wrap } from '../render/width.ts';

/** Columns for a step's number, and for the name of who acts. */
const NUMBER_COLUMNS = 4;
const NAME_COLUMNS = 15;
/** Where texts begin. */
const TEXT_COLUMN = NUMBER_COLUMNS + NAME_COLUMNS;

const COLOURS: Record<string, Format> = {
  'feat-login': ['bold', 'cyan'],
  'feat-sessions': ['bold', 'magenta'],
  supervisor: ['bold', 'yellow'],
  you: ['bold', 'green'],
};

/** Tells the story of the demo, step by step. */
export class Narrator {
  readonly #look: Look;
  #steps = 0;

  constructor(look: Look) {
    this.#look = look;
  }

  /** How many steps were told. */
  get steps(): number {
    return this.#steps;
  }

  /** Begins a step: who does what. */
  step(who: string, does: string): void {
    this.#steps += 1;
    this.#says(String(this.#steps).padStart(2), who, does);
  }

  /** Somebody else's part in the same step. */
  also(who: string, does: string): void {
    this.#says('', who, does);
  }

  /** What the coordinator answered. */
  answer(text: string): void {
    this.#indented(safeLine(text), (line, index) => `${index === 0 ? this.#look.paint('green', '←') : ' '} ${line}`);
  }

  /** Why the step matters. */
  why(text: string): void {
    this.#indented(text, (line) => `  ${this.#look.paint('dim', line)}`);
  }

  title(text: string): void {
    print('', this.#look.paint('bold', text));
  }

  say(...lines: string[]): void {
    print(...lines);
  }

  #says(number: string, who: string, does: string): void {
    const head = pad(number, NUMBER_COLUMNS) + this.#look.paint(COLOURS[who] ?? 'bold', pad(who, NAME_COLUMNS));
    const [first = '', ...rest] = wrap(safeLine(does), this.#look.width - TEXT_COLUMN);
    print(head + first, ...rest.map((line) => ' '.repeat(TEXT_COLUMN) + line));
  }

  #indented(text: string, show: (line: string, index: number) => string): void {
    const lines = wrap(text, this.#look.width - TEXT_COLUMN - 2);
    print(...lines.map((line, index) => ' '.repeat(TEXT_COLUMN) + show(line, index)));
  }
}
