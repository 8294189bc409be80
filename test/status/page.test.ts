import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { CLOCK_SCRIPT } from '../../src/status/clock-script.ts';
import { CONTENT_SECURITY_POLICY, writePage } from '../../src/status/page.ts';
import type { Status } from '../../src/status/status.ts';
import { STYLE } from '../../src/status/style.ts';
import { hashRefreshToken } from '../../src/rotation/decide.ts';
import { HOUR_MS, NOW_MS } from '../fixtures.ts';
import {
  breakerOf,
  endingIn,
  failingRow,
  freshRow,
  refusedRow,
  rotatingRow,
  SECRETS,
  STATES,
  statusOf,
} from './states.ts';

/** The page without its script and style, which are the same in each. */
function markupOf(status: Status): string {
  return writePage(status).replaceAll(/<(script|style)>.*<\/\1>/gs, '');
}

/** What a reader sees, with single blanks. */
function textOf(status: Status): string {
  const text = markupOf(status)
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll('&#39;', "'");
  return text.replaceAll(/\s+/g, ' ');
}

/** The value of a fact; `undefined` if the page does not have it. */
function factOf(status: Status, name: string): string | undefined {
  const [, value] = new RegExp(`<dt>${name}</dt>\\s*<dd>(.*?)</dd>`, 's').exec(markupOf(status)) ?? [];
  return value?.replaceAll(/<[^>]*>/g, '').trim();
}

function tagsOf(page: string): string[] {
  return (page.match(/<[^>]*>/g) ?? []).filter((tag) => !tag.startsWith('<wbr'));
}

const round = (number: string) => Number(Number(number).toFixed(2));

describe('the page', () => {
  for (const [state, statusIn] of Object.entries(STATES)) {
    it(`says whether there is a valid token, the state and the reasons, and no secret: ${state}`, () => {
      const status = statusIn();
      const [page, text] = [markupOf(status), textOf(status)];
      const isLive = status.access_token?.live ?? false;
      assert.ok(text.includes(isLive ? 'There is a valid access token' : 'There is no valid access token'));
      assert.equal(page.includes('data-seconds='), isLive);
      assert.ok(text.includes(status.state_text));
      for (const reason of status.health.reasons) {
        for (const part of [reason.text, reason.detail, reason.action]) {
          assert.ok(text.includes(part?.replaceAll('`', '') ?? ''), part);
        }
      }
      assert.equal(text.match(/UTC/g)?.length, 1, 'says once that times are in UTC');
      assert.doesNotMatch(text, /`|undefined|NaN|\[object/);
      for (const secret of Object.values(SECRETS)) assert.ok(!page.includes(secret), secret);
    });
  }

  it('says when the table was read', () => {
    const old = statusOf(freshRow(), { storeAnswers: false, readAtMs: NOW_MS - HOUR_MS });
    assert.match(
      writePage(old),
      /Table read\s+<time datetime="2026-01-15T11:00:00.000Z"\s+data-local>15 Jan, 11:00:00</,
    );
    assert.match(
      textOf(statusOf(undefined, { storeAnswers: false, readAtMs: undefined })),
      /The table has not been read\./,
    );
  });

  it('does not claim that the table is empty if it was not read', () => {
    const [empty, unread] = [statusOf(undefined), statusOf(undefined, { storeAnswers: false, readAtMs: undefined })];
    for (const fact of ['Generation', 'Timer’s last mark']) {
      assert.match(factOf(empty, fact) ?? '', /^none/);
      assert.equal(factOf(unread, fact), 'not known');
    }
    assert.match(textOf(empty), /Last rotations none in the table/);
    assert.match(textOf(unread), /Last rotations not known/);
  });

  it('says how often the timer leaves its mark', () => {
    const lastMark = (lastCheckAtMs: number | undefined) =>
      factOf(statusOf(freshRow({ lastCheckAtMs, createdAtMs: NOW_MS })), 'Timer’s last mark');
    assert.equal(lastMark(undefined), 'none yet (it leaves one in 55 min)');
    assert.equal(lastMark(NOW_MS - HOUR_MS), '15 Jan, 11:00:00 (it leaves one in 55 min)');
  });

  it('says that the refresh token may be spent, but not of the one that a rotation is using', () => {
    const spentRefreshToken = hashRefreshToken(SECRETS.refreshToken);
    const fact = (status: Status) => factOf(status, 'Refresh token');
    assert.equal(fact(statusOf(freshRow())), undefined);
    assert.equal(fact(statusOf(freshRow({ spentRefreshToken }))), 'may be spent: the next rotation logs in');
    assert.equal(fact(statusOf({ ...rotatingRow(), spentRefreshToken })), 'being used now');
  });

  const bars: [what: string, lifeMs: number, rects: string[]][] = [
    ['half passed', 6 * HOUR_MS, ['0 50', '50 50', '91.67 8.33']],
    ['new', 12 * HOUR_MS, ['0 0', '0 100', '91.67 8.33']],
    ['over', -24 * HOUR_MS, ['0 100', '100 0', '91.67 8.33']],
  ];
  for (const [what, lifeMs, rects] of bars) {
    it(`draws the life of the access token to scale: ${what}`, () => {
      const [bar = ''] = /<svg class="bar".*?<\/svg\s*>/s.exec(markupOf(statusOf(endingIn(lifeMs)))) ?? [];
      const drawn = [...bar.matchAll(/<rect class="\w+"(?:\s+x="([\d.]+)")?(?:\s+y="\d+")?\s+width="([\d.]+)"/g)];
      assert.deepEqual(
        drawn.map(([, x = '0', width = '']) => `${round(x)} ${round(width)}`),
        rects,
      );
    });
  }

  it('is one document that loads nothing', () => {
    for (const statusIn of Object.values(STATES)) {
      const links = [...markupOf(statusIn()).matchAll(/\b(?:href|src|action|url)\b\s*[=(]\s*["']?([^"')]*)/g)];
      for (const [, target = ''] of links) assert.match(target, /^$|^data:image\/svg/);
    }
    assert.doesNotMatch(CLOCK_SCRIPT, /\/\/|fetch|import|XMLHttp/);
    assert.doesNotMatch(STYLE, /url\(|@import/);
  });

  it('may run only its own script and style', () => {
    const page = writePage(statusOf(undefined));
    const hash = (text = '') => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
    const [, script] = /<script>(.*)<\/script>/s.exec(page) ?? [];
    const [, style] = /<style>(.*)<\/style>/s.exec(page) ?? [];
    const directives = CONTENT_SECURITY_POLICY.split('; ');
    assert.equal(directives[0], "default-src 'none'");
    assert.ok(directives.includes(`script-src ${hash(script)}`) && directives.includes(`style-src ${hash(style)}`));
    assert.doesNotMatch(CONTENT_SECURITY_POLICY, /unsafe|\*|https?:/);
    assert.doesNotMatch(page, / on\w+=| style=/);
  });

  it('keeps every text of the row in its place', () => {
    const pageOf = (text: string) =>
      writePage(
        statusOf(
          failingRow({
            loginBreaker: { ...refusedBreaker, code: text },
            lastFailureCode: text,
            history: [{ atMs: NOW_MS, trigger: text, kind: 'login', outcome: `!${text}`, ms: 1 }],
          }),
        ),
      );
    const usual = tagsOf(pageOf('x'));
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), nastyText), (text) => {
        fc.pre(!text.includes('`') && !['timer', 'caller', 'report'].includes(text));
        assert.deepEqual(tagsOf(pageOf(text)), usual);
      }),
    );
  });

  it('breaks codes between their words', () => {
    assert.match(writePage(statusOf(refusedRow())), /<code>credentials_<wbr \/>refused<\/code>/);
  });
});

const refusedBreaker = {
  refusals: 1,
  nextLoginAtMs: NOW_MS,
  fingerprint: breakerOf(SECRETS.fingerprint)?.fingerprint ?? '',
};

const nastyText = fc.constantFrom(
  '</title><script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' onload='alert(1)",
  '<!--',
  ']]>',
  '&lt;script&gt;',
  '</svg></section></main>',
);
