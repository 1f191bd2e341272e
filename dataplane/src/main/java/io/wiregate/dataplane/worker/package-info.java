/// Who does what on which thread: workers that carry packets, threads that do handshakes, and how
/// they ask things of each other. `docs/threads.md` has the whole picture.
@NullMarked
package io.wiregate.dataplane.worker;

import org.jspecify.annotations.NullMarked;
