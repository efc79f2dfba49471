import { print } from '../output.ts';
import type { Format, Look } from '../render/look.ts';
import { safeLine } from '../render/safe-text.ts';
import { pad, wrap } from '../render/width.ts';

/** Columns for a step's number, and for the name of who acts. */
const NUMBER_COLUMNS = 4;
const NAME_COLUMNS = 15;

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
    print(`${pad(String(this.#steps).padStart(2), NUMBER_COLUMNS)}${this.#says(who, does)}`);
  }

  /** Somebody else's part in the same step. */
  also(who: string, does: string): void {
    print(' '.repeat(NUMBER_COLUMNS) + this.#says(who, does));
  }

  /** What the coordinator answered. */
  answer(text: string): void {
    print(`${' '.repeat(NUMBER_COLUMNS + NAME_COLUMNS)}${this.#look.paint('green', '←')} ${safeLine(text)}`);
  }

  /** Why the step matters. */
  why(text: string): void {
    const indent = NUMBER_COLUMNS + NAME_COLUMNS + 2;
    const lines = wrap(text, Math.max(NAME_COLUMNS, this.#look.width - indent));
    for (const line of lines) print(' '.repeat(indent) + this.#look.paint('dim', line));
  }

  title(text: string): void {
    print('', this.#look.paint('bold', text));
  }

  say(...lines: string[]): void {
    print(...lines);
  }

  #says(who: string, does: string): string {
    return this.#look.paint(COLOURS[who] ?? 'bold', pad(who, NAME_COLUMNS)) + safeLine(does);
  }
}
