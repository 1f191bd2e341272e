/// TUN interfaces: network interfaces whose packets a program reads and writes.
@NullMarked
package io.wiregate.os.tun;

import org.jspecify.annotations.NullMarked;
