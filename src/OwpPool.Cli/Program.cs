using OwpPool.Cli;

return await OwpCommand.RunAsync(args, CliHost.OfProcess());
