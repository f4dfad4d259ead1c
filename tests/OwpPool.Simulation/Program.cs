using OwpPool.Simulation;

return SimulationProgram.Run(args);
