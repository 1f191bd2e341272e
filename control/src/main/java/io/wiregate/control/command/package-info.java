/// One class for each subcommand of `wiregate`: arguments in, exit status out.
@NullMarked
package io.wiregate.control.command;

import org.jspecify.annotations.NullMarked;
