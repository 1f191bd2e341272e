/// Network interfaces, addresses, routes and routing rules, through the kernel's rtnetlink, the
/// connections that it follows, through its ctnetlink, and the namespaces they are in.
@NullMarked
package io.wiregate.os.link;

import org.jspecify.annotations.NullMarked;
