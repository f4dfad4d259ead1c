using OwpPool.Cli;

return await OwpCommand.RunAsync(args, Console.Out, Console.Error);
