package io.wiregate.control.policy;

/// Whether a flow may be started, and why.
///
/// @param allowed whether the policy lets it pass
/// @param rule the name of the rule that decides, the same as in [FirewallTable#counts]; or one of
///   [RuleNames#NODE] and [RuleNames#NOT_OURS]
/// @param reason one sentence
public record Explanation(boolean allowed, String rule, String reason) {}
