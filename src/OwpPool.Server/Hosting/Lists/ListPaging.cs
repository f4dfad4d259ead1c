using System.Text.Json.Serialization.Metadata;
using OwpPool.Server.Hosting.Json;
using OwpPool.Server.Hosting.OpenApi;
using OwpPool.Storage.ReadModel;

namespace OwpPool.Server.Hosting.Lists;

/// <summary>One page of a list.</summary>
/// <typeparam name="T">What is listed.</typeparam>
public sealed record ListResponse<T>
{
    /// <summary>In order. A page may hold fewer than were asked for, even none, although there are more.</summary>
    public required IReadOnlyList<T> Items { get; init; }

    /// <summary>The cursor of the next page; null at the end of the list.</summary>
    public required string? NextCursor { get; init; }
}

/// <summary>Which page a caller asks for, and how it is told of the next (protocol §1).</summary>
/// <param name="Limit">Items a page.</param>
/// <param name="After">Where the page before ended; null = from the beginning.</param>
/// <param name="List">Which list the cursors belong to.</param>
public sealed record ListPaging(int Limit, ListPosition? After, string List)
{
    /// <summary>Items of a page that names no limit.</summary>
    public const int StandardLimit = 50;

    /// <summary>Most items of a page.</summary>
    public const int MaxLimit = 200;

    /// <summary>Reads <c>limit</c> and <c>cursor</c>.</summary>
    /// <param name="query">The request's parameters.</param>
    /// <param name="list">Which list, with everything that decides what is in it and in which order.</param>
    public static ListPaging Read(QueryFields query, string list)
    {
        var limit = query.Integer("limit", 1, MaxLimit) ?? StandardLimit;
        var after = query.Text("cursor", ListCursor.MaxLength) is { } cursor ? ListCursor.Read(cursor, list) : null;
        if (after is null && query.Has("cursor")) query.Reject("cursor", "must be the next_cursor of a page of this same list");
        return new ListPaging(limit, after, list);
    }

    /// <summary>The page as it is sent, with a <c>Link</c> to the next (RFC 8288).</summary>
    public IResult Answer<T>(HttpContext http, IReadOnlyList<T> items, ListPosition? next, JsonTypeInfo<ListResponse<T>> type)
    {
        var cursor = next is null ? null : ListCursor.Write(next, List);
        if (cursor is not null)
        {
            var others = http.Request.Query.Where(static parameter => parameter.Key != "cursor")
                .SelectMany(static parameter => parameter.Value.Select(value => KeyValuePair.Create(parameter.Key, value)));
            var query = QueryString.Create(others.Append(KeyValuePair.Create("cursor", (string?)cursor)));
            http.Response.Headers.Link = $"<{http.Request.PathBase}{http.Request.Path}{query}>; rel=\"next\"";
        }
        return Wire.Ok(new ListResponse<T> { Items = items, NextCursor = cursor }, type);
    }
}

/// <summary>What lists say of their parameters.</summary>
public static class ListDescriptions
{
    /// <summary><c>limit</c> and <c>cursor</c>.</summary>
    public static RouteHandlerBuilder TakesPage(this RouteHandlerBuilder builder) => builder
        .TakesQuery("limit", "Items a page.", 1, ListPaging.MaxLimit, ListPaging.StandardLimit)
        .TakesQuery("cursor", "The next_cursor of the page before, with the same filters and order.", ListCursor.MaxLength);
}
