/// `wiregate tun` as users run it: the real program, through the launcher, against wireguard-go and
/// itself, driven by `wg`, `ip` and `wg-quick` in network namespaces of its own.
///
/// Each test makes its own namespaces and interfaces and they run several at a time: most of their
/// time is waiting for deadlines of the protocol.
@NullMarked
package io.wiregate.control.tun;

import org.jspecify.annotations.NullMarked;
