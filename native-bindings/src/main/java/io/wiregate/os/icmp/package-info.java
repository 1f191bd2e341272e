/// Raw sockets for ICMP and ICMPv6 messages.
@NullMarked
package io.wiregate.os.icmp;

import org.jspecify.annotations.NullMarked;
