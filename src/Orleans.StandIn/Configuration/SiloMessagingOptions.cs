namespace Orleans.Configuration;

/// <inheritdoc cref="MessagingOptions"/>
public class SiloMessagingOptions : MessagingOptions;
