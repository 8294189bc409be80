// Microsoft's parser of the query language: compiled from C# into scripts that set globals.
require('@kusto/language-service-next/bridge.min.js');
require('@kusto/language-service-next/Kusto.Language.Bridge.min.js');
const { GlobalState, KustoCode, Symbols } = globalThis.Kusto.Language;

/** The columns that our queries use. https://learn.microsoft.com/azure/azure-monitor/reference/tables/apptraces */
const TABLES = {
  AppTraces: '(TimeGenerated: datetime, Message: string)',
  AppRequests: '(TimeGenerated: datetime, Name: string, ResultCode: string, DurationMs: real, ItemCount: int)',
};
const tables = Object.entries(TABLES).map(([name, columns]) => Symbols.TableSymbol.From(columns).WithName(name));
const workspace = GlobalState.Default.WithDatabase(new Symbols.DatabaseSymbol.ctor('workspace', tables));

/** @type {(query: string) => string[]} the errors of a query over the log of a workspace: syntax, names and types */
exports.problemsOf = (query) => {
  const found = KustoCode.ParseAndAnalyze(query, workspace).GetDiagnostics();
  return Array.from({ length: found.Count }, (_, index) => found.getItem(index).Message);
};
