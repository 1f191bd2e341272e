/// Who may reach whom: the policy of the zones as data, its compilation to nftables, its evaluation
/// in words, and the kernel's forwarding switches.
///
/// Order of a gateway's life: [FirewallTable#install] before anything else, then
/// [KernelForwarding#enable], then the zones' interfaces, each followed by
/// [KernelForwarding#zoneInterfaceUp]. It ends the other way round.
@NullMarked
package io.wiregate.control.policy;

import org.jspecify.annotations.NullMarked;
