/// The cross-platform configuration socket that `wg` speaks: one text protocol per interface, over
/// a Unix socket. Source: wireguard.com/xplatform.
@NullMarked
package io.wiregate.dataplane.uapi;

import org.jspecify.annotations.NullMarked;
