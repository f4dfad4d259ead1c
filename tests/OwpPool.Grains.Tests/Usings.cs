global using OwpPool.Testing;
global using OwpPool.Core.Tasks;
