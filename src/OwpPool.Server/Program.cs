using System.Collections;
using OwpPool.Server.Hosting;

var variables = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
    .ToDictionary(variable => (string)variable.Key, variable => (string?)variable.Value ?? "", StringComparer.Ordinal);
return await new ServerRun(Console.Out, Console.Error).RunAsync(args, variables, Environment.CurrentDirectory);
