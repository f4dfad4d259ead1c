using OwpPool.Server.Tests.Support;

namespace OwpPool.Server.Tests.GitHub;

/// <summary>One server that takes GitHub's deliveries, shared by the tests of this collection.</summary>
[CollectionDefinition(Name)]
public sealed class SignedServer : ICollectionFixture<SignedServer.Fixture>
{
    public const string Name = "signed server";

    public sealed class Fixture : IAsyncLifetime
    {
        public TestServer Server { get; private set; } = null!;

        public async Task InitializeAsync() => Server = await TestServer.StartAsync(("GITHUB_WEBHOOK_SECRET", GitHubDeliveries.Secret));

        public async Task DisposeAsync() => await Server.DisposeAsync();
    }
}
