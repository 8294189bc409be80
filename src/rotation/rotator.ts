import { rotate, type Rotation, type RotationParts, type RotationRequest } from './rotate.ts';

export type Rotator = {
  /**
   * Rotates, or joins the rotation of this account that already runs in this process. The rotation goes on to its end,
   * whether or not anybody still waits for it.
   */
  rotate(request: RotationRequest): Promise<Rotation>;
};

/** One process never runs two rotations of one account at once. */
export function createRotator(parts: RotationParts): Rotator {
  const running = new Map<string, Promise<Rotation>>();
  return {
    rotate(request) {
      const joined = running.get(request.account);
      if (joined) return joined;
      const started = rotate(parts, request).finally(() => running.delete(request.account));
      running.set(request.account, started);
      return started;
    },
  };
}
