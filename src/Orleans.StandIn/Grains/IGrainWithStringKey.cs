namespace Orleans;

/// <summary>Marks interfaces of grains that are found by a string.</summary>
public interface IGrainWithStringKey : IGrain;
