/// Peers: who may connect, under which key, with which addresses.
@NullMarked
package io.wiregate.control.peer;

import org.jspecify.annotations.NullMarked;
