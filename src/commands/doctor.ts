import process from 'node:process';
import type { Check } from '../doctor/check.ts';
import { diagnose } from '../doctor/diagnose.ts';
import { type RepairReport, repairState } from '../doctor/repair-state.ts';
import { here } from './coordinator-link.ts';
import { REFUSED_OR_FAILED } from './exit.ts';
import { onInterrupt } from './interrupt.ts';
import { print, printJson, stdoutLook } from './output.ts';
import { withOwnCommand } from './own-command.ts';
import { checkLines } from './render/checks.ts';
import { safeLine } from './render/safe-text.ts';

export interface DoctorOptions {
  json?: boolean;
  repair?: boolean;
}

/** `paw-coordinator doctor`: what is as it should be, and what is not and how to mend it; ends with 1 then. */
export async function doctor({ json = false, repair = false }: DoctorOptions): Promise<void> {
  const interrupt = onInterrupt();
  const { signal } = interrupt;
  try {
    const report = repair ? await repairState(await here(), signal) : undefined;
    if (report !== undefined && !json) print(...report.lines.map(safeLine), '');
    const found = await diagnose(process.cwd(), { env: process.env, signal });
    const checks = found.map((check) =>
      check.fix === undefined ? check : { ...check, fix: withOwnCommand(check.fix) },
    );
    const ok = checks.every((check) => check.ok);
    show({ ok, checks, repair: report }, json);
    if (!ok) process.exitCode = REFUSED_OR_FAILED;
  } finally {
    interrupt.dispose();
  }
}

function show(
  { ok, checks, repair }: { ok: boolean; checks: Check[]; repair: RepairReport | undefined },
  json: boolean,
): void {
  if (json) printJson({ ok, checks, ...(repair !== undefined && { repair }) });
  else print(...checkLines(checks, stdoutLook()));
}
