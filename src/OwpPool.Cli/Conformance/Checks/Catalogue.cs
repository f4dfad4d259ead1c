namespace OwpPool.Cli.Conformance.Checks;

/// <summary>All checks, in the order of the contract.</summary>
internal static class Catalogue
{
    /// <summary>What everything else supposes.</summary>
    public static Check Answers { get; } = new("server.answers", "§1 Errors", Level.Core, "The server answers requests in HTTP.",
        Lane.Shared,
        static stage => stage.Nobody.GetAsync("/v1"));

    public static IReadOnlyList<Check> All { get; } =
    [
        Answers, .. ErrorChecks.All, .. BodyChecks.All, .. FormChecks.All, .. AccessChecks.All, .. MaintainerChecks.Tokens,
        .. IdempotencyChecks.All, .. ListChecks.All, .. WorkerChecks.Registration, .. MaintainerChecks.Invites,
        .. WorkerChecks.Heartbeats, .. WorkChecks.All, .. ReportChecks.Status, .. ReportChecks.Leases, .. OfferChecks.All,
        .. LogChecks.All, .. RepoChecks.All, .. TaskChecks.Creation, .. TaskChecks.Views, .. MaintenanceChecks.All, .. StateChecks.All, .. DeskChecks.All,
        .. ControlChecks.All, .. RecordChecks.All, .. OperationChecks.All, .. EligibilityRules.All, .. OrderRules.All,
        .. CapacityRules.All, .. BudgetRules.All, .. AreaRules.All, .. LeaseRules.All, .. LivenessRules.All, .. AttemptRules.All,
        .. TransitionRules.All, .. MergeRules.All, .. ReputationRules.All, .. AuditRules.All,
    ];

    /// <summary>The checks of a level, and of these those whose id or section has the text in it.</summary>
    public static IReadOnlyList<Check> Choose(Level level, string? only) =>
        [.. All.Where(check => check.Level <= level && (only is null || check.Fits(only)))];
}
