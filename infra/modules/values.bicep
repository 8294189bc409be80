// For main.bicepparam: a variable that is set to the empty text counts as absent.

@export()
@description('The value, or the fallback if the value is empty.')
func valueOr(value string, fallback string) string => empty(value) ? fallback : value
