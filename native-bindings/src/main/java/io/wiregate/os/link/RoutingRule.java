package io.wiregate.os.link;

/// A rule that chooses the table in which packets are looked up: those whose mark, masked, is the
/// one given.
///
/// @param isV6 which family it is for
/// @param priority its place, the lowest first; 0 lets the kernel choose when it is added
/// @param mark what the packet's mark is compared with
/// @param mask which bits are compared; 0 means that all packets match
/// @param isInverted matches where the above does not
/// @param table where matching packets are looked up
/// @param suppressPrefixLength ignores what is found if its prefix is this short or shorter (0: the
///   default route); -1 ignores nothing
public record RoutingRule(
    boolean isV6,
    int priority,
    int mark,
    int mask,
    boolean isInverted,
    int table,
    int suppressPrefixLength) {}
