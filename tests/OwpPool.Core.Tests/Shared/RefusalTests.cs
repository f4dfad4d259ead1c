using OwpPool.Core.Shared;

namespace OwpPool.Core.Tests.Shared;

public sealed class RefusalTests
{
    [Fact]
    public void Factories_Each_HaveTheirKindAndReason()
    {
        Assert.Equal((RefusalKind.Invalid, RefusalReason.InvalidField, "name"), Parts(Refusal.Invalid("name", "Too long.")));
        Assert.Equal((RefusalKind.NotFound, RefusalReason.Unknown, null), Parts(Refusal.NotFound("task")));
        Assert.Equal((RefusalKind.Unauthorized, RefusalReason.Unknown, null), Parts(Refusal.Unauthorized()));
        Assert.Equal((RefusalKind.Forbidden, RefusalReason.NotHolder, null), Parts(Refusal.Forbidden(RefusalReason.NotHolder, "No.")));
        Assert.Equal((RefusalKind.Conflict, RefusalReason.LeaseLost, null), Parts(Refusal.Conflict(RefusalReason.LeaseLost, "Gone.")));

        static (RefusalKind, string, string?) Parts(Refusal refusal) => (refusal.Kind, refusal.Reason, refusal.Field);
    }

    [Theory]
    [InlineData(RefusalReason.LeaseLost, "lease_lost")]
    [InlineData(RefusalReason.LeaseExpired, "lease_expired")]
    [InlineData(RefusalReason.WrongPhase, "wrong_phase")]
    [InlineData(RefusalReason.StaleToken, "stale_token")]
    [InlineData(RefusalReason.AlreadyExists, "already_exists")]
    public void ConflictReasons_Each_AreTheContractsWords(string reason, string word) => Assert.Equal(word, reason);
}
