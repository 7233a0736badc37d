/** The contract of transports: they move bytes to a backend and say what became of them; they know no formats. */

export interface Transport {
  /**
   * Sends one request and settles when it is answered, fails, or `timeoutMs` is over; never rejects. May be called again
   * before earlier calls are answered. The bytes must stay as they are until then.
   */
  send(bytes: Uint8Array, timeoutMs: number): Promise<Reply>;
  /** Breaks off what is under way, which is answered at once, and closes connections. Nothing is sent afterwards. */
  shutdown(): Promise<void>;
}

export type Reply = Success | Failure;

export interface Success {
  readonly kind: 'success';
  readonly body: Uint8Array;
}

export interface Failure {
  readonly kind: 'failure';
  /** Few different ones: an error code. */
  readonly reason: string;
  /** In full, for people. */
  readonly message: string;
  /** Whether the same request may be sent again. */
  readonly retryable: boolean;
  /** Milliseconds that the backend asks to wait before. */
  readonly retryAfterMs: number | undefined;
  readonly delivery: Delivery;
}

/** `refused`: the backend said no. `unsent`: it never saw it. `unknown`: it was sent and not answered. */
export type Delivery = 'refused' | 'unsent' | 'unknown';

/** How often the requests of a run ended badly is told by what became of them. */
export type Fate = 'rejected' | 'lost' | 'unknown';

/** What became of a request that will not be sent again. */
export function fateOf(failure: Failure): Fate {
  if (failure.delivery === 'unknown') return 'unknown';
  // A refusal that invites to try again says nothing against the request: it was we who gave up.
  return failure.delivery === 'refused' && !failure.retryable ? 'rejected' : 'lost';
}
