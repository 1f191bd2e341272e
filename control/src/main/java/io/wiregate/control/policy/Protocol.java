package io.wiregate.control.policy;

/// What a packet carries, as far as the policy tells it apart.
public enum Protocol {
  TCP,
  UDP,
  /// ICMP and ICMPv6 echo requests: `ping`.
  ECHO,
  OTHER
}
