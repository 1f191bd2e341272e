/// The inner ring: C functions under their C names, one class per library. Not exported.
///
/// A function returns what the C function returns, or `-errno` where that failed, as system calls
/// do. Pointers are passed as `long`: on every 64-bit Linux ABI they travel in the same registers,
/// and a call then allocates nothing. Turning a negative result into an exception is the outer
/// ring's work.
@NullMarked
package io.wiregate.os.internal;

import org.jspecify.annotations.NullMarked;
