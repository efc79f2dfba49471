import type { Call, History, LogMessage, Polled, Published } from './history.ts';

/**
 * Messages: the log is numbered without gaps and never changes, holds each acknowledged message once and nothing
 * else of the agents, and each of its messages was handed once to each of its recipients.
 */
export function checkMessages({ agents, calls, log }: History): string[] {
  const { messages, wrong } = settled(log);
  return [
    ...wrong,
    ...checkNumbers(messages),
    ...checkPublished(agents, calls.filter(isPublished), messages),
    ...agents.flatMap((agent) =>
      checkMail(
        agent,
        calls.filter((call) => isPolled(call) && call.agent === agent),
        messages,
      ),
    ),
  ];
}

/** The log by number. A number that was ever shown must always show the same. */
function settled(log: readonly LogMessage[]): { messages: Map<number, LogMessage>; wrong: string[] } {
  const messages = new Map<number, LogMessage>();
  const wrong: string[] = [];
  for (const message of log) {
    const known = messages.get(message.seq);
    if (known && !isSame(known, message)) wrong.push(`message ${message.seq} was one thing in the log, then another`);
    messages.set(message.seq, known ?? message);
  }
  return { messages, wrong };
}

function isSame(a: LogMessage, b: LogMessage): boolean {
  return a.from === b.from && a.text === b.text && String(a.to) === String(b.to);
}

function checkNumbers(messages: ReadonlyMap<number, LogMessage>): string[] {
  const last = Math.max(0, ...keysOf(messages));
  const missing: string[] = [];
  for (let seq = 1; seq <= last; seq += 1) if (!messages.has(seq)) missing.push(`the log lacks message ${seq}`);
  return missing;
}

function checkPublished(
  agents: readonly string[],
  published: readonly Published[],
  messages: ReadonlyMap<number, LogMessage>,
): string[] {
  const wrong: string[] = [];
  const acknowledged = new Map<number, Published>();
  for (const call of published) {
    const { agent, seq, text } = call;
    const stored = messages.get(seq);
    if (stored?.from !== agent || stored.text !== text)
      wrong.push(`lost: ${agent} was told that "${text}" is message ${seq}, and it is not`);
    if (acknowledged.has(seq)) wrong.push(`two calls were told that they made message ${seq}`);
    acknowledged.set(seq, call);
  }
  const texts = new Set<string>();
  for (const { seq, from, text } of messages.values()) {
    if (!agents.includes(from) || text === undefined) continue;
    if (texts.has(text)) wrong.push(`doubled: "${text}" of ${from} is in the log again as message ${seq}`);
    else if (!acknowledged.has(seq)) wrong.push(`message ${seq} of ${from} was acknowledged to nobody`);
    texts.add(text);
  }
  return [...wrong, ...checkOrder(published)];
}

/** What was sent after another message was acknowledged has a higher number. */
function checkOrder(published: readonly Published[]): string[] {
  const wrong: string[] = [];
  const byAnswer = [...published].sort((a, b) => a.answered - b.answered);
  let highest = 0;
  let next = 0;
  for (const { sent, seq } of [...published].sort((a, b) => a.sent - b.sent)) {
    for (let earlier = byAnswer[next]; earlier && earlier.answered < sent; earlier = byAnswer[next]) {
      highest = Math.max(highest, earlier.seq);
      next += 1;
    }
    if (seq <= highest) wrong.push(`message ${seq} was sent after message ${highest} was acknowledged`);
  }
  return wrong;
}

/** One agent's mail: the session lives all the time, so each message comes exactly once. */
function checkMail(agent: string, polls: readonly Call[], messages: ReadonlyMap<number, LogMessage>): string[] {
  const wrong: string[] = [];
  const seen = new Set<number>();
  let cursor = 0;
  for (const poll of polls.filter(isPolled)) {
    if (poll.missed > 0) wrong.push(`${agent} missed ${poll.missed} messages`);
    if (poll.cursor < cursor) wrong.push(`the cursor of ${agent} went back from ${cursor} to ${poll.cursor}`);
    cursor = poll.cursor;
    for (const { seq, from, text } of poll.messages) {
      const stored = messages.get(seq);
      if (seen.has(seq)) wrong.push(`doubled: ${agent} was handed message ${seq} twice`);
      if (stored?.from !== from || stored.text !== text || !stored.to.includes(agent))
        wrong.push(`${agent} was handed message ${seq}, which the log does not have like that`);
      seen.add(seq);
    }
  }
  for (const { seq, to } of messages.values())
    if (to.includes(agent) && !seen.has(seq)) wrong.push(`lost: message ${seq} never reached ${agent}`);
  return wrong;
}

function isPublished(call: Call): call is Published {
  return call.kind === 'publish';
}

function isPolled(call: Call): call is Polled {
  return call.kind === 'poll';
}

function keysOf(messages: ReadonlyMap<number, LogMessage>): number[] {
  return [...messages.keys()];
}
