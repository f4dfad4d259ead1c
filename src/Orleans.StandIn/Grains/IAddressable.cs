namespace Orleans.Runtime;

/// <summary>Anything that can be called by a reference: every grain and every grain interface.</summary>
public interface IAddressable;
