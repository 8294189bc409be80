// One route template of ASP.NET (`items/{id}`, `{id?}`, `{*rest}`, `{id:int}`), compiled to a regular expression over a
// decoded path. Pure.

/** Lower digits come first when two templates match: literal, mixed or constrained, parameter, catch-all. */
type Precedence = number[];

export interface CompiledTemplate {
  /** Set when the template has no parameters: the one path it matches, lower-cased. */
  literal: string | undefined;
  regex: RegExp;
  names: string[];
  precedence: Precedence;
}

const CONSTRAINTS: Record<string, string> = {
  int: String.raw`-?\d+`,
  long: String.raw`-?\d+`,
  decimal: String.raw`-?\d+(?:\.\d+)?`,
  bool: 'true|false',
  alpha: '[a-z]+',
  guid: '[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}',
};

/** `template` without a leading slash, the route prefix included. Throws an Error that says what is not supported. */
export function compileTemplate(template: string): CompiledTemplate {
  const segments = template.split('/').filter((segment) => segment !== '');
  const names: string[] = [];
  const precedence: Precedence = [];
  let source = '';
  for (const [index, segment] of segments.entries()) {
    const compiled = compileSegment(segment, index === segments.length - 1);
    source += compiled.source;
    names.push(...compiled.names);
    precedence.push(compiled.precedence);
  }
  const literal = names.length === 0 ? `/${segments.join('/')}`.toLowerCase() : undefined;
  return { literal, regex: new RegExp(`^${source}/?$`, 'i'), names, precedence };
}

/** Negative when `a` is tried before `b`. */
export function comparePrecedence(a: Precedence, b: Precedence): number {
  for (let index = 0; index < Math.max(a.length, b.length); index += 1) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

interface CompiledSegment {
  source: string;
  names: string[];
  precedence: number;
}

function compileSegment(segment: string, isLast: boolean): CompiledSegment {
  const whole = /^\{(\*{0,2})([^{}*?:=]+)((?::[^{}?=]+)*)(\??)\}$/.exec(segment);
  if (whole === null) return compileMixedSegment(segment);
  const [, stars = '', name = '', constraint = '', optional = ''] = whole;
  if ((stars !== '' || optional !== '') && !isLast) throw new Error(`"${segment}" must be the last segment`);
  const isConstrained = constraint !== '';
  if (stars !== '') return { source: '(?:/(.*))?', names: [name], precedence: isConstrained ? 4 : 5 };
  const value = `(${constraintSource(constraint)})`;
  const source = optional === '' ? `/${value}` : `(?:/${value})?`;
  return { source, names: [name], precedence: isConstrained ? 2 : 3 };
}

/** A literal, or literals with parameters in between (`{name}.json`). */
function compileMixedSegment(segment: string): CompiledSegment {
  const names: string[] = [];
  let source = '/';
  for (const part of segment.split(/(\{[^{}]*\})/)) {
    const parameter = /^\{([^{}*?:=]+)((?::[^{}?=]+)*)\}$/.exec(part);
    if (parameter !== null) {
      names.push(parameter[1] ?? '');
      source += `(${constraintSource(parameter[2] ?? '')})`;
    } else if (/[{}]/.test(part)) {
      throw new Error(`"${segment}" is not a route segment that this host knows`);
    } else {
      source += part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
    }
  }
  return { source, names, precedence: names.length === 0 ? 1 : 2 };
}

/** `constraints` is empty, or `:int`. */
function constraintSource(constraints: string): string {
  if (constraints === '') return '[^/]+';
  const source = CONSTRAINTS[constraints.slice(1).toLowerCase()];
  if (source === undefined) throw new Error(`the route constraint "${constraints}" is not one that this host knows`);
  return source;
}
