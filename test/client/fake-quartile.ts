/** Quartile, as the scenes of `authorizedFetch` have it: beside the service, and just as fake. */
import { ROOT, type Scene } from './fake-service.ts';

export const QUARTILE = 'https://quartile.example/orders';

/** The `Authorization` of each request to Quartile. */
export const bearers = ({ asked }: Scene) =>
  asked.filter(({ url }) => url.href === QUARTILE).map(({ headers }) => headers.get('authorization'));

/** The body of each report to the service. */
export const reports = ({ asked }: Scene) =>
  asked.filter(({ url }) => url.pathname === '/api/token/refresh').map(({ body }) => body);

/** Quartile takes only the tokens from this generation on. */
export function refuseBelow(scene: Scene, generation: number): void {
  const before = scene.answer;
  scene.answer = (asked) => {
    if (asked.url.origin === ROOT) return before(asked);
    const sent = Number(/token-(\d+)$/.exec(asked.headers.get('authorization') ?? '')?.[1]);
    return new Response('the answer', { status: sent >= generation ? 200 : 401 });
  };
}

/** What `fetch` returns once it has followed a redirect. */
export function redirectedTo(url: string): Response {
  return Object.defineProperties(new Response('', { status: 401 }), {
    redirected: { value: true },
    url: { value: url },
  });
}
