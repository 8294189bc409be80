import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { HEALTH_REASONS } from '../../src/hand-out/health.ts';
import { hashRefreshToken } from '../../src/rotation/decide.ts';
import { CLOCK_SCRIPT } from '../../src/status/clock-script.ts';
import { CONTENT_SECURITY_POLICY, writePage } from '../../src/status/page.ts';
import { toIso } from '../../src/status/moments.ts';
import { SERVICE_STATES } from '../../src/status/service-state.ts';
import { statusSchema, toStatusJson } from '../../src/status/status-json.ts';
import type { StatusReport } from '../../src/status/status-report.ts';
import { reasonWords, sayState } from '../../src/status/wording.ts';
import type { TokenRow } from '../../src/store/token-store.ts';
import { HOUR_MS, keyRing, NOW_MS } from '../fixtures.ts';
import { FINGERPRINTS, reportOf } from './reports.ts';
import { endingIn, failingRow, freshRow, refusedRow, rotatingRow, SECRETS, unreadableRow } from './states.ts';

const callers = { auth: 'jwt', jwtKeys: keyRing('j'), accessLifeMs: 1, refreshLifeMs: 1 } as const;
const reports: [what: string, report: StatusReport][] = [
  ['empty', reportOf(undefined)],
  ['fresh', reportOf(freshRow(NOW_MS))],
  ['due', reportOf(endingIn(HOUR_MS, NOW_MS))],
  ['rotating', reportOf(rotatingRow(NOW_MS))],
  ['failing', reportOf(failingRow(NOW_MS))],
  ['credentials refused', reportOf(refusedRow(NOW_MS, FINGERPRINTS), { callers })],
  ['expired', reportOf(endingIn(-HOUR_MS, NOW_MS))],
  ['unreadable', reportOf(unreadableRow(NOW_MS))],
  ['store down', reportOf(freshRow(NOW_MS), { storeAnswers: false })],
  ['store down, and nothing known', reportOf(undefined, { storeAnswers: false })],
];

/** The page without its script, which is the same in each. */
function markupOf(report: StatusReport): string {
  return writePage(report).replace(/<script>.*<\/script>/s, '');
}

/** The tags of a page, in their order. */
function tagsOf(page: string): string[] {
  return page.match(/<[^>]*>/g) ?? [];
}

describe('the page', () => {
  for (const [what, report] of reports) {
    it(`says whether there is a live token, the state and its reasons: ${what}`, () => {
      const page = writePage(report);
      assert.ok(page.includes(report.access?.lives ? 'There is a live access token' : 'There is no live access token'));
      assert.ok(page.includes(sayState(report)));
      for (const reason of HEALTH_REASONS) {
        assert.equal(page.includes(reasonWords[reason].text), report.health.reasons.includes(reason), reason);
      }
      assert.equal(page.includes('data-left='), report.access?.lives ?? false);
      for (const secret of [...Object.values(SECRETS), ...FINGERPRINTS]) assert.ok(!page.includes(secret), secret);
    });
  }

  it('says how old its news is, by when the table was read', () => {
    const old = reportOf(freshRow(NOW_MS), { storeAnswers: false, readAtMs: NOW_MS - HOUR_MS });
    const page = writePage(old);
    assert.match(page, /Table read\s+<time datetime="2026-01-15T11:00:00.000Z" data-local>15 Jan, 11:00:00</);
    assert.match(page, /data-age="3600000"/);
    assert.match(page, /What stands here was read on 15 Jan, 11:00:00\./);
    const never = writePage(reportOf(undefined, { storeAnswers: false, readAtMs: undefined }));
    assert.match(never, /The table has not been read\./);
    assert.doesNotMatch(never, /data-age=/);
  });

  it('tells no ignorance as fact', () => {
    const empty = writePage(reportOf(undefined));
    assert.equal(empty.match(/none in the table/g)?.length, 2);
    assert.match(empty, /None in the table\./);
    const ignorant = writePage(reportOf(undefined, { storeAnswers: false, readAtMs: undefined }));
    assert.equal(ignorant.match(/not known/g)?.length, 2);
    assert.match(ignorant, /Not known: the table is out of reach\./);
    assert.doesNotMatch(empty + ignorant, /yet/);
  });

  it('says what goes on while credentials are refused', () => {
    const refused = (row: TokenRow) =>
      sayState(reportOf({ ...row, loginBreaker: refusedRow(NOW_MS, FINGERPRINTS).loginBreaker }));
    assert.match(refused(endingIn(-1, NOW_MS)), /Nobody can log in\.$/);
    assert.match(refused(freshRow(NOW_MS)), /The token is served and refreshes go on/);
    const spentRefreshToken = hashRefreshToken(SECRETS.refreshToken);
    assert.match(
      refused(freshRow(NOW_MS, { spentRefreshToken })),
      /The token is served while it lives; nobody can log in/,
    );
  });

  it('says once that its times are in UTC', () => {
    for (const [what, report] of reports) assert.equal(markupOf(report).match(/UTC/g)?.length, 1, what);
  });

  it('is one document: it names nothing that would have to be fetched', () => {
    for (const [, report] of reports) {
      const links = [...markupOf(report).matchAll(/\b(?:href|src|action|url)\b\s*[=(]\s*["']?([^"')]*)/g)];
      for (const [, target = ''] of links) assert.match(target, /^$|^data:image\/svg|^#(access|refresh)-line-hatch$/);
    }
    assert.doesNotMatch(CLOCK_SCRIPT, /\/\/|fetch|import|XMLHttp/);
  });

  it('may run its own script and style only', () => {
    const page = writePage(reportOf(undefined));
    const hash = (text = '') => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
    const [, script] = /<script>(.*)<\/script>/s.exec(page) ?? [];
    const [, style] = /<style>(.*)<\/style>/s.exec(page) ?? [];
    const directives = CONTENT_SECURITY_POLICY.split('; ');
    assert.equal(directives[0], "default-src 'none'");
    assert.ok(directives.includes(`script-src ${hash(script)}`) && directives.includes(`style-src ${hash(style)}`));
    assert.doesNotMatch(CONTENT_SECURITY_POLICY, /unsafe|\*|https?:/);
    assert.doesNotMatch(page, / on\w+=| style=/);
  });

  it('lets nothing that stands in the row out of its place', () => {
    const row = (text: string): TokenRow => {
      const [fingerprint] = FINGERPRINTS;
      return failingRowWith(text, { refusals: 1, code: text, nextLoginAtMs: NOW_MS, fingerprint });
    };
    const usual = tagsOf(writePage(reportOf(row('x'))));
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), nastyText), (text) => {
        const page = writePage(reportOf(row(text)));
        assert.deepEqual(
          tagsOf(page).filter((tag) => !tag.startsWith('<wbr')),
          usual,
        );
      }),
    );
  });

  it('cuts what is too long for a code, and has it whole where the mouse asks for it', () => {
    const text = `${'w'.repeat(300)}"`;
    const { loginBreaker } = refusedRow(NOW_MS, FINGERPRINTS);
    assert.ok(loginBreaker);
    const page = writePage(reportOf(failingRowWith(text, { ...loginBreaker, code: text })));
    const shown = page.replaceAll(/<[^>]*>/g, '');
    assert.doesNotMatch(shown, /w{41}/);
    assert.match(shown, /w{40}…/);
    assert.ok(page.includes(` title="${'w'.repeat(300)}&quot;">`));
  });

  it('breaks codes between their words alone', () => {
    const report = reportOf(refusedRow(NOW_MS, FINGERPRINTS));
    assert.match(writePage(report), /<code>credentials_<wbr \/>refused<\/code>/);
  });

  it('is written whatever numbers stand in the row', () => {
    const number = fc.oneof(fc.maxSafeInteger(), fc.double({ noNaN: true, noDefaultInfinity: true }));
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.maxSafeInteger(), number, (ms, other, tookMs) => {
        const row = endingIn(ms - NOW_MS, NOW_MS, {
          refreshedAtMs: other,
          lastCheckAtMs: ms,
          lease: { id: 'l', expiresAtMs: other },
          history: [{ atMs: other, trigger: 'timer', kind: 'login', outcome: 'done', ms: tookMs }],
        });
        const report = reportOf(row);
        assert.match(writePage(report), /<\/html>\s*$/);
        assert.ok(!/NaN|undefined|Invalid/.test(writePage(report) + JSON.stringify(toStatusJson(report))));
      }),
    );
  });
});

describe('the JSON', () => {
  for (const [what, report] of reports) {
    it(`is what its schema says, and has what the page has: ${what}`, () => {
      const text = JSON.stringify(toStatusJson(report));
      const status = statusSchema.parse(JSON.parse(text));
      assert.deepEqual([status.state, status.health.status], [report.state, report.health.status]);
      assert.deepEqual(
        status.health.reasons.map(({ code }) => code),
        report.health.reasons,
      );
      for (const secret of [...Object.values(SECRETS), ...FINGERPRINTS]) assert.ok(!text.includes(secret), secret);
    });
  }

  it('promises no second that is not whole', () => {
    const { access_token: token } = toStatusJson(reportOf(endingIn(59_999, NOW_MS)));
    assert.deepEqual(token, {
      live: true,
      expires_in: 59,
      expires_at: '2026-01-15T12:00:59.999Z',
      due_at: '2026-01-15T11:00:59.999Z',
    });
  });

  it('says when the table was read: before now, where it is out of reach; and where it never was', () => {
    const readAt = (report: StatusReport) => [toStatusJson(report).at, toStatusJson(report).read_at];
    assert.deepEqual(readAt(reportOf(undefined)), [toIso(NOW_MS), toIso(NOW_MS)]);
    const old = reportOf(freshRow(NOW_MS), { storeAnswers: false, readAtMs: NOW_MS - HOUR_MS });
    assert.deepEqual(readAt(old), [toIso(NOW_MS), toIso(NOW_MS - HOUR_MS)]);
    const never = reportOf(undefined, { storeAnswers: false, readAtMs: undefined });
    assert.deepEqual(readAt(never), [toIso(NOW_MS), undefined]);
  });

  it('knows a word for each state and each reason', () => {
    for (const state of SERVICE_STATES) assert.match(sayState({ ...reportOf(undefined), state }), /\.$/);
    assert.deepEqual(Object.keys(reasonWords).toSorted(), HEALTH_REASONS.toSorted());
  });
});

const nastyText = fc.constantFrom(
  '</title><script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' onload='alert(1)",
  '<!--',
  ']]>',
  '&lt;script&gt;',
  '</svg></section></main>',
);

function failingRowWith(text: string, loginBreaker: NonNullable<TokenRow['loginBreaker']>): TokenRow {
  return {
    ...failingRow(NOW_MS),
    loginBreaker,
    lastFailureCode: text,
    history: [
      { atMs: NOW_MS, trigger: text, kind: 'login', outcome: `!${text}`, ms: 1 },
      { atMs: NOW_MS, trigger: text, kind: 'login', outcome: 'done', ms: 1 },
    ],
  };
}
