// Loads an app as a Functions worker does, in a process that has loaded nothing yet. Prints the ms until all functions were
// registered, and how many these are.
const Module = require('node:module');
const path = require('node:path');
const { pathToFileURL } = require('node:url');

class Disposable {
  dispose() {}
}
let functions = 0;
const core = {
  version: '3.0.0',
  hostVersion: '4.1000.0',
  registerFunction() {
    functions += 1;
    return new Disposable();
  },
  registerHook: () => new Disposable(),
  setProgrammingModel() {},
  getProgrammingModel() {},
  log() {},
  Disposable,
};
// oxlint-disable-next-line typescript/unbound-method -- `this` is passed on
const load = Module.prototype.require;
Module.prototype.require = function requireInWorker(id) {
  return id === '@azure/functions-core' ? core : load.call(this, id);
};

const [entryFile] = process.argv.slice(2);
const startedAtMs = performance.now();
const tell = () => process.stdout.write(JSON.stringify({ ms: performance.now() - startedAtMs, functions }));
if (path.extname(entryFile) === '.ts') void import(pathToFileURL(entryFile).href).then(tell);
else {
  require(entryFile);
  tell();
}
