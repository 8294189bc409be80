// The table of HTTP routes: compiled once, asked for every request. Pure.
import { comparePrecedence, compileTemplate } from './route-template.ts';
import type { CompiledTemplate } from './route-template.ts';

export interface RouteEntry<T> {
  /** Below the route prefix, in the form of ASP.NET. */
  route: string;
  /** Upper case; undefined allows every method. */
  methods: readonly string[] | undefined;
  target: T;
}

interface Route<T> {
  template: CompiledTemplate;
  methods: ReadonlySet<string> | undefined;
  target: T;
}

export interface RouteTable<T> {
  literals: ReadonlyMap<string, Route<T>[]>;
  patterns: Route<T>[];
}

export interface RouteMatch<T> {
  target: T;
  /** Optional parameters that the path leaves out are absent. */
  params: Record<string, string>;
}

const NO_PARAMS: Record<string, string> = Object.freeze({});

/** Throws an Error for a template that cannot be compiled; check each with `compileTemplate` to name the culprit. */
export function compileRoutes<T>(prefix: string, entries: readonly RouteEntry<T>[]): RouteTable<T> {
  const literals = new Map<string, Route<T>[]>();
  const patterns: Route<T>[] = [];
  for (const { route, methods, target } of entries) {
    const template = compileTemplate(joinRoute(prefix, route));
    const compiled = { template, methods: methods && new Set(methods), target };
    if (template.literal === undefined) patterns.push(compiled);
    else literals.set(template.literal, [...(literals.get(template.literal) ?? []), compiled]);
  }
  patterns.sort((a, b) => comparePrecedence(a.template.precedence, b.template.precedence));
  return { literals, patterns };
}

/**
 * The function that serves `path`, decoded as by `decodePath`; undefined when no route or no method fits. A wrong method
 * is no different from an unknown route: the host knows no 405.
 */
export function matchRoute<T>(table: RouteTable<T>, method: string, path: string): RouteMatch<T> | undefined {
  const key = path.toLowerCase();
  const literal = table.literals.get(key.length > 1 && key.endsWith('/') ? key.slice(0, -1) : key);
  if (literal !== undefined) {
    for (const route of literal) if (allows(route, method)) return { target: route.target, params: NO_PARAMS };
  }
  for (const route of table.patterns) {
    const match = allows(route, method) ? route.template.regex.exec(path) : null;
    if (match !== null) return { target: route.target, params: readParams(route.template.names, match) };
  }
  return undefined;
}

/** `/api/items/{id}` from the prefix and a route, for both matching and showing. */
export function joinRoute(prefix: string, route: string): string {
  return [...prefix.split('/'), ...route.split('/')].filter((segment) => segment !== '').join('/');
}

/**
 * The path to match against: percent-decoded but for `%2F`, which stays as it was sent, and without dot segments. A path
 * that cannot be decoded is left as it is.
 */
export function decodePath(rawPath: string): string {
  let path = rawPath;
  if (/\/(?:\.|%2e)/i.test(path)) path = new URL(`http://host${path}`).pathname;
  if (!path.includes('%')) return path;
  try {
    return decodeURIComponent(path.replaceAll(/%(?=2f)/gi, '%25'));
  } catch {
    return path;
  }
}

function allows(route: Route<unknown>, method: string): boolean {
  return route.methods === undefined || route.methods.has(method);
}

function readParams(names: string[], match: RegExpExecArray): Record<string, string> {
  const params: Record<string, string> = {};
  for (const [index, name] of names.entries()) {
    const value = match[index + 1];
    if (value !== undefined && value !== '') params[name] = value;
  }
  return params;
}
