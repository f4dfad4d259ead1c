namespace Orleans;

/// <summary>Marks attributes that say what to inject into a grain constructor parameter.</summary>
public interface IFacetMetadata;
