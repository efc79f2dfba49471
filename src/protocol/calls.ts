import type {
  ClaimAnswer,
  HelloAnswer,
  InboxAnswer,
  LearningsAnswer,
  LogAnswer,
  PauseAnswer,
  PollAnswer,
  PublishAnswer,
  ReleaseAnswer,
  ResumeAnswer,
  StatusAnswer,
} from './answers.ts';
import type { GuardAnswer, GuardRequestInput } from './guard.ts';
import type { HookAnswer, HookRequestInput } from './hooks.ts';
import type {
  ClaimRequest,
  ForgetRequest,
  HelloInput,
  InboxRequest,
  LearningsRequest,
  LogRequest,
  PauseRequest,
  PollRequest,
  PublishRequest,
  ReleaseRequest,
  ResumeRequest,
  StatusRequest,
} from './requests.ts';
import type { View, ViewAnswer } from './views.ts';
import type {
  FinishAnswer,
  FinishRequest,
  HoldAnswer,
  HoldRequest,
  TakeAnswer,
  TakeRequest,
  WorkAnswer,
  WorkRequest,
} from './work.ts';

/** Every request a client can send, with what it asks and what it gets. */
export interface Calls {
  hello: { params: HelloInput; answer: HelloAnswer };
  publish: { params: PublishRequest; answer: PublishAnswer };
  poll: { params: Partial<PollRequest>; answer: PollAnswer };
  claim: { params: Partial<ClaimRequest>; answer: ClaimAnswer };
  release: { params: Partial<ReleaseRequest>; answer: ReleaseAnswer };
  status: { params: Partial<StatusRequest>; answer: StatusAnswer };
  learnings: { params: Partial<LearningsRequest>; answer: LearningsAnswer };
  /** Takes a learning away for good; a person's. The answer is its title. */
  forget: { params: ForgetRequest; answer: { forgotten: string } };
  work: { params: WorkRequest; answer: WorkAnswer };
  /** A headless worker's three calls: for an item, while it runs, and when it has ended. */
  take: { params: Partial<TakeRequest>; answer: TakeAnswer };
  hold: { params: HoldRequest; answer: HoldAnswer };
  finish: { params: FinishRequest; answer: FinishAnswer };
  log: { params: Partial<LogRequest>; answer: LogAnswer };
  inbox: { params: Partial<InboxRequest>; answer: InboxAnswer };
  /** A person's brake: the agent's calls are refused with the reason until it is resumed. */
  pause: { params: PauseRequest; answer: PauseAnswer };
  resume: { params: ResumeRequest; answer: ResumeAnswer };
  /** A view as it is now. */
  view: { params: { view: View }; answer: ViewAnswer };
  /** Has `changed` sent for a view, until the notification `unsubscribe` or the end of the connection. */
  subscribe: { params: { view: View }; answer: Record<string, never> };
  /** Asked by a client's hook, without `hello`. */
  hook: { params: HookRequestInput; answer: HookAnswer };
  /** Asked by a git hook, without `hello`. */
  guard: { params: GuardRequestInput; answer: GuardAnswer };
  ack: { params: { batches: number[] }; answer: Record<string, never> };
  drop: { params: { call: string }; answer: Record<string, never> };
  /** Makes a coordinator that an agent started stay until `stop`. */
  keep: { params: Record<string, never>; answer: { pid: number } };
  /** Ends the coordinator in order; answered when it has begun to. */
  stop: { params: Record<string, never>; answer: { pid: number } };
}
export type Method = keyof Calls;
