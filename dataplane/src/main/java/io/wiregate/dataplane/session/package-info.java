/// What two peers share after a handshake, and the rules it lives by: sessions, their receiver
/// indices, replay windows, timers and limits. It does no I/O and reads no clock: time is an
/// argument, in nanoseconds of `CLOCK_BOOTTIME`.
@NullMarked
package io.wiregate.dataplane.session;

import org.jspecify.annotations.NullMarked;
