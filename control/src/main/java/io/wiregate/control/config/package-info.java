/// What an operator can set: one list of settings ([Settings]), read from a YAML file, the
/// environment and the command line into records ([Configuration]), whole or not at all.
@NullMarked
package io.wiregate.control.config;

import org.jspecify.annotations.NullMarked;
