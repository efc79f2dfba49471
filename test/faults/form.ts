/** `PAW_FAULTS=long` runs the long form of the fault tests; without it they are part of every test run. */
export const LONG = process.env.PAW_FAULTS === 'long';

/** The value for the form that runs. */
export function inForm<T>({ short, long }: { short: T; long: T }): T {
  return LONG ? long : short;
}
