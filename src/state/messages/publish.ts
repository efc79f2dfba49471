import * as errors from '../../errors/routing.ts';
import type { PublishAnswer } from '../../protocol/answers.ts';
import type { PublishInput, PublishOf } from '../../protocol/publish.ts';
import type { Target } from '../../protocol/targets.ts';
import { releaseFinished } from '../claims/claims.ts';
import { declareIntent, endIntent } from '../claims/intents.ts';
import { conflictsOver, forwardConflicts } from '../conflicts/conflicts.ts';
import { isJudge, say } from '../roster/labels.ts';
import { ALL, SUPERVISOR } from '../roster/roster.ts';
import { countFeedback } from '../supervision/stalls.ts';
import { iso } from '../time.ts';
import type { Transaction } from '../transaction.ts';
import { itemsMerged } from '../work/seen-work.ts';
import { blocksOn, close, open, ownBlocks, sameQuestion } from './openings.ts';
import { answerTo, reply } from './replies.ts';
import { broadcast, direct, post, recipients, repliedTo, shown } from './routing.ts';
import { accept, alsoConcerned, commitToJudge, judgedAgent, sendBack } from './verdicts.ts';

/** `publish`: what each type of message does besides being stored. */

/** What the rules need to know of the repository, looked up before the decision. */
export interface PublishFacts {
  /** Full name of the commit the caller gave, if git knows it. */
  commit?: string;
  /** Tip of the base named, or of the default one. */
  baseTip?: string;
}

type Rule<T extends PublishInput['type']> = (
  tx: Transaction,
  from: string,
  input: PublishOf<T>,
  context: { targets: Target[]; facts: PublishFacts },
) => PublishAnswer;

/**
 * Publishes `input` as `from`.
 * @throws PawError if it is refused; nothing is stored then.
 */
export function publish(
  tx: Transaction,
  from: string,
  input: PublishInput,
  context: { targets: Target[]; facts: PublishFacts },
): PublishAnswer {
  // The table is keyed by the same `type` that discriminates the input.
  const rule = RULES[input.type] as Rule<PublishInput['type']>;
  return rule(tx, from, input as never, context);
}

const RULES: { [T in PublishInput['type']]: Rule<T> } = {
  status(tx, from, input, { targets }) {
    const files = input.files && paths(targets);
    const payload = {
      status: input.status,
      ...(input.text === undefined ? {} : { message: input.text }),
      ...(input.phase === undefined ? {} : { phase: input.phase }),
      ...(files === undefined ? {} : { modified_files: files }),
    };
    const seq = post(tx, { type: 'agent.status', from, payload, to: [] });
    close(tx, ownBlocks(tx.state, from));
    say(tx, from, { label: input.status, text: input.text, phase: input.phase, files });
    if (input.status === 'done') endIntent(tx, from, 'done');
    const conflicts = files === undefined ? [] : conflictsOver(tx, from, files);
    return { seq, to: [], ...(conflicts.length === 0 ? {} : { conflicts }) };
  },

  artifact(tx, from, input, { targets, facts }) {
    const commit = facts.commit ?? input.commit;
    const sent = broadcast(tx, {
      type: 'agent.artifact',
      from,
      payload: {
        status: input.status,
        ...(input.text === undefined ? {} : { message: input.text }),
        exports: input.exports,
        modified_files: paths(targets),
        ...(commit === undefined ? {} : { commit }),
      },
    });
    close(tx, [...ownBlocks(tx.state, from), ...blocksOn(tx.state, from)]);
    say(tx, from, { label: input.status, text: input.text, phase: null, tip: facts.commit });
    if (input.status !== 'done') return sent;
    endIntent(tx, from, 'done');
    const released = releaseFinished(tx, from);
    return { ...sent, ...(released.length === 0 ? {} : { released }) };
  },

  intent(tx, from, input, { targets }) {
    const sent = broadcast(tx, {
      type: 'agent.intent',
      from,
      payload: { files: input.files, summary: input.text, valid_for_seconds: input.valid_for_seconds },
    });
    close(tx, ownBlocks(tx.state, from));
    say(tx, from, { label: 'intent', text: input.text });
    declareIntent(tx, from, sent.seq, input, targets);
    const conflicts = forwardConflicts(tx, from);
    return { ...sent, ...(conflicts.length === 0 ? {} : { conflicts }) };
  },

  blocked(tx, from, input) {
    const to = recipients(tx.state, from, input.to);
    const [waitedFor] = to;
    if (waitedFor === undefined || to.length > 1) throw errors.oneRecipient('blocked', input.to);
    if (input.re !== undefined) repliedTo(tx.state, input.re);
    const sent = direct(tx, {
      type: 'agent.blocked',
      from,
      payload: { needs: input.text, from: waitedFor },
      to,
      ...marks(input),
    });
    close(tx, ownBlocks(tx.state, from));
    say(tx, from, { label: 'blocked', text: input.text });
    open(tx, { seq: sent.seq, kind: 'block', from, to, text: input.text });
    return sent;
  },

  question(tx, from, input) {
    if (input.re !== undefined) repliedTo(tx.state, input.re);
    const to = recipients(tx.state, from, input.to ?? [SUPERVISOR]);
    const same = sameQuestion(tx.state, from, to, input.text);
    if (same) return { seq: same.seq, ...shown(to), duplicate_of: same.seq };
    const sent = direct(tx, { type: 'agent.question', from, payload: { question: input.text }, to, ...marks(input) });
    close(tx, ownBlocks(tx.state, from));
    open(tx, { seq: sent.seq, kind: 'question', from, to, text: input.text });
    return sent;
  },

  answer(tx, from, input) {
    const { to, closes, re } = answerTo(tx.state, from, input);
    const sent = direct(tx, {
      type: 'agent.answer',
      from,
      payload: { answer: input.text },
      to,
      ...marks({ ...input, re }),
    });
    close(tx, [...ownBlocks(tx.state, from), ...(closes ? [closes] : [])]);
    return sent;
  },

  feedback(tx, from, input) {
    const { to, subject } = reply(tx.state, from, 'feedback', input);
    const judged = isJudge(tx.state, from) ? new Set(to.map((id) => judgedAgent(tx.state, id))) : [];
    const holders = [...judged].flatMap((id) => alsoConcerned(tx.state, id, subject)).filter((id) => id !== from);
    const sent = direct(tx, {
      type: 'agent.feedback',
      from,
      payload: { errors: input.text },
      to: [...new Set([...to, ...holders])].sort(),
      ...marks(input),
    });
    close(tx, ownBlocks(tx.state, from));
    for (const id of to) countFeedback(tx, id);
    for (const id of judged) sendBack(tx, id, subject, { by: from, errors: input.text });
    return sent;
  },

  note(tx, from, input) {
    const { to } = reply(tx.state, from, 'note', input);
    const sent = direct(tx, { type: 'agent.note', from, payload: { text: input.text }, to, ...marks(input) });
    close(tx, ownBlocks(tx.state, from));
    // A note to all names nobody, so nobody's absence is worth telling.
    return input.to?.includes(ALL) ? { seq: sent.seq, ...shown(to) } : sent;
  },

  verified(tx, from, input, { facts }) {
    judgesOnly(tx, from, 'verified');
    const { to, subject } = reply(tx.state, from, 'verified', input);
    const [named] = to;
    if (named === undefined || to.length > 1) throw errors.oneRecipient('verified', input.to ?? []);
    const about = judgedAgent(tx.state, named);
    const isReply = input.re !== undefined;
    const commit = facts.commit ?? input.commit ?? subject ?? commitToJudge(tx, about, { by: from, isReply });
    const sent = broadcast(tx, {
      type: 'agent.verified',
      from,
      payload: {
        verified_by: from,
        commit,
        branch_id: about,
        ...(input.text === undefined ? {} : { message: input.text }),
      },
      ...marks(input),
    });
    accept(tx, about, commit, from);
    return { ...sent, commit };
  },

  'advanced-main'(tx, from, input, { facts }) {
    judgesOnly(tx, from, 'advanced-main');
    const base = input.base ?? tx.state.base;
    const commit = facts.commit ?? input.commit ?? facts.baseTip;
    if (commit === undefined) throw errors.noBaseTip(base);
    const sent = broadcast(tx, {
      type: 'agent.advanced-main',
      from,
      payload: {
        from,
        merged_branch: input.merged_branch,
        new_main_sha: commit,
        base,
        merged_at: iso(tx.now.wall),
        ...(input.text === undefined ? {} : { summary: input.text }),
      },
    });
    itemsMerged(tx, input.merged_branch, commit, from);
    return { ...sent, commit };
  },
};

function marks(input: { re?: number | undefined; urgent?: boolean | undefined }): { re?: number; urgent?: boolean } {
  return {
    ...(input.re === undefined ? {} : { re: input.re }),
    ...(input.urgent === undefined ? {} : { urgent: input.urgent }),
  };
}

/** The files of a message as plain paths, each once. */
function paths(targets: readonly Target[]): string[] {
  return [...new Set(targets.map((target) => target.path))];
}

function judgesOnly(tx: Transaction, from: string, type: 'verified' | 'advanced-main'): void {
  if (!isJudge(tx.state, from)) throw errors.notForYourRole(type, 'a supervisor or a person');
}
