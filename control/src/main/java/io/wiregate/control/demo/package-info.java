/// `wiregate demo`: the whole appliance with stock WireGuard clients, in network namespaces of its
/// own on this machine.
@NullMarked
package io.wiregate.control.demo;

import org.jspecify.annotations.NullMarked;
