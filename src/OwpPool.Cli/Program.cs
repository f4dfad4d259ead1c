using System.CommandLine;
using OwpPool.Cli;

// A stopped demo tells the pool that its workers go away, which takes longer than the default of two seconds over a slow line.
var configuration = new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromSeconds(10), EnableDefaultExceptionHandler = false };
return await OwpCommand.Create().Parse(args).InvokeAsync(configuration);
