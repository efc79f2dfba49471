import type { RequestId } from '@modelcontextprotocol/server';
import type { HandedOut } from '../tools/tool.ts';

/** Who is told what became of the mail. */
export interface Mailroom {
  /** These batches were read. Told before the request that proves it is handled. */
  acknowledge(batches: number[]): void;
  /** The `poll` with this idempotency id was cancelled, so its mail is unread again. */
  takeBack(call: string): void;
}

/**
 * Decides which batches of mail were read. A batch counts as read when the client makes another request after
 * the answer that carried it was written out: only then has it surely taken the answer in.
 *
 *     handed out ──written──▶ shown ──next request──▶ read
 *         └──────cancelled──────┴──▶ taken back
 *
 * A cancelled call is never acknowledged, also if the cancellation crosses the answer.
 */
export class Delivery {
  readonly #mailroom: Mailroom;
  /** Request → what its answer will carry. */
  readonly #handedOut = new Map<RequestId, HandedOut>();
  /** Request → what its answer has carried to the client. */
  readonly #shown = new Map<RequestId, HandedOut>();

  constructor(mailroom: Mailroom) {
    this.#mailroom = mailroom;
  }

  /** The answer to this request will carry this mail. */
  handOut(request: RequestId, mail: HandedOut): void {
    this.#handedOut.set(request, mail);
  }

  /** The answer to this request was written to the client. */
  written(request: RequestId): void {
    const mail = this.#handedOut.get(request);
    if (mail === undefined) return;
    this.#handedOut.delete(request);
    this.#shown.set(request, mail);
  }

  /** The client does not want the answer to this request. */
  cancelled(request: RequestId): void {
    const mail = this.#handedOut.get(request) ?? this.#shown.get(request);
    if (mail === undefined) return;
    this.#handedOut.delete(request);
    this.#shown.delete(request);
    this.#mailroom.takeBack(mail.call);
  }

  /** The client has made another request, of any method but those of resources. */
  requested(): void {
    if (this.#shown.size === 0) return;
    const batches = [...this.#shown.values()].map(({ batch }) => batch);
    this.#shown.clear();
    this.#mailroom.acknowledge(batches);
  }
}
