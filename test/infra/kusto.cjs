// The parser of the query language, as Microsoft ships it: compiled from C# into scripts that set globals.
require('@kusto/language-service-next/bridge.min.js');
require('@kusto/language-service-next/Kusto.Language.Bridge.min.js');
const { GlobalState, KustoCode, Symbols } = globalThis.Kusto.Language;

/** The columns that our queries use. https://learn.microsoft.com/azure/azure-monitor/reference/tables/apptraces */
const TABLES = {
  AppTraces: '(TimeGenerated: datetime, Message: string)',
  AppRequests: '(TimeGenerated: datetime, Name: string, ResultCode: string, DurationMs: real, ItemCount: int)',
};
const tables = Object.entries(TABLES).map(([name, columns]) => Symbols.TableSymbol.From(columns).WithName(name));
const workspaceWith = (given) => GlobalState.Default.WithDatabase(new Symbols.DatabaseSymbol.ctor('workspace', given));

/** What the parser says of a query over a workspace. */
function diagnose(query, workspace) {
  const found = KustoCode.ParseAndAnalyze(query, workspace).GetDiagnostics();
  return Array.from({ length: found.Count }, (_, index) => found.getItem(index));
}

/** @type {(query: string) => string[]} what is wrong with a query over the log of a workspace: syntax, names and types */
exports.problemsOf = (query) => diagnose(query, workspaceWith(tables)).map(({ Message }) => Message);

/** @type {(query: string) => string[]} what ends the query over a workspace that has no tables yet */
exports.errorsWithoutTables = (query) =>
  diagnose(query, workspaceWith([]))
    .filter(({ Severity }) => Severity === 'Error')
    .map(({ Message }) => Message);
