import type { TokenRow, TokenStore } from '../store/token-store.ts';
import { decideStep, LOGIN_REFUSED, type Occasion } from './decide.ts';
import { share } from './patience.ts';
import { rest, rotate, type Rotation, type RotationParts, type RotationRequest } from './rotate.ts';

export type Rotator = {
  /**
   * Rotates, or joins the rotation of this account that already runs in this process, as long as its result answers
   * this occasion too. A rotation goes on to its end, whether or not anybody still waits for it. Where a row called for
   * nothing, or has to wait, callers are told so without another read for as long as it counts as fresh.
   *
   * @param enough aborts when nobody waits for the answer any more
   */
  rotate(request: RotationRequest, enough?: AbortSignal): Promise<Rotation>;
};

/** Who knows the rows that rotations, and others, read and write: whoever waits for one may be served from them. */
export type RowWatch = {
  /** The row as it stood in the table a moment ago, where that is fresh enough to tell a caller to wait. */
  lately(account: string): TokenRow | undefined;
  /** Called before a read; what it returns is told what was found. */
  observe(account: string): (row: TokenRow | undefined) => void;
  /** Told of a row that was written. */
  remember(row: TokenRow): void;
};

type Running = { readonly occasion: Occasion; readonly wait: ReturnType<typeof share<Rotation>> };

/** One process never runs two rotations of one account at once. */
export function createRotator(parts: RotationParts, watch: RowWatch): Rotator {
  const running = new Map<string, Running>();
  /** The `writeId` of the last row by which nothing was sent. */
  const rested = new Map<string, string>();
  const store = watchReads(parts.store, watch);
  const rotateAndTell = async (request: RotationRequest): Promise<Rotation> => {
    try {
      const rotation = await rotate({ ...parts, store }, request);
      if ((rotation.result === 'done' || rotation.result === 'failed') && rotation.row) watch.remember(rotation.row);
      if (rotation.result === 'not-due' || rotation.result === 'held-back')
        rested.set(request.account, rotation.row.writeId);
      return rotation;
    } finally {
      running.delete(request.account);
    }
  };
  const restFromMemory = ({ account, occasion }: RotationRequest): Rotation | undefined => {
    const row = occasion.trigger === 'timer' ? undefined : watch.lately(account);
    if (row === undefined || row.writeId !== rested.get(account)) return undefined;
    const step = decideStep(row, occasion, parts.rules, parts.nowMs());
    return step.step === 'none' || step.step === 'hold-back' ? rest(step) : undefined;
  };
  return {
    async rotate(request, enough) {
      for (;;) {
        const joined = running.get(request.account);
        if (!joined) break;
        const rotation = await joined.wait(enough);
        if (isAnswer(rotation, joined.occasion, request.occasion)) return rotation;
      }
      const resting = restFromMemory(request);
      if (resting) return resting;
      const rotation = rotateAndTell(request);
      running.set(request.account, { occasion: request.occasion, wait: share(rotation) });
      return rotation;
    },
  };
}

/** Whether what a rotation for another occasion came to is what one for this occasion would have come to. */
function isAnswer(rotation: Rotation, joined: Occasion, own: Occasion): boolean {
  switch (rotation.result) {
    case 'not-due':
      if (own.trigger === 'report') return rotation.row.generation !== own.refusedGeneration;
      return joined.trigger !== 'report'; // a report does not ask how long the token lives
    case 'held-back':
      return own.trigger !== 'timer' || rotation.code === 'retry_after'; // the timer may where callers may not
    case 'failed':
      return own.trigger !== 'timer' || rotation.code !== LOGIN_REFUSED || joined.trigger === 'timer'; // as above
    case 'done':
      return own.trigger !== 'report' || rotation.row.generation !== own.refusedGeneration; // reported as it was made
    case 'elsewhere':
      return true;
  }
}

function watchReads(store: TokenStore, watch: RowWatch): TokenStore {
  return {
    async read(account) {
      const tell = watch.observe(account);
      const found = await store.read(account);
      tell(found?.row);
      return found;
    },
    write: (row, etag) => store.write(row, etag),
  };
}
