import type { Occasion } from './decide.ts';
import { watchLeases } from './lease.ts';
import { share } from './patience.ts';
import { rotate, type Rotation, type RotationParts, type RotationRequest } from './rotate.ts';

export type Rotator = {
  /**
   * Rotates, or joins the rotation of this account that already runs in this process. A rotation continues to its end,
   * whether or not a caller still waits for it.
   *
   * @param enough aborts when the caller no longer waits for the answer
   */
  rotate(request: RotationRequest, enough?: AbortSignal): Promise<Rotation>;
  /** Tells whether a pair was received and is not saved yet. */
  isSavePending(account: string): boolean;
};

type Running = { readonly occasion: Occasion; readonly wait: ReturnType<typeof share<Rotation>> };

/** One process never runs two rotations of one account at once. */
export function createRotator(parts: RotationParts): Rotator {
  const running = new Map<string, Running>();
  const pendingSaves = new Set<string>();
  const shared = {
    ...parts,
    watchLease: watchLeases(parts.steadyMs),
    notePendingSave: (account: string, isPending: boolean) =>
      void (isPending ? pendingSaves.add(account) : pendingSaves.delete(account)),
  };
  return {
    async rotate(request, enough) {
      const { account, occasion } = request;
      let decided = request;
      for (let joined = running.get(account); joined; joined = running.get(account)) {
        const rotation = await joined.wait(enough);
        if (isSameQuestion(joined.occasion, occasion)) return rotation;
        decided = { ...request, found: undefined }; // the row has changed since: decide again
      }
      const rotation = rotate(shared, decided).finally(() => running.delete(account));
      running.set(account, { occasion, wait: share(rotation) });
      return rotation;
    },
    isSavePending: (account) => pendingSaves.has(account),
  };
}

/** Tells whether the result of one rotation also answers the other occasion. */
function isSameQuestion(one: Occasion, other: Occasion): boolean {
  if (one.trigger !== 'report' || other.trigger !== 'report') return one.trigger === other.trigger;
  return one.refusedGeneration === other.refusedGeneration;
}
