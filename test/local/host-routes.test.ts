import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { compileRoutes, decodePath, matchRoute } from '../../src/local/host/routes.ts';

function match(routes: string[], method: string, path: string, methods: string[] = ['GET'], prefix = 'api') {
  const table = compileRoutes(
    prefix,
    routes.map((route) => ({ route, methods, target: route })),
  );
  const found = matchRoute(table, method, decodePath(path));
  return found && { target: found.target, params: { ...found.params } };
}

describe('the route table', () => {
  test('finds a literal route regardless of case, with or without a trailing slash', () => {
    for (const path of ['/api/token', '/API/Token', '/api/token/']) {
      assert.deepEqual(match(['token'], 'GET', path), { target: 'token', params: {} });
    }
  });

  test('knows no wrong method: it is an unknown route', () => {
    assert.equal(match(['token'], 'POST', '/api/token'), undefined);
    assert.equal(match(['items/{id}'], 'HEAD', '/api/items/1'), undefined);
  });

  test('allows every method where none is named', () => {
    const table = compileRoutes('api', [{ route: 'any', methods: undefined, target: 'any' }]);
    assert.equal(matchRoute(table, 'PATCH', '/api/any')?.target, 'any');
  });

  test('does not match a longer path, a shorter one, or one without the prefix', () => {
    for (const path of ['/api/token/x', '/api', '/token', '/api//token', '/api/token//']) {
      assert.equal(match(['token'], 'GET', path), undefined, path);
    }
  });

  test('reads parameters', () => {
    assert.deepEqual(match(['items/{id}'], 'GET', '/api/items/A1'), { target: 'items/{id}', params: { id: 'A1' } });
    assert.equal(match(['items/{id}'], 'GET', '/api/items/'), undefined);
  });

  test('decodes parameters, but leaves %2F as it was sent', () => {
    const { params } = match(['items/{id}'], 'GET', '/api/items/a%20b%2fc%C3%A9') ?? {};
    assert.deepEqual(params, { id: 'a b%2fcé' });
    assert.deepEqual(match(['items/{id}'], 'GET', '/api/items/%zz')?.params, { id: '%zz' });
  });

  test('leaves an absent optional parameter out', () => {
    assert.deepEqual(match(['items/{id?}'], 'GET', '/api/items')?.params, {});
    assert.deepEqual(match(['items/{id?}'], 'GET', '/api/items/')?.params, {});
    assert.deepEqual(match(['items/{id?}'], 'GET', '/api/items/7')?.params, { id: '7' });
  });

  test('gives a catch-all the rest of the path', () => {
    assert.deepEqual(match(['files/{*rest}'], 'GET', '/api/files/a/b/c')?.params, { rest: 'a/b/c' });
    assert.deepEqual(match(['files/{*rest}'], 'GET', '/api/files')?.params, {});
  });

  test('prefers literals to constrained parameters to parameters to catch-alls', () => {
    const routes = ['x/{*rest}', 'x/{id}', 'x/{number:int}', 'x/same'];
    assert.equal(match(routes, 'GET', '/api/x/same')?.target, 'x/same');
    assert.equal(match(routes, 'GET', '/api/x/12')?.target, 'x/{number:int}');
    assert.equal(match(routes, 'GET', '/api/x/other')?.target, 'x/{id}');
    assert.equal(match(routes, 'GET', '/api/x/a/b')?.target, 'x/{*rest}');
  });

  test('reads a parameter between literals', () => {
    assert.deepEqual(match(['{name}.json'], 'GET', '/api/open.api.json')?.params, { name: 'open.api' });
  });

  test('resolves dot segments as the real host does', () => {
    assert.equal(match(['token'], 'GET', '/api/x/../token')?.target, 'token');
  });

  test('serves the root where the route prefix is empty', () => {
    assert.equal(match(['token'], 'GET', '/token', ['GET'], '')?.target, 'token');
    assert.equal(match(['{*all}'], 'GET', '/', ['GET'], '')?.target, '{*all}');
  });

  test('refuses a template that it does not know', () => {
    assert.throws(() => match(['x/{id:regex(a)}'], 'GET', '/'), /constraint/);
    assert.throws(() => match(['x/{id'], 'GET', '/'), /not a route segment/);
    assert.throws(() => match(['{*rest}/x'], 'GET', '/'), /last segment/);
  });
});
